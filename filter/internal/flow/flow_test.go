package flow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"mcast/filter/internal/vm"
)

// interpreter tries a condition on a frame as the language says: from left to
// right, and only until the outcome is clear.
type interpreter struct {
	b         *Builder
	frame     []byte
	length    uint32
	variables map[Variable]uint32
	ended     bool // by a read outside the frame, or a division by zero
}

func (i *interpreter) cond(c Cond) bool {
	if i.ended {
		return false
	}
	switch c.kind {
	case condFalse:
		return false
	case condTrue:
		return true
	case condTest:
		x, y := i.value(c.test.X), i.value(c.test.Y)
		return !i.ended && compare(c.test.Relation, x, y)
	case condAssign:
		i.variables[c.variable] = i.value(c.test.X)
		return true
	case condNot:
		holds := i.cond(c.parts[0])
		return !holds && !i.ended
	case condAll:
		for _, p := range c.parts {
			if !i.cond(p) {
				return false
			}
		}
		return !i.ended
	default:
		for _, p := range c.parts {
			if i.cond(p) {
				return true
			}
		}
		return false
	}
}

func (i *interpreter) value(v Value) uint32 {
	if v == None {
		return 0
	}
	content := i.b.values[v]
	x, y := i.value(content.x), i.value(content.y)
	switch content.kind {
	case constant:
		return content.k
	case load:
		at, size := uint64(content.k)+uint64(x), uint64(content.size)
		if at+size > uint64(len(i.frame)) {
			i.ended = true
			return 0
		}
		n := uint32(0)
		for _, b := range i.frame[at : at+size] {
			n = n<<8 | uint32(b)
		}
		return n
	case headerLength:
		if int(content.k) >= len(i.frame) {
			i.ended = true
			return 0
		}
		return uint32(i.frame[content.k]&0xf) * 4
	case frameLength:
		return i.length
	case variable:
		if n, ok := i.variables[Variable(content.k)]; ok {
			return n
		}
		return i.b.variables[content.k].initial
	case operation:
		n, ok := compute(content.op, x, y)
		if !ok {
			i.ended = true
		}
		return n
	case negation:
		return -x
	}
	i.ended = true
	return 0
}

// random makes conditions and frames out of few different numbers, so that
// conditions have much in common and come out both ways.
type random struct {
	*rand.Rand
	b *Builder
	v Variable
}

func (r *random) value(depth int) Value {
	switch r.IntN(10) {
	case 0:
		return r.b.FrameLength()
	case 1:
		return r.b.HeaderLength(None, uint32(r.IntN(4)))
	case 2:
		if depth > 0 {
			ops := []Op{Add, Sub, Mul, Div, Mod, And, Or, Xor, Lsh, Rsh}
			return r.b.Binary(ops[r.IntN(len(ops))], r.value(depth-1), r.operand(depth-1))
		}
	case 3:
		if depth > 0 {
			return r.b.Load(1<<r.IntN(3), r.b.Binary(And, r.value(depth-1), r.b.Const(7)), uint32(r.IntN(4)))
		}
	case 4:
		if depth > 0 {
			return r.b.Negate(r.value(depth - 1))
		}
	case 5:
		return r.b.Load(1, r.b.Variable(r.v), uint32(r.IntN(4)))
	}
	return r.b.Load(1<<r.IntN(3), None, uint32(r.IntN(12)))
}

func (r *random) operand(depth int) Value {
	if r.IntN(4) > 0 {
		return r.b.Const(uint32(r.IntN(5)))
	}
	return r.value(depth)
}

func (r *random) cond(depth int) Cond {
	if depth == 0 || r.IntN(8) == 0 {
		if r.IntN(30) == 0 {
			return True
		}
		return Compare(Relation(r.IntN(4)), r.value(2), r.operand(2))
	}
	parts := make([]Cond, 2+r.IntN(3))
	for i := range parts {
		parts[i] = r.cond(depth - 1)
	}
	switch r.IntN(5) {
	case 0:
		return r.cond(depth - 1).Not()
	case 1, 2:
		return All(parts...)
	default:
		return Any(parts...)
	}
}

func (r *random) frame() []byte {
	frame := make([]byte, 24)
	for i := range frame {
		frame[i] = byte(r.IntN(4))
		if r.IntN(3) > 0 {
			frame[i] = 0
		}
	}
	return frame
}

// sample returns a random condition, and what made it.
func sample(seed uint64, depth int) (*random, Cond) {
	b := NewBuilder()
	r := &random{rand.New(rand.NewPCG(seed, 0)), b, b.NewVariableOr(0, 1)}
	// Nothing reads the variable before it is assigned, and on some paths it
	// never is.
	octet := func(at uint32) Cond { return Compare(Greater, b.Load(1, None, at), b.Const(uint32(r.IntN(2)))) }
	return r, Any(
		All(octet(0), octet(1), Assign(r.v, b.Load(1, None, 5)), r.cond(2)),
		r.cond(depth),
	)
}

