package netns_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"mcast/internal/nettest"
)

// starts are the ways to start a process that is to re-execute itself: as this
// user, and as one that needs a user namespace for it.
func starts(t *testing.T) map[string]func(*exec.Cmd) error {
	t.Helper()
	newNS(t) // skips where namespaces cannot be made
	m := map[string]func(*exec.Cmd) error{
		"with privileges":       (*exec.Cmd).Start,
		"without CAP_SYS_ADMIN": startWithoutAdmin,
	}
	// In a user namespace there may be no other user than this one.
	uids, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		t.Fatal(err)
	}
	const everyone = 4294967295
	if f := strings.Fields(string(uids)); len(f) == 3 && f[2] == strconv.FormatUint(everyone, 10) {
		m["as an ordinary user"] = func(cmd *exec.Cmd) error {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
			return cmd.Start()
		}
	}
	return m
}

func TestReexec(t *testing.T) { eachWay(t, testReexec) }

func testReexec(t *testing.T, program func(string, ...string) *exec.Cmd) {
	here := run(t, program("describe"))
	for name, start := range starts(t) {
		t.Run(name, func(t *testing.T) {
			cmd := program("reexec", "an argument", "-x")
			cmd.Args[0] = "/bin/a-program-with-a-name"
			cmd.Stdin = strings.NewReader("input")
			cmd.ExtraFiles = []*os.File{content(t, "three"), nil, content(t, "five")}
			var out strings.Builder
			cmd.Stdout = &out
			if err := start(cmd); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Fatalf("%v: %s", err, out.String())
			}
			var p process
			if err := json.Unmarshal([]byte(out.String()), &p); err != nil {
				t.Fatalf("%v: %s", err, out.String())
			}
			if p.Net == here.Net || p.Mount == here.Mount {
				t.Errorf("inside is in %s and %s, outside in %s and %s", p.Net, p.Mount, here.Net, here.Mount)
			}
			if newUser, want := p.User != here.User, name != "with privileges"; newUser != want {
				t.Errorf("inside has a user namespace of its own: %v, want %v", newUser, want)
			}
			if p.UID != 0 {
				t.Errorf("inside has user ID %d", p.UID)
			}
			if !p.LoopbackUp || len(p.Others) != 0 {
				t.Errorf("inside loopback is up: %v; others that are: %v", p.LoopbackUp, p.Others)
			}
			if p.Name != "a-program-with-" { // what there is room for
				t.Errorf("inside is called %q", p.Name)
			}
			if want := []string{"an argument", "-x"}; !reflect.DeepEqual(p.Args, want) {
				t.Errorf("inside has arguments %q, want %q", p.Args, want)
			}
			if want := map[int]string{3: "three", 5: "five"}; !reflect.DeepEqual(p.Files, want) {
				t.Errorf("inside inherited files %v, want %v", p.Files, want)
			}
			if p.Stdin != "input" {
				t.Errorf("inside read %q from its standard input", p.Stdin)
			}
			if p.Again {
				t.Error("inside Reexec did something again")
			}
			if p.MountsShared {
				t.Error("mounts inside propagate")
			}
		})
	}
}

// content returns a file with that content.
func content(t *testing.T, text string) *os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// eachWay runs a test for both ways to run a program again.
func eachWay(t *testing.T, test func(t *testing.T, program func(name string, args ...string) *exec.Cmd)) {
	t.Helper()
	for way, env := range map[string]string{"Reexec": "", "Isolate": isolateEnv + "=1"} {
		t.Run(way, func(t *testing.T) {
			test(t, func(name string, args ...string) *exec.Cmd {
				cmd := program(t, name, args...)
				if env != "" {
					cmd.Env = append(cmd.Env, env)
				}
				return cmd
			})
		})
	}
}

func TestReexecStatus(t *testing.T) { eachWay(t, testStatus) }

func testStatus(t *testing.T, program func(string, ...string) *exec.Cmd) {
	for name, start := range starts(t) {
		for ending, want := range map[string]int{"exit": 7, "kill": 128 + int(syscall.SIGKILL)} {
			t.Run(ending+" "+name, func(t *testing.T) {
				cmd := program(ending)
				if err := start(cmd); err != nil {
					t.Fatal(err)
				}
				_ = cmd.Wait()
				if got := cmd.ProcessState.ExitCode(); got != want {
					t.Errorf("exit status is %d, want %d", got, want)
				}
			})
		}
	}
}

func TestReexecForwardsSignals(t *testing.T) { eachWay(t, testForwardsSignals) }

