package flow

import (
	"golang.org/x/net/bpf"

	"mcast/filter/internal/classic"
)

// block is a node in instructions: those that compute what is compared, and
// the comparison.
type block struct {
	code    []bpf.RawInstruction
	jump    bpf.RawInstruction
	swapped bool // the comparison holds when the test does not
}

// registers are what a program has at hand at some place: the values of the
// accumulator and of the index register, or None.
type registers struct{ a, x Value }

// meet returns what is at hand where paths meet.
func (r registers) meet(s registers) registers {
	if r.a != s.a {
		r.a = None
	}
	if r.x != s.x {
		r.x = None
	}
	return r
}

// blocks returns the instructions of the nodes, which are in order.
func (g *Graph) blocks(order []Node) ([]block, error) {
	blocks := make([]block, len(order))
	entry := make([]registers, len(g.nodes))
	reached := make([]bool, len(g.nodes))
	assembler := assembler{b: g.b}
	for i, id := range order {
		n := &g.nodes[id]
		assembler.registers = entry[id]
		if i == 0 {
			assembler.registers = registers{None, None}
			assembler.defaults(g, order)
		}
		if n.variable != noVariable {
			assembler.assign(n.variable, n.test.X)
		} else {
			blocks[i].jump, blocks[i].swapped = assembler.test(n.test)
		}
		if assembler.err != nil {
			return nil, assembler.err
		}
		blocks[i].code = assembler.take()
		for _, next := range [2]Node{n.yes, n.no} {
			switch {
			case next < ends || n.variable != noVariable && next != n.yes:
			case reached[next]:
				entry[next] = entry[next].meet(assembler.registers)
			default:
				entry[next], reached[next] = assembler.registers, true
			}
		}
	}
	return blocks, nil
}

// assembler writes the instructions of one block.
type assembler struct {
	b *Builder
	registers
	code []bpf.RawInstruction
	used [cells]bool // scratch cells
	err  error
}

func (s *assembler) put(op uint16, k uint32) {
	s.code = append(s.code, bpf.RawInstruction{Op: op, K: k})
}

// take returns what was written, and begins anew.
func (s *assembler) take() []bpf.RawInstruction {
	code := s.code
	s.code = nil
	return code
}

// defaults writes the variables' defaults, where some path leads to a read and
// past the assignment, and keeps their cells from other use.
func (s *assembler) defaults(g *Graph, order []Node) {
	if len(s.b.variables) == 0 {
		return
	}
	for _, v := range s.b.variables {
		s.used[v.cell] = true
	}
	needed := g.unassigned(order)
	for _, v := range s.b.variables {
		if v.hasDefault && needed&(1<<v.cell) != 0 {
			s.put(classic.LDX|classic.IMM, v.initial)
			s.put(classic.STX, uint32(v.cell))
		}
	}
}

// test writes a test's comparison.
func (s *assembler) test(t Test) (jump bpf.RawInstruction, swapped bool) {
	if k, ok := s.b.constant(t.Y); ok {
		s.intoA(t.X)
		return bpf.RawInstruction{Op: classic.JMP | jumpOps[t.Relation], K: k}, false
	}
	relation := t.Relation
	if s.operands(t.X, t.Y, true) {
		switch relation {
		case Greater:
			relation, swapped = GreaterOrEqual, true
		case GreaterOrEqual:
			relation, swapped = Greater, true
		}
	}
	return bpf.RawInstruction{Op: classic.JMP | jumpOps[relation] | classic.X}, swapped
}

// assign writes an assignment.
func (s *assembler) assign(v Variable, to Value) {
	cell := uint32(s.b.variables[v].cell)
	s.used[cell] = true
	if s.x == to || s.b.values[to].kind == constant && s.a != to {
		s.intoX(to)
		s.put(classic.STX, cell)
		return
	}
	s.intoA(to)
	s.put(classic.ST, cell)
}

var sizes = [...]uint16{1: classic.B, 2: classic.H, 4: classic.W}

