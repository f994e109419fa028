package wire

import "encoding/binary"

// IPv6 and its extension headers, RFC 8200.

var ipv6Fields = []field{
	{name: "version", kind: Number, at: 0, size: 1, bits: 4, shift: 4},
	{name: "dscp", kind: Number, at: 0, size: 2, bits: 6, shift: 6},
	{name: "ecn", kind: Number, at: 0, size: 2, bits: 2, shift: 4},
	{name: "flow_label", kind: Hex, at: 0, size: 4, bits: 20},
	{name: "payload_length", kind: Number, at: 4, size: 2},
	{name: "next_header", kind: Number, at: 6, size: 1, names: ipProtocols},
	{name: "hop_limit", kind: Number, at: 7, size: 1},
	{name: "source", kind: Address, at: 8, size: 16},
	{name: "destination", kind: Address, at: 24, size: 16},
}

func decodeIPv6(p *Packet) Protocol {
	h := p.header(40)
	if h == nil {
		return none
	}
	start := p.last().Start
	if v := h[0] >> 4; v != 6 {
		p.fault(BadVersion, start, uint32(v), 6)
		return none
	}
	// A length of 0 is that of a jumbogram (RFC 2675), or of a frame that the
	// network card will cut: it reaches to the frame's end.
	if n := int(binary.BigEndian.Uint16(h[4:])); n != 0 || h[6] == numberNoNext {
		p.limit(40+n, start+4)
	}
	p.packet()
	p.ip, p.routerAlert, p.fragment = len(p.layers)-1, false, false
	return p.transport(h[6], IPv6)
}

var ipv6OptionsFields = []field{
	{name: "next_header", kind: Number, at: 0, size: 1, names: ipProtocols},
	{name: "header_length", kind: Number, value: extensionLength},
	{name: "options", kind: Records, at: 2, split: splitIPv6Options, record: []field{
		{name: "type", kind: Number, at: 0, size: 1, names: ipv6Options},
		{name: "data", kind: Bytes, at: 2},
	}},
}

// extensionLength returns the length of an extension header in bytes.
func extensionLength(_ *Packet, _ Layer, h []byte) (Value, bool) {
	if len(h) < 2 {
		return Value{}, false
	}
	return Value{Number: uint64(h[1])*8 + 8}, true
}

// routerAlert6 is the router alert option (RFC 2711).
const routerAlert6 = 5

var ipv6Options = []name{{0, "one byte of padding"}, {1, "padding"}, {routerAlert6, "router alert"}, {194, "jumbo payload"}}

// splitIPv6Options lends options: a type, the length of the data, data. One byte
// of padding has no length. One that does not fit ends them.
func splitIPv6Options(_, b []byte, yield func([]byte) bool) {
	for len(b) > 0 {
		n := 1
		if b[0] != 0 {
			if len(b) < 2 || 2+int(b[1]) > len(b) {
				return
			}
			n = 2 + int(b[1])
		}
		if !yield(b[:n]) {
			return
		}
		b = b[n:]
	}
}

// extension makes the layer at work an extension header of the length that it
// says, and returns nil if it is not all there.
func (p *Packet) extension() []byte {
	h := p.header(8)
	if h == nil {
		return nil
	}
	return p.header(int(h[1])*8 + 8)
}

// decodeIPv6Options decodes hop-by-hop and destination options.
func decodeIPv6Options(p *Packet) Protocol {
	h := p.extension()
	if h == nil {
		return none
	}
	if p.last().Protocol == IPv6HopByHop {
		splitIPv6Options(h, h[2:], func(o []byte) bool {
			p.routerAlert = p.routerAlert || o[0] == routerAlert6
			return true
		})
	}
	return p.transport(h[0], IPv6)
}

var ipv6RoutingFields = []field{
	{name: "next_header", kind: Number, at: 0, size: 1, names: ipProtocols},
	{name: "header_length", kind: Number, value: extensionLength},
	{name: "type", kind: Number, at: 2, size: 1},
	{name: "segments_left", kind: Number, at: 3, size: 1},
	{name: "data", kind: Bytes, at: 4},
}

func decodeIPv6Routing(p *Packet) Protocol {
	h := p.extension()
	if h == nil {
		return none
	}
	return p.transport(h[0], IPv6)
}

var ipv6FragmentFields = []field{
	{name: "next_header", kind: Number, at: 0, size: 1, names: ipProtocols},
	{name: "fragment_offset", kind: Number, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		if len(h) < 4 {
			return Value{}, false
		}
		return Value{Number: uint64(binary.BigEndian.Uint16(h[2:]) &^ 7)}, true
	}},
	{name: "more_fragments", kind: Flag, at: 2, size: 2, bits: 1},
	{name: "identification", kind: Hex, at: 4, size: 4},
}

func decodeIPv6Fragment(p *Packet) Protocol {
	h := p.header(8)
	if h == nil {
		return none
	}
	at := binary.BigEndian.Uint16(h[2:])
	p.fragment = p.fragment || at&^6 != 0
	if at&^7 != 0 {
		return Payload
	}
	return p.transport(h[0], IPv6)
}

func sayIPv6Fragment(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	if len(h) < 8 {
		return b
	}
	if at := binary.BigEndian.Uint16(h[2:]) &^ 7; at != 0 {
		return appendNumber(append(b, "fragment at "...), at)
	}
	return b
}
