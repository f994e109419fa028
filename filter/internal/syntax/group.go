package syntax

import "net/netip"

// Group is the extension "group ADDRESS[/LENGTH]": addressed to that group, or
// IGMP or MLD that speaks of it.
type Group struct {
	Span
	Net Net
}

func (Group) read(p *parser, t token) Primitive {
	a := p.peek()
	if a.kind != ipv4 && a.kind != ipv6 {
		p.unexpected(a, `"group" is followed by the address of a multicast group`, "one is like group 239.1.1.1 or group 239.0.0.0/8")
	}
	p.take()
	address, err := netip.ParseAddr(a.text)
	if err != nil {
		p.fail(a.Span, a.text+" is no IP address", "all four numbers are needed, as in group 239.0.0.0/8")
	}
	bits := address.BitLen()
	if p.peek().is(operator, "/") {
		bits = p.prefixLength(uint32(bits))
	}
	span := p.from(a.Start)
	if !areGroups(netip.PrefixFrom(address, bits)) {
		p.fail(span, "these are not all multicast addresses, which are those in 224.0.0.0/4 and ff00::/8", "")
	}
	network := netip.PrefixFrom(address, bits).Masked()
	if network.Addr() != address {
		p.fail(span, "bits are set in the address behind its prefix", "")
	}
	return &Group{p.from(t.Start), prefixNet(network)}
}

// areGroups tells whether all addresses of a prefix are those of groups.
func areGroups(n netip.Prefix) bool {
	least := 4 // bits of 224.0.0.0/4
	if n.Addr().Is6() {
		least = 8 // of ff00::/8
	}
	return n.Addr().IsMulticast() && !n.Addr().Is4In6() && n.Bits() >= least
}

func (n *Group) text() string { return "group " + n.Net.String() }

func (n *Group) meaning(*description) string {
	packets, messages := "IPv4 packets", "IGMP messages"
	if n.Net.Addr.Is6() {
		packets, messages = "IPv6 packets", "MLD messages"
	}
	if n.Net.isAddress() {
		return packets + " to the multicast group " + n.Net.String() + ", or " + messages + " about it"
	}
	return packets + " to multicast groups in " + n.Net.String() + ", or " + messages + " about one of them"
}
