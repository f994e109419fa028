package sys

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// InstallFilter has a program decide on each system call of the calling thread, and of
// whatever it starts, from now on and for good (seccomp(2), SECCOMP_SET_MODE_FILTER). It needs
// CAP_SYS_ADMIN in the thread's user namespace: no_new_privs, which would do as well, takes
// more away than the filter does.
func InstallFilter(program []Instruction) error {
	fprog := unix.SockFprog{Len: uint16(len(program)), Filter: (*unix.SockFilter)(unsafe.Pointer(unsafe.SliceData(program)))}
	install := func(flags uintptr) unix.Errno {
		_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&fprog)))
		return errno
	}
	// Filters are no protection here: the processor needs not be slowed down for them, as
	// kernels before 5.16 do.
	errno := install(unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW)
	if errno == unix.EINVAL { // before Linux 4.17
		errno = install(0)
	}
	if errno != 0 {
		return os.NewSyscallError("seccomp", errno)
	}
	return nil
}

// What a program of InstallFilter returns.
const (
	FilterAllow  = unix.SECCOMP_RET_ALLOW
	FilterAnswer = unix.SECCOMP_RET_ERRNO // the call is not made, and returns 0
)
