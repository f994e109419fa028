package wire

import "encoding/binary"

// UDP, RFC 768.

var udpFields = []field{
	{name: "source_port", kind: Number, at: 0, size: 2},
	{name: "destination_port", kind: Number, at: 2, size: 2},
	{name: "length", kind: Number, at: 4, size: 2},
	{name: "checksum", kind: Hex, at: 6, size: 2},
}

func decodeUDP(p *Packet) Protocol {
	h := p.header(8)
	if h == nil {
		return none
	}
	l := p.last()
	// A first fragment has only a part of the datagram.
	if n := int(binary.BigEndian.Uint16(h[4:])); n < 8 && n != 0 {
		p.fault(BadLength, l.Start+4, uint32(n), 8)
	} else if n != 0 && !p.fragment {
		p.limit(n, l.Start+4)
	}
	switch checksum := binary.BigEndian.Uint16(h[6:]); {
	case checksum != 0:
		p.verifyTransport(numberUDP, 6)
	case p.ip >= 0 && p.layers[p.ip].Protocol == IPv6:
		p.fault(NoChecksum, l.Start+6, 0, 0)
	default:
		l.Checksum = Absent
	}
	if p.fragment {
		return Payload
	}
	return p.overUDP()
}

func sayUDP(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	b = p.appendEndpoints(b, l, h)
	return appendBytes(append(b, " udp"...), l)
}

// appendEndpoints appends the addresses and ports of what a layer with ports
// carries, and the hop limit.
func (p *Packet) appendEndpoints(b []byte, l Layer, h []byte) []byte {
	if len(h) < 4 {
		return b
	}
	ip, ok := p.carrier(l)
	src, dst, there := p.addressesOf(ip)
	if !ok || !there {
		b = appendNumber(append(b, "port "...), binary.BigEndian.Uint16(h))
		return appendNumber(append(b, " > "...), binary.BigEndian.Uint16(h[2:]))
	}
	b = append(appendAddrPort(b, src, binary.BigEndian.Uint16(h)), " > "...)
	b = appendAddrPort(b, dst, binary.BigEndian.Uint16(h[2:]))
	return p.appendHopLimit(b, ip)
}

// appendHosts appends the addresses of the packet that carries a layer without
// ports, and the hop limit.
func (p *Packet) appendHosts(b []byte, l Layer) []byte {
	ip, ok := p.carrier(l)
	src, dst, there := p.addressesOf(ip)
	if !ok || !there {
		return b
	}
	b = append(src.AppendTo(b), " > "...)
	return p.appendHopLimit(dst.AppendTo(b), ip)
}
