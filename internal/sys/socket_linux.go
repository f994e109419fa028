package sys

import (
	"errors"
	"net/netip"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Socket is a non-blocking UDP socket. It is a bare descriptor: whoever holds
// it must see to it that nobody uses it after Close.
type Socket struct {
	fd     int
	family Family
}

// OpenUDP opens a UDP socket in the network namespace of the calling thread.
// An IPv6 socket carries IPv6 only.
func OpenUDP(family Family) (*Socket, error) {
	fd, err := unix.Socket(int(family), unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	s := &Socket{fd: fd, family: family}
	if family == IPv6 {
		if err := s.set("IPV6_V6ONLY", unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1); err != nil {
			_ = s.Close()
			return nil, err
		}
	}
	return s, nil
}

// FD returns the descriptor.
func (s *Socket) FD() int { return s.fd }

// Family returns the address family that the socket was opened for.
func (s *Socket) Family() Family { return s.family }

// Close closes the descriptor.
func (s *Socket) Close() error { return os.NewSyscallError("close", unix.Close(s.fd)) }

func (s *Socket) set(name string, level, option, value int) error {
	return os.NewSyscallError("setsockopt "+name, unix.SetsockoptInt(s.fd, level, option, value))
}

// setBytes sets an option whose value is a structure of n bytes at p.
func (s *Socket) setBytes(name string, level, option int, p unsafe.Pointer, n uintptr) error {
	return os.NewSyscallError("setsockopt "+name,
		unix.SetsockoptString(s.fd, level, option, unsafe.String((*byte)(p), n)))
}

func flag(on bool) int {
	if on {
		return 1
	}
	return 0
}

// SetReuseAddress lets other sockets that ask for the same bind the same
// address and port; each of them gets a copy of every multicast datagram.
func (s *Socket) SetReuseAddress() error {
	return s.set("SO_REUSEADDR", unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
}

// Bind binds the socket to an address and a port. The index is the interface
// that gives an IPv6 link-local address its meaning, else 0.
func (s *Socket) Bind(a netip.AddrPort, index int) error {
	return os.NewSyscallError("bind", unix.Bind(s.fd, sockaddr(a, index)))
}

// LocalAddr returns the address and port the socket is bound to.
func (s *Socket) LocalAddr() (netip.AddrPort, error) {
	a, _, err := localAddr(s.fd)
	return a, err
}

// localAddr returns the address and port that a socket is bound to, and the index
// of the interface that gives an IPv6 link-local address its meaning, else 0.
func localAddr(fd int) (a netip.AddrPort, index uint32, err error) {
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return a, 0, os.NewSyscallError("getsockname", err)
	}
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port)), 0, nil
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port)), sa.ZoneId, nil
	}
	return a, 0, os.NewSyscallError("getsockname", unix.EAFNOSUPPORT)
}

func sockaddr(a netip.AddrPort, index int) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16(), ZoneId: uint32(index)}
}

// SetReceiveBuffer asks for a receive buffer of n bytes, past the system's
// limit (net.core.rmem_max) where the process may (CAP_NET_ADMIN in the
// initial user namespace), else up to it.
func (s *Socket) SetReceiveBuffer(n int) error {
	if unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, n) == nil {
		return nil
	}
	return s.set("SO_RCVBUF", unix.SOL_SOCKET, unix.SO_RCVBUF, n)
}

// ReceiveBuffer returns the size of the receive buffer in the unit in which
// it is asked for: the kernel reports twice that (socket(7), SO_RCVBUF).
func (s *Socket) ReceiveBuffer() (int, error) {
	n, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
	return n / 2, os.NewSyscallError("getsockopt SO_RCVBUF", err)
}

// SetSendBuffer asks for a send buffer of n bytes, like SetReceiveBuffer.
func (s *Socket) SetSendBuffer(n int) error {
	if unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, n) == nil {
		return nil
	}
	return s.set("SO_SNDBUF", unix.SOL_SOCKET, unix.SO_SNDBUF, n)
}

