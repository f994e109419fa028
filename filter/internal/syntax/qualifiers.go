package syntax

// subject is what a name, a number or an address is of.
type subject uint8

const (
	nothing    subject = iota // no qualifiers are in force
	someHost                  // only a direction was written, and that means hosts
	aHost                     // host
	aNet                      // net
	aPort                     // port
	aPortRange                // portrange
	aProto                    // proto
	aChain                    // protochain
	aGateway                  // gateway
)

// qualifiers are the words before a name, number or address that say what it
// is. They stay in force for following operands without qualifiers:
// "udp port 50001 or 5353".
type qualifiers struct {
	subject   subject
	protocol  Protocol
	direction Direction
	span      Span // where they are
}

// ofHosts tells whether hosts are meant.
func (q qualifiers) ofHosts() bool { return q.subject == someHost || q.subject == aHost }

// takeName tells whether a name may be of what the qualifiers are about: any may
// be a host's, but only those in the tables are of ports and protocols.
func (q qualifiers) takeName(name string) bool {
	switch q.subject {
	case nothing:
		return false
	case aPort, aPortRange:
		return isService(name)
	case aProto, aChain:
		_, ok := findProtocolNumber(q.protocol, name)
		return ok
	}
	return true
}

// head reads qualifiers and what they are about.
func (p *parser) head() operand {
	start := p.peek().Start
	q := qualifiers{subject: someHost}
	if t := p.peek(); t.kind == protocol {
		q.protocol = Protocol(t.value)
		p.take()
	}
	switch p.peek().kind {
	case source, destination:
		q.direction = p.direction()
		q.subject = p.subjectAfterDirection()
	default:
		q.subject, _ = p.peek().subject()
		p.take()
	}
	q.span = p.from(start)
	p.check(q)
	if p.peek().isID() {
		return operand{node: p.id(start, q), form: aTerm, then: q}
	}
	x := p.operand(q, anID)
	x.form = aTerm
	return x
}

// direction reads "src", "dst", "src or dst", "src and dst".
func (p *parser) direction() Direction {
	first := p.take()
	join := p.peek()
	if join.kind != and && join.kind != or {
		if first.kind == source {
			return Source
		}
		return Destination
	}
	p.take()
	second := p.peek()
	if second.kind != source && second.kind != destination || second.kind == first.kind {
		p.halfDirection(first, join, second)
	}
	p.take()
	if join.kind == and {
		return BothDirections
	}
	return AnyDirection
}

// subject returns what a qualifier says that names, numbers and addresses are
// of.
func (t token) subject() (s subject, ok bool) {
	switch t.kind {
	case host:
		return aHost, true
	case net:
		return aNet, true
	case port:
		return aPort, true
	case portRange:
		return aPortRange, true
	case proto:
		return aProto, true
	case protoChain:
		return aChain, true
	case gateway:
		return aGateway, true
	}
	return nothing, false
}

// subjectAfterDirection reads host, net, port or portrange, if one comes.
func (p *parser) subjectAfterDirection() subject {
	t := p.peek()
	s, ok := t.subject()
	switch s {
	case aProto, aChain, aGateway:
		p.fail(t.Span, quoted(t.text)+" has no direction", "leave src and dst out")
	}
	if !ok {
		return someHost
	}
	p.take()
	return s
}

// isID tells whether a token is a name or an address, or a number.
func (t token) isID() bool {
	switch t.kind {
	case name, number, ipv4, ipv6, mac, arcnet:
		return true
	}
	return false
}

// has tells whether a protocol has what qualifiers ask for: TCP has ports, but
// no hosts.
func (p Protocol) has(s subject) bool {
	if p == NoProtocol {
		return true
	}
	switch s {
	case someHost, aHost:
		return p == IP || p == IP6 || p == ARP || p == RARP || p == Link || p == DECnet
	case aNet:
		return p == IP || p == IP6 || p == ARP || p == RARP || p == DECnet
	case aPort, aPortRange:
		return p == TCP || p == UDP || p == SCTP
	case aProto:
		return p == IP || p == IP6 || p == Link || p == ISO || p == ISIS
	case aChain:
		return p == IP || p == IP6
	case aGateway:
		return p == IP || p == ARP || p == RARP
	}
	return false
}
