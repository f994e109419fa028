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

// SetSourceFilter gives a membership that is there another filter mode and
// source list, in one step (MCAST_MSFILTER, RFC 3678, section 5.1.3).
func (s *Socket) SetSourceFilter(group netip.Addr, index int, exclude bool, sources []netip.Addr) error {
	// struct group_filter: the interface, the group, the mode, how many
	// sources, and these.
	var head struct {
		index uint32
		group storage
		mode  uint32
		count uint32
	}
	head.index, head.mode, head.count = uint32(index), unix.MCAST_INCLUDE, uint32(len(sources))
	if exclude {
		head.mode = unix.MCAST_EXCLUDE
	}
	head.group.put(group)
	const headSize, sourceSize = int(unsafe.Sizeof(head)), int(unsafe.Sizeof(storage{}))
	filter := make([]byte, headSize, headSize+len(sources)*sourceSize)
	copy(filter, unsafe.Slice((*byte)(unsafe.Pointer(&head)), headSize))
	for _, a := range sources {
		var source storage
		source.put(a)
		filter = append(filter, unsafe.Slice((*byte)(unsafe.Pointer(&source)), sourceSize)...)
	}
	return s.setBytes("MCAST_MSFILTER", s.level(), unix.MCAST_MSFILTER, unsafe.Pointer(unsafe.SliceData(filter)), uintptr(len(filter)))
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
