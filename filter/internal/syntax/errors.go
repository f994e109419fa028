package syntax

import (
	"fmt"
	"strconv"
	"strings"
)

// Error says what is wrong with an expression, and where.
type Error struct {
	Expression string
	Span       Span   // what is wrong; empty at the end of the expression if something is missing
	Problem    string // what it is: `no protocol, port or address is called "prot"`
	Hint       string // what may have been meant, see proposal, or what to do; "" if nothing is near
	Err        error  // from Resolve, ResolveEther or InterfaceIndex, or nil
}

// Error returns what is wrong and what may help, in one line.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "filter %q", e.Expression)
	switch {
	case e.Span.Start >= len(e.Expression):
		b.WriteString(", at its end")
	case e.Span.Start > 0 || e.Span.End < len(e.Expression):
		fmt.Fprintf(&b, ", at %q", e.Expression[e.Span.Start:min(max(e.Span.End, e.Span.Start), len(e.Expression))])
	}
	b.WriteString(": " + e.Problem)
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// fail ends the parse. It does not return: Parse recovers the error, which
// spares each of many functions to hand it on.
func (p *parser) fail(span Span, problem, hint string) {
	panic(&Error{Expression: p.expression, Span: span, Problem: problem, Hint: hint})
}

// failBecause ends the parse because something outside failed.
func (p *parser) failBecause(span Span, problem string, err error) {
	panic(&Error{Expression: p.expression, Span: span, Problem: problem, Err: err})
}

// unexpected ends the parse at a token for which the problem is a reason,
// unless the token itself is one.
func (p *parser) unexpected(t token, problem, hint string) {
	switch t.kind {
	case bad:
		if p.malformed(t); isQuote(t.text) {
			p.quotedName(t)
		}
		why := p.troubles[t.value]
		p.fail(t.Span, why.problem, why.hint)
	case foreign:
		p.fail(t.Span, foreignProblem(t.text, t.value), "")
	case ruleNumber:
		p.fail(t.Span, foreignProblem(t.text, pf), "")
	}
	p.fail(t.Span, problem, hint)
}

// malformed complains about what is nearly an address, if a token is a part of
// one.
func (p *parser) malformed(t token) {
	start, end := t.Start, t.End
	for start > 0 && isAddressByte(p.expression[start-1]) {
		start--
	}
	for end < len(p.expression) && isAddressByte(p.expression[end]) {
		end++
	}
	text := p.expression[start:end]
	colons, hyphens, dots := strings.Count(text, ":"), strings.Count(text, "-"), strings.Count(text, ".")
	span := Span{start, end}
	switch {
	case strings.Contains(text, "::"), colons > 5:
		p.fail(span, text+" is no IPv6 address", "")
	case colons == 5 || hyphens == 5 || dots == 5:
		p.fail(span, text+" is no Ethernet address: each of its bytes has one or two hexadecimal digits", "")
	case colons > 1:
		p.fail(span, fmt.Sprintf("%s is no address: Ethernet's have six bytes, not %d, and IPv6's eight groups, or fewer and ::", text, colons+1), "")
	}
}

// isAddressByte tells whether an address may contain c.
func isAddressByte(c byte) bool { return isAlphanumeric(c) || c == ':' || c == '.' || c == '-' }

func isQuote(text string) bool { return text == `"` || text == "'" || text == "`" }

// quotedName complains about quotation marks.
func (p *parser) quotedName(t token) {
	var list []proposal
	if inside, _, ok := strings.Cut(p.expression[t.End:], t.text); ok && inside != "" {
		list = append(list, proposal{Span: Span{t.Start, t.End + len(inside) + 1}, text: inside})
	}
	why := p.troubles[t.value]
	p.propose(t.Span, why.problem, why.hint, list...)
}

// foreignProblem says that a word is for captures of another kind.
func foreignProblem(word string, family uint32) string {
	return fmt.Sprintf("%q belongs to captures of %s, for which filters are not compiled here", word, families[family])
}

// quoted returns a word as it stands in messages.
func quoted(word string) string { return strconv.Quote(word) }

// decimal returns a number as it stands in messages.
func decimal(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// isDigit tells whether c is a decimal digit.
func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// article returns what a name or a number is, in messages.
func (s subject) article() string {
	switch s {
	case aPort:
		return "a port"
	case aPortRange:
		return "a range of ports"
	case aProto, aChain:
		return "a protocol"
	case aNet:
		return "a network"
	}
	return "a host"
}

// wanted returns what may come after qualifiers, in messages.
func (s subject) wanted() string {
	switch s {
	case aPort:
		return "the number or the name of a port"
	case aPortRange:
		return "a range of ports such as 5000-6000"
	case aProto, aChain:
		return `the number or the \name of a protocol`
	case aNet:
		return "a network such as 10.0.0.0/8"
	case aGateway:
		return "the name of a host"
	}
	return "an address or the name of a host"
}
