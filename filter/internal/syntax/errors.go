package syntax

import (
	"fmt"
	"strconv"
	"strings"
)

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
		why := p.troubles[t.value]
		p.fail(t.Span, why.problem, why.hint)
	case foreign:
		p.fail(t.Span, foreignProblem(t.text, t.value), "")
	case ruleNumber:
		p.fail(t.Span, foreignProblem(t.text, pf), "")
	}
	p.fail(t.Span, problem, hint)
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
