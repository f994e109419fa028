package wire

import (
	"encoding/binary"
	"net/netip"
)

// ARP, RFC 826, and RARP, RFC 903, which has the same form.

var arpFields = []field{
	{name: "hardware_type", kind: Number, at: 0, size: 2, names: hardwareTypes},
	{name: "protocol_type", kind: Hex, at: 2, size: 2, names: etherTypes},
	{name: "hardware_size", kind: Number, at: 4, size: 1},
	{name: "protocol_size", kind: Number, at: 5, size: 1},
	{name: "operation", kind: Number, at: 6, size: 2, names: arpOperations},
	{name: "sender_mac", kind: MAC, at: 8, size: 6, when: mapsIPv4},
	{name: "sender", kind: Address, at: 14, size: 4, when: mapsIPv4},
	{name: "target_mac", kind: MAC, at: 18, size: 6, when: mapsIPv4},
	{name: "target", kind: Address, at: 24, size: 4, when: mapsIPv4},
	{name: "addresses", kind: Bytes, at: 8, when: func(h []byte) bool { return len(h) > 8 && !mapsIPv4(h) }},
}

var hardwareTypes = []name{{1, "Ethernet"}, {6, "IEEE 802"}, {24, "IEEE 1394"}, {32, "InfiniBand"}}

var arpOperations = []name{
	{1, "request"}, {2, "reply"}, {3, "reverse request"}, {4, "reverse reply"}, {8, "inverse request"}, {9, "inverse reply"},
}

// mapsIPv4 tells whether the addresses are IPv4's and Ethernet's.
func mapsIPv4(h []byte) bool {
	return len(h) >= 8 && binary.BigEndian.Uint16(h[2:]) == typeIPv4 && h[4] == 6 && h[5] == 4
}

func decodeARP(p *Packet) Protocol {
	h := p.header(8)
	if h == nil {
		return none
	}
	n := 8 + 2*int(h[4]) + 2*int(h[5])
	if h = p.header(n); h == nil {
		return none
	}
	p.limit(n, p.last().Start+4)
	p.packet()
	return none
}

func sayARP(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	if len(h) < 8 {
		return b
	}
	operation := binary.BigEndian.Uint16(h[6:])
	switch operation {
	case 3, 4:
		b = append(b, "rarp"...)
	default:
		b = append(b, "arp"...)
	}
	if len(h) < 28 || !mapsIPv4(h) {
		return appendNameOf(append(b, ' '), arpOperations, "operation ", uint64(operation))
	}
	sender, target := netip.AddrFrom4([4]byte(h[14:])), netip.AddrFrom4([4]byte(h[24:]))
	switch operation {
	case 1:
		b = target.AppendTo(append(b, " who-has "...))
		b = sender.AppendTo(append(b, " tell "...))
	case 2:
		b = sender.AppendTo(append(b, ' '))
		b = appendMAC(append(b, " is-at "...), h[8:14])
	case 3:
		b = appendMAC(append(b, " who-is "...), h[18:24])
		b = appendMAC(append(b, " tell "...), h[8:14])
	case 4:
		b = appendMAC(append(b, ' '), h[18:24])
		b = target.AppendTo(append(b, " is "...))
	default:
		b = appendNameOf(append(b, ' '), arpOperations, "operation ", uint64(operation))
	}
	return b
}
