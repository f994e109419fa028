package syntax

import "net/netip"

// Options say what the words of an expression may mean.
type Options struct {
	// Strict refuses what tcpdump does not have: extensions, see primitives.
	Strict bool

	// Resolve finds the addresses of a host's name; nil refuses names.
	Resolve func(name string) ([]netip.Addr, error)

	// ResolveEther finds the Ethernet address of a host's name; nil
	// refuses such names.
	ResolveEther func(name string) (MAC, error)

	// InterfaceIndex finds the index of an interface; nil refuses ifname.
	InterfaceIndex func(name string) (uint32, error)

	// Check tells why a condition that an error proposes cannot be
	// compiled, so that the proposal is not made; nil allows all.
	Check func(Node) error
}

// Parse reads an expression. The empty expression gives a nil Node, which means
// every frame. What is wrong is an *Error.
func Parse(expression string, o Options) (Node, error) {
	p := newParser(expression, o)
	tree, wrong := p.parse()
	if wrong.Error != nil {
		return nil, p.advise(wrong)
	}
	return tree, nil
}

// newParser returns a parser at the start of an expression.
func newParser(expression string, o Options) *parser {
	p := &parser{expression: expression, options: o}
	p.tokens, p.troubles = lex(expression)
	return p
}

// parse reads the whole expression.
func (p *parser) parse() (tree Node, wrong mistake) {
	defer func() {
		// The parser gives up from deep within, see parser.fail.
		switch r := recover().(type) {
		case nil:
		case *Error:
			tree, wrong = nil, mistake{Error: r}
		case mistake:
			tree, wrong = nil, r
		default:
			panic(r)
		}
	}()
	if p.peek().kind == end {
		return nil, mistake{}
	}
	tree = p.conditions(qualifiers{}, aTerm)
	if t := p.peek(); t.kind != end {
		p.unexpectedAfterCondition(t)
	}
	return tree, mistake{}
}

// The deepest that parentheses, not, unary minus and brackets may be nested,
// and the highest that a tree may grow, which without parentheses it does where
// "and" and "or" take turns: what follows the tree recursively can do so without
// fear.
const (
	mostNested = 5000
	mostHeight = 100_000
)

// parser reads tokens from left to right, and decides by the next one or two
// what they are. What it accepts is exactly what the LALR(1) grammar of libpcap
// does (grammar.y).
//
// That grammar has two kinds of operands of "and", "or" and "not": a "term"
// stands for itself, such as "udp" or "port 80"; an "id" is what comes after
// the qualifiers of a term, such as "80", and as an operand takes the
// qualifiers of the term before. See [parser.operand].
type parser struct {
	expression string
	options    Options
	tokens     []token
	troubles   []trouble
	next       int // index of the next token
	nested     int
	mpls       bool            // there was an "mpls"
	shorthands map[string]Node // what they are short for

	// What names of hosts turned out to be, for parser.try.
	addresses map[string][]netip.Addr
	macs      map[string]MAC
}

// peek returns the next token.
func (p *parser) peek() token { return p.tokens[p.next] }

// peekAfter returns the token after the next one.
func (p *parser) peekAfter() token {
	return p.tokens[min(p.next+1, len(p.tokens)-1)]
}

// take returns the next token and moves on.
func (p *parser) take() token {
	t := p.tokens[p.next]
	if t.kind != end {
		p.next++
	}
	return t
}

// accept moves on if the next token is of that kind.
func (p *parser) accept(k kind) bool {
	if p.peek().kind != k {
		return false
	}
	p.take()
	return true
}

// from returns the span from a position to the end of the last token taken.
func (p *parser) from(start int) Span { return Span{start, p.tokens[p.next-1].End} }

// enter and leave count how deeply things are nested.
func (p *parser) enter(t token) {
	if p.nested++; p.nested > mostNested {
		p.fail(t.Span, "the expression is nested too deeply", "")
	}
}

func (p *parser) leave() { p.nested-- }

// allowed says what may come next.
type allowed uint8

const (
	aTerm  allowed = 1 << iota
	anID           // a name, number or address that takes the qualifiers in force
	aValue         // arithmetic, which only in parentheses can be told late from a term
)

// operand is an operand of "and", "or" or "not".
type operand struct {
	node   Node
	form   allowed    // aTerm or anID
	then   qualifiers // what is in force after it
	height int        // how many joins there are on the longest path down
}

// conditions reads operands with "and" and "or" between them, which bind
// equally, and from the left. The first operand is a term; what is an id takes
// the qualifiers in force.
func (p *parser) conditions(q qualifiers, may allowed) Node {
	start := p.peek().Start
	return p.rest(start, p.operand(q, may), aTerm|anID).node
}

