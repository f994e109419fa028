package syntax

import (
	"fmt"
	"net/netip"
	"strings"
)

// Gateway is "gateway NAME": the Ethernet address is that host's, and
// no IP address is. Protocol is NoProtocol, IP, ARP or RARP.
type Gateway struct {
	Span
	Protocol Protocol
	Name     string
	MAC      MAC
	Addrs    []netip.Addr
}

// gatewayHint is what helps where gateway's name does not.
const gatewayHint = "by its addresses it is ether host … and not host …"

// noGateway refuses what is no name after gateway.
func (p *parser) noGateway(where Span) {
	p.fail(where, "gateway needs the name of a host, of which both the Ethernet and the IP address are looked up",
		gatewayHint)
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

// plain returns the condition without the name, which only gateway has.
func (n *Gateway) plain() Node {
	h := &Host{Span: n.Span, Protocol: n.Protocol}
	for _, a := range n.Addrs {
		h.Nets = append(h.Nets, WholeAddress(a))
	}
	return &And{n.Span, []Node{&EtherHost{Span: n.Span, MAC: n.MAC}, &Not{n.Span, h.plain()}}}
}

func (n *Gateway) text() string { return n.Protocol.qualifier() + "gateway " + n.Name }

func (n *Gateway) meaning(*description) string {
	var addresses []string
	for _, a := range n.Addrs {
		addresses = append(addresses, a.String())
	}
	return fmt.Sprintf("what %s forwards: frames from or to its Ethernet address %s that are neither from nor to %s",
		n.Name, n.MAC, strings.Join(addresses, " or "))
}
