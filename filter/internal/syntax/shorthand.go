package syntax

import "fmt"

// Shorthand is a word that is short for an expression of the language: "mld",
// "less 100". X is that expression.
type Shorthand struct {
	Span
	Word   string
	Has    bool // there is a number behind it
	Number uint32
	X      Node

	means string // in words
}

// shorthand reads such a word. Where a number follows it, %d stands for that in what
// it means and in the definition.
type shorthand struct {
	means      string
	definition string // as an expression of tcpdump's language
	number     string // what the number behind the word is, in messages; "" if there is none
}

func (s shorthand) read(p *parser, word token) Primitive {
	if s.number != "" {
		n := p.argument(word, s.number)
		where := p.from(word.Start)
		x := parseDefinition(fmt.Sprintf(s.definition, n), where)
		return &Shorthand{where, word.text, true, n, x, fmt.Sprintf(s.means, n)}
	}
	x, ok := p.shorthands[word.text]
	if !ok {
		x = parseDefinition(s.definition, word.Span)
		if p.shorthands == nil {
			p.shorthands = map[string]Node{}
		}
		p.shorthands[word.text] = x
	}
	return &Shorthand{Span: word.Span, Word: word.text, X: x, means: s.means}
}

// parseDefinition returns what a word means. The nodes say that they are where the
// word is.
func parseDefinition(definition string, where Span) Node {
	p := &parser{expression: definition}
	p.tokens, _ = lex(definition)
	for i := range p.tokens {
		p.tokens[i].Span = where
	}
	return p.conditions(qualifiers{}, aTerm)
}

func (n *Shorthand) text() string { return withNumber(n.Word, n.Has, n.Number) }

func (n *Shorthand) meaning(*description) string { return n.means }
