package codegen

import (
	"mcast/filter/internal/assigned"
	"mcast/filter/internal/flow"
	"mcast/filter/internal/syntax"
)

// protocol is a protocol's name alone.
func (g *generator) protocol(p syntax.Protocol) flow.Cond {
	carrier, numbers := p.Carried()
	if len(numbers) == 0 {
		return g.refuse("this protocol is not a condition by itself", "")
	}
	conds := make([]flow.Cond, len(numbers))
	for i, number := range numbers {
		conds[i] = g.protocolNumber(carrier, number)
	}
	return flow.Any(conds...)
}

// protocolNumber is "proto": a protocol's header carries a protocol.
func (g *generator) protocolNumber(carrier syntax.Protocol, number uint32) flow.Cond {
	switch carrier {
	case syntax.Link:
		return g.linkProtocol(number)
	case syntax.IP:
		return flow.All(g.linkProtocol(assigned.EtherIP), g.carries4(number))
	case syntax.IP6:
		p := g.networkHeader()
		return flow.All(g.linkProtocol(assigned.EtherIP6), flow.Any(
			g.is(1, p, 6, number),
			// or a fragment header does
			flow.All(g.is(1, p, 6, assigned.ProtoFragment), g.is(1, p, 40, number)),
		))
	case syntax.NoProtocol:
		return flow.Any(g.protocolNumber(syntax.IP, number), g.protocolNumber(syntax.IP6, number))
	case syntax.ISO:
		return flow.All(g.linkProtocol(assigned.SAPISO), g.is(1, g.payload, g.afterLLC, number))
	case syntax.ISIS:
		return flow.All(g.protocolNumber(syntax.ISO, assigned.OSIISIS), g.is(1, g.payload, g.afterLLC+4, number))
	}
	return g.refuse("this protocol has no field that says what it carries", "")
}

// carries4 compares what an IPv4 header says it carries.
func (g *generator) carries4(number uint32) flow.Cond {
	return g.is(1, g.networkHeader(), 9, number)
}

// firstFragment4 tells whether an IPv4 datagram is whole, or the first part of
// one: only that has the header of what it carries.
func (g *generator) firstFragment4() flow.Cond {
	return flow.Compare(flow.Intersects, g.read(2, g.networkHeader(), 6), g.Const(0x1fff)).Not()
}
