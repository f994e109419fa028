package codegen

import (
	"fmt"

	"mcast/filter/internal/assigned"
	"mcast/filter/internal/flow"
	"mcast/filter/internal/syntax"
)

// operation returns the operation that an operator does.
func operation(operator string) flow.Op {
	switch operator {
	case "+":
		return flow.Add
	case "-":
		return flow.Sub
	case "*":
		return flow.Mul
	case "/":
		return flow.Div
	case "%":
		return flow.Mod
	case "&":
		return flow.And
	case "|":
		return flow.Or
	case "^":
		return flow.Xor
	case "<<":
		return flow.Lsh
	case ">>":
		return flow.Rsh
	}
	panic("codegen: no operator " + operator)
}

// relation compares two numbers. It holds only if the frame has the protocols
// whose headers it reads, also if it is an inequality.
func (g *generator) relation(n *syntax.Relation) flow.Cond {
	var checks []flow.Cond
	x := g.number(n.X, &checks)
	y := g.number(n.Y, &checks)
	var c flow.Cond
	switch n.Op {
	case "=":
		c = flow.Compare(flow.Equal, x, y)
	case "!=":
		c = flow.Compare(flow.Equal, x, y).Not()
	case ">":
		c = flow.Compare(flow.Greater, x, y)
	case ">=":
		c = flow.Compare(flow.GreaterOrEqual, x, y)
	case "<":
		c = flow.Compare(flow.GreaterOrEqual, x, y).Not()
	case "<=":
		c = flow.Compare(flow.Greater, x, y).Not()
	default:
		panic("codegen: no comparison " + n.Op)
	}
	return flow.All(append(checks, c)...)
}

// number computes a number, and adds to checks what the frame has to be for
// it.
func (g *generator) number(n syntax.Arith, checks *[]flow.Cond) flow.Value {
	switch n := n.(type) {
	case *syntax.Number:
		return g.Const(n.Value)
	case *syntax.FrameLength:
		return g.FrameLength()
	case *syntax.Negation:
		return g.Negate(g.number(n.X, checks))
	case *syntax.Binary:
		x := g.number(n.X, checks)
		// libpcap forgets to ask for what the right operand reads, and
		// expressions are written for libpcap (gen_arth, 1.10.3 to 1.10.5).
		var forgotten []flow.Cond
		y := g.number(n.Y, &forgotten)
		return g.Binary(operation(n.Op), x, y)
	case *syntax.Load:
		index := g.number(n.Index, checks)
		header := g.indexed(n, checks)
		if k, ok := g.Constant(index); ok {
			return g.read(n.Size, header, k)
		}
		return g.read(n.Size, g.behind(header, index), 0)
	}
	panic(fmt.Sprintf("codegen: no meaning for %T", n))
}

// indexed returns where the header is that a number is read from, and adds to
// checks that it is there.
func (g *generator) indexed(n *syntax.Load, checks *[]flow.Cond) place {
	if n.Protocol == syntax.Link {
		return g.header
	}
	carrier, numbers := n.Protocol.Carried()
	switch {
	case len(numbers) == 0:
	case n.Protocol == syntax.ICMP6:
		*checks = append(*checks, g.linkProtocol(assigned.EtherIP6), g.carries6(assigned.ProtoICMP6))
		return g.transport6()
	case carrier == syntax.Link:
		*checks = append(*checks, g.protocol(n.Protocol))
		return g.networkHeader()
	case carrier == syntax.IP || carrier == syntax.NoProtocol:
		// Over IPv4 only, as in libpcap.
		*checks = append(*checks, g.linkProtocol(assigned.EtherIP), g.carries4(numbers[0]), g.firstFragment4())
		return g.transport4()
	}
	g.at = n.Where()
	g.refuse("bytes of this protocol's header cannot be read", "")
	return at(0)
}

// byteTest is "byte".
func (g *generator) byteTest(n *syntax.Byte) flow.Cond {
	b, k := g.read(1, g.header, n.Offset), g.Const(n.Value)
	switch n.Op {
	case '=':
		return flow.Compare(flow.Equal, b, k)
	case '<':
		return flow.Compare(flow.GreaterOrEqual, b, k).Not()
	case '>':
		return flow.Compare(flow.Greater, b, k)
	case '&':
		return flow.Compare(flow.Intersects, b, k)
	}
	return flow.Compare(flow.Equal, g.Binary(flow.Or, b, k), g.Const(0)).Not()
}
