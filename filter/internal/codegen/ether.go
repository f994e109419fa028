package codegen

import (
	"mcast/filter/internal/assigned"
	"mcast/filter/internal/flow"
	"mcast/filter/internal/syntax"
)

// llc is "llc": a frame with an 802.2 header.
func (g *generator) llc(n *syntax.LLC) flow.Cond {
	if g.link != Ethernet {
		return g.refuse("llc is not supported in "+linkNames[g.link]+" frames", "")
	}
	isLLC := flow.All(
		g.above(2, g.typ, 0, mostLength).Not(),
		g.is(2, g.payload, 0, 0xffff).Not(), // Novell's 802.3
	)
	if n.Mask == 0 {
		return isLLC
	}
	return flow.All(isLLC, g.masked(1, g.payload, 2, uint32(n.Mask), uint32(n.Value)))
}

// etherOnly tells whether the frames have Ethernet addresses; if not, it
// refuses.
func (g *generator) etherOnly(what string) bool {
	if g.link == Ethernet {
		return true
	}
	g.refuse(what+" needs Ethernet frames; these are "+linkNames[g.link], "")
	return false
}

// etherHost compares Ethernet addresses.
func (g *generator) etherHost(d syntax.Direction, mac syntax.MAC) flow.Cond {
	if !g.etherOnly("an Ethernet address") {
		return flow.False
	}
	return g.withHeader(directed(d,
		func() flow.Cond { return g.etherAddress(6, mac) },
		func() flow.Cond { return g.etherAddress(0, mac) },
	))
}

// withHeader adds to a condition on the Ethernet header that there is one.
func (g *generator) withHeader(c flow.Cond) flow.Cond {
	if !g.bare {
		return c
	}
	return flow.All(flow.Compare(flow.Equal, g.header.variable, g.payload.variable).Not(), c)
}

func (g *generator) etherAddress(offset uint32, mac syntax.MAC) flow.Cond {
	return flow.All(
		g.is(4, g.header, offset+2, uint32(mac[2])<<24|uint32(mac[3])<<16|uint32(mac[4])<<8|uint32(mac[5])),
		g.is(2, g.header, offset, uint32(mac[0])<<8|uint32(mac[1])),
	)
}

var everyStation = syntax.MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// broadcast is "broadcast", of the link layer or of IPv4.
func (g *generator) broadcast(p syntax.Protocol) flow.Cond {
	if p == syntax.IP {
		hosts := ^g.target.Netmask
		to := g.networkHeader()
		return flow.All(g.linkProtocol(assigned.EtherIP), flow.Any(
			g.masked(4, to, 16, hosts, 0),
			g.masked(4, to, 16, hosts, hosts),
		))
	}
	if !g.etherOnly("broadcast") {
		return flow.False
	}
	return g.withHeader(g.etherAddress(0, everyStation))
}

// multicast is "multicast", of the link layer, of IPv4 or of IPv6.
func (g *generator) multicast(p syntax.Protocol) flow.Cond {
	switch p {
	case syntax.IP:
		// As libpcap does, with 240.0.0.0/4 and so 255.255.255.255.
		return flow.All(g.linkProtocol(assigned.EtherIP),
			flow.Compare(flow.GreaterOrEqual, g.read(1, g.networkHeader(), 16), g.Const(224)))
	case syntax.IP6:
		return flow.All(g.linkProtocol(assigned.EtherIP6), g.is(1, g.networkHeader(), 24, 0xff))
	}
	if !g.etherOnly("multicast") {
		return flow.False
	}
	return g.withHeader(flow.Compare(flow.Intersects, g.read(1, g.header, 0), g.Const(1)))
}
