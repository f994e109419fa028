package wire

import "encoding/binary"

// VLAN tags, IEEE 802.1Q. The layer is the tag without its type, which is the
// header's before it, and with the type that follows.

var tagFields = []field{
	{name: "priority", kind: Number, at: 0, size: 2, bits: 3, shift: 13},
	{name: "drop_eligible", kind: Flag, at: 0, size: 2, bits: 1, shift: 12},
	{name: "vlan", kind: Number, at: 0, size: 2, bits: 12},
	{name: "type", kind: Hex, at: 2, size: 2, names: etherTypes, when: func(h []byte) bool { return hasType(h, 2) }},
	{name: "length", kind: Number, at: 2, size: 2, when: func(h []byte) bool { return len(h) >= 4 && !hasType(h, 2) }},
}

func decodeTag(p *Packet) Protocol {
	h := p.header(4)
	if h == nil {
		return none
	}
	return p.typed(binary.BigEndian.Uint16(h[2:]))
}

func sayTag(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	if len(h) < 4 {
		return b
	}
	return appendNumber(append(b, "vlan "...), binary.BigEndian.Uint16(h)&0xfff)
}
