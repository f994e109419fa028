//go:build interop && linux

package interop

import (
	"encoding/binary"
	"net"

	"mcast/filter"
)

// enough is how long frames are at least: what an expression of the generator
// reads lies within. A program that reads past the end of a frame does not keep
// it, and then an optimiser that drops what nobody asks for shows.
const enough = 700

// frames returns n frames of a link type. Some were longer on the wire.
func (r random) frames(link filter.LinkType, n int) []frame {
	all := make([]frame, n)
	for i := range all {
		b := r.frame(link)
		b = append(b, r.noise(max(0, pick(r, []int{enough, enough, 750, 800, 1000})-len(b)))...)
		all[i] = frame{bytes: b, wire: len(b)}
		if r.in(6) {
			all[i].wire += r.IntN(1000)
		}
	}
	return all
}

// frame returns a frame that is as long as its headers need.
func (r random) frame(link filter.LinkType) []byte {
	switch link {
	case filter.Ethernet:
		return r.ethernet(2)
	case filter.LinuxSLL, filter.LinuxSLL2:
		return r.cooked(link)
	case filter.Null, filter.Loop:
		return r.loopback(link)
	case filter.Raw:
		if r.in(15) {
			return r.noise(40)
		}
		if r.in(2) {
			return r.ipv6(1)
		}
		return r.ipv4(1)
	case filter.IPv4:
		if r.in(8) {
			return r.ipv6(1)
		}
		return r.ipv4(1)
	default:
		if r.in(8) {
			return r.ipv4(1)
		}
		return r.ipv6(1)
	}
}

func (r random) mac() []byte {
	mac, err := net.ParseMAC(pick(r, macs))
	if err != nil {
		panic(err)
	}
	return mac
}

// ethernet returns a frame with tags before a packet, in any order, or with no
// packet that has to do with IP.
func (r random) ethernet(depth int) []byte {
	b := append(r.mac(), r.mac()...)
	n := r.IntN(20)
	if r.tunnel && depth > 0 || r.plain {
		n += 7
	}
	switch n {
	case 0, 1, 2, 3:
		p := r.llcPacket()
		if r.in(8) {
			b = append(b, r.vlan()...)
		}
		b = binary.BigEndian.AppendUint16(b, uint16(len(p)))
		return append(b, p...)
	case 4:
		b = binary.BigEndian.AppendUint16(b, pick(r, etherTypes))
		return append(b, r.noise(100)...)
	case 5:
		return append(append(b, 0x60, 0x03), r.decnet()...)
	case 6:
		b = binary.BigEndian.AppendUint16(b, uint16(r.Uint32()))
		return append(b, r.noise(100)...)
	}
	p := r.packet(depth)
	for r.in(3) || r.tags && r.in(2) {
		p = r.within(p)
	}
	b = binary.BigEndian.AppendUint16(b, p.etherType)
	return append(b, p.bytes...)
}

// vlan returns a tag: its type and what follows that.
func (r random) vlan() []byte {
	b := binary.BigEndian.AppendUint16(nil, pick(r, []uint16{0x8100, 0x8100, 0x88a8, 0x9100}))
	return binary.BigEndian.AppendUint16(b, uint16(r.IntN(16))<<12|pick(r, vlanIDs))
}

// within puts a header before a packet: a VLAN tag, a stack of MPLS labels, or
// PPPoE.
func (r random) within(p packet) packet {
	switch r.IntN(6) {
	case 0, 1, 2:
		tag := r.vlan()
		b := append(tag[2:4:4], byte(p.etherType>>8), byte(p.etherType))
		return packet{binary.BigEndian.Uint16(tag), append(b, p.bytes...)}
	case 3, 4:
		var b []byte
		n := 1 + r.IntN(3)
		for i := range n {
			label := pick(r, labels)<<12 | r.Uint32N(8)<<9 | 64
			if i == n-1 {
				label |= 1 << 8 // the bottom of the stack
			}
			b = binary.BigEndian.AppendUint32(b, label)
		}
		return packet{pick(r, []uint16{0x8847, 0x8847, 0x8848}), append(b, p.bytes...)}
	default:
		if r.in(4) {
			return packet{0x8863, append([]byte{0x11, pick(r, []byte{9, 7, 0x19, 0x65})}, r.noise(40)...)}
		}
		b := binary.BigEndian.AppendUint16([]byte{0x11, 0}, pick(r, sessions))
		b = binary.BigEndian.AppendUint16(b, uint16(2+len(p.bytes)))
		protocol, known := map[uint16]uint16{0x0800: 0x0021, 0x86dd: 0x0057, 0x8847: 0x0281}[p.etherType]
		if !known {
			protocol = pick(r, pppProtocols)
		}
		b = binary.BigEndian.AppendUint16(b, protocol)
		return packet{0x8864, append(b, p.bytes...)}
	}
}

