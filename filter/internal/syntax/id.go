package syntax

import (
	"net/netip"
	"strings"
)

// id reads a name, a number or an address that takes the qualifiers in force.
// The node begins at start.
func (p *parser) id(start int, q qualifiers) Node {
	t := p.take()
	if q.subject == nothing {
		p.withoutQualifiers(t)
	}
	switch t.kind {
	case number:
		return p.numberID(p.from(start), q, t.value)
	case name:
		if p.peek().isArithmetic() {
			p.namePretendsValue(t)
		}
		return p.nameID(start, q, t)
	case ipv4:
		return p.ipv4ID(start, q, t)
	case ipv6:
		return p.ipv6ID(start, q, t)
	case mac:
		if q.protocol != Link || !q.ofHosts() {
			p.fail(t.Span, "an Ethernet address is only looked for by ether host", "ether host comes before one")
		}
		return &EtherHost{Span: p.from(start), Direction: q.direction, MAC: parseMAC(t.text)}
	}
	p.fail(t.Span, foreignProblem(t.text, arcnetFamily), "")
	panic("unreachable")
}

// numberID makes the node of a number.
func (p *parser) numberID(span Span, q qualifiers, n uint32) Node {
	where := span // of the number alone
	if t := p.previous(); t.kind == number {
		where = t.Span
	}
	switch q.subject {
	case nothing:
		p.unexpectedNumber(span)
	case aGateway:
		p.noGateway(where)
	case aPort, aPortRange:
		if n > 65535 {
			p.fail(where, "port numbers end at 65535", "")
		}
		return &Port{span, q.direction, q.subject == aPortRange, uint16(n), uint16(n), transportOf(q.protocol)}
	case aProto:
		return &ProtoNumber{span, q.protocol, n}
	case aChain:
		return &ProtoChain{span, q.protocol, n}
	}
	switch q.protocol {
	case DECnet:
		if n > 65535 {
			p.fail(where, "DECnet addresses end at 63.1023", "")
		}
		return &DECnetHost{span, q.direction, uint16(n)}
	case Link:
		p.fail(where, "this is no Ethernet address", likeEther)
	case IP6:
		p.fail(where, "this is no IPv6 address", "")
	}
	bits := 32
	if q.subject == aNet {
		n, bits = shortNet(n)
	}
	return p.host4(span, q, n, maskOf(bits))
}

// ipv4ID reads the rest of an IPv4 address, with its mask if it has one.
func (p *parser) ipv4ID(start int, q qualifiers, t token) Node {
	slash, hasMask := p.peek().is(operator, "/"), p.peek().kind == mask
	switch q.subject {
	case aPort, aPortRange, aProto, aChain:
		p.fail(t.Span, "an address is not "+q.subject.article(), "host comes before one")
	case aGateway:
		p.noGateway(t.Span)
	}
	if q.protocol == DECnet {
		return p.decnetID(start, q, t)
	}
	if q.protocol == Link {
		p.fail(t.Span, "this is no Ethernet address", likeEther)
	}
	address, bits := p.ipv4Number(t)
	m := maskOf(bits)
	switch {
	case slash:
		m = p.prefixMask(q, t)
	case hasMask:
		m = p.writtenMask(q, t)
	}
	if (slash || hasMask) && address&^m != 0 {
		p.fail(p.from(t.Start), "bits are set in the address that the mask does not count",
			"those that count are "+(Net{ipv4Address(address & m), ipv4Address(m)}).String())
	}
	if q.protocol == IP6 {
		p.fail(p.from(t.Start), "this is no IPv6 address", "ip6 does not go with it")
	}
	return p.host4(p.from(start), q, address, m)
}

// prefixMask reads "/LENGTH" of an IPv4 network.
func (p *parser) prefixMask(q qualifiers, t token) uint32 {
	bits := p.prefixLength(32)
	p.onlyNets(q, t)
	return maskOf(bits)
}

