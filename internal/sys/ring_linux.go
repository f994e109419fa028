package sys

import (
	"encoding/binary"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Ring is memory that the kernel writes captured frames into, block by block
// (TPACKET_V3, Documentation/networking/packet_mmap.rst). A block is the reader's
// as soon as it is full, or some time after its first frame came, until the reader
// gives it back. When all blocks are the reader's, the kernel drops frames.
//
// Not for concurrent use.
type Ring struct {
	mem    []byte
	block  int // bytes
	vnet   bool
	at     int  // which block is read, or is the next to be
	held   bool // it is the reader's
	left   int  // frames of it that are not read
	offset int  // of the next one, in it
}

// RingFrame is a frame in a ring. Its bytes are good until the ring's next Next or
// Unmap, and the reader may write over them, and over those before Start.
type RingFrame struct {
	Buffer     []byte // Buffer[Start:End] is what was captured of the frame
	Start, End int
	Length     int // bytes that the frame had
	Network    int // where in Buffer the network layer's header is, as the kernel has found it

	Seconds, Nanoseconds uint32 // when it was captured, since 1970

	PacketType uint8  // whose it is: PACKET_HOST … PACKET_OUTGOING in packet(7)
	Protocol   uint16 // its EtherType, or what Linux has in its place
	Hardware   uint16 // ARPHRD_ of its interface
	Sender     []byte // link layer address, as far as there is one

	ChecksumPending bool // the transport layer's checksum is left to the network card
	HasTag          bool // there was a VLAN tag, which is not in the frame
	Tag, TagType    uint16

	Offload         uint8  // VIRTIO_NET_HDR_GSO_; always 0 without SetOffloadHeader
	Segment         uint16 // payload bytes of each segment but the last
	ChecksumStart   uint16 // where the pending checksum begins, from Start
	ChecksumStarted bool   // ChecksumStart is known
}

// What RingFrame.PacketType and RingFrame.Offload may be.
const (
	PacketOther    = unix.PACKET_OTHERHOST
	PacketOutgoing = unix.PACKET_OUTGOING

	OffloadNone = unix.VIRTIO_NET_HDR_GSO_NONE
	OffloadUDP  = unix.VIRTIO_NET_HDR_GSO_UDP_L4
)

// Where things are in a block (struct tpacket_block_desc) and in front of a frame
// (struct tpacket3_hdr, with struct sockaddr_ll behind it), in linux/if_packet.h.
const (
	blockStatus = 8
	blockFrames = 12
	blockFirst  = 16
	blockHeader = 48

	frameNext    = 0
	frameSec     = 4
	frameNsec    = 8
	frameSnaplen = 12
	frameLen     = 16
	frameStatus  = 20
	frameMAC     = 24
	frameNet     = 26
	frameTCI     = 32
	frameTPID    = 36
	frameAddress = 48
	frameHeader  = frameAddress + unix.SizeofSockaddrLinklayer

	vnetHeader = 10 // struct virtio_net_hdr
)

// OpenRing gives the socket a ring of at least two blocks, each of so many bytes, a power of
// two and at least a page. A block that is not full is the reader's when it is as
// old as timeout, in milliseconds. A frame that does not fit into a block is cut.
func (p *PacketSocket) OpenRing(block, blocks int, timeout time.Duration) (*Ring, error) {
	if err := p.set("PACKET_VERSION", unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
		return nil, err
	}
	const frame = 2048 // has no meaning in TPACKET_V3, but has to be consistent
	req := unix.TpacketReq3{
		Block_size:     uint32(block),
		Block_nr:       uint32(blocks),
		Frame_size:     frame,
		Frame_nr:       uint32(block / frame * blocks),
		Retire_blk_tov: uint32(timeout.Milliseconds()),
	}
	if err := unix.SetsockoptTpacketReq3(p.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &req); err != nil {
		return nil, os.NewSyscallError("setsockopt PACKET_RX_RING", err)
	}
	mem, err := unix.MmapPtr(p.fd, 0, nil, uintptr(block*blocks), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return &Ring{mem: unsafe.Slice((*byte)(mem), block*blocks), block: block, vnet: p.vnet}, nil
}

func (r *Ring) current() []byte { return r.mem[r.at*r.block:][:r.block:r.block] }

func status(block []byte) *uint32 { return (*uint32)(unsafe.Pointer(&block[blockStatus])) }

// Ready says whether there is a frame to read.
func (r *Ring) Ready() bool {
	if r.left > 0 {
		return true
	}
	at := r.at
	if r.held {
		at = (at + 1) * r.block % len(r.mem) / r.block
	}
	return atomic.LoadUint32(status(r.mem[at*r.block:]))&unix.TP_STATUS_USER != 0
}

// Next reads the next frame into f and gives back the block of the one before if
// that was its last. It reports false if there is none yet.
func (r *Ring) Next(f *RingFrame) bool {
	for r.left == 0 {
		r.giveBack()
		b := r.current()
		if atomic.LoadUint32(status(b))&unix.TP_STATUS_USER == 0 {
			return false
		}
		r.held = true
		r.left = int(binary.NativeEndian.Uint32(b[blockFrames:]))
		r.offset = int(binary.NativeEndian.Uint32(b[blockFirst:]))
	}
	if !r.read(f) {
		// The kernel does not write such blocks; should one ever, the rest of
		// it is left out, and nothing is read outside.
		r.left = 0
		return r.Next(f)
	}
	return true
}

// giveBack gives the kernel the block that was read to its end.
func (r *Ring) giveBack() {
	if !r.held {
		return
	}
	atomic.StoreUint32(status(r.current()), unix.TP_STATUS_KERNEL)
	r.held = false
	if r.at++; r.at*r.block == len(r.mem) {
		r.at = 0
	}
}

// read reads the frame at r.offset. It reports false if that is not sound.
func (r *Ring) read(f *RingFrame) bool {
	b := r.current()
	if r.offset < blockHeader || r.offset > len(b)-frameHeader {
		return false
	}
	h := b[r.offset:][:frameHeader]
	o := binary.NativeEndian
	mac, net, n := int(o.Uint16(h[frameMAC:])), int(o.Uint16(h[frameNet:])), o.Uint32(h[frameSnaplen:])
	start := r.offset + mac
	if mac < frameHeader || net < mac || int64(start)+int64(n) > int64(len(b)) {
		return false
	}
	flags := o.Uint32(h[frameStatus:])
	// Field by field: as one literal it would be built elsewhere and copied.
	f.Buffer = b
	f.Start, f.End, f.Network = start, start+int(n), r.offset+net
	f.Length = max(int(o.Uint32(h[frameLen:])), int(n))
	f.Seconds, f.Nanoseconds = o.Uint32(h[frameSec:]), o.Uint32(h[frameNsec:])
	a := h[frameAddress:]
	f.Protocol = binary.BigEndian.Uint16(a[2:])
	f.Hardware = o.Uint16(a[8:])
	f.PacketType = a[10]
	f.Sender = a[12:][:min(a[11], 8)]
	f.ChecksumPending = flags&unix.TP_STATUS_CSUMNOTREADY != 0
	f.HasTag = flags&unix.TP_STATUS_VLAN_VALID != 0
	f.Tag, f.TagType = uint16(o.Uint32(h[frameTCI:])), unix.ETH_P_8021Q
	if flags&unix.TP_STATUS_VLAN_TPID_VALID != 0 {
		f.TagType = o.Uint16(h[frameTPID:])
	}
	f.Offload, f.Segment, f.ChecksumStart, f.ChecksumStarted = OffloadNone, 0, 0, false
	if r.vnet && mac >= frameHeader+vnetHeader {
		v := b[start-vnetHeader:][:vnetHeader]
		f.Offload = v[1] &^ unix.VIRTIO_NET_HDR_GSO_ECN
		f.Segment = o.Uint16(v[4:])
		f.ChecksumStart = o.Uint16(v[6:])
		f.ChecksumStarted = v[0]&unix.VIRTIO_NET_HDR_F_NEEDS_CSUM != 0
	}
	r.left--
	r.offset += int(o.Uint32(h[frameNext:]))
	return true
}

// Unmap gives the memory back, but for the block of the frame that was read last
// if keep is set: that block stays until the next Unmap. The socket is to be closed
// before, and the ring is of no use afterwards.
func (r *Ring) Unmap(keep bool) {
	r.left = 0
	first, last := 0, 0
	if keep && r.held {
		first, last = r.at*r.block, (r.at+1)*r.block
	}
	unmap(r.mem[:first])
	unmap(r.mem[last:])
	r.mem, r.at = r.mem[first:last], 0
}

func unmap(b []byte) {
	if len(b) > 0 {
		// It fails only for what is not mapped.
		_ = unix.MunmapPtr(unsafe.Pointer(unsafe.SliceData(b)), uintptr(len(b)))
	}
}