func testForwardsSignals(t *testing.T, program func(string, ...string) *exec.Cmd) {
	newNS(t)
	nettest.HeedSignals(t)
	cmd := program("signals")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // away from the terminal of go test
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	lines := bufio.NewScanner(stdout)
	expectLine(t, lines, "ready")
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM} {
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		expectLine(t, lines, s.String())
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// A process in the background of a shell ignores SIGINT, and so must the one
// inside.
func TestReexecKeepsIgnoredSignals(t *testing.T) { eachWay(t, testKeepsIgnoredSignals) }

func testKeepsIgnoredSignals(t *testing.T, program func(string, ...string) *exec.Cmd) {
	newNS(t)
	nettest.HeedSignals(t)
	cmd := program("background")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	lines := bufio.NewScanner(stdout)
	expectLine(t, lines, "ignored: true")
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if got, want := cmd.ProcessState.ExitCode(), 128+int(syscall.SIGTERM); got != want {
		t.Errorf("exit status is %d, want %d", got, want)
	}
}

func expectLine(t *testing.T, lines *bufio.Scanner, want string) {
	t.Helper()
	if !lines.Scan() {
		t.Fatalf("output ended before %q: %v", want, lines.Err())
	}
	if got := strings.TrimSpace(lines.Text()); got != want {
		t.Fatalf("output is %q, want %q", got, want)
	}
}

// Whoever presses Ctrl-C once has sent one SIGINT.
func TestReexecInterruptFromTerminal(t *testing.T) { eachWay(t, testInterruptFromTerminal) }

func testInterruptFromTerminal(t *testing.T, program func(string, ...string) *exec.Cmd) {
	newNS(t)
	nettest.HeedSignals(t)
	master, terminal := openTerminal(t)
	cmd := program("signals")
	cmd.Stdin, cmd.Stdout = terminal, terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	_ = terminal.Close()
	lines := bufio.NewScanner(master)
	expectLine(t, lines, "ready")
	for range 3 {
		const ctrlC = "\x03"
		if _, err := master.WriteString(ctrlC); err != nil {
			t.Fatal(err)
		}
		expectLine(t, lines, "^Cinterrupt")
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	// If the process outside had passed them on, three more were here.
	expectLine(t, lines, "terminated")
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// Whenever somebody presses Ctrl-C, a program that does not heed it ends by it, also if it, or
// what starts it, is not there yet.
func TestReexecInterruptedEarly(t *testing.T) { eachWay(t, testInterruptedEarly) }

func testInterruptedEarly(t *testing.T, program func(string, ...string) *exec.Cmd) {
	newNS(t)
	nettest.HeedSignals(t)
	for after := time.Duration(0); after < 40*time.Millisecond; after += time.Millisecond {
		master, terminal := openTerminal(t)
		cmd := program("wait")
		cmd.Stdin, cmd.Stdout = terminal, terminal
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after) // any time will do
		pressed := make(chan struct{})
		go func() {
			defer close(pressed)
			// On a busy machine the process outside may hear of it late (1 of 4,000 tries), and
			// believe that the program has had it from the terminal: people press again, then.
			for range 100 {
				_, err := master.WriteString("\x03")
				for range 100 {
					if err != nil || !alive(cmd.Process.Pid) {
						return
					}
					time.Sleep(time.Millisecond)
				}
			}
			_ = cmd.Process.Kill()
		}()
		_ = cmd.Wait()
		<-pressed
		// The one outside may not have been there, either.
		ws := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if ws.ExitStatus() != 128+int(syscall.SIGINT) && ws.Signal() != syscall.SIGINT {
			t.Errorf("with Ctrl-C after %v: %v", after, cmd.ProcessState)
		}
		_ = terminal.Close()
		_ = master.Close()
	}
}

// openTerminal makes a pseudo-terminal: pty(7).
func openTerminal(t *testing.T) (master, terminal *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	var number, unlocked int32
	ioctl := func(request uintptr, arg *int32) {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, uintptr(unsafe.Pointer(arg))); errno != 0 {
			t.Fatal(os.NewSyscallError("ioctl", errno))
		}
	}
	ioctl(syscall.TIOCGPTN, &number)
	ioctl(syscall.TIOCSPTLCK, &unlocked)
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	return master, terminal
}

func TestReexecDiesWithParent(t *testing.T) {
	for name, start := range starts(t) {
		t.Run(name, func(t *testing.T) {
			cmd := program(t, "wait")
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := start(cmd); err != nil {
				t.Fatal(err)
			}
			var inside int
			if _, err := fmt.Fscan(stdout, &inside); err != nil {
				t.Fatal(err)
			}
			if inside == cmd.Process.Pid {
				t.Fatal("the program was not re-executed")
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			nettest.Eventually(t, "the process inside to die", 5*time.Second, func() bool {
				return !alive(inside)
			})
		})
	}
}

// alive reports whether a process exists and is not a zombie, which an orphan
// stays until its new parent looks.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z") && !strings.HasPrefix(after, "X")
}

// ownUserNamespace has a program be root in a user namespace of its own.
func ownUserNamespace() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
}

// In a user namespace of its own a test may forbid user namespaces.
func TestForbidden(t *testing.T) {
	newNS(t)
	cmd := program(t, "forbid")
	cmd.SysProcAttr = ownUserNamespace()
	out, _ := cmd.Output()
	var got forbidden
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const setting = "user.max_user_namespaces=0"
	if got.Setting != setting || !strings.Contains(got.Error, setting) || !strings.Contains(got.Hint, "root") {
		t.Errorf("Reexec failed with %+v, want the setting %s", got, setting)
	}
}

// Likewise with limits that are reached later.
func TestForbiddenFurther(t *testing.T) {
	newNS(t)
	cmd := program(t, "few")
	cmd.SysProcAttr = ownUserNamespace()
	out, err := cmd.Output()
	if err != nil || strings.Count(string(out), "true ") != 2 {
		t.Errorf("%v: %s", err, out)
	}
}
