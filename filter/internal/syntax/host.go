package syntax

import (
	"net/netip"
	"strings"
)

// Host is "host", "net", or nothing, with IP addresses. Protocol is
// NoProtocol, IP, IP6, ARP or RARP. Of several addresses, which are
// those of one name, any will do.
type Host struct {
	Span
	Protocol  Protocol
	Direction Direction
	IsNet     bool // "net" was written
	Nets      []Net
	Name      string // as written, if it was a name
}

// host4 makes the node of an IPv4 host or network.
func (p *parser) host4(span Span, q qualifiers, address, m uint32) Node {
	return &Host{
		Span: span, Protocol: q.protocol, Direction: q.direction, IsNet: q.subject == aNet,
		Nets: []Net{{ipv4Address(address & m), ipv4Address(m)}},
	}
}

// hostName makes the node of "host NAME".
func (p *parser) hostName(span Span, q qualifiers, t token) Primitive {
	var nets []Net
	addresses := p.resolve(t)
	for _, a := range addresses {
		// Those that the qualifier excludes are left out.
		if a.Is4() && q.protocol != IP6 || a.Is6() && (q.protocol == NoProtocol || q.protocol == IP6) {
			nets = append(nets, WholeAddress(a))
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
	panic(mistake{Error: e, proposals: list})
}

// after returns the qualifiers that are in force after it.
func (n *Host) after() qualifiers { return qualifiers{subject: aHost, protocol: n.Protocol} }

// plain returns a condition of hosts with one address each.
func (n *Host) plain() Node {
	if len(n.Nets) == 1 {
		return n
	}
	o := &Or{Span: n.Span}
	for _, net := range n.Nets {
		o.List = append(o.List, &Host{n.Span, n.Protocol, n.Direction, n.IsNet, []Net{net}, ""})
	}
	return o
}

func (n *Host) text() string {
	word := "host "
	if n.IsNet || !n.Nets[0].isAddress() {
		word = "net "
	}
	return n.Protocol.qualifier() + n.Direction.qualifier() + word + n.Nets[0].String()
}

func (n *Host) meaning(d *description) string {
	var v4, v6 []string
	for _, net := range n.Nets {
		if net.Addr.Is4() {
			v4 = append(v4, net.String())
		} else {
			v6 = append(v6, net.String())
		}
	}
	all := withName(n.Name, strings.Join(append(v4, v6...), " or "))
	what := "addresses in "
	if n.Nets[0].isAddress() {
		what = ""
	}
	packets := "IPv4 packets"
	switch {
	case n.Protocol == ARP || n.Protocol == RARP:
		packets = strings.ToUpper(n.Protocol.String()) + " frames"
		return packets + " " + n.Direction.askers() + " " + what + all
	case len(v4) == 0:
		packets = "IPv6 packets"
	case len(v6) > 0:
		packets = "IP packets"
	}
	words := packets + " " + n.Direction.words() + " " + what + all
	if n.Protocol == NoProtocol && len(v4) > 0 {
		d.mention(hostIsARP)
		words += ", or ARP or RARP frames " + n.Direction.askers() + " it"
		if what != "" {
			words = strings.TrimSuffix(words, "it") + "one of them"
		}
	}
	return words
}

// withName returns an address with the name that it was found by.
func withName(name, address string) string {
	if name == "" {
		return address
	}
	return name + " (" + address + ")"
}
