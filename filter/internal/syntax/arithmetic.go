package syntax

// Arith is a number that is computed from a frame.
type Arith interface {
	Where() Span
}

type (
	// Number is a constant.
	Number struct {
		Span
		Value uint32
		Name  string // as written, if it was a name such as tcp-syn
	}

	// FrameLength is "len": the length of the frame on the wire, in bytes.
	FrameLength struct{ Span }

	// Binary is a computation of two numbers. Op is one of "+", "-", "*",
	// "/", "%", "&", "|", "^", "<<", ">>".
	Binary struct {
		Span
		Op   string
		X, Y Arith
	}

	// Negation is "-X".
	Negation struct {
		Span
		X Arith
	}
)

// value is arithmetic, with what the parser has to know of it.
type value struct {
	Arith
	bare       bool // a number, maybe in parentheses
	isConstant bool
	constant   uint32
	height     int // how many computations there are on the longest path down
}

// loosest is how tightly an operator binds that takes all operators to its
// right as part of its right operand.
const loosest = 0

// binding tells how tightly an operator binds. Those of equal strength bind to
// the left. The grammar of libpcap forgets to say it for % and ^, so that these
// take all to their right, and are taken by what is to their left:
// "6 - 7 % 4 + 1" is 6 - (7 % (4 + 1)).
func binding(operator string) int {
	switch operator {
	case "|":
		return 1
	case "&":
		return 2
	case "<<", ">>":
		return 3
	case "+", "-":
		return 4
	case "*", "/":
		return 5
	}
	return loosest
}

// tightest is how tightly a minus sign binds.
const tightest = 6

// isArithmetic tells whether a token shows that what is before it is a value.
func (t token) isArithmetic() bool { return t.kind == operator || t.kind == comparison }

// beginsValue tells whether what comes next is arithmetic that does not begin
// with a number or a parenthesis.
func (p *parser) beginsValue() bool {
	switch t := p.peek(); t.kind {
	case frameLength:
		return true
	case operator:
		return t.text == "-"
	case protocol:
		return p.peekAfter().kind == leftBracket
	}
	return false
}

// arithmetic reads the operators that come after a value, as long as they bind
// more tightly than that to the left of it.
func (p *parser) arithmetic(x value, left int) value {
	for {
		op := p.peek()
		if op.kind != operator {
			return x
		}
		strength := binding(op.text)
		if strength != loosest && strength <= left {
			return x
		}
		p.take()
		p.enter(op)
		y := p.arithmetic(p.value(), strength)
		p.leave()
		x = p.compute(op, x, y)
	}
}

// value reads a value without operators, or with a minus sign.
func (p *parser) value() value {
	t := p.peek()
	switch {
	case t.kind == number:
		return p.number().value
	case t.kind == leftParen:
		return p.parenthesis(qualifiers{}, aValue).value
	case t.kind == frameLength:
		p.take()
		return value{Arith: &FrameLength{t.Span}}
	case t.is(operator, "-"):
		p.enter(t)
		p.take()
		x := p.arithmetic(p.value(), tightest)
		p.leave()
		return value{
			Arith: &Negation{p.from(t.Start), x.Arith}, height: x.height + 1,
			isConstant: x.isConstant, constant: -x.constant,
		}
	case t.kind == protocol && p.peekAfter().kind == leftBracket:
		return p.load()
	}
	p.unexpectedValue(t)
	panic("unreachable")
}

// compute joins two values by an operator, and refuses what is wrong whatever
// the frame is.
func (p *parser) compute(op token, x, y value) value {
	v := value{
		Arith:      &Binary{Span{x.Where().Start, y.Where().End}, op.text, x.Arith, y.Arith},
		height:     max(x.height, y.height) + 1,
		isConstant: x.isConstant && y.isConstant,
	}
	if v.height > mostNested {
		p.fail(op.Span, "the expression is nested too deeply", "")
	}
	// libpcap refuses a number that is too large where it is written, and one
	// that is computed where its optimiser finds it, which is when the left
	// operand is not computed as well.
	_, written := y.Arith.(*Number)
	switch {
	case (op.text == "/" || op.text == "%") && y.isConstant && y.constant == 0:
		p.fail(y.Where(), "division by zero", "")
	case (op.text == "<<" || op.text == ">>") && y.isConstant && y.constant > 31 && (written || !x.isConstant):
		p.fail(y.Where(), "a number has 32 bits, which cannot be shifted by more than 31", "")
	}
	if v.isConstant {
		v.constant = calculate(op.text, x.constant, y.constant)
	}
	return v
}

// calculate returns what an operator makes of two constants.
func calculate(op string, x, y uint32) uint32 {
	switch op {
	case "+":
		return x + y
	case "-":
		return x - y
	case "*":
		return x * y
	case "/":
		return x / y
	case "%":
		return x % y
	case "&":
		return x & y
	case "|":
		return x | y
	case "^":
		return x ^ y
	case "<<":
		return x << y
	case ">>":
		return x >> y
	}
	panic("syntax: no operator " + op)
}
