package flow

// Cond is a condition on a frame: a test, or a combination of conditions. The
// parts of a combination are tried from left to right, and only until the
// outcome is clear. The zero Cond is always false.
type Cond struct {
	kind     condKind
	parts    []Cond
	test     Test
	variable Variable
}

type condKind uint8

const (
	condFalse condKind = iota
	condTrue
	condTest
	condAll
	condAny
	condNot
	condAssign
)

// True and False are the conditions that need not look at the frame.
var (
	True  = Cond{kind: condTrue}
	False = Cond{}
)

// All holds if all of the conditions hold.
func All(conds ...Cond) Cond {
	if len(conds) == 1 {
		return conds[0]
	}
	return Cond{kind: condAll, parts: conds}
}

// Any holds if one of the conditions holds.
func Any(conds ...Cond) Cond {
	if len(conds) == 1 {
		return conds[0]
	}
	return Cond{kind: condAny, parts: conds}
}

// Not holds if c does not.
func (c Cond) Not() Cond {
	switch c.kind {
	case condFalse:
		return True
	case condTrue:
		return False
	case condNot:
		return c.parts[0]
	}
	return Cond{kind: condNot, parts: []Cond{c}}
}

// Tests returns how many tests there are in c.
func (c Cond) Tests() int {
	n := 0
	if c.kind == condTest || c.kind == condAssign {
		n = 1
	}
	for _, p := range c.parts {
		n += p.Tests()
	}
	return n
}

// Compare holds if the relation holds between x and y.
func Compare(r Relation, x, y Value) Cond {
	return Cond{kind: condTest, test: Test{r, x, y}}
}

// Assign always holds, and sets a variable. What follows in the condition
// reads it.
func Assign(v Variable, to Value) Cond {
	return Cond{kind: condAssign, variable: v, test: Test{X: to, Y: None}}
}
