package setid

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"mcast/internal/nettest"
)

// programEnv makes the test binary one of the programs below.
const programEnv = "SETID_TEST_PROGRAM"

func TestMain(m *testing.M) {
	switch os.Getenv(programEnv) {
	case "drop":
		drop()
	case "answer":
		answered()
	default:
		os.Exit(m.Run())
	}
}

const nobody = 65534

// drop does what programs do that give up root's rights, in a directory in which it may
// write, and prints how it went.
func drop() {
	const file, missing = "file", "missing"
	_ = os.WriteFile(file, nil, 0o600)
	fd, _ := syscall.Open(file, syscall.O_RDONLY, 0)
	for _, call := range []struct {
		name string
		err  error
	}{
		{"chown", syscall.Chown(file, nobody, nobody)},
		{"chown, group", syscall.Chown(file, -1, nobody)},
		{"lchown", syscall.Lchown(file, nobody, nobody)},
		{"fchown", syscall.Fchown(fd, nobody, nobody)},
		{"fchownat", syscall.Fchownat(-100, file, nobody, nobody, 0)},
		{"chown to root", syscall.Chown(file, 0, 0)},
		{"chown to root of what is not there", syscall.Chown(missing, 0, 0)},
		{"chown to nobody in particular of what is not there", syscall.Chown(missing, -1, -1)},
		{"setgroups", syscall.Setgroups([]int{nobody})},
		{"setgid", syscall.Setgid(nobody)},
		{"setregid", syscall.Setregid(nobody, nobody)},
		{"setresgid", syscall.Setresgid(nobody, nobody, nobody)},
		{"setuid", syscall.Setuid(nobody)},
		{"setreuid", syscall.Setreuid(nobody, nobody)},
		{"setresuid", syscall.Setresuid(nobody, nobody, nobody)},
	} {
		fmt.Printf("%s: %v\n", call.name, call.err)
	}
	fmt.Println("user", os.Getuid(), "group", os.Getgid())
}

// answered runs drop with answers.
func answered() {
	runtime.LockOSThread()
	needed, err := Needed()
	if err == nil {
		err = Answer()
	}
	fmt.Println("needed:", needed)
	if err == nil {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), programEnv+"=drop")
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		err = cmd.Run()
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// inUserNamespace runs a program as root of a user namespace in which there is nobody else.
func inUserNamespace(t *testing.T, program string) string {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), programEnv+"="+program)
	cmd.Dir = t.TempDir()
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		nettest.Skip(t, fmt.Sprintf("user namespaces cannot be made: %v", err))
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := os.Stat(filepath.Join(cmd.Dir, "file")); err != nil {
		t.Fatal(err)
	}
	return string(out)
}

const (
	toRoot = "chown to root: <nil>\n" +
		"chown to root of what is not there: no such file or directory\n" +
		"chown to nobody in particular of what is not there: no such file or directory\n"
	stillRoot = "user 0 group 0\n"
)

func TestAnswer(t *testing.T) {
	const want = "needed: true\n" +
		"chown: <nil>\nchown, group: <nil>\nlchown: <nil>\nfchown: <nil>\nfchownat: <nil>\n" + toRoot +
		"setgroups: <nil>\nsetgid: <nil>\nsetregid: <nil>\nsetresgid: <nil>\n" +
		"setuid: <nil>\nsetreuid: <nil>\nsetresuid: <nil>\n" + stillRoot
	if got := inUserNamespace(t, "answer"); got != want {
		t.Errorf("printed\n%swant\n%s", got, want)
	}
}

// Without answers all of them fail: otherwise the other test would show nothing.
func TestWithoutAnswer(t *testing.T) {
	got := inUserNamespace(t, "drop")
	if !strings.Contains(got, toRoot) || !strings.HasSuffix(got, stillRoot) || strings.Count(got, "<nil>") != 1 {
		t.Errorf("printed\n%s", got)
	}
}

// A program of another architecture, and every other call, is let alone.
func TestProgram(t *testing.T) {
	p := program(architectures["amd64"])
	if len(p) > 255 {
		t.Errorf("%d instructions", len(p))
	}
	for i, in := range p {
		if in.Op == jumpIf && i+1+max(int(in.Jt), int(in.Jf)) >= len(p) {
			t.Errorf("instruction %d jumps out", i)
		}
	}
}
