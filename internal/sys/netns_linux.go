package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// openNetnsOf opens the network namespace of a socket (SIOCGSKNS, Linux 4.9). It
// needs CAP_NET_ADMIN there.
func openNetnsOf(socket int) (*os.File, error) {
	fd, err := unix.IoctlRetInt(socket, unix.SIOCGSKNS)
	if err != nil {
		return nil, os.NewSyscallError("ioctl SIOCGSKNS", err)
	}
	return os.NewFile(uintptr(fd), "netns"), nil
}

// netnsCookie returns a number that tells a socket's network namespace from
// every other (SO_NETNS_COOKIE, Linux 5.14); 0 where the kernel has none.
func netnsCookie(socket int) uint64 {
	v, err := unix.GetsockoptUint64(socket, unix.SOL_SOCKET, unix.SO_NETNS_COOKIE)
	if err != nil {
		return 0
	}
	return v
}

// UnshareNetns moves the calling thread, and no other, into a new network
// namespace. It needs CAP_SYS_ADMIN.
func UnshareNetns() error {
	return os.NewSyscallError("unshare", unix.Unshare(unix.CLONE_NEWNET))
}

// SetLinkUp brings an interface of the calling thread's network namespace up.
// It needs CAP_NET_ADMIN.
func SetLinkUp(name string) error {
	request, err := unix.NewIfreq(name)
	if err != nil {
		return os.NewSyscallError("ioctl", err)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, request); err != nil {
		return os.NewSyscallError("ioctl SIOCGIFFLAGS", err)
	}
	request.SetUint16(request.Uint16() | unix.IFF_UP)
	return os.NewSyscallError("ioctl SIOCSIFFLAGS", unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request))
}

// InForeground reports whether the process belongs to the foreground process
// group of its terminal, the one to which the terminal sends SIGINT and
// SIGQUIT when their keys are pressed.
func InForeground() bool {
	fd, err := unix.Open("/dev/tty", unix.O_RDONLY|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false // ENXIO: the process has no terminal
	}
	defer unix.Close(fd)
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