// decnet returns a packet of DECnet: a length in little-endian order, perhaps
// padding, and a short or a long header.
func (r random) decnet() []byte {
	node := func() []byte { return binary.LittleEndian.AppendUint16(nil, pick(r, decnetNodes)) }
	b := []byte{40, 0}
	if r.in(2) {
		b = append(b, 0x81) // padding
	}
	if r.in(2) {
		b = append(b, 0x02) // short
		b = append(append(b, node()...), node()...)
		return append(b, r.noise(16)...)
	}
	b = append(b, 0x06, 0, 0, 0xaa, 0, 4, 0) // long: area, subarea, address
	b = append(append(b, node()...), 0, 0, 0xaa, 0, 4, 0)
	b = append(b, node()...)
	return append(b, r.noise(16)...)
}

// llcPacket returns what follows the length of an 802.3 frame.
func (r random) llcPacket() []byte {
	switch r.IntN(10) {
	case 0:
		return append([]byte{0x42, 0x42, 3}, r.noise(35)...) // spanning tree
	case 1, 2, 3: // OSI
		b := append([]byte{0xfe, 0xfe, 3, pick(r, osiProtocols)}, r.noise(40)...)
		if r.in(2) {
			b[3] = 0x83
		}
		if b[3] == 0x83 {
			b[7] = pick(r, isisPDUs)
		}
		return b
	case 4: // IPX, alone or with LLC
		return append(pick(r, [][]byte{{0xff, 0xff}, {0xe0, 0xe0, 3, 0xff, 0xff}}), r.noise(40)...)
	case 5:
		return append([]byte{0xf0, 0xf0, 3}, r.noise(40)...) // NetBEUI
	case 6, 7: // SNAP
		b := append([]byte{0xaa, 0xaa, 3}, pick(r, [][]byte{{0, 0, 0}, {8, 0, 7}, {0, 0, 0xc}})...)
		b = binary.BigEndian.AppendUint16(b, pick(r, []uint16{0x809b, 0x80f3, 0x8137, 0x0800, 0x2000}))
		return append(b, r.noise(40)...)
	default:
		control := pick(r, []byte{3, 0, 1, 5, 9, 0x11, 0x15, 0x43, 0x53, 0x63, 0x73, 0x0f, 0x1f, 0x6f, 0x7f, 0xe3, 0xf3, 0xaf, 0xbf, 0x87, 0x97, byte(r.Uint32())})
		return append([]byte{byte(pick(r, saps)), byte(pick(r, saps)), control}, r.noise(40)...)
	}
}

// cooked returns a frame of Linux's cooked captures.
func (r random) cooked(link filter.LinkType) []byte {
	var p packet
	switch r.IntN(12) {
	case 0, 1:
		p = packet{4, r.llcPacket()} // LINUX_SLL_P_802_2
	case 2:
		p = packet{1, append([]byte{0xff, 0xff}, r.noise(40)...)} // LINUX_SLL_P_802_3
	case 3:
		p = packet{pick(r, etherTypes), r.noise(100)}
	case 4:
		p = packet{0x6003, r.decnet()}
	case 5:
		p = r.within(r.packet(0))
	default:
		p = r.packet(1)
	}
	kind, mac := byte(r.IntN(6)), append(r.mac(), 0, 0)
	if link == filter.LinuxSLL {
		b := append([]byte{0, kind, 0, 1, 0, 6}, mac...)
		b = binary.BigEndian.AppendUint16(b, p.etherType)
		return append(b, p.bytes...)
	}
	b := binary.BigEndian.AppendUint16(nil, p.etherType)
	b = binary.BigEndian.AppendUint32(append(b, 0, 0), pick(r, interfaces))
	b = append(append(b, 0, 1, kind, 6), mac...)
	return append(b, p.bytes...)
}

// loopback returns a frame of BSD's loopback. The number of IPv6 differs between
// its descendants.
func (r random) loopback(link filter.LinkType) []byte {
	var b []byte
	family := uint32(2)
	if r.in(2) {
		family, b = pick(r, []uint32{24, 28, 30, 10}), r.ipv6(1)
	} else {
		b = r.ipv4(1)
	}
	if r.in(10) {
		family = pick(r, []uint32{0, 7, 2 << 24})
	}
	if link == filter.Loop {
		return append(binary.BigEndian.AppendUint32(nil, family), b...)
	}
	return append(binary.LittleEndian.AppendUint32(nil, family), b...)
}