// prefixLength reads "/LENGTH".
func (p *parser) prefixLength(most uint32) int {
	p.take()
	n := p.peek()
	if n.kind != number {
		p.unexpected(n, "the length of the prefix is expected after /", "")
	}
	p.take()
	if n.value > most {
		p.fail(n.Span, "the length of a prefix is at most "+decimal(most), "")
	}
	return int(n.value)
}

// writtenMask reads "mask MASK".
func (p *parser) writtenMask(q qualifiers, t token) uint32 {
	p.take()
	m := p.peek()
	if m.kind != ipv4 {
		p.unexpected(m, "a mask such as 255.255.255.0 is expected", "")
	}
	p.take()
	p.onlyNets(q, t)
	n, _ := p.ipv4Number(m)
	return n
}

// onlyNets refuses a mask behind anything but a network.
func (p *parser) onlyNets(q qualifiers, t token) {
	if q.subject != aNet {
		p.fail(p.from(t.Start), "a mask belongs to a network, and host is about single addresses", "net comes before one")
	}
}

// ipv4Number returns an IPv4 address, which may lack its last bytes, and how
// many bits were written. Unlike numbers, its parts are always decimal.
func (p *parser) ipv4Number(t token) (address uint32, bits int) {
	for part := range strings.SplitSeq(t.text, ".") {
		n := uint32(0)
		for i := range len(part) {
			if n = n*10 + uint32(part[i]-'0'); !isDigit(part[i]) || n > 255 {
				p.fail(t.Span, t.text+" is no IPv4 address: "+part+" is not a number from 0 to 255", "")
			}
		}
		address = address<<8 | n
		bits += 8
	}
	return address << (32 - bits), bits
}

// ipv6ID reads the rest of an IPv6 address, with the length of its prefix if it
// has one.
func (p *parser) ipv6ID(start int, q qualifiers, t token) Node {
	address, bits := netip.MustParseAddr(t.text), 128
	if p.peek().is(operator, "/") {
		if bits = p.prefixLength(128); bits < 128 {
			p.onlyNets(q, t)
		}
	}
	switch q.subject {
	case someHost, aHost, aNet:
	case aGateway:
		p.noGateway(t.Span)
	default:
		p.fail(t.Span, "an address is not "+q.subject.article(), "host comes before one")
	}
	if q.protocol != NoProtocol && q.protocol != IP6 {
		p.fail(t.Span, "this is an IPv6 address, which "+q.protocol.String()+" does not have", "")
	}
	network := netip.PrefixFrom(address, bits).Masked()
	if network.Addr() != address {
		p.fail(p.from(t.Start), "bits are set in the address behind its prefix", "")
	}
	return &Host{
		Span: p.from(start), Protocol: q.protocol, Direction: q.direction, IsNet: q.subject == aNet,
		Nets: []Net{prefixNet(network)},
	}
}

// shortNet returns the network that a number is, and how many of its bits count: those
// of the bytes that are written. "net 10" is 10.0.0.0/8.
func shortNet(n uint32) (address uint32, bits int) {
	bits = 32
	for n != 0 && n>>24 == 0 {
		n <<= 8
		bits -= 8
	}
	return n, bits
}

// nameID makes the node of a name.
func (p *parser) nameID(start int, q qualifiers, t token) Node {
	span := p.from(start)
	switch q.subject {
	case aPort:
		return p.portName(span, q, t)
	case aPortRange:
		return p.portRangeName(span, q, t)
	case aProto:
		return &ProtoNumber{span, q.protocol, p.protocolNumber(q, t)}
	case aChain:
		return &ProtoChain{span, q.protocol, p.protocolNumber(q, t)}
	case aNet:
		p.fail(t.Span, "names of networks are not looked up", "a network is like 10.0.0.0/8")
	case aGateway:
		return p.gatewayName(span, q, t)
	}
	p.certainName(t)
	switch q.protocol {
	case Link:
		return &EtherHost{span, q.direction, p.resolveEther(t), t.text}
	case DECnet:
		p.fail(t.Span, "names of DECnet hosts are not looked up", "an address is AREA.NODE")
	}
	return p.hostName(span, q, t)
}
