package sys

import "golang.org/x/sys/windows"

// Errors of Winsock that the packages above tell apart.
var (
	ErrNoBuffers    error = windows.WSAENOBUFS
	ErrAccess       error = windows.WSAEACCES
	ErrNotAvailable error = windows.WSAEADDRNOTAVAIL
	ErrInUse        error = windows.WSAEADDRINUSE
	ErrTooManyFiles error = windows.WSAEMFILE
	ErrNetUnreach   error = windows.WSAENETUNREACH
	ErrMessageSize  error = windows.WSAEMSGSIZE
)
