package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// SubscribeMulticast opens a socket that is told when an interface of the
// calling thread's network namespace gets its first membership in a group or
// loses the last, and when links change. The kernel has had the former since
// Linux 6.14; before, the error is EINVAL.
func SubscribeMulticast() (*Netlink, error) {
	n, err := openNetlink(unix.SOCK_NONBLOCK, unix.RTMGRP_LINK)
	if err != nil {
		return nil, err
	}
	for _, group := range []int{unix.RTNLGRP_IPV4_MCADDR, unix.RTNLGRP_IPV6_MCADDR} {
		if err := unix.SetsockoptInt(n.fd, unix.SOL_NETLINK, unix.NETLINK_ADD_MEMBERSHIP, group); err != nil {
			_ = unix.Close(n.fd)
			return nil, os.NewSyscallError("setsockopt NETLINK_ADD_MEMBERSHIP", err)
		}
	}
	n.file = os.NewFile(uintptr(n.fd), "netlink")
	if n.raw, err = n.file.SyscallConn(); err != nil {
		_ = n.file.Close()
		return nil, err
	}
	return n, nil
}

// The announcements of SubscribeMulticast, beside those of links. The body is a
// struct ifaddrmsg and the attribute IFA_MULTICAST.
const (
	NewMulticast uint16 = unix.RTM_NEWMULTICAST
	DelMulticast uint16 = unix.RTM_DELMULTICAST
	// AttrMulticast is the attribute that has the group.
	AttrMulticast uint16 = unix.IFA_MULTICAST
)
