package wire

import (
	"encoding/binary"
	"math/bits"
)

// BSD loopback: an address family in four bytes. Files of link type NULL have it
// in the byte order of the machine that wrote them; as families are small numbers,
// the bytes themselves tell which that was.

var loopbackFields = []field{
	{name: "family", kind: Number, names: families, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		if len(h) < 4 {
			return Value{}, false
		}
		return Value{Number: uint64(family(h))}, true
	}},
}

// families are the numbers of address families. Each BSD has its own for IPv6.
var families = []name{{2, "IPv4"}, {24, "IPv6"}, {28, "IPv6"}, {30, "IPv6"}}

func family(h []byte) uint32 {
	f := binary.BigEndian.Uint32(h)
	if f >= 1<<16 {
		f = bits.ReverseBytes32(f)
	}
	return f
}

func decodeLoopback(p *Packet) Protocol {
	h := p.header(4)
	if h == nil {
		return none
	}
	switch nameOf(families, uint64(family(h))) {
	case "IPv4":
		return IPv4
	case "IPv6":
		return IPv6
	}
	return Payload
}

// sayLoopback says the family of a frame in which nothing else is known.
func sayLoopback(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	if inner := p.inside(l); len(h) < 4 || inner != none && inner != Payload {
		return b
	}
	return appendBytes(appendNumber(append(b, "family "...), family(h)), l)
}
