package netns

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"

	"mcast/internal/sys"
)

// Machine is a machine of its own, as far as a program on it can see: interfaces and
// routes, mounts, and the host's name. The namespaces are held open by descriptors
// until Close. Its methods may be called concurrently.
//
// It is for processes that [Isolate] started: elsewhere mounts would show outside.
type Machine struct {
	files [len(kinds)]*os.File
	names [len(kinds)]string // of the namespaces, "net:[4026531840]"
}

// kinds are the namespaces of a machine, in the order in which they are entered: the
// mount namespace decides what /proc is.
var kinds = [...]sys.Namespace{sys.NetNamespace, sys.UTSNamespace, sys.MountNamespace}

// NewMachine makes a machine and runs furnish on a thread that is on it, before
// anything else is. Loopback is up. An error of furnish is returned as it is, and there
// is no machine then.
func NewMachine(furnish func(*Machine) error) (*Machine, error) {
	m := &Machine{}
	err := onThread(func() error {
		runtime.LockOSThread() // the thread ends here: nobody else gets it
		if err := sys.UnshareMachine(); err != nil {
			return explain(fmt.Errorf("make namespaces: %w", err), false)
		}
		if err := sys.SetLinkUp("lo"); err != nil {
			return fmt.Errorf("bring loopback up: %w", err)
		}
		for i, kind := range kinds {
			var err error
			if m.files[i], err = sys.OpenNamespace(kind); err != nil {
				return err
			}
			if m.names[i], err = sys.NamespaceOf("thread-self", kind); err != nil {
				return err
			}
		}
		return furnish(m)
	})
	if err != nil {
		_ = m.Close()
		return nil, err
	}
	return m, nil
}

// Net returns the descriptor of the network namespace, valid until Close, for calls
// that take a namespace that way.
func (m *Machine) Net() int { return int(m.files[0].Fd()) }

// Close gives the descriptors up. Functions and processes that still run on the machine
// keep it alive.
func (m *Machine) Close() error {
	var errs []error
	for _, f := range m.files {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

// Do runs fn on a thread that is on the machine, waits for it, and returns its error as
// it is. What [NS.Do] says of fn is true here as well. The thread's working directory is
// the process's if the machine has that, and / otherwise.
func (m *Machine) Do(fn func() error) error {
	return onThread(func() error {
		runtime.LockOSThread() // the thread ends here: nobody else gets it
		if err := m.enter(); err != nil {
			return fmt.Errorf("enter a machine: %w", err)
		}
		return fn()
	})
}

// enter moves the calling thread onto the machine.
func (m *Machine) enter() error {
	dir, err := os.Getwd()
	if err != nil {
		dir = "/" // it has been removed, say
	}
	if err := sys.UnshareDirectories(); err != nil {
		return err
	}
	for i, kind := range kinds {
		if err := enter(m.files[i], kind); err != nil {
			return err
		}
	}
	_ = sys.SetDirectory(dir) // else it is that of setns, /
	return nil
}

// Kill kills every process that is on one of the machines, whatever has become of its
// parent, group and session, and returns when they are dead. One that has left some of
// the machine's namespaces is still on it; one that has left all of them is not.
// Processes are those that /proc shows.
func Kill(machines []*Machine, timeout time.Duration) error {
	on := namespacesOf(machines...)
	pause := 100 * time.Microsecond
	for deadline := time.Now().Add(timeout); ; time.Sleep(pause) {
		found, err := on.kill()
		if err != nil {
			return err
		}
		// A process that was killed is there until it is dead, and so is one that
		// it started just before.
		if found == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d processes are still there %v after they were killed", found, timeout)
		}
		pause = min(2*pause, 10*time.Millisecond)
	}
}

// Processes returns the numbers of the processes that are on the machine, but for this one,
// as /proc shows them.
func (m *Machine) Processes() ([]int, error) {
	return namespacesOf(m).processes()
}

// inhabited are namespaces by their names.
type inhabited map[string]bool

func namespacesOf(machines ...*Machine) inhabited {
	on := inhabited{}
	for _, m := range machines {
		for _, name := range m.names {
			on[name] = true
		}
	}
	return on
}

// processes returns every process that it finds in one of the namespaces.
func (on inhabited) processes() (found []int, err error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil && pid != os.Getpid() && on.has(name) {
			found = append(found, pid)
		}
	}
	slices.Sort(found)
	return found, nil
}

// kill kills every process that it finds in one of the namespaces, and returns how many
// there were.
func (on inhabited) kill() (found int, err error) {
	pids, err := on.processes()
	if err != nil {
		return 0, err
	}
	for _, pid := range pids {
		killed, err := on.killOne(pid)
		if err != nil {
			return found, fmt.Errorf("kill process %d: %w", pid, err)
		}
		if killed {
			found++
		}
	}
	return found, nil
}

// killOne kills a process if it is in one of the namespaces, and reports whether it was.
func (on inhabited) killOne(pid int) (killed bool, err error) {
	p, err := sys.OpenProcess(pid)
	if err == nil {
		defer p.Close()
		// Only now is it certain that the number is not given to another process
		// between the question and the answer.
		if !on.has(strconv.Itoa(pid)) {
			return false, nil
		}
		err = p.Kill()
	}
	if errors.Is(err, syscall.ESRCH) {
		return false, nil
	}
	return err == nil, err
}

// has reports whether a process is in one of the namespaces.
func (on inhabited) has(pid string) bool {
	return slices.ContainsFunc(kinds[:], func(kind sys.Namespace) bool {
		name, err := sys.NamespaceOf(pid, kind)
		return err == nil && on[name]
	})
}
