package codegen

import (
	"mcast/filter/internal/assigned"
	"mcast/filter/internal/flow"
	"mcast/filter/internal/syntax"
)

// port is "port" and "portrange", over IPv6 and IPv4.
func (g *generator) port(n *syntax.Port) flow.Cond {
	var carried []uint32
	for _, p := range [...]syntax.Protocol{syntax.SCTP, syntax.TCP, syntax.UDP} {
		if n.On.Has(p) {
			_, numbers := p.Carried()
			carried = append(carried, numbers...)
		}
	}
	return flow.Any(
		flow.All(g.linkProtocol(assigned.EtherIP6), g.ports(n, carried, g.carries6, flow.True, g.transport6())),
		flow.All(g.linkProtocol(assigned.EtherIP), g.ports(n, carried, g.carries4, g.firstFragment4(), g.transport4())),
	)
}

// carries6 compares what an IPv6 header says comes next.
func (g *generator) carries6(number uint32) flow.Cond {
	return g.is(1, g.networkHeader(), 6, number)
}

// ports compares the ports in a transport header.
func (g *generator) ports(n *syntax.Port, carried []uint32, carries func(uint32) flow.Cond, first flow.Cond, header place) flow.Cond {
	ports := directed(n.Direction,
		func() flow.Cond { return g.portBetween(header, 0, n) },
		func() flow.Cond { return g.portBetween(header, 2, n) },
	)
	// Once for each protocol, so that what follows knows which one it was.
	conds := make([]flow.Cond, len(carried))
	for i, number := range carried {
		conds[i] = flow.All(carries(number), first, ports)
	}
	return flow.Any(conds...)
}

func (g *generator) portBetween(header place, offset uint32, n *syntax.Port) flow.Cond {
	port := g.read(2, header, offset)
	if n.Low == n.High {
		return flow.Compare(flow.Equal, port, g.Const(uint32(n.Low)))
	}
	return flow.All(
		flow.Compare(flow.GreaterOrEqual, port, g.Const(uint32(n.Low))),
		flow.Compare(flow.Greater, port, g.Const(uint32(n.High))).Not(),
	)
}
