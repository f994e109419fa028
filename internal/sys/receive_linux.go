package sys

import (
	"encoding/binary"
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mmsghdr is struct mmsghdr of recvmmsg(2); Go pads it as C does.
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
}

// Info is what the kernel tells about a received message.
type Info struct {
	Source       netip.AddrPort // without zone
	Destination  netip.Addr
	Interface    int // index
	HopLimit     int
	TrafficClass int
	Time         time.Time // of arrival; zero where the kernel gave none
	Segment      int       // GRO: length of each datagram in the message but the last, which may be shorter; 0: one datagram
	Truncated    bool      // the buffer was too small: the rest is lost
}

// controlSize has room for a time stamp, the destination, the hop limit, the
// traffic class and the segment size, each with its header: 32+40+24+24+24.
const controlSize = 160

// ReceiveBatch holds the headers with which up to a fixed number of messages
// are received by one system call. Not for concurrent use.
type ReceiveBatch struct {
	headers  []mmsghdr
	iovecs   []unix.Iovec
	names    []unix.RawSockaddrInet6
	controls [][controlSize]byte
}

// NewReceiveBatch returns a batch of up to n messages.
func NewReceiveBatch(n int) *ReceiveBatch {
	b := &ReceiveBatch{
		headers:  make([]mmsghdr, n),
		iovecs:   make([]unix.Iovec, n),
		names:    make([]unix.RawSockaddrInet6, n),
		controls: make([][controlSize]byte, n),
	}
	for i := range b.headers {
		h := &b.headers[i].hdr
		h.Name = (*byte)(unsafe.Pointer(&b.names[i]))
		h.Iov = &b.iovecs[i]
		h.SetIovlen(1)
		h.Control = &b.controls[i][0]
	}
	return b
}

// Cap returns how many messages one call can receive.
func (b *ReceiveBatch) Cap() int { return len(b.headers) }

// SetBuffer makes the i-th message of the next Receive arrive in p.
func (b *ReceiveBatch) SetBuffer(i int, p []byte) {
	b.iovecs[i].Base = unsafe.SliceData(p)
	b.iovecs[i].SetLen(len(p))
}

// Receive receives up to n messages without waiting and returns how many came:
// 0 when none is there. A message whose buffer is empty is not copied; its
// length and Info are told all the same.
func (b *ReceiveBatch) Receive(s *Socket, n int) (int, error) {
	for i := range b.headers[:n] {
		h := &b.headers[i].hdr
		h.Namelen = unix.SizeofSockaddrInet6
		h.SetControllen(controlSize)
	}
	for {
		r, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&b.headers[0])), uintptr(n),
			unix.MSG_DONTWAIT|unix.MSG_TRUNC, 0, 0)
		switch errno {
		case 0:
			return int(r), nil
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			return 0, nil
		}
		return 0, errno
	}
}

// Len returns the number of bytes in the i-th message, those included for which
// the buffer had no room (MSG_TRUNC in recv(2)).
func (b *ReceiveBatch) Len(i int) int { return int(b.headers[i].n) }

// Info stores in info what came with the i-th message.
func (b *ReceiveBatch) Info(i int, info *Info) {
	h := &b.headers[i].hdr
	*info = Info{Truncated: h.Flags&unix.MSG_TRUNC != 0}
	name := &b.names[i]
	if name.Family == unix.AF_INET {
		a := (*unix.RawSockaddrInet4)(unsafe.Pointer(name))
		info.Source = netip.AddrPortFrom(netip.AddrFrom4(a.Addr), networkOrder(a.Port))
	} else {
		info.Source = netip.AddrPortFrom(netip.AddrFrom16(name.Addr), networkOrder(name.Port))
	}
	parseControl(b.controls[i][:h.Controllen], info)
}

// networkOrder reads a port as the kernel lays it down: big-endian.
func networkOrder(port uint16) uint16 {
	return binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(&port))[:])
}

// parseControl reads the control messages of cmsg(3). They come from the
// kernel; lengths are checked all the same, so that no mistake reads outside.
func parseControl(c []byte, info *Info) {
	for len(c) >= unix.SizeofCmsghdr {
		h := (*unix.Cmsghdr)(unsafe.Pointer(unsafe.SliceData(c)))
		n := int(h.Len)
		if n < unix.SizeofCmsghdr || n > len(c) {
			return
		}
		readControl(h.Level, h.Type, c[unix.CmsgLen(0):n], info)
		c = c[min(unix.CmsgSpace(n-unix.CmsgLen(0)), len(c)):]
	}
}

func readControl(level, kind int32, data []byte, info *Info) {
	switch {
	case level == unix.SOL_SOCKET && kind == unix.SCM_TIMESTAMPNS && len(data) >= int(unsafe.Sizeof(unix.Timespec{})):
		ts := (*unix.Timespec)(unsafe.Pointer(unsafe.SliceData(data)))
		info.Time = time.Unix(ts.Unix())
	case level == unix.SOL_UDP && kind == unix.UDP_GRO && len(data) >= 4:
		info.Segment = int(int32(binary.NativeEndian.Uint32(data)))
	case level == unix.IPPROTO_IP:
		switch {
		case kind == unix.IP_PKTINFO && len(data) >= unix.SizeofInet4Pktinfo:
			p := (*unix.Inet4Pktinfo)(unsafe.Pointer(unsafe.SliceData(data)))
			info.Interface = int(p.Ifindex)
			info.Destination = netip.AddrFrom4(p.Addr)
		case kind == unix.IP_TTL && len(data) >= 4:
			info.HopLimit = int(binary.NativeEndian.Uint32(data))
		case kind == unix.IP_TOS && len(data) >= 1:
			info.TrafficClass = int(data[0])
		}
	case level == unix.IPPROTO_IPV6:
		switch {
		case kind == unix.IPV6_PKTINFO && len(data) >= unix.SizeofInet6Pktinfo:
			p := (*unix.Inet6Pktinfo)(unsafe.Pointer(unsafe.SliceData(data)))
			info.Interface = int(p.Ifindex)
			info.Destination = netip.AddrFrom16(p.Addr)
		case kind == unix.IPV6_HOPLIMIT && len(data) >= 4:
			info.HopLimit = int(binary.NativeEndian.Uint32(data))
		case kind == unix.IPV6_TCLASS && len(data) >= 4:
			info.TrafficClass = int(binary.NativeEndian.Uint32(data))
		}
	}
}
