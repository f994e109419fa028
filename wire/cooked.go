package wire

import "encoding/binary"

// Cooked captures of Linux (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html
// and LINKTYPE_LINUX_SLL2.html).

var cookedKinds = []name{{0, "to this host"}, {1, "broadcast"}, {2, "multicast"}, {3, "to another host"}, {4, "from this host"}}

var sllFields = []field{
	{name: "kind", kind: Number, at: 0, size: 2, names: cookedKinds},
	{name: "hardware", kind: Number, at: 2, size: 2},
	{name: "source", kind: Bytes, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) { return cookedAddress(h, 4, 2, 6) }},
	{name: "type", kind: Hex, at: 14, size: 2, names: etherTypes},
}

var sll2Fields = []field{
	{name: "type", kind: Hex, at: 0, size: 2, names: etherTypes},
	{name: "interface_index", kind: Number, at: 4, size: 4},
	{name: "hardware", kind: Number, at: 8, size: 2},
	{name: "kind", kind: Number, at: 10, size: 1, names: cookedKinds},
	{name: "source", kind: Bytes, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) { return cookedAddress(h, 11, 1, 12) }},
}

// cookedAddress returns the link-layer address, of which the header has at most
// eight bytes, and whose length is at an offset.
func cookedAddress(h []byte, lengthAt, size, at int) (Value, bool) {
	if len(h) < at+8 {
		return Value{}, false
	}
	n := number(h[lengthAt : lengthAt+size])
	return Value{Bytes: h[at : at+int(min(n, 8))]}, true
}

func decodeSLL(p *Packet) Protocol {
	h := p.header(16)
	if h == nil {
		return none
	}
	return cookedType(binary.BigEndian.Uint16(h[14:]))
}

func decodeSLL2(p *Packet) Protocol {
	h := p.header(20)
	if h == nil {
		return none
	}
	return cookedType(binary.BigEndian.Uint16(h))
}

// cookedType returns what follows a cooked header: 4 is an 802.2 header, and
// other small numbers are not types.
func cookedType(t uint16) Protocol {
	if t == 4 {
		return LLC
	}
	return etherProtocol(t)
}

func sayCooked(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	at := 14
	if l.Protocol == LinuxSLL2 {
		at = 0
	}
	if len(h) < 16 || len(p.layers) > 1 && p.layers[1].Protocol != Payload {
		return b
	}
	return appendBytes(appendType(b, binary.BigEndian.Uint16(h[at:])), l)
}
