//go:build unix

package sys

import "golang.org/x/sys/unix"

// Errno values that the packages above tell apart.
var (
	ErrNoBuffers     error = unix.ENOBUFS
	ErrNotPermitted  error = unix.EPERM
	ErrAccess        error = unix.EACCES
	ErrNoMemory      error = unix.ENOMEM
	ErrNoDevice      error = unix.ENODEV
	ErrNotAvailable  error = unix.EADDRNOTAVAIL
	ErrInUse         error = unix.EADDRINUSE
	ErrTooManyFiles  error = unix.EMFILE
	ErrFilesInSystem error = unix.ENFILE
	ErrNetUnreach    error = unix.ENETUNREACH
	ErrMessageSize   error = unix.EMSGSIZE
	ErrAgain         error = unix.EAGAIN
	ErrInvalid       error = unix.EINVAL
	ErrIO            error = unix.EIO
	ErrNotSupported  error = unix.EOPNOTSUPP
	ErrNoOption      error = unix.ENOPROTOOPT
)