// TestOptimize compares optimised programs, and those that are not, with the
// condition itself. Where that reads outside the frame, an optimised program
// may have left the read out.
func TestOptimize(t *testing.T) {
	seed := uint64(1)
	count, kept, ended, longer, shorter := 0, 0, 0, 0, 0
	for range 3000 {
		seed++
		r, c := sample(seed, 3)
		b := r.b
		plain, err := b.Graph(c)
		if err != nil {
			t.Fatal(err)
		}
		before := machine(t, plain)
		plain.Optimize()
		after := machine(t, plain)
		longer, shorter = longer+before.size, shorter+after.size
		for range 40 {
			frame := r.frame()
			if r.IntN(3) == 0 {
				frame = frame[:r.IntN(len(frame))]
			}
			i := &interpreter{b: b, frame: frame, length: 60, variables: map[Variable]uint32{}}
			want := i.cond(c) && !i.ended
			count++
			if want {
				kept++
			}
			if got := before.Match(frame, 60, nil); got != want && !i.ended {
				t.Fatalf("seed %d, frame %x: the program keeps it: %t, the condition: %t\n%s", seed, frame, got, want, before)
			}
			got := after.Match(frame, 60, nil)
			if i.ended {
				ended++
				continue
			}
			if got != want {
				t.Fatalf("seed %d, frame %x: the optimised program keeps it: %t, the condition: %t\n%s", seed, frame, got, want, after)
			}
		}
	}
	t.Logf("%d frames, %d kept, %d cut; %d instructions became %d", count, kept, ended, longer, shorter)
	if kept < count/20 || kept > count*19/20 || ended < count/50 {
		t.Error("the conditions do not come out both ways often enough")
	}
	if shorter >= longer {
		t.Error("the optimiser shortened nothing")
	}
}

// TestOptimizeHalfway stops the optimiser after less effort than it needs: the program
// is right all the same, and longer than it could be.
func TestOptimizeHalfway(t *testing.T) {
	halfway, shortened := 0, 0
	for seed := uint64(1); seed <= 100; seed++ {
		size := func(effort int) (size int, p program, r *random, c Cond) {
			r, c = sample(seed, 5)
			g, err := r.b.Graph(c)
			if err != nil {
				t.Fatal(err)
			}
			g.optimize(effort)
			p = machine(t, g)
			return p.size, p, r, c
		}
		none, _, _, _ := size(0)
		all, _, _, _ := size(1 << 30)
		between := false
		for effort := 0; ; effort = effort*5/4 + 1 {
			n, p, r, c := size(effort)
			between = between || n != none && n != all
			for range 10 {
				frame := r.frame()
				i := &interpreter{b: r.b, frame: frame, length: 60, variables: map[Variable]uint32{}}
				want := i.cond(c) && !i.ended
				if got := p.Match(frame, 60, nil); got != want && !i.ended {
					t.Fatalf("seed %d, effort %d, frame %x: the program keeps it: %t, the condition: %t\n%s", seed, effort, frame, got, want, p)
				}
			}
			if effort > 1_000_000 {
				if n != all {
					t.Errorf("seed %d: %d instructions with an effort of %d, and %d with more", seed, n, effort, all)
				}
				break
			}
		}
		if none-all > 5 {
			shortened++
			if between {
				halfway++
			}
		}
	}
	t.Logf("%d conditions are shortened, and %d of them halfway with less effort", shortened, halfway)
	if halfway < 10 || halfway < shortened/2 {
		t.Errorf("the optimiser stops halfway in only %d conditions of %d", halfway, shortened)
	}
}

// TestEffort looks what the optimiser spends on a graph that has more to shorten than
// the effort allows: all of it and no more, and nothing once it is spent.
func TestEffort(t *testing.T) {
	b := NewBuilder()
	var conds []Cond
	for i := range uint32(3000) {
		x := b.Load(1, None, i%40)
		conds = append(conds, Any(Compare(Equal, x, b.Const(i%7)), Compare(Greater, x, b.Const(i%5+200))).Not())
	}
	for _, effort := range []int{0, 1, 100, 5000} {
		g, err := b.Graph(All(conds...))
		if err != nil {
			t.Fatal(err)
		}
		left := effort
		if g.thread(&left); left != 0 {
			t.Errorf("of an effort of %d, %d is left", effort, left)
		}
		before := slices.Clone(g.nodes)
		if g.shorten(&left); left != 0 || !slices.Equal(g.nodes, before) {
			t.Errorf("with no effort left, it is now %d, and %d tests became %d", left, len(before), len(g.nodes))
		}
	}
}

type program struct {
	*vm.Machine
	size int
	text string
}

func (p program) String() string { return p.text }

func machine(t *testing.T, g *Graph) program {
	t.Helper()
	instructions, err := g.Program(1)
	if err != nil {
		t.Fatal(err)
	}
	m, err := vm.New(instructions)
	if err != nil {
		t.Fatal(err)
	}
	p := program{Machine: m, size: len(instructions)}
	for i, in := range instructions {
		p.text += fmt.Sprintf("%3d %v\n", i, in.Disassemble())
	}
	return p
}

