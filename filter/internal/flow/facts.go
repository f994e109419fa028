package flow

// facts is what is known of the values at one place of a graph, from the tests
// that led there. Places are entered and left like the branches of a tree.
type facts struct {
	b     *Builder
	known []knowledge // by Value
	saved []savedKnowledge
}

// knowledge is what is known of one value.
type knowledge struct {
	least, most uint32
	not         []uint32    // numbers that it is not
	masks       []maskFact  // bits that it has, or has not, in common with a mask
	pairs       []valueFact // how it compares with other values
}

// mostRemembered bounds how many facts of each kind are remembered of a value, so
// that a list of thousands of ports does not take long.
const mostRemembered = 64

type maskFact struct {
	mask       uint32
	intersects bool
}

type valueFact struct {
	relation Relation
	y        Value
	holds    bool
}

type savedKnowledge struct {
	value Value
	was   knowledge
}

func newFacts(b *Builder) *facts {
	f := &facts{b: b, known: make([]knowledge, len(b.values))}
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
	}
	f.saved = f.saved[:mark]
}

// learn notes how a test came out.
func (f *facts) learn(t Test, holds bool) {
	k := &f.known[t.X]
	f.saved = append(f.saved, savedKnowledge{t.X, *k})
	c, constant := f.b.constant(t.Y)
	if !constant {
		if len(k.pairs) < mostRemembered {
			k.pairs = append(k.pairs, valueFact{t.Relation, t.Y, holds})
		}
		return
	}
	switch t.Relation {
	case Equal:
		if holds {
			k.least, k.most = c, c
		} else if len(k.not) < mostRemembered {
			k.not = append(k.not, c)
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
		if len(k.masks) < mostRemembered {
			k.masks = append(k.masks, maskFact{c, holds})
		}
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
		for _, p := range k.pairs {
			if p.relation == t.Relation && p.y == t.Y {
				return outcomeOf(p.holds)
			}
		}
		return unknown
	}
	switch t.Relation {
	case Equal:
		return k.equal(c)
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
		for _, m := range k.masks {
			switch {
			case m.intersects && m.mask&^c == 0:
				return always
			case !m.intersects && c&^m.mask == 0:
				return never
			}
		}
	}
	return unknown
}

// equal tells whether the value is c.
func (k *knowledge) equal(c uint32) outcome {
	if c < k.least || c > k.most {
		return never
	}
	for _, n := range k.not {
		if n == c {
			return never
		}
	}
	for _, m := range k.masks {
		if (m.mask&c != 0) != m.intersects {
			return never
		}
	}
	return unknown
}
