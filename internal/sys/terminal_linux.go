package sys

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// OpenTerminal makes a pseudoterminal (pty(7)): what is written to one end is read at the
// other, which is a terminal to the program that has it. Reads of the controlling
// end fail with EIO when no program has the terminal any more.
func OpenTerminal() (control, terminal *os.File, err error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, &os.PathError{Op: "open", Path: "/dev/ptmx", Err: err}
	}
	control = os.NewFile(uintptr(fd), "/dev/ptmx")
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		_ = control.Close()
		return nil, nil, os.NewSyscallError("ioctl of /dev/ptmx", err)
	}
	// Not by package os: that makes it non-blocking, which the program would have with it,
	// and nobody expects of a terminal.
	name := fmt.Sprintf("/dev/pts/%d", number)
	if fd, err = unix.Open(name, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0); err != nil {
		_ = control.Close()
		return nil, nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return control, os.NewFile(uintptr(fd), name), nil
}

// SetTerminalSize says how large a terminal is, by its controlling end. A program on it
// gets SIGWINCH.
func SetTerminalSize(control *os.File, columns, rows int) error {
	conn, err := control.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = conn.Control(func(fd uintptr) {
		failed = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: uint16(rows), Col: uint16(columns)})
	})
	if err != nil {
		return err
	}
	return os.NewSyscallError("ioctl TIOCSWINSZ", failed)
}
