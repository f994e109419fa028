package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"mcast/internal/netns"
	"mcast/lab/internal/setid"
)

func (n *Node) do(fn func() error) error {
	m, err := n.up()
	if err != nil {
		return fmt.Errorf("host %s: run a function: %w", n.host.Name, err)
	}
	return m.Do(fn)
}

// up returns the machine, unless the lab is closed.
func (n *Node) up() (*netns.Machine, error) {
	if n.lab.closed() {
		return nil, os.ErrClosed
	}
	return n.machine.Machine, nil
}

func (l *Lab) closed() bool {
	l.engine.mu.RLock()
	defer l.engine.mu.RUnlock()
	return l.engine.closed
}

func (n *Node) start(cmd *exec.Cmd) error {
	// Close must not look for processes while one is about to be.
	n.lab.engine.mu.RLock()
	defer n.lab.engine.mu.RUnlock()
	err := os.ErrClosed
	if !n.lab.engine.closed {
		err = n.machine.Do(func() error {
			if err := findProgram(cmd); err != nil {
				return err
			}
			detach(cmd)
			if err := letDropRights(); err != nil {
				return err
			}
			return cmd.Start()
		})
	}
	if err != nil {
		return fmt.Errorf("host %s: start %s: %w", n.host.Name, strings.Join(cmd.Args, " "), plainCause(err))
	}
	return nil
}

// plainCause takes the operation and the path off an error about a program, which are said
// already.
func plainCause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// detach gives the program a session of its own, unless its caller has other plans.
func detach(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	if a := cmd.SysProcAttr; !a.Setsid && !a.Setpgid && !a.Foreground {
		a.Setsid = true
	}
}

// letDropRights has programs that become another user come through, where there is no other
// one. It is for the calling thread, which is on a machine and so ends with what it does there.
func letDropRights() error {
	needed, err := setid.Needed()
	if err != nil || !needed {
		return err
	}
	return setid.Answer()
}
