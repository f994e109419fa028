package netns

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"

	"mcast/internal/sys"
)

// ReexecEnv is the environment variable by which a process knows that [Reexec]
// started it, or one of its ancestors. Its value names the network namespace
// outside, so a value that leaked to somewhere else is seen through. Remove it
// from the environment of a child that is to have a namespace of its own.
const ReexecEnv = "MCAST_NETNS_OUTSIDE"

// Reexec runs the program a second time, in a fresh network namespace with
// loopback up, and a fresh mount namespace from which nothing propagates. Call
// it first thing in main:
//
//	status, done, err := netns.Reexec()
//	if err != nil { ... }
//	if done {
//		os.Exit(status)
//	}
//	// Here the program is alone with its network.
//
// In the process outside, Reexec returns when the one inside has ended: done is
// true, and status its exit status, or 128 and the number of the signal that
// killed it. In the process inside, and in all that inherit its environment,
// Reexec returns at once, with done false. On an error done is false too, and
// the program is where it was.
//
// A process that lacks CAP_SYS_ADMIN or CAP_NET_ADMIN gets a user namespace in
// addition, where its user and group are 0 and have all capabilities over what
// is made there. Where that is forbidden the error is a [*ForbiddenError]. A
// process that has them does without, because some things, such as
// SO_RCVBUFFORCE, want the real root.
//
// The second process has the same program file, arguments, environment, working
// directory and open files, descriptors above 2 included if they were inherited
// (a fuzz worker's, for example). SIGINT, SIGTERM, SIGQUIT and SIGHUP are passed on to
// it, and it is killed if the first process dies.
//
// The directory /sys is not mounted anew: /sys/class/net still shows the
// interfaces outside.
func Reexec() (status int, done bool, err error) {
	// The thread must not matter here: /proc/self is the process.
	here, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return 0, false, fmt.Errorf("identify the current network namespace: %w", err)
	}
	if outside := os.Getenv(ReexecEnv); outside != "" && outside != here {
		sys.NameProcess("")
		// Bringing loopback up is left to the process inside, because
		// between clone and exec there is nobody to do it.
		if err := sys.SetLinkUp("lo"); err != nil {
			return 0, false, fmt.Errorf("bring loopback up in the fresh network namespace: %w", err)
		}
		waitAtGate()
		return 0, false, nil
	}

	privileged, err := hasCapabilities()
	if err != nil {
		return 0, false, err
	}
	gate, err := newGate()
	if err != nil {
		return 0, false, err
	}
	defer gate.open()
	// /proc/self/exe, unlike os.Executable, also works when the file has been
	// deleted or replaced, or lies where this user may not look.
	cmd := &exec.Cmd{
		Path:        "/proc/self/exe",
		Args:        os.Args,
		Env:         append(os.Environ(), ReexecEnv+"="+here, gate.environ()),
		Stdin:       os.Stdin,
		Stdout:      os.Stdout,
		Stderr:      os.Stderr,
		SysProcAttr: namespaces(privileged),
	}
	status, err = runForeground(cmd, &foreground{
		pass: func(s syscall.Signal) { _ = cmd.Process.Signal(s) }, // an error can only mean that it has ended
		open: gate.open,
	})
	if err != nil {
		return 0, false, explain(fmt.Errorf("run in a fresh network namespace: %w", err), !privileged)
	}
	return status, true, nil
}

// hasCapabilities reports whether network namespaces can be made and furnished
// without a user namespace.
func hasCapabilities() (bool, error) {
	for _, c := range []sys.Capability{sys.CapSysAdmin, sys.CapNetAdmin} {
		has, err := sys.HasCapability(c)
		if err != nil {
			return false, fmt.Errorf("read the capabilities of this process: %w", err)
		}
		if !has {
			return false, nil
		}
	}
	return true, nil
}

// namespaces returns what the process inside is started with.
func namespaces(privileged bool) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{
		// clone, not unshare and setns, because these refuse to put a
		// process with threads, which every Go program is, into a user
		// namespace.
		Cloneflags: syscall.CLONE_NEWNET,
		// With this one package syscall makes all mounts private as well.
		Unshareflags: syscall.CLONE_NEWNS,
		Pdeathsig:    syscall.SIGKILL,
	}
	if !privileged {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		// An ordinary user may map nobody but itself, and its group only
		// after setgroups is denied, which is what package syscall does
		// unless told otherwise.
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return attr
}

// heed returns a channel on which the signals arrive that are passed on to another
// process.
func heed() chan os.Signal {
	signals := make(chan os.Signal, 8)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP} {
		// What is ignored here (nohup, a job in the background) must stay
		// so there, and Notify would undo that.
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	return signals
}

// foreground is how [runForeground] deals with the program that it starts.
type foreground struct {
	pass  func(s syscall.Signal)
	there <-chan struct{} // closed once the program is there; nil: from the start of the command on
	open  func()          // lets the program go on, which waits at its gate
}

// runForeground runs cmd as if it were this process: it passes signals on and returns the exit
// status. Its error is that cmd could not be started.
//
// Descriptors above 2 need no care: the runtime opens all of its own with
// close-on-exec, and those that this process inherited have no such flag.
func runForeground(cmd *exec.Cmd, f *foreground) (status int, err error) {
	// PDEATHSIG means the death of the thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	signals := heed()
	signal.Notify(signals, mark)
	defer signal.Stop(signals)

	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended, forwarded := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(forwarded)
		f.forward(signals, ended)
	}()
	err = cmd.Wait()
	close(ended)
	<-forwarded

	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal()), nil
	}
	return cmd.ProcessState.ExitCode(), nil
}

// mark is a signal that this process sends itself. Its number is higher than those of the
// signals that are passed on, and the kernel hands over the lowest first: what was sent before
// has arrived when it does, unless two threads took them at once, and the first was held up.
const mark = syscall.SIGCHLD

// forward passes signals on, also those that were sent before ended was closed and arrive then.
//
// A terminal sends its signals to the whole process group, so the program has such a signal
// already, and a second SIGINT commonly means "at once". But what was sent before it was there
// it does not have.
func (f *foreground) forward(signals <-chan os.Signal, ended <-chan struct{}) {
	var then func() // at the mark
	marked := func(f func()) {
		then = f
		_ = syscall.Kill(os.Getpid(), mark)
	}
	known, over := false, false
	isThere := func() { known = true; f.open() }
	there := f.there
	if there == nil {
		marked(isThere)
	}
	for !over {
		select {
		case <-ended:
			ended, there = nil, nil
			marked(func() { over = true })
		case <-there:
			there = nil
			marked(isThere)
		case s := <-signals:
			switch has := known && s != syscall.SIGTERM && sys.InForeground(); {
			case s == mark && then != nil:
				then()
				then = nil
			case s != mark && !has:
				f.pass(s.(syscall.Signal))
			}
		}
	}
}
