package wire

// VXLAN, RFC 7348: an Ethernet frame in a datagram.

// vxlanHasVNI is the flag that has to be set. The others are of extensions.
const vxlanHasVNI = 0x08

var vxlanFields = []field{
	{name: "flags", kind: Hex, at: 0, size: 1},
	{name: "vni", kind: Number, at: 4, size: 3},
}

// mayBeVXLAN tells whether a datagram is VXLAN to the letter, which it has to be
// on a port that others use too.
func mayBeVXLAN(body []byte) bool {
	return len(body) >= 8 && body[0] == vxlanHasVNI && body[1]|body[2]|body[3]|body[7] == 0
}

func decodeVXLAN(p *Packet) Protocol {
	h := p.header(8)
	if h == nil {
		return none
	}
	if h[0]&vxlanHasVNI == 0 {
		p.fault(BadValue, p.last().Start, uint32(h[0]), vxlanHasVNI)
		return Payload
	}
	return Ethernet
}

func sayVXLAN(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	if len(h) < 8 || h[0]&vxlanHasVNI == 0 {
		return append(b, "vxlan"...)
	}
	return appendNumber(append(b, "vxlan vni "...), number(h[4:7]))
}