// rest reads the operands after the first, and joins all.
func (p *parser) rest(start int, x operand, may allowed) operand {
	var last kind
	for {
		t := p.peek()
		if t.kind != and && t.kind != or {
			return x
		}
		p.take()
		y := p.operand(x.then, may)
		if last != t.kind {
			last = t.kind
			x.height++
		}
		if x.height = max(x.height, y.height+1); x.height > mostHeight {
			p.fail(t.Span, "the expression is nested too deeply", "")
		}
		x.node, x.then = join(t.kind, x.node, y.node, p.from(start)), y.then
	}
}

// join makes one condition of two, in one list with those that they are made
// of already, if these are joined in the same way.
func join(k kind, x, y Node, span Span) Node {
	if k == and {
		return &And{span, append(list[*And](x), list[*And](y)...)}
	}
	return &Or{span, append(list[*Or](x), list[*Or](y)...)}
}

// list returns the list of an And or an Or, whichever T is. Any other
// node is a list of its own.
func list[T *And | *Or](n Node) []Node {
	if t, ok := n.(T); ok {
		switch t := any(t).(type) {
		case *And:
			return t.List
		case *Or:
			return t.List
		}
	}
	return []Node{n}
}

// operand reads an operand of "and", "or" or "not".
func (p *parser) operand(q qualifiers, may allowed) operand {
	t := p.peek()
	switch t.kind {
	case not:
		p.enter(t)
		p.take()
		x := p.operand(q, may)
		p.leave()
		x.node = &Not{p.from(t.Start), x.node}
		return x
	case leftParen:
		return p.settle(t.Start, p.parenthesis(q, may.withValue()), q, may)
	case number:
		return p.settle(t.Start, p.number(), q, may)
	}
	if may&aTerm != 0 && p.beginsTerm(q, may) {
		return p.term()
	}
	if may&anID != 0 && t.isID() {
		return operand{node: p.id(t.Start, q), form: anID, then: q}
	}
	p.unexpectedOperand(t, q, may)
	panic("unreachable")
}

// withValue adds arithmetic where a term is allowed: it may begin one.
func (may allowed) withValue() allowed {
	if may&aTerm != 0 {
		return may | aValue
	}
	return may
}

// group is what stood in parentheses, or a number: either a condition, or a
// value that what follows makes one.
type group struct {
	operand
	form  allowed // of the operand, or aValue
	value value
}

// settle decides by the next token what a group is: a value that is compared,
// or a number that takes the qualifiers in force.
func (p *parser) settle(start int, g group, q qualifiers, may allowed) operand {
	switch {
	case g.form != aValue:
		return g.operand
	case may&aTerm != 0 && (!g.value.bare || p.peek().isArithmetic()):
		return p.relation(start, g.value)
	case may&anID != 0 && g.value.bare:
		return operand{node: p.numberID(p.from(start), q, g.value.constant), form: anID, then: q}
	}
	p.unexpectedNumber(p.from(start))
	panic("unreachable")
}

// number reads a number.
func (p *parser) number() group {
	t := p.take()
	n := &Number{Span: t.Span, Value: t.value}
	if !isDigit(t.text[0]) {
		n.Name = t.text
	}
	return group{form: aValue, value: value{Arith: n, bare: true, isConstant: true, constant: t.value}}
}

// parenthesis reads parentheses and what they contain: conditions of which the
// first is a term, or ids, or a value. A list of ids does not begin with
// another one in parentheses: "port ((1 or 2) or 3)" is none.
func (p *parser) parenthesis(q qualifiers, may allowed) group {
	open := p.take()
	p.enter(open)
	defer p.leave()
	start := p.peek().Start
	g := p.parenthesized(q, may)
	switch {
	case g.form == aValue && g.value.bare && (p.peek().kind == and || p.peek().kind == or) && may&anID != 0:
		id := operand{node: p.numberID(p.from(start), q, g.value.constant), form: anID, then: q}
		g = group{operand: id, form: anID}
	case g.form == aValue && p.peek().isArithmetic() && may&aValue != 0:
		g.value = p.arithmetic(g.value, loosest)
		if p.peek().kind == comparison && may&aTerm != 0 {
			g = group{operand: p.relation(start, g.value), form: aTerm}
		}
	}
	switch g.form {
	case aTerm:
		g.operand = p.rest(start, g.operand, aTerm|anID)
	case anID:
		g.operand = p.rest(start, g.operand, anID)
	}
	if t := p.peek(); t.kind != rightParen {
		p.unclosed(open, t, g)
	}
	p.take()
	g.then = q
	return g
}

// parenthesized reads the first thing in parentheses.
func (p *parser) parenthesized(q qualifiers, may allowed) group {
	t := p.peek()
	switch {
	case t.kind == number:
		return p.number()
	case t.kind == leftParen:
		return p.parenthesis(q, may&^anID)
	case may&aValue != 0 && p.beginsValue():
		return group{form: aValue, value: p.arithmetic(p.value(), loosest)}
	case may&(aTerm|anID) != 0:
		x := p.operand(q, may&^aValue)
		return group{operand: x, form: x.form}
	}
	p.unexpectedValue(t)
	panic("unreachable")
}
