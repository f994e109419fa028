package flow

import "iter"

// facts is what is known of the values at one place of a graph, from the tests
// that led there. Places are entered and left like the branches of a tree.
type facts struct {
	b     *Builder
	known []knowledge // by Value
	saved []savedKnowledge
	told  []remark // what knowledge has lists of
}

// knowledge is what is known of one value.
type knowledge struct {
	least, most uint32
	not         list // numbers that it is not
	masks       list // masks with which it has bits in common, or has not
	pairs       list // other values, with how it compares
}

// list is an index into told, of the newest remark; 0 is the empty list.
type list int32

// remark is a test of a value against y, which is a number or another Value, and
// how it came out.
type remark struct {
	before   list
	count    uint16 // of the list
	relation Relation
	holds    bool
	y        uint32
}

// mostRemembered bounds how many remarks of each kind are remembered of a value, so
// that a list of thousands of ports does not take long.
const mostRemembered = 64

type savedKnowledge struct {
	value Value
	was   knowledge
	told  int32 // how long told was
}

func newFacts(b *Builder) *facts {
	f := &facts{b: b, known: make([]knowledge, len(b.values)), told: make([]remark, 1)}
	for i := range f.known {
		f.known[i].most = b.known[i].most
		if k, ok := b.constant(Value(i)); ok {
			f.known[i].least = k
		}
	}
	return f
}

// mark returns where to go back to.
func (f *facts) mark() int { return len(f.saved) }

// back forgets everything that was learned since the mark.
func (f *facts) back(mark int) {
	for i := len(f.saved) - 1; i >= mark; i-- {
		f.known[f.saved[i].value] = f.saved[i].was
		f.told = f.told[:f.saved[i].told]
	}
	f.saved = f.saved[:mark]
}

// remember puts a remark in front of a list, unless that is long enough.
func (f *facts) remember(l *list, t Test, y uint32, holds bool) {
	if n := f.told[*l].count; n < mostRemembered {
		f.told = append(f.told, remark{*l, n + 1, t.Relation, holds, y})
		*l = list(len(f.told) - 1)
	}
}

// remarks yields the remarks of a list.
func (f *facts) remarks(l list) iter.Seq[*remark] {
	return func(yield func(*remark) bool) {
		for ; l != 0; l = f.told[l].before {
			if !yield(&f.told[l]) {
				return
			}
		}
	}
}

// learn notes how a test came out.
func (f *facts) learn(t Test, holds bool) {
	k := &f.known[t.X]
	f.saved = append(f.saved, savedKnowledge{t.X, *k, int32(len(f.told))})
	c, constant := f.b.constant(t.Y)
	if !constant {
		f.remember(&k.pairs, t, uint32(t.Y), holds)
		return
	}
	switch t.Relation {
	case Equal:
		if holds {
			k.least, k.most = c, c
		} else {
			f.remember(&k.not, t, c, holds)
		}
	case Greater:
		if holds {
			k.least = max(k.least, c+1) // c < most, or the test would be constant
		} else {
			k.most = min(k.most, c)
		}
	case GreaterOrEqual:
		if holds {
			k.least = max(k.least, c)
		} else {
			k.most = min(k.most, c-1)
		}
	case Intersects:
		f.remember(&k.masks, t, c, holds)
	}
}

// number returns what a value is, if that is known.
func (f *facts) number(v Value) (uint32, bool) {
	if k := &f.known[v]; k.least == k.most {
		return k.least, true
	}
	content := &f.b.values[v]
	if content.kind == operation {
		c, constant := f.b.constant(content.y)
		if constant {
			if x := &f.known[content.x]; x.least == x.most {
				return compute(content.op, x.least, c)
			}
		}
	}
	return 0, false
}

// outcome tells how a test must come out.
func (f *facts) outcome(t Test) outcome {
	if x, ok := f.number(t.X); ok {
		if y, ok := f.number(t.Y); ok {
			return outcomeOf(compare(t.Relation, x, y))
		}
	}
	k := &f.known[t.X]
	c, constant := f.b.constant(t.Y)
	if !constant {
		for p := range f.remarks(k.pairs) {
			if p.relation == t.Relation && Value(p.y) == t.Y {
				return outcomeOf(p.holds)
			}
		}
		return unknown
	}
	switch t.Relation {
	case Equal:
		return f.equal(k, c)
	case Greater:
		switch {
		case k.least > c:
			return always
		case k.most <= c:
			return never
		}
	case GreaterOrEqual:
		switch {
		case k.least >= c:
			return always
		case k.most < c:
			return never
		}
	case Intersects:
		for m := range f.remarks(k.masks) {
			switch {
			case m.holds && m.y&^c == 0:
				return always
			case !m.holds && c&^m.y == 0:
				return never
			}
		}
	}
	return unknown
}

// equal tells whether a value of which k is known is c.
func (f *facts) equal(k *knowledge, c uint32) outcome {
	if c < k.least || c > k.most {
		return never
	}
	for n := range f.remarks(k.not) {
		if n.y == c {
			return never
		}
	}
	for m := range f.remarks(k.masks) {
		if (m.y&c != 0) != m.holds {
			return never
		}
	}
	return unknown
}
