package wire

import "encoding/binary"

// EtherTypes (IEEE 802 numbers).
const (
	typeIPv4   = 0x0800
	typeARP    = 0x0806
	typeRARP   = 0x8035
	typeDot1Q  = 0x8100
	typeIPv6   = 0x86dd
	typeDot1AD = 0x88a8
	typePTP    = 0x88f7

	typeOldQinQ = 0x9100 // before 802.1ad

	// Smaller numbers are the length of an IEEE 802.3 frame.
	leastType = 0x0600
)

var etherTypes = []name{
	{typeIPv4, "IPv4"}, {typeARP, "ARP"}, {typeRARP, "RARP"}, {typeDot1Q, "802.1Q"}, {typeIPv6, "IPv6"},
	{0x8847, "MPLS"}, {0x8848, "MPLS with upstream label"}, {0x8863, "PPPoE discovery"}, {0x8864, "PPPoE session"},
	{0x888e, "802.1X"}, {typeDot1AD, "802.1ad"}, {0x88cc, "LLDP"}, {typePTP, "PTP"}, {0x22f0, "AVTP"}, {0x88a4, "EtherCAT"}, {0x8892, "PROFINET"},
}

var ethernetFields = []field{
	{name: "destination", kind: MAC, at: 0, size: 6},
	{name: "source", kind: MAC, at: 6, size: 6},
	{name: "type", kind: Hex, at: 12, size: 2, names: etherTypes, when: func(h []byte) bool { return hasType(h, 12) }},
	{name: "length", kind: Number, at: 12, size: 2, when: func(h []byte) bool { return len(h) >= 14 && !hasType(h, 12) }},
}

// hasType tells whether two bytes of a header are a type, and not a length.
func hasType(h []byte, at int) bool {
	return len(h) >= at+2 && binary.BigEndian.Uint16(h[at:]) >= leastType
}

func decodeEthernet(p *Packet) Protocol {
	h := p.header(14)
	if h == nil {
		return none
	}
	return p.typed(binary.BigEndian.Uint16(h[12:]))
}

// typed returns what follows an EtherType, or the length in its place.
func (p *Packet) typed(t uint16) Protocol {
	if t < leastType {
		l := p.last()
		p.limit(l.Payload-l.Start+int(t), l.Payload-2)
		p.packet()
		return LLC
	}
	return etherProtocol(t)
}

// etherProtocol returns the protocol of an EtherType.
func etherProtocol(t uint16) Protocol {
	switch t {
	case typeIPv4:
		return IPv4
	case typeIPv6:
		return IPv6
	case typeARP, typeRARP:
		return ARP
	case typeDot1Q:
		return Dot1Q
	case typeDot1AD, typeOldQinQ:
		return Dot1AD
	case typePTP:
		return PTP
	}
	return Payload
}

// packet says that what the layer at work carries is the frame's packet: behind
// its end, there is padding.
func (p *Packet) packet() {
	if p.packetEnd < 0 && p.last().Missing == 0 {
		p.packetEnd = p.last().End
	}
}

// sayEthernet says the addresses of a frame in which nothing else is known.
func sayEthernet(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	if inner := p.inside(l); len(h) < 14 || inner != none && inner != Payload && inner != LLC {
		return b
	}
	b = append(appendMAC(b, h[6:12]), " > "...)
	b = appendMAC(b, h[:6])
	if hasType(h, 12) {
		b = appendType(append(b, ' '), binary.BigEndian.Uint16(h[12:]))
		b = appendBytes(b, l)
	}
	return b
}

// appendType appends the name of an EtherType, or its number.
func appendType(b []byte, t uint16) []byte {
	if n := nameOf(etherTypes, uint64(t)); n != "" {
		return append(b, n...)
	}
	return appendHex(append(b, "type "...), uint64(t), 4)
}

// appendBytes appends how many bytes a layer carries.
func appendBytes(b []byte, l Layer) []byte {
	return append(appendNumber(append(b, ' '), l.End-l.Payload+l.Missing), " B"...)
}
