package sys

import (
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Channel is one end of a connection between two processes of this machine, which
// carries messages, each with a file if need be (a pair of Unix sockets of type
// SOCK_SEQPACKET: see unix(7)). One goroutine may receive while several send.
type Channel struct {
	file *os.File
	conn syscall.RawConn
}

// ChannelEnds returns the descriptors of both ends, for OpenChannel, in this process or in
// programs that it runs: see InheritDescriptor.
func ChannelEnds() (here, there int, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, -1, os.NewSyscallError("socketpair", err)
	}
	return fds[0], fds[1], nil
}

// OpenPipe returns the end of a pipe that this process was handed as a descriptor.
// Programs that it runs do not get it.
func OpenPipe(fd int) (*os.File, error) {
	var st unix.Stat_t
	err := unix.Fstat(fd, &st)
	if err == nil && st.Mode&unix.S_IFMT != unix.S_IFIFO {
		err = unix.EPROTOTYPE
	}
	if err != nil {
		return nil, os.NewSyscallError("fstat", err)
	}
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	return os.NewFile(uintptr(fd), "pipe"), nil
}

// OpenChannel returns the end that this process was handed as a descriptor. Programs
// that it runs do not get it.
func OpenChannel(fd int) (*Channel, error) {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err == nil && kind != unix.SOCK_SEQPACKET {
		err = unix.EPROTOTYPE
	}
	if err != nil {
		return nil, os.NewSyscallError("getsockopt SO_TYPE", err)
	}
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	file := os.NewFile(uintptr(fd), "channel")
	conn, err := file.SyscallConn()
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return &Channel{file, conn}, nil
}

// Close closes this end. Receive at the other end then returns io.EOF.
func (c *Channel) Close() error { return c.file.Close() }

// Send sends a message, which is not empty, with a file unless that is nil.
func (c *Channel) Send(message []byte, with *os.File) error {
	if with == nil {
		return c.send(message, nil)
	}
	conn, err := with.SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	// Not by Fd, which would make the file one whose reads and writes block.
	err = conn.Control(func(fd uintptr) { sent = c.send(message, unix.UnixRights(int(fd))) })
	return errors.Join(err, sent)
}

func (c *Channel) send(message, control []byte) error {
	var sent error
	err := c.conn.Write(func(fd uintptr) bool {
		sent = retry(func() error { return unix.Sendmsg(int(fd), message, control, nil, unix.MSG_NOSIGNAL) })
		return sent != unix.EAGAIN
	})
	if err != nil {
		return err
	}
	return os.NewSyscallError("sendmsg", sent)
}

// Receive waits for a message and returns its length and the file that came with it, or
// nil. The error is io.EOF when the other end was closed; a message that is longer
// than b is an error.
func (c *Channel) Receive(b []byte) (n int, with *os.File, err error) {
	var (
		control         [64]byte // room for more than one, so that those can be closed
		length, flags   int
		received        error
		unwanted, first = []int(nil), -1
	)
	err = c.conn.Read(func(fd uintptr) bool {
		received = retry(func() (err error) {
			n, length, flags, _, err = unix.Recvmsg(int(fd), b, control[:], unix.MSG_CMSG_CLOEXEC)
			return err
		})
		return received != unix.EAGAIN
	})
	if err == nil {
		err = os.NewSyscallError("recvmsg", received)
	}
	if err != nil {
		return 0, nil, err
	}
	messages, err := unix.ParseSocketControlMessage(control[:length])
	for i := range messages {
		if fds, e := unix.ParseUnixRights(&messages[i]); e == nil {
			unwanted = append(unwanted, fds...)
		}
	}
	if len(unwanted) > 0 && err == nil {
		first, unwanted = unwanted[0], unwanted[1:]
	}
	for _, fd := range unwanted {
		_ = unix.Close(fd)
	}
	if first >= 0 {
		with = os.NewFile(uintptr(first), "")
	}
	switch {
	case err != nil:
		err = os.NewSyscallError("recvmsg", err)
	case flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0:
		err = os.NewSyscallError("recvmsg", unix.EMSGSIZE)
	case n == 0:
		err = io.EOF
	default:
		return n, with, nil
	}
	if with != nil {
		_ = with.Close()
	}
	return 0, nil, err
}

// retry repeats a system call that a signal has interrupted.
func retry(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}
