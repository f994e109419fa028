package syntax

import (
	"net/netip"
	"strings"
)

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
	var nets []Net
	addresses := p.resolve(t)
	for _, a := range addresses {
		// Those that the qualifier excludes are left out.
		if a.Is4() && q.protocol != IP6 || a.Is6() && (q.protocol == NoProtocol || q.protocol == IP6) {
			nets = append(nets, wholeAddress(a))
		}
	}
	if len(nets) == 0 {
		problem := quoted(t.text) + " has no address"
		if len(addresses) > 0 {
			problem += " of that kind"
		}
		p.fail(t.Span, problem, "")
	}
	return &Host{span, q.protocol, q.direction, false, nets, t.text}
}

// certainName refuses what can be no name of a host before anything is asked
// for it.
func (p *parser) certainName(t token) {
	if strings.Trim(t.text, "0123456789.") == "" {
		p.fail(t.Span, t.text+" is no IPv4 address, and no host is called so", "")
	}
	after := p.peek()
	if t.escaped || p.divides(p.next) {
		return
	}
	hint := suggest(t.text, []string{"host", "net", "port", "portrange", "src", "dst", "and", "or"})
	if after.isID() && hint != "" {
		p.fail(t.Span, "this is no host, because "+quoted(p.expression[after.Start:after.End])+" follows", hint)
	}
	p.unexpectedAfterCondition(after)
}

// gatewayName makes the node of "gateway NAME".
func (p *parser) gatewayName(span Span, q qualifiers, t token) Node {
	g := &Gateway{Span: span, Protocol: q.protocol, Name: t.text}
	g.MAC = p.resolveEther(t)
	for _, a := range p.resolve(t) {
		if a.Is4() || q.protocol == NoProtocol {
			g.Addrs = append(g.Addrs, a)
		}
	}
	if len(g.Addrs) == 0 {
		p.fail(t.Span, quoted(t.text)+" has no address of that kind", "")
	}
	return g
}

// resolve returns the addresses of a host, each once.
func (p *parser) resolve(t token) []netip.Addr {
	if p.options.Resolve == nil {
		p.unknownHost(t)
	}
	found, err := p.options.Resolve(t.text)
	if err != nil {
		p.notFound(t, err)
	}
	if p.addresses == nil {
		p.addresses = map[string][]netip.Addr{}
	}
	p.addresses[t.text] = found
	var addresses []netip.Addr
	seen := map[netip.Addr]bool{}
	for _, a := range found {
		a = a.Unmap().WithZone("")
		if a.IsValid() && !seen[a] {
			seen[a] = true
			addresses = append(addresses, a)
		}
	}
	if len(addresses) == 0 {
		p.fail(t.Span, quoted(t.text)+" has no address", "")
	}
	return addresses
}

// notFound complains about a name of a host that has no address. Where it stands
// alone, it may be a word of the language.
func (p *parser) notFound(t token, err error) {
	e := &Error{
		Expression: p.expression, Span: t.Span, Err: err,
		Problem: "no address of a host called " + quoted(t.text) + " was found",
	}
	before := p.before(t.Start)
	if before.kind == gateway {
		e.Hint = gatewayHint
	}
	var list []proposal
	if before.kind == and || before.kind == or || before.kind == not {
		for _, word := range nearest(t.text, beginnings()) {
			list = append(list, proposal{Span: t.Span, text: word, meant: true})
		}
	}
	panic(mistake{e, list})
}

// resolveEther returns the Ethernet address of a host.
func (p *parser) resolveEther(t token) MAC {
	hint := likeEther
	if p.before(t.Start).kind == gateway {
		hint = gatewayHint
	}
	if p.options.ResolveEther == nil {
		p.fail(t.Span, quoted(t.text)+" is no Ethernet address, and names of Ethernet hosts are not looked up here", hint)
	}
	m, err := p.options.ResolveEther(t.text)
	if err != nil {
		panic(&Error{
			Expression: p.expression, Span: t.Span, Err: err, Hint: hint,
			Problem: "no Ethernet address of a host called " + quoted(t.text) + " was found",
		})
	}
	if p.macs == nil {
		p.macs = map[string]MAC{}
	}
	p.macs[t.text] = m
	return m
}

// portName makes the node of "port NAME".
func (p *parser) portName(span Span, q qualifiers, t token) Node {
	s := p.findService(t, t.text)
	p.onlyTransport(t, q, s)
	n := &Port{Span: span, Direction: q.direction, Low: s.port, High: s.port}
	n.setTransports(q, s.protocols)
	return n
}

// portRangeName makes the node of "portrange LOW-HIGH", of which each may be a
// name.
func (p *parser) portRangeName(span Span, q qualifiers, t token) Node {
	first, second, ok := strings.Cut(t.text, "-")
	if !ok {
		p.fail(t.Span, "a range of ports is written as 5000-6000", "port comes before a single one")
	}
	low, high := p.findService(t, first), p.findService(t, second)
	protocols := low.protocols
	if low.protocols != high.protocols {
		protocols = anyTransport
	}
	p.onlyTransport(t, q, service{t.text, 0, protocols})
	n := &Port{
		Span: span, Direction: q.direction, IsRange: true,
		Low: min(low.port, high.port), High: max(low.port, high.port),
	}
	n.setTransports(q, protocols)
	return n
}

// onlyTransport refuses the name of a port of TCP where UDP is asked for, and
// so on.
func (p *parser) onlyTransport(t token, q qualifiers, s service) {
	if q.protocol == NoProtocol || s.protocols == anyTransport || s.protocols == transportOf(q.protocol) {
		return
	}
	hint := ""
	if s.port != 0 {
		hint = "write " + decimal(uint32(s.port)) + "; that is its number"
	}
	p.fail(t.Span, "the port "+quoted(t.text)+" is one of "+s.protocols.String(), hint)
}

// setTransports says which protocols the port is of.
func (n *Port) setTransports(q qualifiers, protocols transports) {
	if q.protocol != NoProtocol {
		protocols = transportOf(q.protocol)
	}
	n.TCP, n.UDP, n.SCTP = protocols&onTCP != 0, protocols&onUDP != 0, protocols&onSCTP != 0
}

// protocolNumber returns the number of a protocol's name.
func (p *parser) protocolNumber(q qualifiers, t token) uint32 {
	n, ok := findProtocolNumber(q.protocol, t.text)
	if !ok {
		p.unknownProtocol(q, t)
	}
	return n
}
