package netns_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"mcast/internal/netns"
	"mcast/internal/nettest"
)

// programEnv makes the test binary one of the programs below: processes that a
// test starts in a namespace, or that re-execute themselves.
const programEnv = "NETNS_TEST_PROGRAM"

var programs = map[string]func(){
	"describe": describe,
	"reexec":   func() { reexec(); describe() },
	"isolate":  func() { isolate(); describeIsolation() },
	"reap":     func() { isolate(); reapOrphan() },
	"twice":    func() { isolate(); isolateAgain() },
	"stray":    func() { isolate(); loseFirstThread() },
	"exit":     func() { reexec(); os.Exit(7) },
	"kill":     func() { reexec(); raise(syscall.SIGKILL) },
	"signals":  func() { reexec(); countSignals() },
	"wait":     func() { reexec(); fmt.Println(os.Getpid()); nettest.Forever() },
	"background": func() {
		if os.Getenv(netns.ReexecEnv) == "" && os.Getenv("MCAST_ISOLATED") == "" {
			signal.Ignore(syscall.SIGINT)
		}
		reexec()
		fmt.Println("ignored:", signal.Ignored(syscall.SIGINT))
		nettest.Forever()
	},
	"forbid": forbid,
	"few":    few,
	"new":    func() { _, err := netns.New(); fmt.Println(err) },
}

func TestMain(m *testing.M) {
	if name := os.Getenv(programEnv); name != "" {
		programs[name]()
		os.Exit(0)
	}
	nettest.Main(m)
}

// program returns the test binary as a program of that name, outside of any
// re-execution.
func program(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	// Not os.Executable: an ordinary user may not look into the directory
	// where go test keeps the binary of root.
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, netns.ReexecEnv+"=")
	})
	// The race detector delays every exit by a second unless told not to.
	cmd.Env = append(cmd.Env, programEnv+"="+name, "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = &testWriter{t}
	return cmd
}

// testWriter is the log of a test.
type testWriter struct{ t *testing.T }

func (w *testWriter) Write(p []byte) (int, error) {
	w.t.Logf("%s", bytes.TrimSpace(p))
	return len(p), nil
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(99)
}

func must[T any](v T, err error) T {
	if err != nil {
		fatal(err)
	}
	return v
}

// isolateEnv has the programs that re-execute themselves isolate themselves.
const isolateEnv = "NETNS_TEST_ISOLATE"

// runAgain is Reexec or Isolate.
func runAgain() (status int, done bool, err error) {
	if os.Getenv(isolateEnv) != "" {
		return netns.Isolate()
	}
	return netns.Reexec()
}

// reexec is what the first lines of a main look like.
func reexec() {
	status, done, err := runAgain()
	if err != nil {
		// In a form that TestForbidden understands.
		report := forbidden{Error: err.Error()}
		var typed *netns.ForbiddenError
		if errors.As(err, &typed) {
			report.Setting, report.Hint = typed.Setting, typed.Hint()
		}
		_ = json.NewEncoder(os.Stdout).Encode(report)
		os.Exit(98)
	}
	if done {
		os.Exit(status)
	}
}

// isolate is what the first lines of a main look like that isolates itself.
func isolate() {
	status, done, err := netns.Isolate()
	if err != nil {
		fatal(err)
	}
	if done {
		os.Exit(status)
	}
}

// process is what a process finds out about itself.
type process struct {
	Net, Mount, User string // its namespaces, "net:[4026531840]"
	UID              int
	Name             string // as ps shows it
	Args             []string
	LoopbackUp       bool
	Others           []string // interfaces that are up, but for loopback
	Files            map[int]string
	Stdin            string
	Again            bool // that to run again does nothing the second time
	MountsShared     bool
}

// describe prints what the process finds out about itself.
func describe() {
	p := process{
		Net:   must(os.Readlink("/proc/self/ns/net")),
		Mount: must(os.Readlink("/proc/self/ns/mnt")),
		User:  must(os.Readlink("/proc/self/ns/user")),
		UID:   os.Getuid(),
		Name:  strings.TrimSpace(string(must(os.ReadFile("/proc/self/comm")))),
		Args:  os.Args[1:],
		Files: map[int]string{},
		Again: true,
	}
	for _, ifi := range must(net.Interfaces()) {
		switch {
		case ifi.Flags&net.FlagUp == 0:
		case ifi.Name == "lo":
			p.LoopbackUp = true
		default:
			p.Others = append(p.Others, ifi.Name)
		}
	}
	for fd := 3; fd < 10; fd++ {
		// Of the descriptors that are open, only inherited ones have no
		// close-on-exec flag.
		flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFD, 0)
		if errno == 0 && flags&syscall.FD_CLOEXEC == 0 {
			p.Files[fd] = string(must(io.ReadAll(os.NewFile(uintptr(fd), "inherited"))))
		}
	}
	p.Stdin = string(must(io.ReadAll(os.Stdin)))
	p.MountsShared = strings.Contains(string(must(os.ReadFile("/proc/self/mountinfo"))), " shared:")
	if os.Getenv(netns.ReexecEnv) != "" || os.Getenv("MCAST_ISOLATED") != "" {
		_, done, err := runAgain()
		p.Again = done || err != nil
	}
	_ = json.NewEncoder(os.Stdout).Encode(p)
}

// run runs a program that ends with describe.
func run(t *testing.T, cmd *exec.Cmd) process {
	t.Helper()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var p process
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return p
}

// countSignals prints the signals that it receives, up to and including
// SIGTERM.
func countSignals() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGTERM)
	fmt.Println("ready")
	for s := range signals {
		fmt.Println(s)
		if s == syscall.SIGTERM {
			return
		}
	}
}

func raise(s syscall.Signal) {
	_ = syscall.Kill(os.Getpid(), s)
	nettest.Forever()
}

// forbidden is what a program prints about an error of Reexec.
type forbidden struct{ Error, Setting, Hint string }

// forbid forbids user namespaces in the user namespace in which it runs, and
// then runs the program "reexec" without CAP_SYS_ADMIN.
func forbid() {
	if err := os.WriteFile("/proc/sys/user/max_user_namespaces", []byte("0"), 0); err != nil {
		fatal(err)
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), programEnv+"=reexec")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := startWithoutAdmin(cmd); err != nil {
		fatal(err)
	}
	_ = cmd.Wait()
	os.Exit(cmd.ProcessState.ExitCode())
}

// few tells how it fails to make namespaces where there may be no more of them.
func few() {
	if err := os.WriteFile("/proc/sys/user/max_net_namespaces", []byte("0"), 0); err != nil {
		fatal(err)
	}
	_, err := netns.New()
	describeForbidden(err)
	_, err = netns.NewMachine(func(*netns.Machine) error { return nil })
	describeForbidden(err)
}

func describeForbidden(err error) {
	var f *netns.ForbiddenError
	fmt.Println(errors.As(err, &f) && f.Setting == "user.max_net_namespaces=0", err)
}

// startWithoutAdmin starts a process that cannot get CAP_SYS_ADMIN.
func startWithoutAdmin(cmd *exec.Cmd) error {
	ns, err := netns.Current()
	if err != nil {
		return err
	}
	defer ns.Close()
	return ns.Do(func() error {
		// The bounding set is the thread's, and there is no way back, so
		// this thread has to end.
		runtime.LockOSThread()
		const (
			prCapbsetDrop = 24
			capSysAdmin   = 21
		)
		if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, prCapbsetDrop, capSysAdmin, 0); errno != 0 {
			return os.NewSyscallError("prctl", errno)
		}
		return cmd.Start()
	})
}
