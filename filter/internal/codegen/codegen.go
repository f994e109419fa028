// Package codegen turns the tree of a filter expression into a graph of tests:
// what a primitive means, for each link type.
//
// A file is a family of primitives. [Compile] walks through the tree from left
// to right, since some primitives change where the following ones look.
package codegen

import (
	"fmt"

	"mcast/filter/internal/assigned"
	"mcast/filter/internal/flow"
	"mcast/filter/internal/syntax"
)

// Target is what an expression is compiled for.
type Target struct {
	Link    Link
	Live    bool   // the kernel has taken out the VLAN tag, and knows direction and interface
	Netmask uint32 // for "ip broadcast"
}

// Compile returns the graph of an expression, of which nil is the empty one.
// What is wrong with it is an *syntax.Error without the expression, or
// flow.ErrTooLarge.
func Compile(tree syntax.Node, t Target) (*flow.Graph, error) {
	b := flow.NewBuilder()
	if tree == nil {
		return b.Graph(flow.True)
	}
	g := &generator{Builder: b, target: t, layers: outermost(t.Link), cells: firstOwnCell}
	cond := g.cond(tree)
	if g.err != nil {
		return nil, g.err
	}
	if g.tests > flow.MostTests {
		return nil, flow.ErrTooLarge
	}
	return b.Graph(cond)
}

// generator makes conditions of primitives.
type generator struct {
	*flow.Builder
	target Target
	layers
	cells uint8         // scratch cells in use
	tests int           // how many there are so far
	at    syntax.Span   // the primitive at work
	err   *syntax.Error // the first thing that was wrong
}

// refuse notes that the primitive at work cannot be compiled.
func (g *generator) refuse(problem, hint string) flow.Cond {
	if g.err == nil {
		g.err = &syntax.Error{Span: g.at, Problem: problem, Hint: hint}
	}
	return flow.False
}

// cond returns what a node of the tree means.
func (g *generator) cond(n syntax.Node) flow.Cond {
	switch n := n.(type) {
	case *syntax.And:
		return flow.All(g.joined(n.List, true)...)
	case *syntax.Or:
		return flow.Any(g.joined(n.List, false)...)
	case *syntax.Not:
		return g.cond(n.X).Not()
	case *syntax.Shorthand:
		return g.cond(n.X)
	}
	return g.bounded(n, func() flow.Cond { return g.primitive(n) })
}

// bounded returns what a primitive means, unless there is too much already.
func (g *generator) bounded(n syntax.Node, primitive func() flow.Cond) flow.Cond {
	if g.err != nil || g.tests > flow.MostTests || g.TooLarge() {
		g.tests = flow.MostTests + 1
		return flow.False
	}
	g.at = n.Where()
	c := primitive()
	g.tests += c.Tests()
	return c
}

// primitive returns what a primitive means.
func (g *generator) primitive(n syntax.Node) flow.Cond {
	switch n := n.(type) {
	case *syntax.Proto:
		return g.protocol(n.Protocol)
	case *syntax.ProtoNumber:
		return g.protocolNumber(n.Protocol, n.Number)
	case *syntax.ProtoChain:
		return g.protocolChain(n.Protocol, n.Number)
	case *syntax.Host:
		return g.host(n)
	case *syntax.EtherHost:
		return g.etherHost(n.Direction, n.MAC)
	case *syntax.DECnetHost:
		return g.decnetHost(n.Direction, n.Address)
	case *syntax.Gateway:
		return g.gateway(n)
	case *syntax.Port:
		return g.port(n)
	case *syntax.Broadcast:
		return g.broadcast(n.Protocol)
	case *syntax.Multicast:
		return g.multicast(n.Protocol)
	case *syntax.Byte:
		return g.byteTest(n)
	case *syntax.Outbound:
		return g.outbound(n)
	case *syntax.Interface:
		return g.interfaceIndex(n)
	case *syntax.VLAN:
		return g.vlan(n)
	case *syntax.MPLS:
		return g.mpls(n)
	case *syntax.PPPoED:
		return g.linkProtocol(assigned.EtherPPPoED)
	case *syntax.PPPoES:
		return g.pppoes(n)
	case *syntax.Geneve:
		return g.geneve(n)
	case *syntax.LLC:
		return g.llc(n)
	case *syntax.Relation:
		return g.relation(n)
	case *syntax.Group:
		return g.group(n.Net)
	}
	panic(fmt.Sprintf("codegen: no meaning for %T", n))
}

// The first two scratch cells are for primitives that use them for themselves
// and leave nothing behind. Cells from firstOwnCell on keep what later
// primitives need.
const (
	cursorCell = iota
	chainCell
	firstOwnCell
	lastOwnCell = 11 // the rest is for arithmetic
)

// own returns the first of n scratch cells to be kept, or false, having
// refused, if there are no more.
func (g *generator) own(n uint8) (first uint8, ok bool) {
	if g.cells+n > lastOwnCell+1 {
		g.refuse("there can be three tunnels and one VLAN tag of a live capture in one expression, and no more", "compile several expressions instead")
		return 0, false
	}
	first = g.cells
	g.cells += n
	return first, true
}
