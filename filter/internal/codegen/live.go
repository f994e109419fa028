package codegen

import (
	"mcast/filter/internal/classic"
	"mcast/filter/internal/flow"
	"mcast/filter/internal/syntax"
)

// outgoing is the packet type of frames that this host sent
// (PACKET_OUTGOING, packet(7)).
const outgoing = 4

// outbound is "outbound" and "inbound".
func (g *generator) outbound(n *syntax.Outbound) flow.Cond {
	var c flow.Cond
	switch {
	case g.link == LinuxSLL:
		c = g.is(2, g.header, 0, outgoing)
	case g.link == LinuxSLL2:
		c = g.is(1, g.header, 10, outgoing)
	case g.target.Live:
		c = flow.Compare(flow.Equal, g.Ancillary(2, classic.AncPacketType), g.Const(outgoing))
	default:
		return g.refuse("a file of "+linkNames[g.link]+" frames does not tell their direction",
			"inbound and outbound are for live captures and for Linux cooked files")
	}
	if n.Inbound {
		return c.Not()
	}
	return c
}

// interfaceIndex is "ifindex" and "ifname".
func (g *generator) interfaceIndex(n *syntax.Interface) flow.Cond {
	switch {
	case n.Name != "" && !g.target.Live:
		return g.refuse("a file does not say how its interfaces are called here", "ifname is for live captures; a LINUX_SLL2 file has ifindex")
	case g.link == LinuxSLL2:
		return g.is(4, g.header, 4, n.Index)
	case g.target.Live:
		return flow.Compare(flow.Equal, g.Ancillary(4, classic.AncInterface), g.Const(n.Index))
	}
	return g.refuse("a file of "+linkNames[g.link]+" frames does not tell their interface",
		"ifindex is for live captures and for LINUX_SLL2 files")
}
