package codegen

import (
	"mcast/filter/internal/assigned"
	"mcast/filter/internal/flow"
	"mcast/filter/internal/syntax"
)

// nowhere is where the headers of a tunnel are in a frame that has none:
// outside, so that a test of them ends the program.
const nowhere = 1 << 29

// overUDP tells whether a datagram to a port carries a header that matches, and where
// in the frame that is.
func (g *generator) overUDP(port uint16, matches func(header place) flow.Cond) (is flow.Cond, header place) {
	cursor := g.NewVariable(cursorCell)
	to := &syntax.Port{Direction: syntax.Destination, Low: port, High: port}
	over := func(ip uint32, carries func(uint32) flow.Cond, first flow.Cond, transport place) flow.Cond {
		where := g.Const(transport.offset + 8)
		if transport.variable != flow.None {
			where = g.Binary(flow.Add, transport.variable, where)
		}
		return flow.All(
			g.linkProtocol(ip),
			g.ports(to, []uint32{assigned.ProtoUDP}, carries, first, transport),
			matches(transport.plus(8)),
			flow.Assign(cursor, where),
		)
	}
	is = flow.Any(
		over(assigned.EtherIP, g.carries4, g.firstFragment4(), g.transport4()),
		over(assigned.EtherIP6, g.carries6, flow.True, g.transport6()),
	)
	return is, place{0, g.Variable(cursor)}
}
