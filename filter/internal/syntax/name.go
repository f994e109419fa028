package syntax

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
