package sys

import (
	"context"
	"net"
	"net/netip"
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

const (
	// HasTrafficClass says whether the system lets a program set the IPv4 TOS
	// and IPv6 traffic class octet of what it sends. Windows accepts IP_TOS
	// and ignores it: its documentation says to use the QoS API instead.
	HasTrafficClass = false
	// SenderLoops says whether the socket that sends, not the one that
	// receives, has the option that decides on loops to the own host. Winsock
	// applies IP_MULTICAST_LOOP to the receiving socket.
	SenderLoops = false
)

// ListenGroup opens a UDP socket that shares its port and receives for a group.
// Windows refuses to bind a group, so that it is bound to the wildcard address:
// it hears the groups that it joins itself, and unicast to its port.
func ListenGroup(group netip.AddrPort, _ int) (*net.UDPConn, error) {
	share := func(_, _ string, c syscall.RawConn) (err error) {
		if e := c.Control(func(fd uintptr) {
			err = windows.SetsockoptInt(windows.Handle(fd), windows.SOL_SOCKET, windows.SO_REUSEADDR, 1)
		}); e != nil {
			return e
		}
		return os.NewSyscallError("setsockopt SO_REUSEADDR", err)
	}
	network, local := "udp4", netip.IPv4Unspecified()
	if group.Addr().Is6() {
		network, local = "udp6", netip.IPv6Unspecified()
	}
	listen := net.ListenConfig{Control: share}
	conn, err := listen.ListenPacket(context.Background(), network, netip.AddrPortFrom(local, group.Port()).String())
	if err != nil {
		return nil, err
	}
	return conn.(*net.UDPConn), nil
}
