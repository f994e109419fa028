package codegen

import (
	"mcast/filter/internal/assigned"
	"mcast/filter/internal/flow"
	"mcast/filter/internal/syntax"
)

// genevePort is the UDP port of Geneve (RFC 8926, section 3.3).
const genevePort = 6081

// nowhere is where the headers of a tunnel are in a frame that has none:
// outside, so that a test of them ends the program.
const nowhere = 1 << 29

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
	// cursor is where the Geneve header begins.
	cursor := g.NewVariable(cursorCell)
	start := place{0, g.Variable(cursor)}
	port := &syntax.Port{Direction: syntax.Destination, Low: genevePort, High: genevePort}
	over := func(ip uint32, carries func(uint32) flow.Cond, first flow.Cond, transport place) flow.Cond {
		where := g.Const(transport.offset + 8)
		if transport.variable != flow.None {
			where = g.Binary(flow.Add, transport.variable, where)
		}
		conds := []flow.Cond{
			g.linkProtocol(ip),
			g.ports(port, []uint32{assigned.ProtoUDP}, carries, first, transport),
			g.masked(1, transport, 8, 0xc0, 0), // version 0
		}
		if n.Has {
			conds = append(conds, g.masked(4, transport, 12, 0xffffff00, n.VNI<<8))
		}
		return flow.All(append(conds, flow.Assign(cursor, where))...)
	}
	is := flow.Any(
		over(assigned.EtherIP, g.carries4, g.firstFragment4(), g.transport4()),
		over(assigned.EtherIP6, g.carries6, flow.True, g.transport6()),
	)

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
