package sys

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The interface of the kernel's multicast routing, of linux/mroute.h and
// linux/mroute6.h, whose numbers are the same. x/sys/unix has none of it.
const (
	mrtInit        = 200 // MRT_INIT
	mrtAddVIF      = 202 // MRT_ADD_VIF, MRT6_ADD_MIF
	mrtAddMFC      = 204 // MRT_ADD_MFC
	mrtDelMFC      = 205 // MRT_DEL_MFC
	mrtAddMFCProxy = 210 // MRT_ADD_MFC_PROXY: for (*,G) and (*,*), Linux 3.8
	mrtDelMFCProxy = 211 // MRT_DEL_MFC_PROXY

	viffUseIfindex = 8 // VIFF_USE_IFINDEX
)

// MostVIFs is how many interfaces a multicast router has (MAXVIFS in
// linux/mroute.h, MAXMIFS in linux/mroute6.h).
const MostVIFs = 32

// Closed is the threshold of an interface by which nothing leaves.
const Closed = 255

// Thresholds are those of a route, by interface: a packet leaves by it if its hop
// limit is greater. [Closed] is never.
type Thresholds [MostVIFs]uint8

// MulticastRouter is the socket of a multicast router of one family. A network
// namespace has one. What it adds is gone when it is closed. Received on it are
// IGMP messages with their IPv4 headers, or MLD messages without, and upcalls of
// the kernel, whose protocol or type is 0.
type MulticastRouter struct{ Socket }

