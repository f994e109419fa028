package filter

import "mcast/filter/internal/syntax"

// Explanation is what an expression means.
type Explanation struct {
	// Meaning says it in words, in one or more lines.
	Meaning string

	// Canonical is an expression that keeps the same frames, with all
	// qualifiers and with numbers instead of names.
	Canonical string

	// Program is what [Compile] makes of the expression.
	Program *Program
}

// Explain says what an expression means. Its errors are those of [Compile].
func Explain(expression string, o Options) (Explanation, error) {
	p, tree, err := compile(expression, o)
	if err != nil {
		return Explanation{}, err
	}
	return Explanation{Meaning: syntax.Describe(tree), Canonical: syntax.Canonical(tree), Program: p}, nil
}
