package codegen

import (
	"mcast/filter/internal/assigned"
	"mcast/filter/internal/flow"
	"mcast/filter/internal/syntax"
)

// genevePort is the UDP port of Geneve (RFC 8926, section 3.3).
const genevePort = 6081

// geneve is "geneve": everything to the right of it looks into the tunnel.
//
// What is there depends on the frame: the Geneve header has options of any
// length, and carries Ethernet frames or packets of a protocol. So the program
// finds out, and keeps, where the inner headers are.
func (g *generator) geneve(n *syntax.Geneve) flow.Cond {
	cells, ok := g.own(3)
	if !ok {
		return flow.False
	}
	is, start := g.overUDP(genevePort, func(header place) flow.Cond {
		c := g.masked(1, header, 0, 0xc0, 0) // version 0
		if n.Has {
			c = flow.All(c, g.masked(4, header, 4, 0xffffff00, n.VNI<<8))
		}
		return c
	})

	header := g.NewVariableOr(cells, nowhere)
	typ := g.NewVariableOr(cells+1, nowhere)
	payload := g.NewVariableOr(cells+2, nowhere)
	options := g.Binary(flow.Mul, g.Binary(flow.And, g.read(1, start, 0), g.Const(0x3f)), g.Const(4))
	end := g.Binary(flow.Add, g.Binary(flow.Add, options, g.Const(8)), start.variable)
	inner := g.Variable(header)
	find := flow.All(
		flow.Assign(header, end),
		flow.Any(
			flow.All(
				g.is(2, start, 2, assigned.EtherBridged),
				flow.Assign(typ, g.Binary(flow.Add, inner, g.Const(12))),
				flow.Assign(payload, g.Binary(flow.Add, inner, g.Const(14))),
			),
			flow.All(
				flow.Assign(typ, g.Binary(flow.Add, start.variable, g.Const(2))),
				flow.Assign(payload, inner),
			),
		),
	)

	g.enter(Ethernet, place{0, inner}, place{0, g.Variable(typ)}, place{0, g.Variable(payload)})
	g.bare = true
	return flow.All(is, find)
}