// OpenMulticastRouter makes the calling thread's network namespace a multicast
// router. It needs CAP_NET_RAW and CAP_NET_ADMIN. It fails with ErrInUse if the
// namespace has one already, and ErrNoOption if the kernel does not route multicast.
func OpenMulticastRouter(family Family) (*MulticastRouter, error) {
	protocol := unix.IPPROTO_IGMP
	if family == IPv6 {
		protocol = unix.IPPROTO_ICMPV6
	}
	fd, err := unix.Socket(int(family), unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
	if err != nil {
		return nil, os.NewSyscallError("socket SOCK_RAW", err)
	}
	m := &MulticastRouter{Socket{fd: fd, family: family}}
	if err := m.init(); err != nil {
		_ = m.Close()
		return nil, err
	}
	return m, nil
}

func (m *MulticastRouter) init() error {
	// Before anything can be received.
	if m.family == IPv6 {
		if err := m.onlyMLD(); err != nil {
			return err
		}
		if err := m.alertRouters(); err != nil {
			return err
		}
	} else if err := os.NewSyscallError("setsockopt IP_OPTIONS",
		// Router alert (RFC 2113), on all that is sent.
		unix.SetsockoptString(m.fd, unix.IPPROTO_IP, unix.IP_OPTIONS, "\x94\x04\x00\x00")); err != nil {
		return err
	}
	if err := errors.Join(m.SetReceiveInfo(), m.SetMulticastHopLimit(1), m.SetMulticastLoop(false)); err != nil {
		return err
	}
	return m.set("MRT_INIT", m.level(), mrtInit, 1)
}

// onlyMLD keeps other ICMPv6 from the socket (RFC 3542, section 3.2).
func (m *MulticastRouter) onlyMLD() error {
	var blocked unix.ICMPv6Filter
	for i := range blocked.Data {
		blocked.Data[i] = ^uint32(0)
	}
	for _, kind := range []uint{130, 131, 132, 143} { // query, report, done, report of version 2
		blocked.Data[kind>>5] &^= 1 << (kind & 31)
	}
	return os.NewSyscallError("setsockopt ICMP6_FILTER",
		unix.SetsockoptICMPv6Filter(m.fd, unix.IPPROTO_ICMPV6, unix.ICMPV6_FILTER, &blocked))
}

// alertRouters puts the option router alert (RFC 2711) of MLD, and two bytes to fill
// up, on all that is sent.
func (m *MulticastRouter) alertRouters() error {
	return os.NewSyscallError("setsockopt IPV6_HOPOPTS",
		unix.SetsockoptString(m.fd, unix.IPPROTO_IPV6, unix.IPV6_HOPOPTS, "\x00\x00\x05\x02\x00\x00\x01\x00"))
}

// AddVIF makes an interface, by its index, one of the router, under a number below
// MostVIFs by which routes know it.
func (m *MulticastRouter) AddVIF(vif, index int) error {
	if m.family == IPv6 {
		mif := struct { // struct mif6ctl
			mif       uint16
			flags     uint8
			threshold uint8
			index     uint16
			_         uint16
			rate      uint32
		}{mif: uint16(vif), threshold: 1, index: uint16(index)}
		if index > 0xffff {
			return os.NewSyscallError("setsockopt MRT6_ADD_MIF", unix.EOVERFLOW)
		}
		return m.setBytes("MRT6_ADD_MIF", unix.IPPROTO_IPV6, mrtAddVIF, unsafe.Pointer(&mif), unsafe.Sizeof(mif))
	}
	v := struct { // struct vifctl
		vif       uint16
		flags     uint8
		threshold uint8
		rate      uint32
		index     int32
		remote    [4]byte
	}{vif: uint16(vif), flags: viffUseIfindex, threshold: 1, index: int32(index)}
	return m.setBytes("MRT_ADD_VIF", unix.IPPROTO_IP, mrtAddVIF, unsafe.Pointer(&v), unsafe.Sizeof(v))
}

// SetRoute adds a route or gives it other thresholds. The source may be unspecified,
// which is any; then there can be a route for each interface that packets may come in
// by, and those without a group are for what has no other. IPv6 knows no
// thresholds but 1 and Closed.
func (m *MulticastRouter) SetRoute(source, group netip.Addr, in int, out *Thresholds) error {
	if source.IsUnspecified() {
		return m.route("MRT_ADD_MFC_PROXY", mrtAddMFCProxy, source, group, in, out)
	}
	return m.route("MRT_ADD_MFC", mrtAddMFC, source, group, in, out)
}

// DeleteRoute removes a route.
func (m *MulticastRouter) DeleteRoute(source, group netip.Addr, in int) error {
	closed := new(Thresholds)
	for i := range closed {
		closed[i] = Closed
	}
	if source.IsUnspecified() {
		return m.route("MRT_DEL_MFC_PROXY", mrtDelMFCProxy, source, group, in, closed)
	}
	return m.route("MRT_DEL_MFC", mrtDelMFC, source, group, in, closed)
}

func (m *MulticastRouter) route(name string, option int, source, group netip.Addr, in int, out *Thresholds) error {
	if m.family == IPv6 {
		mfc := struct { // struct mf6cctl
			source, group unix.RawSockaddrInet6
			in            uint16
			_             uint16
			out           [8]uint32 // struct if_set
		}{in: uint16(in)}
		mfc.source.Family, mfc.source.Addr = unix.AF_INET6, source.As16()
		mfc.group.Family, mfc.group.Addr = unix.AF_INET6, group.As16()
		for i, threshold := range out {
			if threshold < Closed {
				mfc.out[i/32] |= 1 << (i % 32)
			}
		}
		return m.setBytes(name, unix.IPPROTO_IPV6, option, unsafe.Pointer(&mfc), unsafe.Sizeof(mfc))
	}
	mfc := struct { // struct mfcctl
		source, group                   [4]byte
		in                              uint16
		out                             Thresholds
		packets, bytes, wrong, lifetime uint32
	}{source: source.As4(), group: group.As4(), in: uint16(in), out: *out}
	return m.setBytes(name, unix.IPPROTO_IP, option, unsafe.Pointer(&mfc), unsafe.Sizeof(mfc))
}

// Send sends an IGMP or MLD message, without an IP header, by an interface from one
// of its addresses, with the router alert option and hop limit 1. The kernel computes
// the checksum of MLD.
func (m *MulticastRouter) Send(message []byte, to, from netip.Addr, index int) error {
	var control []byte
	if m.family == IPv6 {
		control = unix.PktInfo6(&unix.Inet6Pktinfo{Addr: from.As16(), Ifindex: uint32(index)})
	} else {
		control = unix.PktInfo4(&unix.Inet4Pktinfo{Spec_dst: from.As4(), Ifindex: int32(index)})
	}
	return os.NewSyscallError("sendmsg", unix.Sendmsg(m.fd, message, control, sockaddr(netip.AddrPortFrom(to, 0), index), unix.MSG_DONTWAIT))
}

// AddMulticastRouter is Add of a multicast router's socket.
func (p *Poller) AddMulticastRouter(m *MulticastRouter, key int32) error { return p.add(m.fd, key) }

// NoRoute is what the kernel tells of a packet that no route has matched, and that it
// keeps for one (IGMPMSG_NOCACHE).
type NoRoute struct {
	Source, Group netip.Addr
	In            int // number of the interface
}

// ParseUpcall reads a message of the kernel. upcall tells whether it is one, and not
// one of a host, and noRoute whether it is a NoRoute.
func (m *MulticastRouter) ParseUpcall(b []byte) (n NoRoute, upcall, noRoute bool) {
	const noCache = 1 // IGMPMSG_NOCACHE, MRT6MSG_NOCACHE
	switch {
	case m.family == IPv4 && len(b) >= 20 && b[9] == 0: // struct igmpmsg, like an IPv4 header of protocol 0
		n = NoRoute{netip.AddrFrom4([4]byte(b[12:])), netip.AddrFrom4([4]byte(b[16:])), int(b[10]) | int(b[11])<<8}
		return n, true, b[8] == noCache
	case m.family == IPv6 && len(b) >= 40 && b[0] == 0: // struct mrt6msg, like ICMPv6 of type 0
		n = NoRoute{netip.AddrFrom16([16]byte(b[8:])), netip.AddrFrom16([16]byte(b[24:])), int(binary.NativeEndian.Uint16(b[2:]))}
		return n, true, b[1] == noCache
	}
	return n, false, false
}