// intoA writes what brings v into the accumulator.
func (s *assembler) intoA(v Value) {
	if s.a == v {
		return
	}
	content := &s.b.values[v]
	switch content.kind {
	case constant:
		s.put(classic.LD|classic.IMM, content.k)
	case load:
		if content.x == None {
			s.put(classic.LD|classic.ABS|sizes[content.size], content.k)
			break
		}
		s.intoX(content.x)
		s.put(classic.LD|classic.IND|sizes[content.size], content.k)
	case ancillary:
		s.put(classic.LD|classic.ABS|sizes[content.size], content.k)
	case headerLength:
		s.intoX(v)
		s.put(classic.TXA, 0)
	case frameLength:
		s.put(classic.LD|classic.LEN|classic.W, 0)
	case variable:
		s.put(classic.LD|classic.MEM|classic.W, uint32(s.b.variables[content.k].cell))
	case negation:
		s.intoA(content.x)
		s.put(classic.ALU|classic.NEG, 0)
	case operation:
		if k, ok := s.b.constant(content.y); ok {
			s.intoA(content.x)
			s.put(classic.ALU|aluOps[content.op], k)
			break
		}
		s.operands(content.x, content.y, content.op.commutes())
		s.put(classic.ALU|aluOps[content.op]|classic.X, 0)
	default:
		panic("flow: a read outside the frame is not a number")
	}
	s.a = v
}

// intoX writes what brings v into the index register. It may change the
// accumulator.
func (s *assembler) intoX(v Value) {
	if s.x == v {
		return
	}
	if !s.straightIntoX(v) {
		s.intoA(v)
		s.put(classic.TAX, 0)
	}
	s.x = v
}

// straightIntoX writes one instruction that loads v into the index register and
// leaves the accumulator alone, if there is one. (There is one for the frame's
// length too, which golang.org/x/net/bpf takes for another.)
func (s *assembler) straightIntoX(v Value) bool {
	content := &s.b.values[v]
	switch {
	case s.a == v:
		s.put(classic.TAX, 0)
	case content.kind == constant:
		s.put(classic.LDX|classic.IMM, content.k)
	case content.kind == headerLength:
		s.put(classic.LDX|classic.MSH|classic.B, content.k)
	case content.kind == variable:
		s.put(classic.LDX|classic.MEM|classic.W, uint32(s.b.variables[content.k].cell))
	default:
		return false
	}
	return true
}

// simple tells whether straightIntoX can load v at any time.
func (s *assembler) simple(v Value) bool {
	switch s.b.values[v].kind {
	case constant, headerLength, variable:
		return true
	}
	return false
}

// operands writes what brings x into the accumulator and y into the index
// register, or, if they may change places and that is shorter, the other way
// round, and tells whether it did.
func (s *assembler) operands(x, y Value, mayChange bool) (changed bool) {
	needs := func(v Value) bool { return s.b.known[v].needsX && s.a != v }
	switch {
	case s.keepsX(x, y): // y is there, or comes straight
	case mayChange && s.keepsX(y, x):
		x, y, changed = y, x, true
	case needs(x) && mayChange && !needs(y):
		x, y, changed = y, x, true
	}
	switch {
	case s.x == y && !needs(x):
		s.intoA(x)
	case s.base(x, y):
		s.intoX(y)
		s.intoA(x)
	case s.simple(y):
		s.intoA(x)
		if s.x != y {
			s.straightIntoX(y)
			s.x = y
		}
	case !s.b.known[x].needsX:
		s.intoX(y)
		s.intoA(x)
	default:
		s.both(x, y)
	}
	return changed
}

// keepsX tells whether y comes into the index register in at most one
// instruction, beside x in the accumulator.
func (s *assembler) keepsX(x, y Value) bool {
	return s.x == y && (!s.b.known[x].needsX || s.a == x || s.base(x, y)) || s.simple(y)
}

// base tells whether x is read at an offset from y and nothing else.
func (s *assembler) base(x, y Value) bool {
	content := &s.b.values[x]
	return content.kind == load && content.x == y
}

// both computes two values that each need the index register.
func (s *assembler) both(x, y Value) {
	first, second := y, x
	// The shorter way is y first, kept in a cell while x is computed. It
	// holds the cell longer, and cells are few.
	yFirst := int(s.b.known[x].temps)+1 < s.free() && s.a != x
	if !yFirst {
		first, second = x, y
	}
	s.intoA(first)
	cell, ok := s.reserve()
	if !ok {
		return
	}
	s.put(classic.ST, uint32(cell))
	s.intoA(second)
	if yFirst {
		s.put(classic.LDX|classic.MEM|classic.W, uint32(cell))
	} else {
		s.put(classic.TAX, 0)
		s.put(classic.LD|classic.MEM|classic.W, uint32(cell))
	}
	s.a, s.x = x, y
	s.used[cell] = false
}

// free returns how many scratch cells there are.
func (s *assembler) free() int {
	n := 0
	for _, used := range s.used {
		if !used {
			n++
		}
	}
	return n
}

// reserve returns a free scratch cell. From the end, where variables are not.
func (s *assembler) reserve() (cell int, ok bool) {
	for c := cells - 1; c >= 0; c-- {
		if !s.used[c] {
			s.used[c] = true
			return c, true
		}
	}
	s.err = ErrTooComplex
	return 0, false
}
