package wire

import "encoding/binary"

// IPv4, RFC 791.

var ipv4Fields = []field{
	{name: "version", kind: Number, at: 0, size: 1, bits: 4, shift: 4},
	{name: "header_length", kind: Number, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		return Value{Number: uint64(h[0]&0xf) * 4}, len(h) > 0
	}, when: notEmpty},
	{name: "dscp", kind: Number, at: 1, size: 1, bits: 6, shift: 2},
	{name: "ecn", kind: Number, at: 1, size: 1, bits: 2},
	{name: "length", kind: Number, at: 2, size: 2},
	{name: "identification", kind: Hex, at: 4, size: 2},
	{name: "dont_fragment", kind: Flag, at: 6, size: 2, bits: 1, shift: 14},
	{name: "more_fragments", kind: Flag, at: 6, size: 2, bits: 1, shift: 13},
	{name: "fragment_offset", kind: Number, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		if len(h) < 8 {
			return Value{}, false
		}
		return Value{Number: uint64(binary.BigEndian.Uint16(h[6:])&0x1fff) * 8}, true
	}},
	{name: "ttl", kind: Number, at: 8, size: 1},
	{name: "protocol", kind: Number, at: 9, size: 1, names: ipProtocols},
	{name: "checksum", kind: Hex, at: 10, size: 2},
	{name: "source", kind: Address, at: 12, size: 4},
	{name: "destination", kind: Address, at: 16, size: 4},
	{name: "options", kind: Records, at: 20, when: func(h []byte) bool { return len(h) > 20 },
		split: splitIPv4Options, record: []field{
			{name: "type", kind: Number, at: 0, size: 1, names: ipv4Options},
			{name: "data", kind: Bytes, at: 2},
		}},
}

func notEmpty(h []byte) bool { return len(h) > 0 }

// Numbers of protocols above IP (IANA, Protocol Numbers).
const (
	numberHopByHop = 0
	numberICMP     = 1
	numberIGMP     = 2
	numberTCP      = 6
	numberUDP      = 17
	numberIPv6     = 41
	numberRouting  = 43
	numberFragment = 44
	numberICMPv6   = 58
	numberNoNext   = 59
	numberOptions  = 60
	numberPIM      = 103
	numberVRRP     = 112
)

var ipProtocols = []name{
	{0, "hop-by-hop options"}, {numberICMP, "ICMP"}, {numberIGMP, "IGMP"}, {4, "IPv4"}, {numberTCP, "TCP"}, {numberUDP, "UDP"},
	{numberIPv6, "IPv6"}, {numberRouting, "routing"}, {numberFragment, "fragment"}, {47, "GRE"}, {50, "ESP"}, {51, "AH"}, {numberICMPv6, "ICMPv6"},
	{numberNoNext, "nothing"}, {numberOptions, "destination options"}, {88, "EIGRP"}, {89, "OSPF"}, {numberPIM, "PIM"},
	{numberVRRP, "VRRP"}, {132, "SCTP"},
}

// routerAlert4 is the router alert option (RFC 2113).
const routerAlert4 = 148

var ipv4Options = []name{
	{0, "end of options"}, {1, "no operation"}, {7, "record route"}, {68, "timestamp"}, {130, "security"},
	{131, "loose source route"}, {137, "strict source route"}, {routerAlert4, "router alert"},
}

// splitIPv4Options lends the options of a header: a type and, of most, a length
// that includes both. One that does not fit ends them.
func splitIPv4Options(_, b []byte, yield func([]byte) bool) {
	for len(b) > 0 {
		n := 1
		switch {
		case b[0] == 0:
			yield(b[:1])
			return
		case b[0] == 1:
		case len(b) < 2 || b[1] < 2 || int(b[1]) > len(b):
			return
		default:
			n = int(b[1])
		}
		if !yield(b[:n]) {
			return
		}
		b = b[n:]
	}
}

func decodeIPv4(p *Packet) Protocol {
	h := p.header(20)
	if h == nil {
		return none
	}
	start := p.last().Start
	if v := h[0] >> 4; v != 4 {
		p.fault(BadVersion, start, uint32(v), 4)
		return none
	}
	n := int(h[0]&0xf) * 4
	if n < 20 {
		p.fault(BadLength, start, uint32(n), 20)
		return none
	}
	if h = p.header(n); h == nil {
		return none
	}
	total := int(binary.BigEndian.Uint16(h[2:]))
	switch {
	case total >= n:
		p.limit(total, start+2)
	case total != 0:
		p.fault(BadLength, start+2, uint32(total), uint32(n))
	}
	// A length of 0 is that of a frame larger than 64 kB, which the network
	// card will cut: it reaches to the frame's end.
	p.verifyOwn(h, 10)
	p.packet()
	p.ip, p.routerAlert = len(p.layers)-1, false
	if n > 20 {
		splitIPv4Options(h, h[20:], func(option []byte) bool {
			p.routerAlert = p.routerAlert || option[0] == routerAlert4
			return true
		})
	}
	fragment := binary.BigEndian.Uint16(h[6:])
	p.fragment = fragment&0x3fff != 0
	if fragment&0x1fff != 0 {
		return Payload
	}
	return p.transport(h[9], IPv4)
}

// transport returns the protocol of a number above IP, for what follows the layer
// at work. Some are known above one version of IP only.
func (p *Packet) transport(number uint8, above Protocol) Protocol {
	switch number {
	case numberUDP:
		return UDP
	case numberPIM:
		return PIM
	case numberVRRP:
		return VRRP
	case numberTCP:
		return TCP
	case 4:
		return IPv4
	case numberIPv6:
		return IPv6
	}
	if above != IPv6 {
		switch number {
		case numberIGMP:
			return IGMP
		case numberICMP:
			return ICMP
		}
		return Payload
	}
	switch number {
	case 0:
		return IPv6HopByHop
	case numberRouting:
		return IPv6Routing
	case numberFragment:
		return IPv6Fragment
	case numberNoNext:
		return none
	case numberICMPv6:
		return p.overICMPv6()
	case numberOptions:
		return IPv6Destination
	}
	return Payload
}

// sayIP says the addresses of a packet that carries nothing that does.
func sayIP(p *Packet, l Layer, b []byte) []byte {
	src, dst, ok := p.addressesOf(l)
	if !ok {
		return b
	}
	h := p.Header(l)
	carries := h[6]
	if l.Protocol == IPv4 {
		carries = h[9]
	}
	b = append(src.AppendTo(b), " > "...)
	b = dst.AppendTo(b)
	b = p.appendHopLimit(b, l)
	if l.Protocol == IPv4 && binary.BigEndian.Uint16(h[6:])&0x1fff != 0 {
		b = appendNumber(append(b, " fragment at "...), int(binary.BigEndian.Uint16(h[6:])&0x1fff)*8)
	}
	b = append(b, ' ')
	if n := nameOf(ipProtocols, uint64(carries)); n != "" {
		b = append(b, n...)
	} else {
		b = appendNumber(append(b, "protocol "...), carries)
	}
	return appendBytes(b, l)
}

// appendHopLimit appends the hop limit of an IP layer, by the name that its
// version of IP has for it.
func (p *Packet) appendHopLimit(b []byte, ip Layer) []byte {
	word := " hlim "
	if ip.Protocol == IPv4 {
		word = " ttl "
	}
	return appendNumber(append(b, word...), p.hopLimit(ip))
}
