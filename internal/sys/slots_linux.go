package sys

import (
	"encoding/binary"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Slots is memory that the kernel writes captured frames into, one a slot
// (TPACKET_V2, Documentation/networking/packet_mmap.rst). Unlike a Ring, it hands
// over each frame at once, and takes as much memory for a short one as for a long one.
// When all slots are the reader's, the kernel drops frames.
//
// Not for concurrent use.
type Slots struct {
	fd       int
	mem      []byte
	size     int // of a slot
	block    int // bytes, which a slot does not straddle
	perBlock int
	count    int
	at       int // which slot is the next
	held     bool
	long     []byte // a frame that no slot takes
}

// SlotFrame is a frame in a slot. Its bytes are good until the next Next or Unmap,
// and the reader may write over them.
type SlotFrame struct {
	Bytes    []byte
	Cut      bool // there was more of it, which is lost
	Outgoing bool // the host sent it

	Seconds, Nanoseconds uint32 // when it was captured, since 1970

	HasTag       bool // there was a VLAN tag, which is not in the frame
	Tag, TagType uint16

	Offload OffloadHeader
}

// OffloadChecksum has the checksum made.
const OffloadChecksum = unix.VIRTIO_NET_HDR_F_NEEDS_CSUM

const slotHeader = unix.SizeofTpacket2Hdr

// OpenSlots gives the socket slots in so many bytes of memory, or somewhat more, each for a frame of up to longest
// bytes. A longer one, as of segmentation offload, comes through the socket's receive
// buffer, and is cut if that is full. It sets SetOffloadHeader.
func (p *PacketSocket) OpenSlots(memory, longest int) (*Slots, error) {
	if err := p.set("PACKET_VERSION", unix.PACKET_VERSION, unix.TPACKET_V2); err != nil {
		return nil, err
	}
	if err := p.SetOffloadHeader(); err != nil {
		return nil, err
	}
	if err := p.set("PACKET_COPY_THRESH", unix.PACKET_COPY_THRESH, 1); err != nil {
		return nil, err
	}
	const (
		align    = 16
		overhead = slotHeader + unix.SizeofSockaddrLinklayer + 2*align + vnetHeader // tpacket_rcv
	)
	size := (overhead + longest + align - 1) &^ (align - 1)
	block := 64 << 10
	for block < 2*size {
		block *= 2
	}
	blocks := max(1, (memory+block-1)/block)
	perBlock := block / size
	req := unix.TpacketReq{
		Block_size: uint32(block),
		Block_nr:   uint32(blocks),
		Frame_size: uint32(size),
		Frame_nr:   uint32(perBlock * blocks),
	}
	if err := unix.SetsockoptTpacketReq(p.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &req); err != nil {
		return nil, os.NewSyscallError("setsockopt PACKET_RX_RING", err)
	}
	mem, err := unix.MmapPtr(p.fd, 0, nil, uintptr(block*blocks), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return &Slots{
		fd: p.fd, mem: unsafe.Slice((*byte)(mem), block*blocks),
		size: size, block: block, perBlock: perBlock, count: perBlock * blocks,
	}, nil
}

func (s *Slots) slot(i int) []byte {
	return s.mem[i/s.perBlock*s.block+i%s.perBlock*s.size:][:s.size:s.size]
}

func slotStatus(slot []byte) *uint32 { return (*uint32)(unsafe.Pointer(&slot[0])) }

// Next gives the last frame back and reads the next one into f. It reports false if
// there is none yet.
func (s *Slots) Next(f *SlotFrame) bool {
	if s.held {
		atomic.StoreUint32(slotStatus(s.slot(s.at)), unix.TP_STATUS_KERNEL)
		s.held = false
		if s.at++; s.at == s.count {
			s.at = 0
		}
	}
	b := s.slot(s.at)
	status := atomic.LoadUint32(slotStatus(b))
	if status&unix.TP_STATUS_USER == 0 {
		return false
	}
	s.held = true
	s.read(f, b, status)
	return true
}

func (s *Slots) read(f *SlotFrame, b []byte, status uint32) {
	o := binary.NativeEndian
	length, n, mac := int(o.Uint32(b[4:])), int(o.Uint32(b[8:])), int(o.Uint16(b[12:]))
	*f = SlotFrame{
		Seconds:     o.Uint32(b[16:]),
		Nanoseconds: o.Uint32(b[20:]),
		HasTag:      status&unix.TP_STATUS_VLAN_VALID != 0,
		Tag:         o.Uint16(b[24:]),
		TagType:     unix.ETH_P_8021Q,
		Outgoing:    b[slotHeader+10] == PacketOutgoing, // sll_pkttype
	}
	if status&unix.TP_STATUS_VLAN_TPID_VALID != 0 {
		f.TagType = o.Uint16(b[26:])
	}
	if status&unix.TP_STATUS_COPY != 0 {
		if s.readLong(f) {
			return
		}
	}
	if mac < slotHeader+vnetHeader || mac+n > len(b) {
		f.Cut = true // the kernel does not write such slots
		return
	}
	f.Bytes = b[mac : mac+n : mac+n]
	f.Offload.parse(b[mac-vnetHeader:])
	f.Cut = n < length
}

// readLong reads the frame that is longer than its slot.
func (s *Slots) readLong(f *SlotFrame) bool {
	if s.long == nil {
		s.long = make([]byte, vnetHeader+128<<10)
	}
	for {
		n, _, err := unix.Recvfrom(s.fd, s.long, unix.MSG_DONTWAIT|unix.MSG_TRUNC)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n < vnetHeader || n > len(s.long) {
			return false
		}
		f.Offload.parse(s.long)
		f.Bytes = s.long[vnetHeader:n:n]
		return true
	}
}

func (h *OffloadHeader) parse(b []byte) {
	o := binary.NativeEndian
	h.Flags = b[0] & OffloadChecksum
	h.Kind = b[1]
	h.HeaderLen, h.Segment = o.Uint16(b[2:]), o.Uint16(b[4:])
	h.ChecksumStart, h.ChecksumOffset = o.Uint16(b[6:]), o.Uint16(b[8:])
}

// Unmap gives the memory back. The socket is to be closed before.
func (s *Slots) Unmap() {
	unmap(s.mem)
	s.mem, s.count = nil, 0
}
