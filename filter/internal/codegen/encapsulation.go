package codegen

import (
	"mcast/filter/internal/assigned"
	"mcast/filter/internal/classic"
	"mcast/filter/internal/flow"
	"mcast/filter/internal/syntax"
)

// vlan is "vlan": everything to the right of it looks behind the tag.
func (g *generator) vlan(n *syntax.VLAN) flow.Cond {
	switch {
	case g.labels > 0:
		return g.refuse("there is no VLAN tag behind an MPLS label", "vlan comes before mpls")
	case g.link != Ethernet:
		return g.refuse("vlan needs Ethernet frames; these are "+linkNames[g.link], "")
	}
	outer := g.tags == 0 && g.header == at(0)
	g.tags++
	if g.target.Live && outer {
		return g.liveVLAN(n)
	}
	tagged := g.tagged()
	if n.Has {
		tagged = flow.All(tagged, g.masked(2, g.networkHeader(), 0, 0x0fff, n.ID))
	}
	g.typ, g.payload = g.typ.plus(4), g.payload.plus(4)
	return tagged
}

// tagged tells whether a VLAN tag is next.
func (g *generator) tagged() flow.Cond {
	return flow.Any(g.linkProtocol(assigned.EtherOldQinQ), g.linkProtocol(assigned.EtherQinQ), g.linkProtocol(assigned.EtherVLAN))
}

// liveVLAN is vlan where the kernel took the outermost tag out of the frame,
// and tells it beside. Sometimes it did not (some frames that this host sends),
// and only then headers are four bytes later.
func (g *generator) liveVLAN(n *syntax.VLAN) flow.Cond {
	taken := flow.Compare(flow.Equal, g.Ancillary(1, classic.AncVLANPresent), g.Const(1))
	cell, ok := g.own(1)
	if !ok {
		return flow.False
	}
	shift := g.NewVariableOr(cell, 0)
	tagged := g.tagged()
	isTaken, isInside := taken, flow.All(flow.Assign(shift, g.Const(4)), tagged)
	if n.Has {
		tag := g.Binary(flow.And, g.Ancillary(2, classic.AncVLANTag), g.Const(0x0fff))
		isTaken = flow.All(taken, flow.Compare(flow.Equal, tag, g.Const(n.ID)))
		isInside = flow.All(taken.Not(), isInside, g.masked(2, g.networkHeader(), 0, 0x0fff, n.ID))
	}
	g.typ.variable, g.payload.variable = g.Variable(shift), g.Variable(shift)
	return flow.Any(isTaken, isInside)
}

// mpls is "mpls": everything to the right of it looks behind the label.
func (g *generator) mpls(n *syntax.MPLS) flow.Cond {
	var next flow.Cond
	switch {
	case g.labels > 0: // the label before was not the last one
		next = g.masked(1, g.networkHeader(), ^uint32(1), 0x01, 0)
	case g.link == Ethernet:
		next = g.linkProtocol(assigned.EtherMPLS)
	case g.link == ppp:
		next = g.linkProtocol(pppMPLS)
	default:
		return g.refuse("mpls is not supported in "+linkNames[g.link]+" frames", "")
	}
	if n.Has {
		next = flow.All(next, g.masked(4, g.networkHeader(), 0, 0xfffff000, n.Label<<12))
	}
	g.network += 4
	g.afterLLC += 4
	g.labels++
	return next
}

// labelProtocol tells whether the last label is followed by a protocol.
func (g *generator) labelProtocol(protocol uint32) flow.Cond {
	var version uint32
	switch protocol {
	case assigned.EtherIP:
		version = 0x40
	case assigned.EtherIP6:
		version = 0x60
	default:
		return g.refuse("behind an MPLS label only IPv4 and IPv6 can be told apart", "")
	}
	p := g.networkHeader()
	return flow.All(
		g.masked(1, p, ^uint32(1), 0x01, 0x01), // the bottom of the stack
		g.masked(1, p, 0, 0xf0, version),
	)
}

// pppoes is "pppoes": everything to the right of it looks into the session.
func (g *generator) pppoes(n *syntax.PPPoES) flow.Cond {
	c := g.linkProtocol(assigned.EtherPPPoES)
	if n.Has {
		c = flow.All(c, g.masked(4, g.networkHeader(), 0, 0x0000ffff, n.Session))
	}
	inner := g.networkHeader().plus(6)
	g.enter(ppp, inner, inner, inner.plus(2))
	return c
}
