package codegen

import (
	"mcast/filter/internal/assigned"
	"mcast/filter/internal/flow"
	"mcast/filter/internal/syntax"
)

// chainDepth is how many headers of a chain "protochain" looks behind. A frame
// with more is kept.
const chainDepth = 8

// protocolChain is "protochain": a protocol is somewhere in the chain of
// headers after the IP header.
func (g *generator) protocolChain(p syntax.Protocol, number uint32) flow.Cond {
	if p == syntax.NoProtocol {
		return flow.Any(g.protocolChain(syntax.IP, number), g.protocolChain(syntax.IP6, number))
	}
	ip := g.networkHeader()
	if p == syntax.IP {
		return flow.All(g.linkProtocol(assigned.EtherIP),
			g.chainFrom(g.read(1, ip, 9), g.transport4(), number, []uint32{assigned.ProtoAH}, chainDepth))
	}
	extensions := []uint32{assigned.ProtoHopByHop, assigned.ProtoDest, assigned.ProtoRouting, assigned.ProtoFragment, assigned.ProtoAH}
	return flow.All(g.linkProtocol(assigned.EtherIP6),
		g.chainFrom(g.read(1, ip, 6), g.transport6(), number, extensions, chainDepth))
}

// chainFrom looks for a protocol from a header on, of which next says what it
// is.
func (g *generator) chainFrom(next flow.Value, header place, number uint32, extensions []uint32, depth int) flow.Cond {
	is := func(k uint32) flow.Cond { return flow.Compare(flow.Equal, next, g.Const(k)) }
	if depth == 0 {
		var longer []flow.Cond
		for _, e := range extensions {
			longer = append(longer, is(e))
		}
		return flow.Any(is(number), flow.Any(longer...))
	}
	after, cursor := g.NewVariable(chainCell), g.NewVariable(cursorCell)
	next2, header2 := g.Variable(after), place{header.offset, g.Variable(cursor)}
	// Each extension header begins with what comes next and its own length,
	// in units of 8 bytes without the first (RFC 8200, section 4), but AH in
	// units of 4 without the first two (RFC 4302, section 2.2).
	skip := func(unit, extra uint32) flow.Cond {
		length := g.Binary(flow.Mul, g.Binary(flow.Add, g.read(1, header, 1), g.Const(extra)), g.Const(unit))
		return flow.All(
			flow.Assign(after, g.read(1, header, 0)),
			flow.Assign(cursor, g.behind(header, length).variable),
		)
	}
	var options []flow.Cond
	for _, e := range extensions {
		if e != assigned.ProtoAH {
			options = append(options, is(e))
		}
	}
	return flow.Any(is(number), flow.All(
		flow.Any(
			flow.All(flow.Any(options...), skip(8, 1)),
			flow.All(is(assigned.ProtoAH), skip(4, 2)),
		),
		g.chainFrom(next2, header2, number, extensions, depth-1),
	))
}
