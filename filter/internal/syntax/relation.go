package syntax

import (
	"slices"
	"strings"
)

// Relation is a comparison of two numbers, which are 32 bits wide and
// have no sign. Op is one of "=", "!=", "<", "<=", ">", ">=".
type Relation struct {
	Span
	Op   string
	X, Y Arith
}

// relation reads the comparison of a value, of which the first part is read.
func (p *parser) relation(start int, x value) operand {
	x = p.arithmetic(x, loosest)
	op := p.peek()
	if op.kind != comparison {
		p.unexpectedInstead(op, x)
	}
	p.take()
	y := p.arithmetic(p.value(), loosest)
	if t := p.peek(); t.kind == comparison {
		p.chained(op, t, y)
	}
	return operand{node: &Relation{p.from(start), op.text, x.Arith, y.Arith}, form: aTerm}
}

func (n *Relation) text() string {
	var b strings.Builder
	writeArith(&b, n.X, false)
	b.WriteString(" " + n.Op + " ")
	writeArith(&b, n.Y, false)
	return b.String()
}

// mostExplained is how many parts of a comparison are explained.
const mostExplained = 8

// meaning returns what a comparison means: itself, and what the bytes are that
// it reads.
func (n *Relation) meaning(d *description) string {
	var loads []string
	explain := func(l *Load) {
		d.mention(noRoom)
		if protocols[l.Protocol].bytes == ipv4Bytes {
			d.mention(ipv4Only)
		}
		if text := l.meaning(); len(loads) < mostExplained && !slices.Contains(loads, text) {
			loads = append(loads, text)
		}
	}
	eachLoad(n.X, explain)
	eachLoad(n.Y, explain)
	words := "frames in which " + n.text()
	if len(loads) > 0 {
		words += ", where " + strings.Join(loads, ", ")
	}
	return words
}

// eachLoad calls f for the parts of a value that read from the frame, from left
// to right.
func eachLoad(a Arith, f func(*Load)) {
	switch a := a.(type) {
	case *Load:
		eachLoad(a.Index, f)
		f(a)
	case *Binary:
		eachLoad(a.X, f)
		eachLoad(a.Y, f)
	case *Negation:
		eachLoad(a.X, f)
	}
}
