package sys

import (
	"encoding/binary"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Destination is an address and port in the form in which a send hands it to
// the kernel. (Connecting the socket instead gains nothing: for multicast the
// kernel looks the route up at every send, udp_sendmsg in Linux 6.18.)
type Destination struct {
	name unix.RawSockaddrInet6 // or RawSockaddrInet4, which is smaller
	size uint32
}

// NewDestination returns the destination for an address; the index is the
// interface that gives an IPv6 link-local address its meaning, else 0.
func NewDestination(a netip.AddrPort, index int) Destination {
	var d Destination
	var port uint16
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&port))[:], a.Port())
	if a.Addr().Is4() {
		p := (*unix.RawSockaddrInet4)(unsafe.Pointer(&d.name))
		p.Family, p.Port, p.Addr = unix.AF_INET, port, a.Addr().As4()
		d.size = unix.SizeofSockaddrInet4
		return d
	}
	d.name = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: port, Addr: a.Addr().As16(), Scope_id: uint32(index)}
	d.size = unix.SizeofSockaddrInet6
	return d
}

const (
	sendMessages = 64   // messages of one sendmmsg call
	sendVectors  = 4096 // pieces of memory in all of them
)

// segmentControl is a control message that carries UDP_SEGMENT (udp(7)).
type segmentControl struct {
	header unix.Cmsghdr
	size   uint16
	_      [6]byte
}

// SendBatch gathers messages and sends them by one system call. A message is
// a datagram, or a run of them of equal length that the kernel, or the
// network card, cuts apart (UDP GSO, Linux 4.18). Not for concurrent use.
type SendBatch struct {
	headers  [sendMessages]mmsghdr
	iovecs   [sendVectors]unix.Iovec
	controls [sendMessages]segmentControl
	messages int // gathered
	vectors  int
	sent     int // of the gathered ones
}

// Add gathers one message: the datagrams d, all of segment bytes but the last,
// which may be shorter. A segment of 0 says that d is one datagram. Datagrams
// that lie one behind the other in memory become one piece. It reports false,
// and gathers nothing, when the batch is full: Flush first.
func (b *SendBatch) Add(d [][]byte, segment int) bool {
	if b.messages == sendMessages || b.vectors+len(d) > sendVectors {
		return false
	}
	first := b.vectors
	iov := &b.iovecs[first]
	iov.Base = unsafe.SliceData(d[0])
	iov.SetLen(len(d[0]))
	b.vectors++
	// The end is a number, not a pointer: one behind a buffer points to nothing of ours.
	end := uintptr(unsafe.Pointer(iov.Base)) + uintptr(len(d[0]))
	for _, p := range d[1:] {
		start := unsafe.SliceData(p)
		if uintptr(unsafe.Pointer(start)) == end {
			iov.SetLen(int(iov.Len) + len(p))
		} else {
			iov = &b.iovecs[b.vectors]
			iov.Base = start
			iov.SetLen(len(p))
			b.vectors++
		}
		end = uintptr(unsafe.Pointer(start)) + uintptr(len(p))
	}
	h := &b.headers[b.messages].hdr
	*h = unix.Msghdr{Iov: &b.iovecs[first]}
	h.SetIovlen(b.vectors - first)
	if segment > 0 {
		c := &b.controls[b.messages]
		c.header.Level, c.header.Type = unix.SOL_UDP, unix.UDP_SEGMENT
		c.header.SetLen(unix.CmsgLen(2))
		c.size = uint16(segment)
		h.Control = (*byte)(unsafe.Pointer(c))
		h.SetControllen(unix.CmsgSpace(2))
	}
	b.messages++
	return true
}

// Len returns the number of messages gathered and not yet sent.
func (b *SendBatch) Len() int { return b.messages - b.sent }

// Reset forgets everything gathered.
func (b *SendBatch) Reset() {
	clear(b.iovecs[:b.vectors]) // do not keep the caller's memory alive
	b.messages, b.vectors, b.sent = 0, 0, 0
}

// Send sends what is gathered, as far as the socket takes it without waiting,
// and returns how many messages went out; the rest stays gathered. An error
// is about the first message that did not go out.
func (b *SendBatch) Send(s *Socket, to *Destination) (int, error) {
	for i := b.sent; i < b.messages; i++ {
		h := &b.headers[i].hdr
		h.Name, h.Namelen = (*byte)(unsafe.Pointer(&to.name)), to.size
	}
	n, err := sendmmsg(s.fd, b.headers[b.sent:b.messages], unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
	b.sent += n
	return n, err
}

// sendmmsg sends messages by one system call, and returns how many went out. It fails
// only if not even the first did.
func sendmmsg(fd int, messages []mmsghdr, flags uintptr) (int, error) {
	for {
		r, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(messages))),
			uintptr(len(messages)), flags, 0, 0)
		switch errno {
		case 0:
			return int(r), nil
		case unix.EINTR:
			continue
		}
		return 0, errno
	}
}
