package syntax

import (
	"fmt"
	"strings"
)

// Port is "port" and "portrange". Low <= High. TCP, UDP and SCTP say
// which protocols are meant; at least one is.
type Port struct {
	Span
	Direction      Direction
	IsRange        bool // "portrange" was written
	Low, High      uint16
	TCP, UDP, SCTP bool
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

// transports tells which protocols with ports are meant.
func (p Protocol) transports() (tcp, udp, sctp bool) {
	return p == NoProtocol || p == TCP, p == NoProtocol || p == UDP, p == NoProtocol || p == SCTP
}

// transports returns the protocols that a port is of.
func (n *Port) transports() []Protocol {
	var ps []Protocol
	for _, t := range [...]struct {
		is bool
		p  Protocol
	}{{n.TCP, TCP}, {n.UDP, UDP}, {n.SCTP, SCTP}} {
		if t.is {
			ps = append(ps, t.p)
		}
	}
	return ps
}

func (n *Port) after() qualifiers { return qualifiers{subject: aPort} }

// plain returns a condition of ports of one protocol, or of all three.
func (n *Port) plain() Node {
	transports := n.transports()
	if len(transports) != 2 {
		return n
	}
	o := &Or{Span: n.Span}
	for _, p := range transports {
		o.List = append(o.List, &Port{
			n.Span, n.Direction, n.IsRange, n.Low, n.High, p == TCP, p == UDP, p == SCTP,
		})
	}
	return o
}

func (n *Port) text() string {
	of := ""
	if t := n.transports(); len(t) == 1 {
		of = t[0].qualifier()
	}
	of += n.Direction.qualifier()
	if n.IsRange {
		return fmt.Sprintf("%sportrange %d-%d", of, n.Low, n.High)
	}
	return fmt.Sprintf("%sport %d", of, n.Low)
}

func (n *Port) meaning(d *description) string {
	d.mention(firstFragment)
	var packets []string
	for _, t := range n.transports() {
		switch t {
		case TCP:
			packets = append(packets, "TCP segments")
		case UDP:
			packets = append(packets, "UDP datagrams")
		case SCTP:
			packets = append(packets, "SCTP packets")
		}
	}
	ports := "port " + decimal(uint32(n.Low))
	if n.Low != n.High {
		ports = fmt.Sprintf("a port from %d to %d", n.Low, n.High)
	}
	return strings.Join(packets, " or ") + " " + n.Direction.words() + " " + ports + " (over IPv4 or IPv6)"
}
