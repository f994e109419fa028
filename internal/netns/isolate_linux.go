package netns

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"mcast/internal/sys"
)

// isolateEnv is the environment variable by which the processes of [Isolate] know what
// they are. The first process in the namespaces has "init" and the descriptor of its
// control stream; the program, which that one starts, has the name of its network
// namespace. What a program on a [Machine] or anybody else inherits means nothing there.
const isolateEnv = "MCAST_ISOLATED"

// Isolate runs the program a second time, alone with itself: [Reexec] with PID, UTS and
// IPC namespaces in addition, and a /proc that shows the processes inside only. It is
// used in the same way, and its results are the same.
//
// When the program ends, or the process outside is killed, every process inside is
// killed by the kernel, whatever it has done to detach itself: the namespaces, and
// what was made in them, are gone with it.
//
// In between is a process that is number 1 inside. It starts the program, reaps
// orphans, and ends as the program does.
//
// A process that the program starts, and that calls Isolate, is isolated again.
func Isolate() (status int, done bool, err error) {
	role := os.Getenv(isolateEnv)
	if fd, isInit := strings.CutPrefix(role, "init "); isInit && os.Getpid() == 1 {
		sys.NameProcess("-init")
		return beInit(fd), true, nil
	}
	if Isolated() {
		sys.NameProcess("")
		waitAtGate()
		return 0, false, nil
	}
	privileged, err := hasCapabilities()
	if err != nil {
		return 0, false, err
	}
	status, err = startInit(privileged)
	if err != nil {
		return 0, false, explain(fmt.Errorf("run in fresh namespaces: %w", err), !privileged)
	}
	return status, true, nil
}

// Isolated reports whether this process is the program that [Isolate] started.
func Isolated() bool { return isolated() }

// isolated is asked when Isolate is called, or else when a lab is to be made. The answer
// stays: later the first thread, whose namespace /proc/self shows, may have run a function on a
// [Machine], and may be there for good.
var isolated = sync.OnceValue(func() bool {
	const pidOfInit = 1
	here, err := os.Readlink("/proc/self/ns/net")
	return err == nil && os.Getppid() == pidOfInit && os.Getenv(isolateEnv) == here
})

// startInit runs this program as the first process in fresh namespaces, and returns how
// it ended. An error that it reports is an error here.
func startInit(privileged bool) (status int, err error) {
	// A signal is a byte, and heard is one; the end of the stream is the end of this process.
	// The other way round comes a byte when the program runs and one when it has ended, or else
	// what failed.
	control, inside, err := sys.SocketPair()
	if err != nil {
		return 0, err
	}
	defer control.Close()
	defer inside.Close()
	// Not by ExtraFiles, which are numbered from 3: those may have been inherited.
	fd := int(inside.Fd())
	if err := sys.InheritDescriptor(fd, true); err != nil {
		return 0, err
	}
	attr := namespaces(privileged)
	attr.Cloneflags |= syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC
	cmd := &exec.Cmd{
		Path:        "/proc/self/exe",
		Args:        os.Args,
		Env:         append(environWithout(isolateEnv, gateEnv), isolateEnv+"=init "+strconv.Itoa(fd)),
		Stdin:       os.Stdin,
		Stdout:      os.Stdout,
		Stderr:      os.Stderr,
		SysProcAttr: attr,
	}
	var (
		there  = make(chan struct{})
		passed = make(chan syscall.Signal, 1) // the first one
		said   = make(chan string, 1)
	)
	go func() {
		first := make([]byte, 1)
		n, _ := control.Read(first)
		if n == 1 && first[0] == programRuns {
			close(there)
		}
		rest, _ := io.ReadAll(control)
		said <- string(first[:n]) + string(rest)
	}()
	status, err = runForeground(cmd, &foreground{
		pass: func(s syscall.Signal) {
			select {
			case passed <- s:
			default:
			}
			_, _ = control.Write([]byte{byte(s)})
		},
		there: there,
		open:  func() { _, _ = control.Write([]byte{heard}) },
	})
	_ = inside.Close() // the last one, then: the other ended with init
	report := <-said
	switch {
	case err != nil:
		return 0, err
	case report != "" && report[0] != programRuns:
		return 0, parseReport(report)
	case report == string([]byte{programRuns, programEnded}), status > 128:
		return status, nil
	}
	// A signal that number 1 does not heed yet ends it with a status of the Go runtime, for
	// the kernel does not let it be killed by one. This process has had it, too.
	select {
	case s := <-passed:
		return 128 + int(s), nil
	default:
		return 0, fmt.Errorf("the first process inside ended before the program, with status %d", status)
	}
}

