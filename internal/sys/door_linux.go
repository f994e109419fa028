package sys

import (
	"errors"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// PeerUser returns the user that the process at the other end of a Unix socket had when it
// connected, or listened: SO_PEERCRED in unix(7). A user who is none in this user namespace is 65534.
func PeerUser(conn *net.UnixConn) (uid int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return -1, err
	}
	var (
		cred   *unix.Ucred
		failed error
	)
	if err := raw.Control(func(fd uintptr) { cred, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil {
		return -1, err
	}
	if failed != nil {
		return -1, os.NewSyscallError("getsockopt SO_PEERCRED", failed)
	}
	return int(cred.Uid), nil
}

// SendFiles sends a byte with files, for ReceiveFiles.
func SendFiles(conn *net.UnixConn, files ...*os.File) error {
	fds := make([]int, len(files))
	for i, f := range files {
		// Not by Fd, which would make the file one whose reads and writes block.
		raw, err := f.SyscallConn()
		if err != nil {
			return err
		}
		if err := raw.Control(func(fd uintptr) { fds[i] = int(fd) }); err != nil {
			return err
		}
	}
	_, _, err := conn.WriteMsgUnix([]byte{0}, unix.UnixRights(fds...), nil)
	return err
}

// ReceiveFiles receives a byte and the n files that come with it. They are closed on
// exec.
func ReceiveFiles(conn *net.UnixConn, n int) (files []*os.File, err error) {
	control := make([]byte, unix.CmsgSpace(4*n))
	var one [1]byte
	got, length, flags, _, err := conn.ReadMsgUnix(one[:], control)
	messages, parse := unix.ParseSocketControlMessage(control[:length])
	for i := range messages {
		if fds, e := unix.ParseUnixRights(&messages[i]); e == nil {
			for _, fd := range fds { // package net has them closed on exec
				files = append(files, os.NewFile(uintptr(fd), ""))
			}
		}
	}
	switch {
	case err != nil:
	case got == 0:
		err = io.EOF
	case parse != nil:
		err = parse
	case len(files) != n || flags&unix.MSG_CTRUNC != 0:
		err = errors.New("other files came than were announced")
	default:
		return files, nil
	}
	for _, f := range files {
		_ = f.Close()
	}
	return nil, err
}
