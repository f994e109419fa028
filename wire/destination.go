package wire

import (
	"encoding/binary"
	"net/netip"
)

// Destination returns where the outermost IP packet of a frame goes, and the port
// if UDP or TCP comes first in it, else port 0. False means that there is no IP.
// Most frames need not be decoded for that, so it is much faster than
// [Packet.Decode]; what the Packet has decoded before may be lost.
func (p *Packet) Destination(link LinkType, data []byte) (netip.AddrPort, bool) {
	switch link {
	case LinkEthernet:
		at := 12
		for ; len(data) >= at+2; at += 4 {
			switch binary.BigEndian.Uint16(data[at:]) {
			case typeIPv4:
				return p.destination4(link, data, at+2)
			case typeIPv6:
				return p.destination6(link, data, at+2)
			case typeDot1Q, typeDot1AD, typeOldQinQ:
				continue
			}
			break
		}
	case LinkRaw, LinkIPv4:
		if len(data) > 0 && data[0]>>4 == 4 {
			return p.destination4(link, data, 0)
		}
	}
	return p.decodedDestination(link, data)
}

// destination4 returns the destination of an IPv4 packet at a place.
func (p *Packet) destination4(link LinkType, data []byte, at int) (netip.AddrPort, bool) {
	b := data[at:]
	if len(b) < 24 || b[0] != 0x45 {
		return p.decodedDestination(link, data)
	}
	group := netip.AddrFrom4([4]byte(b[16:]))
	if b[9] != numberUDP || binary.BigEndian.Uint16(b[6:])&0x1fff != 0 || binary.BigEndian.Uint16(b[2:]) < 24 {
		return p.decodedDestination(link, data)
	}
	return netip.AddrPortFrom(group, binary.BigEndian.Uint16(b[22:])), true
}

// destination6 returns the destination of an IPv6 packet at a place.
func (p *Packet) destination6(link LinkType, data []byte, at int) (netip.AddrPort, bool) {
	b := data[at:]
	if len(b) < 44 || b[0]>>4 != 6 || b[6] != numberUDP || binary.BigEndian.Uint16(b[4:]) < 4 {
		return p.decodedDestination(link, data)
	}
	return netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[24:])), binary.BigEndian.Uint16(b[42:])), true
}

// decodedDestination finds the destination the long way.
func (p *Packet) decodedDestination(link LinkType, data []byte) (netip.AddrPort, bool) {
	p.Decode(link, data, len(data), Options{})
	for i, l := range p.layers {
		_, group, ok := p.addressesOf(l)
		if !ok {
			continue
		}
		for _, inner := range p.layers[i+1:] {
			switch h := p.Header(inner); inner.Protocol {
			case IPv6HopByHop, IPv6Routing, IPv6Fragment, IPv6Destination:
				continue
			case UDP, TCP:
				if len(h) >= 4 {
					return netip.AddrPortFrom(group, binary.BigEndian.Uint16(h[2:])), true
				}
			}
			break
		}
		return netip.AddrPortFrom(group, 0), true
	}
	return netip.AddrPort{}, false
}
