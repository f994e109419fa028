package sys

import (
	"encoding/binary"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// PacketSocket is a packet socket (packet(7)) of one interface, with a ring into
// which the kernel writes what it captures. It is a bare descriptor: whoever holds
// it must see to it that nobody uses it after Close.
//
// It captures nothing before Bind, so that what is set before that holds from
// the first frame on.
type PacketSocket struct {
	fd   int
	vnet bool // each frame has a virtio_net_hdr in front

	asked []unix.PacketMreq // of interfaces
}

// OpenPacket opens a packet socket in the network namespace of the calling
// thread. Frames of a cooked one begin with the network layer's header, those of
// any other with the link layer's. It needs CAP_NET_RAW.
func OpenPacket(cooked bool) (*PacketSocket, error) {
	kind := unix.SOCK_RAW
	if cooked {
		kind = unix.SOCK_DGRAM
	}
	// Protocol 0: no frame is captured until there is another (packet(7)).
	fd, err := unix.Socket(unix.AF_PACKET, kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket AF_PACKET", err)
	}
	return &PacketSocket{fd: fd}, nil
}

func (p *PacketSocket) set(name string, option, value int) error {
	return os.NewSyscallError("setsockopt "+name, unix.SetsockoptInt(p.fd, unix.SOL_PACKET, option, value))
}

// SetOffloadHeader makes the kernel say of each frame whether it carries several
// segments, and how long each is (PACKET_VNET_HDR). It has to come before
// OpenRing. See ProbeSuperframes for which kernels it is safe with.
func (p *PacketSocket) SetOffloadHeader() error {
	err := p.set("PACKET_VNET_HDR", unix.PACKET_VNET_HDR, 1)
	p.vnet = err == nil
	return err
}

// IgnoreOutgoing leaves out what the host sends (PACKET_IGNORE_OUTGOING, Linux
// 4.20).
func (p *PacketSocket) IgnoreOutgoing() error {
	return p.set("PACKET_IGNORE_OUTGOING", unix.PACKET_IGNORE_OUTGOING, 1)
}

// Instruction is one of classic BPF (struct sock_filter in linux/filter.h).
type Instruction struct {
	Op     uint16
	Jt, Jf uint8
	K      uint32
}

// Attach attaches a filter in the place of the one before. It fails with
// ErrNoMemory where the program is larger than the system allows a socket
// (net.core.optmem_max).
func (p *PacketSocket) Attach(program []Instruction) error {
	fprog := unix.SockFprog{Len: uint16(len(program)), Filter: (*unix.SockFilter)(unsafe.Pointer(unsafe.SliceData(program)))}
	return os.NewSyscallError("setsockopt SO_ATTACH_FILTER",
		unix.SetsockoptSockFprog(p.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &fprog))
}

// Bind starts to capture, on the interface of that index.
func (p *PacketSocket) Bind(index int) error {
	protocol := binary.NativeEndian.Uint16([]byte{0, unix.ETH_P_ALL}) // in network byte order
	return os.NewSyscallError("bind AF_PACKET", unix.Bind(p.fd, &unix.SockaddrLinklayer{Protocol: protocol, Ifindex: index}))
}

// SetPromiscuous makes the interface of that index hand over frames for other
// hosts, until the socket is closed.
func (p *PacketSocket) SetPromiscuous(index int) error {
	return p.ask(index, unix.PACKET_MR_PROMISC)
}

// SetAllMulticast makes the interface of that index hand over frames for all
// multicast groups, until the socket is closed.
func (p *PacketSocket) SetAllMulticast(index int) error {
	return p.ask(index, unix.PACKET_MR_ALLMULTI)
}

func (p *PacketSocket) ask(index int, what uint16) error {
	mreq := unix.PacketMreq{Ifindex: int32(index), Type: what}
	if err := unix.SetsockoptPacketMreq(p.fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &mreq); err != nil {
		return os.NewSyscallError("setsockopt PACKET_ADD_MEMBERSHIP", err)
	}
	p.asked = append(p.asked, mreq)
	return nil
}

// Statistics returns how many frames passed the filter and how many of these
// found no room in the ring, both since the last call.
func (p *PacketSocket) Statistics() (passed, dropped uint32, err error) {
	s, err := unix.GetsockoptTpacketStatsV3(p.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return 0, 0, os.NewSyscallError("getsockopt PACKET_STATISTICS", err)
	}
	return s.Packets, s.Drops, nil
}

// TakeError returns what has happened to the socket, and forgets it: ErrDown is
// that its interface went down. The socket captures again when that is up.
func (p *PacketSocket) TakeError() error {
	n, err := unix.GetsockoptInt(p.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && n != 0 {
		err = unix.Errno(n)
	}
	return os.NewSyscallError("packet socket", err)
}

// ErrDown says that an interface is down.
var ErrDown error = unix.ENETDOWN

// NetnsCookie is that of Socket.
func (p *PacketSocket) NetnsCookie() uint64 { return netnsCookie(p.fd) }

// Close closes the descriptor. The memory of the ring stays until that is
// unmapped, and with it the kernel's socket; so it is told here to keep no more
// frames, and what interfaces were asked for is taken back.
func (p *PacketSocket) Close() error {
	const keepNothing = 0x06 // BPF_RET | BPF_K, of 0 bytes
	_ = p.Attach([]Instruction{{Op: keepNothing}})
	for _, mreq := range p.asked {
		// The interface may be gone.
		_ = unix.SetsockoptPacketMreq(p.fd, unix.SOL_PACKET, unix.PACKET_DROP_MEMBERSHIP, &mreq)
	}
	return os.NewSyscallError("close", unix.Close(p.fd))
}
