package syntax

// Shorthand is an extension that is short for an expression of the language:
// "mld", "rtp". X is that expression.
type Shorthand struct {
	Span
	Word string
	X    Node

	means string // in words
}

// shorthand reads a word that takes no argument.
type shorthand struct {
	means      string
	definition string // as an expression of tcpdump's language
}

func (s shorthand) read(p *parser, word token) Primitive {
	x, ok := p.shorthands[word.text]
	if !ok {
		x = s.parse(word.Span)
		if p.shorthands == nil {
			p.shorthands = map[string]Node{}
		}
		p.shorthands[word.text] = x
	}
	return &Shorthand{word.Span, word.text, x, s.means}
}

// parse returns what the word means. Its nodes say that they are where the word
// is.
func (s shorthand) parse(where Span) Node {
	p := &parser{expression: s.definition}
	p.tokens, _ = lex(s.definition)
	for i := range p.tokens {
		p.tokens[i].Span = where
	}
	return p.conditions(qualifiers{}, aTerm)
}

func (n *Shorthand) text() string { return n.Word }

func (n *Shorthand) meaning(*description) string { return n.means }