// TestSimplify lists what is known of tests without any frame.
func TestSimplify(t *testing.T) {
	b := NewBuilder()
	n := func(k uint32) Value { return b.Const(k) }
	octet, word := b.Load(1, None, 0), b.Load(4, None, 0)
	tests := []struct {
		test Test
		want outcome
	}{
		{Test{Equal, octet, n(256)}, never},
		{Test{Greater, octet, n(255)}, never},
		{Test{GreaterOrEqual, octet, n(0)}, always},
		{Test{Greater, n(256), octet}, always},
		{Test{Greater, word, n(255)}, unknown},
		{Test{Equal, b.Binary(And, word, n(0xf0)), n(0x0f)}, never},
		{Test{Equal, b.Binary(Sub, word, word), n(0)}, always},
		{Test{Equal, b.Binary(Rsh, octet, n(4)), n(16)}, never},
		{Test{Intersects, octet, n(0x100)}, never},
		{Test{Equal, b.Load(1, None, 1<<31), n(0)}, fails},
		{Test{Equal, b.Load(1, n(0xfffffffe), 14), n(0)}, unknown}, // the byte at 12
		{Test{Equal, b.Binary(Div, octet, n(0)), n(0)}, fails},
		{Test{Equal, b.Binary(Lsh, octet, n(32)), n(0)}, always},
	}
	for i, tt := range tests {
		if _, _, got := b.simplify(tt.test); got != tt.want {
			t.Errorf("test %d: outcome %d, want %d", i, got, tt.want)
		}
	}
}

// TestLongJumps writes a program in which every test jumps to a place that is
// farther away than a conditional jump reaches.
func TestLongJumps(t *testing.T) {
	b := NewBuilder()
	var parts []Cond
	for i := range 1000 {
		parts = append(parts, All(
			Compare(Equal, b.Load(1, None, 0), b.Const(uint32(i%2))),
			Compare(Equal, b.Load(2, None, uint32(1+i%7)), b.Const(uint32(i))),
		))
	}
	g, err := b.Graph(Any(parts...))
	if err != nil {
		t.Fatal(err)
	}
	before := machine(t, g)
	g.Optimize()
	after := machine(t, g)
	for i := range 1000 {
		frame := make([]byte, 10)
		frame[0] = byte(i % 2)
		at := 1 + i%7
		frame[at], frame[at+1] = byte(i>>8), byte(i)
		for _, p := range []program{before, after} {
			if !p.Match(frame, 10, nil) {
				t.Fatalf("frame %x is not kept", frame)
			}
		}
		frame[0] = 2
		if before.Match(frame, 10, nil) || after.Match(frame, 10, nil) {
			t.Fatalf("frame %x is kept", frame)
		}
	}
}

// TestScratch computes numbers that need many scratch cells, and too many.
func TestScratch(t *testing.T) {
	b := NewBuilder()
	var tree func(depth int) Value
	leaf := uint32(0)
	tree = func(depth int) Value {
		if depth == 0 {
			leaf++
			return b.Load(1, b.HeaderLength(None, leaf%5), leaf)
		}
		return b.Binary(Sub, tree(depth-1), tree(depth-1))
	}
	chain := b.Load(1, b.HeaderLength(None, 0), 0)
	for i := range uint32(2000) {
		chain = b.Binary(Sub, chain, b.Load(1, b.HeaderLength(None, i%3), i%9))
	}
	frame := make([]byte, 10000)
	for i := range frame {
		frame[i] = byte(i * i)
	}
	for name, v := range map[string]Value{"tree": tree(9), "chain": chain} {
		i := &interpreter{b: b, frame: frame}
		want := i.value(v)
		g, err := b.Graph(Compare(Equal, v, b.Const(want)))
		if err != nil {
			t.Fatal(err)
		}
		if !machine(t, g).Match(frame, len(frame), nil) {
			t.Errorf("%s: the program does not compute %d", name, want)
		}
	}
	g, err := b.Graph(Compare(Equal, tree(17), b.Const(1)))
	if err == nil {
		_, err = g.Program(1)
	}
	if err == nil {
		t.Error("a number that needs more than 16 cells has a program")
	}
}

func TestOrder(t *testing.T) {
	b := NewBuilder()
	x := b.Load(1, None, 0)
	is := func(k uint32) Cond { return Compare(Equal, x, b.Const(k)) }
	g, err := b.Graph(Any(All(is(1), is(2).Not()), is(3)))
	if err != nil {
		t.Fatal(err)
	}
	order := g.order()
	for i, id := range order {
		for _, next := range []Node{g.nodes[id].yes, g.nodes[id].no} {
			if next >= ends && slices.Index(order, next) <= i {
				t.Errorf("node %d comes after node %d, which it leads to", id, next)
			}
		}
	}
}
