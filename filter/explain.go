package filter

import (
	"errors"

	"mcast/filter/internal/syntax"
)

// Explanation is what an expression means.
type Explanation struct {
	// Meaning says it in words, in one or more lines.
	Meaning string

	// Canonical is an expression that keeps the same frames, with all
	// qualifiers and with numbers instead of names.
	Canonical string
}

// Explain tells what an expression means. What does not compile does not mean
// anything: the error is that of [Compile].
func Explain(expression string, o Options) (Explanation, error) {
	_, tree, err := compile(expression, o)
	if long := (*TooLongError)(nil); err != nil && !errors.As(err, &long) {
		return Explanation{}, err
	}
	return Explanation{Meaning: syntax.Describe(tree), Canonical: syntax.Canonical(tree)}, nil
}
