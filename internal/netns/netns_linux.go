package netns

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"mcast/internal/sys"
)

// NS is a network namespace, held open by a descriptor until Close. Its methods
// may be called concurrently.
type NS struct {
	file *os.File
}

// New makes a network namespace whose only interface is loopback, which is up.
// It needs CAP_SYS_ADMIN and CAP_NET_ADMIN: root, or a process that [Reexec]
// put into a user namespace, has them.
func New() (*NS, error) {
	var ns *NS
	err := onThread(func() error {
		if err := sys.UnshareNetns(); err != nil {
			if errors.Is(err, syscall.EPERM) {
				return fmt.Errorf("%w (CAP_SYS_ADMIN is missing: run as root or in a user namespace)", err)
			}
			return explain(err, false)
		}
		if err := sys.SetLinkUp("lo"); err != nil {
			return fmt.Errorf("bring loopback up: %w", err)
		}
		var err error
		ns, err = current()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("make a network namespace: %w", err)
	}
	return ns, nil
}

// Current returns the network namespace of the calling thread: the namespace of
// the process or, inside a function that runs under [NS.Do], that one.
func Current() (*NS, error) {
	ns, err := current()
	if err != nil {
		return nil, fmt.Errorf("open the current network namespace: %w", err)
	}
	return ns, nil
}

// Of returns the network namespace that an open file refers to. The file is the
// NS's from then on.
func Of(file *os.File) *NS { return &NS{file: file} }

func current() (*NS, error) {
	file, err := sys.OpenNamespace(sys.NetNamespace)
	if err != nil {
		return nil, err
	}
	return &NS{file: file}, nil
}

// Fd returns the descriptor, valid until Close, for calls that take a network
// namespace that way (IFLA_NET_NS_FD of netlink, for one).
func (n *NS) Fd() int { return int(n.file.Fd()) }

// Close gives the descriptor up. Functions that run in the namespace, and
// sockets and processes that live there, keep it alive.
func (n *NS) Close() error { return n.file.Close() }

// Do runs fn on a thread that is in the namespace, waits for it, and returns
// its error as it is. It needs CAP_SYS_ADMIN.
//
// fn runs on a goroutine of its own, which has the thread to itself. Goroutines
// that fn starts are not in the namespace; sockets and processes that fn starts
// are. Do may be called from within fn, also for another namespace.
//
// A fn that changes more of its thread than the network namespace must see to it
// that nobody else gets the thread: it calls [runtime.LockOSThread] and leaves it
// at that, and the thread ends with fn.
//
// When fn panics, Do panics with a [*Panic]. When fn calls [runtime.Goexit], as
// the FailNow and SkipNow of a test do, Do calls it too.
func (n *NS) Do(fn func() error) error {
	return onThread(func() error {
		if err := n.Enter(); err != nil {
			return err
		}
		return fn()
	})
}

// Enter moves the calling thread into the namespace, for good: it is for who has
// locked the thread and does not give it back. All others call Do.
func (n *NS) Enter() error {
	if err := enter(n.file, sys.NetNamespace); err != nil {
		return fmt.Errorf("enter a network namespace: %w", err)
	}
	return nil
}

// enter moves the calling thread into the namespace that a file refers to.
func enter(file *os.File, kind sys.Namespace) error {
	conn, err := file.SyscallConn()
	if err != nil {
		return err
	}
	// Control holds Close off, so that the number cannot become that of
	// another file, say of another namespace, in between. The error of its own
	// that it has is one that nobody outside of package os can name.
	var failed error
	if err := conn.Control(func(fd uintptr) { failed = sys.SetNamespace(kind, int(fd)) }); err != nil {
		return os.ErrClosed
	}
	return failed
}

// Start starts cmd, as [exec.Cmd.Start] does, in the namespace. The process
// stays there when n is closed.
//
// A Pdeathsig in cmd would strike when the thread that started the process
// ends, which may be long before the program does: do not set one.
func (n *NS) Start(cmd *exec.Cmd) error { return n.Do(cmd.Start) }
