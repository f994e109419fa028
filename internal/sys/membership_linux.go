package sys

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The protocol-independent membership options of RFC 3678, section 5, which
// name the interface by index: one set of calls for IPv4 and IPv6.

// storage is struct sockaddr_storage, aligned like a pointer.
type storage struct {
	_ [0]uintptr
	b [128]byte
}

type groupReq struct {
	index uint32
	group storage
}

type groupSourceReq struct {
	index  uint32
	group  storage
	source storage
}

func (s *storage) put(a netip.Addr) {
	if a.Is4() {
		p := (*unix.RawSockaddrInet4)(unsafe.Pointer(s))
		p.Family = unix.AF_INET
		p.Addr = a.As4()
		return
	}
	p := (*unix.RawSockaddrInet6)(unsafe.Pointer(s))
	p.Family = unix.AF_INET6
	p.Addr = a.As16()
}

func (s *Socket) level() int {
	if s.family == IPv6 {
		return unix.IPPROTO_IPV6
	}
	return unix.IPPROTO_IP
}

func (s *Socket) groupOption(name string, option int, group netip.Addr, index int) error {
	req := groupReq{index: uint32(index)}
	req.group.put(group)
	return s.setBytes(name, s.level(), option, unsafe.Pointer(&req), unsafe.Sizeof(req))
}

func (s *Socket) sourceOption(name string, option int, group, source netip.Addr, index int) error {
	req := groupSourceReq{index: uint32(index)}
	req.group.put(group)
	req.source.put(source)
	return s.setBytes(name, s.level(), option, unsafe.Pointer(&req), unsafe.Sizeof(req))
}

// JoinGroup joins a group, from any source, on the interface of that index; 0
// leaves the choice to the kernel's routing table.
func (s *Socket) JoinGroup(group netip.Addr, index int) error {
	return s.groupOption("MCAST_JOIN_GROUP", unix.MCAST_JOIN_GROUP, group, index)
}

// LeaveGroup ends a membership with all its sources.
func (s *Socket) LeaveGroup(group netip.Addr, index int) error {
	return s.groupOption("MCAST_LEAVE_GROUP", unix.MCAST_LEAVE_GROUP, group, index)
}

// JoinSource adds a source to the include list of a group; the first one joins it.
func (s *Socket) JoinSource(group, source netip.Addr, index int) error {
	return s.sourceOption("MCAST_JOIN_SOURCE_GROUP", unix.MCAST_JOIN_SOURCE_GROUP, group, source, index)
}

// LeaveSource takes a source off the include list; with the last one goes the membership.
func (s *Socket) LeaveSource(group, source netip.Addr, index int) error {
	return s.sourceOption("MCAST_LEAVE_SOURCE_GROUP", unix.MCAST_LEAVE_SOURCE_GROUP, group, source, index)
}

// BlockSource adds a source to the exclude list of a group joined from any source.
func (s *Socket) BlockSource(group, source netip.Addr, index int) error {
	return s.sourceOption("MCAST_BLOCK_SOURCE", unix.MCAST_BLOCK_SOURCE, group, source, index)
}

// UnblockSource takes a source off the exclude list.
func (s *Socket) UnblockSource(group, source netip.Addr, index int) error {
	return s.sourceOption("MCAST_UNBLOCK_SOURCE", unix.MCAST_UNBLOCK_SOURCE, group, source, index)
}

// SetMulticastAll says whether the socket hears every multicast datagram that
// it is bound to hear and that some socket of the host has joined (the
// kernel's default), or only what it joined itself. IPV6_MULTICAST_ALL is
// there since Linux 4.20.
func (s *Socket) SetMulticastAll(on bool) error {
	if s.family == IPv6 {
		return s.set("IPV6_MULTICAST_ALL", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_ALL, flag(on))
	}
	return s.set("IP_MULTICAST_ALL", unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, flag(on))
}
