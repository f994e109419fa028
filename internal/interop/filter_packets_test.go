//go:build interop && linux

package interop

import "encoding/binary"

// Packets of the network layer, for frames of any link type.

// packet is what a frame has, and the Ethernet type that says so.
type packet struct {
	etherType uint16
	bytes     []byte
}

// packet returns a packet that filters know something of, mostly IP.
func (r random) packet(depth int) packet {
	return weighted(r, []choice[func() packet]{
		{10, func() packet { return packet{0x0800, r.ipv4(depth)} }},
		{10, func() packet { return packet{0x86dd, r.ipv6(depth)} }},
		{3, func() packet { return packet{pick(r, []uint16{0x0806, 0x0806, 0x8035}), r.arp()} }},
	})()
}

func (r random) arp() []byte {
	b := []byte{0, 1, 8, 0, 6, 4, 0, byte(1 + r.IntN(4))}
	b = append(b, r.mac()...)
	b = append(b, address(r.addr4())...)
	b = append(b, r.mac()...)
	return append(b, address(r.addr4())...)
}

func address[A [4]byte | [16]byte](a A) []byte {
	switch a := any(a).(type) {
	case [4]byte:
		return a[:]
	case [16]byte:
		return a[:]
	}
	return nil
}

// ipv4 returns a packet: whole, or a first or later fragment, with or without
// options.
func (r random) ipv4(depth int) []byte {
	proto, payload := r.transport(4, depth)
	words := 5
	if r.in(5) {
		words += 1 + r.IntN(10)
	}
	b := make([]byte, 20, 20+len(payload))
	b[0] = 0x40 | byte(words)
	if r.in(40) {
		b[0] = byte(r.Uint32()) // another version, or a header that is too short
		words = 5
	}
	b[1] = pick(r, []byte{0, 0, 0xe0, 0x10})
	binary.BigEndian.PutUint16(b[2:], uint16(4*words+len(payload)))
	binary.BigEndian.PutUint16(b[4:], uint16(r.Uint32()))
	binary.BigEndian.PutUint16(b[6:], pick(r, []uint16{0, 0, 0, 0, 0x4000, 0x4000, 0x2000, 0x2001, 1, 0x1fff}))
	b[8] = pick(r, []byte{1, 64, 255})
	b[9] = proto
	copy(b[12:], address(r.addr4()))
	copy(b[16:], address(r.addr4()))
	b = append(b, r.noise(4*words-20)...)
	return append(b, payload...)
}

// ipv6 returns a packet, with extension headers now and then.
func (r random) ipv6(depth int) []byte {
	proto, payload := r.transport(6, depth)
	// We follow eight, and keep a frame that has more.
	for n := 0; n < 6 && r.in(3); n++ {
		proto, payload = r.extension(proto, payload)
	}
	b := make([]byte, 40, 40+len(payload))
	b[0] = 0x60
	if r.in(40) {
		b[0] = byte(r.Uint32())
	}
	b[1] = pick(r, []byte{0, 0, 0x10})
	binary.BigEndian.PutUint16(b[4:], uint16(len(payload)))
	b[6] = proto
	b[7] = pick(r, []byte{1, 64, 255})
	copy(b[8:], address(r.addr6()))
	copy(b[24:], address(r.addr6()))
	return append(b, payload...)
}

// extension puts a header before a payload: hop-by-hop options, routing,
// destination options, fragment, or authentication.
func (r random) extension(next uint8, payload []byte) (uint8, []byte) {
	kinds := []uint8{0, 43, 60, 44, 44, 51}
	if r.plain {
		kinds = kinds[:5]
	}
	switch kind := pick(r, kinds); kind {
	case 44:
		b := []byte{next, 0, 0, pick(r, []byte{0, 1, 1})}
		if r.in(2) {
			b[2] = byte(r.Uint32()) // not the first one
		}
		return kind, append(append(b, r.noise(4)...), payload...)
	case 51:
		n := 1 + r.IntN(5)
		b := append([]byte{next, byte(n)}, r.noise(4*(n+2)-2)...)
		return kind, append(b, payload...)
	default:
		n := r.IntN(3)
		b := append([]byte{next, byte(n)}, r.noise(8*(n+1)-2)...)
		return kind, append(b, payload...)
	}
}

// transport returns what an IP packet carries, and its protocol number.
func (r random) transport(version, depth int) (uint8, []byte) {
	n := r.IntN(16)
	switch {
	case r.plain:
		n = r.IntN(12)
	case r.tunnel && depth > 0 && !r.in(4):
		n = 0
	}
	switch n {
	case 0, 1, 2, 3:
		if depth > 0 && (r.tunnel || r.in(5)) {
			return 17, r.geneve(depth - 1)
		}
		return 17, append(r.ports(), r.noise(4)...)
	case 4, 5, 6:
		b := append(r.ports(), r.noise(16)...)
		b[12] = byte(5+r.IntN(3)) << 4
		b[13] = pick(r, []byte{0x02, 0x12, 0x10, 0x18, 0x11, 0x04, byte(r.Uint32())})
		return 6, b
	case 7:
		return 132, append(r.ports(), r.noise(8)...)
	case 8:
		if version == 6 {
			return 58, append([]byte{pick(r, []byte{1, 3, 128, 129, 130, 133, 135, 136, 143}), byte(r.IntN(3))}, r.noise(22)...)
		}
		return 1, append([]byte{pick(r, []byte{0, 3, 5, 8, 11, 13}), byte(r.IntN(3))}, r.noise(22)...)
	case 9:
		return 2, append([]byte{pick(r, []byte{0x11, 0x16, 0x22, 0x17}), 0, 0, 0}, address(r.addr4())...)
	case 10:
		return 103, append([]byte{0x20 | byte(r.IntN(5))}, r.noise(15)...)
	case 11:
		return 112, append([]byte{0x21}, r.noise(15)...)
	case 12:
		next, b := r.transport(version, 0)
		n := 1 + r.IntN(5)
		return 51, append(append([]byte{next, byte(n)}, r.noise(4*(n+2)-2)...), b...)
	case 13:
		return 50, r.noise(16)
	default:
		return pick(r, ipProtos), r.noise(24)
	}
}

// ports returns the ports of UDP, TCP and SCTP.
func (r random) ports() []byte {
	b := binary.BigEndian.AppendUint16(nil, pick(r, ports))
	return binary.BigEndian.AppendUint16(b, pick(r, ports))
}

// geneve returns a UDP datagram with a Geneve packet.
func (r random) geneve(depth int) []byte {
	b := binary.BigEndian.AppendUint16(nil, pick(r, ports))
	b = binary.BigEndian.AppendUint16(b, 6081)
	b = append(b, r.noise(4)...)
	options := pick(r, []int{0, 0, 1, 3})
	b = append(b, byte(options), pick(r, []byte{0, 0x80, 0x40}))
	if r.in(20) {
		b[8] |= 0x40 // another version
	}
	inside := r.packet(depth)
	if r.in(2) {
		inside = packet{0x6558, r.ethernet(0)}
	}
	b = binary.BigEndian.AppendUint16(b, inside.etherType)
	id := pick(r, networkIDs)
	b = append(b, byte(id>>16), byte(id>>8), byte(id), 0)
	b = append(b, r.noise(4*options)...)
	return append(b, inside.bytes...)
}
