package syntax

import (
	"fmt"
	"strings"
)

// Port is "port" and "portrange". Low <= High. There is at least one
// protocol in On.
type Port struct {
	Span
	Direction Direction
	IsRange   bool // "portrange" was written
	Low, High uint16
	On        Transports
}

// portName makes the node of "port NAME".
func (p *parser) portName(span Span, q qualifiers, t token) Node {
	s := p.findService(t, t.text)
	p.onlyTransport(t, q, s)
	return &Port{Span: span, Direction: q.direction, Low: s.port, High: s.port, On: q.transports(s.protocols)}
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
		protocols = AnyTransport
	}
	p.onlyTransport(t, q, service{t.text, 0, protocols})
	return &Port{
		Span: span, Direction: q.direction, IsRange: true,
		Low: min(low.port, high.port), High: max(low.port, high.port), On: q.transports(protocols),
	}
}

// onlyTransport refuses the name of a port of TCP where UDP is asked for, and
// so on.
func (p *parser) onlyTransport(t token, q qualifiers, s service) {
	if q.protocol == NoProtocol || s.protocols == AnyTransport || s.protocols == transportOf(q.protocol) {
		return
	}
	hint := ""
	if s.port != 0 {
		hint = "write " + decimal(uint32(s.port)) + "; that is its number"
	}
	p.fail(t.Span, "the port "+quoted(t.text)+" is one of "+s.protocols.String(), hint)
}

// transports returns which protocols a port is of that has these by its name.
func (q qualifiers) transports(named Transports) Transports {
	if q.protocol != NoProtocol {
		return transportOf(q.protocol)
	}
	return named
}

func (n *Port) after() qualifiers { return qualifiers{subject: aPort} }

// plain returns a condition of ports of one protocol, or of all three.
func (n *Port) plain() Node {
	protocols := n.On.protocols()
	if len(protocols) != 2 {
		return n
	}
	o := &Or{Span: n.Span}
	for _, p := range protocols {
		o.List = append(o.List, &Port{n.Span, n.Direction, n.IsRange, n.Low, n.High, transportOf(p)})
	}
	return o
}

func (n *Port) text() string {
	of := ""
	if t := n.On.protocols(); len(t) == 1 {
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
	for _, t := range n.On.protocols() {
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