// What number 1 writes when it has started the program, and when that has ended. No report
// begins so.
const (
	programRuns  = '+'
	programEnded = '-'
)

// heard is what the process outside answers to programRuns. It is no signal.
const heard = 0

// Environ is the environment of this process without what [Reexec] and [Isolate] have put
// into it, which is nobody else's business.
func Environ() []string { return environWithout(isolateEnv, ReexecEnv, gateEnv) }

func environWithout(names ...string) []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(names, name)
	})
}

// beInit is the first process in the namespaces: it starts the program, and returns its
// status.
func beInit(fd string) (status int) {
	n, err := strconv.Atoi(fd)
	if err != nil {
		return 1
	}
	control := os.NewFile(uintptr(n), "control")
	if control == nil || sys.InheritDescriptor(n, false) != nil {
		return 1
	}
	// From now on, and to the end, a signal that would end this process is one for the
	// program: one that came after its end would change the status.
	signals := heed()
	gate, err := newGate()
	program := 0
	if err == nil {
		defer gate.open()
		program, err = startProgram(gate)
	}
	if err != nil {
		_, _ = control.WriteString(formatReport(err))
		return 1
	}
	_, _ = control.Write([]byte{programRuns})
	go passOn(signals, control, program, gate)
	status = reap(program)
	_, _ = control.Write([]byte{programEnded})
	return status
}

// startProgram makes the namespaces fit to live in, and starts the program.
func startProgram(gate *gate) (pid int, err error) {
	if err := sys.SetLinkUp("lo"); err != nil {
		return 0, fmt.Errorf("bring loopback up: %w", err)
	}
	here, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return 0, err
	}
	if err := sys.Mount("proc", "/proc", ""); err != nil {
		return 0, fmt.Errorf("mount /proc (in a container it must not be masked: --security-opt systempaths=unconfined): %w", err)
	}
	sys.NameProcess("")
	// Not by package exec: it waits for its processes by itself, and reap does
	// that for all of them.
	return syscall.ForkExec("/proc/self/exe", os.Args, &syscall.ProcAttr{
		Env:   append(environWithout(isolateEnv, gateEnv), isolateEnv+"="+here, gate.environ()),
		Files: []uintptr{0, 1, 2},
	})
}

// passOn sends the program the signals that arrive, here or by control, and opens its gate once
// the process outside has heard of it. When control ends, so has the process outside: then
// this one ends, and everything with it.
func passOn(signals <-chan os.Signal, control io.Reader, program int, gate *gate) {
	var opens atomic.Bool
	go func() {
		for s := range signals {
			// SIGINT and SIGQUIT commonly come from a terminal, which has sent them
			// to the program, too, if it was there. Whoever sends them to one process
			// sends them to the one outside.
			if s == syscall.SIGTERM || !opens.Load() {
				_ = syscall.Kill(program, s.(syscall.Signal))
			}
		}
	}()
	var b [1]byte
	for {
		if _, err := control.Read(b[:]); err != nil {
			// PDEATHSIG is quicker, if it was in place in time. To kill number 1
			// is not possible from here, and to kill all others is as good.
			_ = syscall.Kill(-1, syscall.SIGKILL)
			return
		}
		if b[0] == heard {
			opens.Store(true)
			gate.open()
			continue
		}
		_ = syscall.Kill(program, syscall.Signal(b[0]))
	}
}

// reap waits for all processes that end, since the parents of some have ended before
// them, until the program does, and returns its status.
func reap(program int) (status int) {
	for {
		var ws syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &ws, 0, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return 1 // there is no program to wait for, which cannot be
		case pid == program && ws.Signaled():
			return 128 + int(ws.Signal())
		case pid == program:
			return ws.ExitStatus()
		}
	}
}

// formatReport writes an error down for [parseReport]: the number that the kernel gave
// for it, and the text without that.
func formatReport(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return fmt.Sprintf("%d %s", int(errno), strings.TrimSuffix(err.Error(), errno.Error()))
	}
	return "0 " + err.Error()
}

// parseReport reads what [formatReport] wrote.
func parseReport(report string) error {
	number, text, _ := strings.Cut(report, " ")
	errno, err := strconv.Atoi(number)
	if err != nil || errno == 0 {
		return fmt.Errorf("%s", text)
	}
	return fmt.Errorf("%s%w", text, syscall.Errno(errno))
}
