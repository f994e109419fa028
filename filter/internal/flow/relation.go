package flow

// Relation is how a test compares two values.
type Relation uint8

// The relations.
const (
	Equal          Relation = iota // x == y
	Greater                        // x > y
	GreaterOrEqual                 // x >= y
	Intersects                     // x & y != 0
)

// Test compares two values.
type Test struct {
	Relation Relation
	X, Y     Value
}

// outcome is what is known of a test.
type outcome uint8

const (
	unknown outcome = iota
	always
	never
	fails // it ends the program
)

func outcomeOf(holds bool) outcome {
	if holds {
		return always
	}
	return never
}

// compare returns whether a relation holds between numbers.
func compare(r Relation, x, y uint32) bool {
	switch r {
	case Equal:
		return x == y
	case Greater:
		return x > y
	case GreaterOrEqual:
		return x >= y
	case Intersects:
		return x&y != 0
	}
	panic("flow: no such relation")
}

// simplify returns a test that is simpler and means the same, or the opposite
// if negated is true; or the outcome, if it is known without the frame.
func (b *Builder) simplify(t Test) (simple Test, negated bool, known outcome) {
	for {
		if b.values[t.X].kind == outside || b.values[t.Y].kind == outside {
			return t, false, fails
		}
		kx, constX := b.constant(t.X)
		k, constY := b.constant(t.Y)
		switch {
		case constX && constY:
			return t, negated, outcomeOf(compare(t.Relation, kx, k) != negated)
		case constX: // the constant goes to the right
			t.X, t.Y = t.Y, t.X
			switch t.Relation {
			case Greater:
				t.Relation, negated = GreaterOrEqual, !negated
			case GreaterOrEqual:
				t.Relation, negated = Greater, !negated
			}
			continue
		case !constY:
			if t.X == t.Y && t.Relation != Intersects {
				return t, negated, outcomeOf((t.Relation != Greater) != negated)
			}
			if t.X > t.Y && (t.Relation == Equal || t.Relation == Intersects) {
				t.X, t.Y = t.Y, t.X
			}
			return t, negated, unknown
		}
		if o := b.byRange(t.Relation, t.X, k); o != unknown {
			return t, negated, outcomeOf((o == always) != negated)
		}
		next, flipped, again := b.unwrap(t, k)
		if !again {
			return t, negated, unknown
		}
		t, negated = next, negated != flipped
	}
}

// byRange decides a comparison with a constant by how large the value can be.
func (b *Builder) byRange(r Relation, x Value, k uint32) outcome {
	most := b.known[x].most
	switch r {
	case Equal:
		if k > most {
			return never
		}
	case Greater:
		if k >= most {
			return never
		}
	case GreaterOrEqual:
		if k == 0 {
			return always
		}
		if k > most {
			return never
		}
	case Intersects:
		if k&ones(most) == 0 {
			return never
		}
	}
	return unknown
}

// unwrap takes one operation off the left side of a comparison with a
// constant.
func (b *Builder) unwrap(t Test, k uint32) (next Test, negated, ok bool) {
	v := b.values[t.X]
	if v.kind == negation && t.Relation == Equal {
		return Test{Equal, v.x, b.Const(-k)}, false, true
	}
	if v.kind != operation {
		return t, false, false
	}
	c, constant := b.constant(v.y)
	switch {
	case t.Relation == Intersects && constant && v.op == And:
		return Test{Intersects, v.x, b.Const(k & c)}, false, true
	case t.Relation == Greater && k == 0 && constant && v.op == And:
		return Test{Intersects, v.x, v.y}, false, true
	case t.Relation != Equal:
		return t, false, false
	case !constant:
		if v.op == Sub && k == 0 {
			return Test{Equal, v.x, v.y}, false, true
		}
	case v.op == Add:
		return Test{Equal, v.x, b.Const(k - c)}, false, true
	case v.op == Xor:
		return Test{Equal, v.x, b.Const(k ^ c)}, false, true
	case v.op == And && k&^c != 0:
		return Test{Equal, b.Const(0), b.Const(1)}, false, true
	case v.op == And && k == 0:
		return Test{Intersects, v.x, v.y}, true, true
	case v.op == And && k == c && c&(c-1) == 0:
		return Test{Intersects, v.x, v.y}, false, true
	}
	return t, false, false
}
