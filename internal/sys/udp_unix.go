//go:build unix && (!linux || mcast_portable)

package sys

import (
	"net"
	"net/netip"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	// HasTrafficClass says whether the system lets a program set the IPv4 TOS
	// and IPv6 traffic class octet of what it sends.
	HasTrafficClass = true
	// SenderLoops says whether the socket that sends, not the one that
	// receives, has the option that decides on loops to the own host.
	SenderLoops = true
)

// ListenGroup opens a UDP socket that shares its port and is bound to a group,
// so that it hears no unicast and no other group. The index gives a group its
// meaning that is local to a link, else it is 0. Package net cannot do that:
// asked to bind a group, it binds the wildcard address (Go 1.26).
func ListenGroup(group netip.AddrPort, index int) (*net.UDPConn, error) {
	fd, err := openShared(FamilyOf(group.Addr()))
	if err != nil {
		return nil, err
	}
	// FilePacketConn works on a copy of the descriptor.
	file := os.NewFile(uintptr(fd), "udp")
	defer func() { _ = file.Close() }()
	if err := unix.Bind(fd, groupSockaddr(group, index)); err != nil {
		return nil, os.NewSyscallError("bind", err)
	}
	conn, err := net.FilePacketConn(file)
	if err != nil {
		return nil, err
	}
	return conn.(*net.UDPConn), nil
}

// openShared opens a socket that lets others have the same port.
func openShared(family Family) (fd int, err error) {
	syscall.ForkLock.RLock() // no child may inherit it before CloseOnExec
	fd, err = unix.Socket(int(family), unix.SOCK_DGRAM, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	// BSD shares the port of a group by either option, that of the wildcard
	// address, which the other program may have bound, by SO_REUSEPORT alone.
	for _, option := range []struct {
		name  string
		value int
	}{{"SO_REUSEADDR", unix.SO_REUSEADDR}, {"SO_REUSEPORT", unix.SO_REUSEPORT}} {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, option.value, 1); err != nil {
			_ = unix.Close(fd)
			return -1, os.NewSyscallError("setsockopt "+option.name, err)
		}
	}
	return fd, nil
}

func groupSockaddr(a netip.AddrPort, index int) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16(), ZoneId: uint32(index)}
}