// Drops returns how often the kernel has dropped a datagram for want of room
// in the receive buffer, modulo 2³². A run of datagrams that GRO joined is
// dropped, and counted, as one. (SO_RXQ_OVFL cannot tell: it rides on a
// datagram that was queued before the drop.)
func (s *Socket) Drops() (uint32, error) {
	var info [unix.SK_MEMINFO_DROPS + 1]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(s.fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return 0, os.NewSyscallError("getsockopt SO_MEMINFO", errno)
	}
	return info[unix.SK_MEMINFO_DROPS], nil
}

// NetnsCookie returns a number that tells the socket's network namespace from
// every other (Linux 5.14); 0 where the kernel has none.
func (s *Socket) NetnsCookie() uint64 { return netnsCookie(s.fd) }

// WaitWritable waits until the socket takes another datagram, at most that
// long. It blocks the thread: who sends is seldom made to wait.
func (s *Socket) WaitWritable(most time.Duration) {
	_, _ = unix.Poll([]unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLOUT}}, int(most.Milliseconds()))
}

// SetReceiveInfo makes the kernel tell with every datagram its destination,
// interface, hop limit, traffic class and time of arrival.
func (s *Socket) SetReceiveInfo() error {
	err := s.set("SO_TIMESTAMPNS", unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	if s.family == IPv4 {
		return errors.Join(err,
			s.set("IP_PKTINFO", unix.IPPROTO_IP, unix.IP_PKTINFO, 1),
			s.set("IP_RECVTTL", unix.IPPROTO_IP, unix.IP_RECVTTL, 1),
			s.set("IP_RECVTOS", unix.IPPROTO_IP, unix.IP_RECVTOS, 1))
	}
	return errors.Join(err,
		s.set("IPV6_RECVPKTINFO", unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1),
		s.set("IPV6_RECVHOPLIMIT", unix.IPPROTO_IPV6, unix.IPV6_RECVHOPLIMIT, 1),
		s.set("IPV6_RECVTCLASS", unix.IPPROTO_IPV6, unix.IPV6_RECVTCLASS, 1))
}

// SetMulticastInterface makes multicast leave by the interface of that index,
// for IPv4 with the source address given, if it is valid: by index alone the
// kernel takes the interface's first address, and on loopback 0.0.0.0.
func (s *Socket) SetMulticastInterface(index int, source netip.Addr) error {
	if s.family == IPv6 {
		return s.set("IPV6_MULTICAST_IF", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF, index)
	}
	mreqn := unix.IPMreqn{Ifindex: int32(index)}
	if source.Is4() {
		mreqn.Address = source.As4()
	}
	return os.NewSyscallError("setsockopt IP_MULTICAST_IF",
		unix.SetsockoptIPMreqn(s.fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, &mreqn))
}

// SetMulticastHopLimit sets the IPv4 TTL or IPv6 hop limit, 0 to 255.
func (s *Socket) SetMulticastHopLimit(n int) error {
	if s.family == IPv6 {
		return s.set("IPV6_MULTICAST_HOPS", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, n)
	}
	return s.set("IP_MULTICAST_TTL", unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, n)
}

// SetMulticastLoop says whether receivers on the sending host hear it.
func (s *Socket) SetMulticastLoop(on bool) error {
	if s.family == IPv6 {
		return s.set("IPV6_MULTICAST_LOOP", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_LOOP, flag(on))
	}
	return s.set("IP_MULTICAST_LOOP", unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, flag(on))
}

// SetTrafficClass sets the IPv4 TOS or IPv6 traffic class octet.
func (s *Socket) SetTrafficClass(n int) error {
	if s.family == IPv6 {
		return s.set("IPV6_TCLASS", unix.IPPROTO_IPV6, unix.IPV6_TCLASS, n)
	}
	return s.set("IP_TOS", unix.IPPROTO_IP, unix.IP_TOS, n)
}
