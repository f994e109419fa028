package sys

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// SignalGroup sends a signal to all processes of a group that are left. That
// there is none is no error.
func SignalGroup(group int, s syscall.Signal) error {
	if err := unix.Kill(-group, s); err != nil && err != unix.ESRCH {
		return os.NewSyscallError("kill", err)
	}
	return nil
}

// HasEnded reports whether a child of this process has ended: it waits to be waited for, or
// was already.
func HasEnded(pid int) bool {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	return err == unix.ECHILD || err == nil && info.Signo != 0
}
