package syntax

// Span is a part of an expression: the bytes from Start up to, not including,
// End.
type Span struct{ Start, End int }

// Where returns the span itself, so that every node that embeds one has it.
func (s Span) Where() Span { return s }

// Node is a condition: a primitive, or a combination of conditions.
//
// Names are resolved and qualifiers are spelled out in it; what depends on
// the link type is not yet checked. Order matters: vlan, mpls, pppoes and
// geneve change where everything to their right in the expression looks,
// whatever and, or, not and parentheses say.
type Node interface {
	Where() Span
}

// Primitive is a condition that is not made of others: all nodes but And, Or and
// Not.
type Primitive interface {
	Node

	// text returns the primitive as an expression.
	text() string

	// meaning returns which frames it keeps, in words, and mentions in d what
	// may surprise.
	meaning(d *description) string
}

type (
	// qualified is a primitive that leaves qualifiers in force for what comes
	// behind it.
	qualified interface{ after() qualifiers }

	// compound is a primitive that Canonical writes as several, or without the
	// names that it was made of.
	compound interface{ plain() Node }
)

type (
	// And holds if all of its conditions hold. It has at least two, and
	// none of them is an And.
	And struct {
		Span
		List []Node
	}

	// Or holds if one of its conditions holds. It has at least two, and
	// none of them is an Or.
	Or struct {
		Span
		List []Node
	}

	// Not holds if X does not.
	Not struct {
		Span
		X Node
	}
)
