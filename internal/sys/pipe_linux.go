package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// ReadReady reads what is there from a pipe, and does not wait for more: then it
// returns 0 and no error. The file must not have a deadline that has passed.
func ReadReady(f *os.File, b []byte) (n int, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	failed := raw.Read(func(fd uintptr) bool {
		for {
			n, err = unix.Read(int(fd), b)
			if err != unix.EINTR {
				return true
			}
		}
	})
	switch {
	case failed != nil:
		return 0, failed
	case err == unix.EAGAIN:
		return 0, nil
	case err != nil:
		return 0, os.NewSyscallError("read", err)
	}
	return n, nil
}
