package syntax

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
)

// proposal is a part of an expression, and the text that was probably meant
// instead of it. A hint that begins with "write" or "did you mean" is one, of
// the part that the error marks; the others are only advice.
//
// No proposal is made that was not tried: the text in place of the part must
// give an expression that is right, or wrong only further to the right.
type proposal struct {
	Span
	text  string
	meant bool   // it is a word that looks like the one that is there
	note  string // what else there is to know
}

// The hints' forms. A note comes after a semicolon, which no expression has.
const (
	writeForm  = "write "
	meantForm  = "did you mean "
	noteBefore = "; "
)

// hint returns a proposal as a hint, which is one line.
func (x proposal) hint() string {
	s := writeForm + strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(x.text)
	if x.meant {
		s = hintFor(x.text)
	}
	if x.note != "" {
		s += noteBefore + x.note
	}
	return s
}

// proposals returns those that an error's hint is made of, of which all must
// hold: one, or two where a hint leaves the choice between "and" and "or".
func proposals(e *Error) []proposal {
	text, note, _ := strings.Cut(e.Hint, noteBefore)
	if word, ok := strings.CutPrefix(text, meantForm); ok {
		word = strings.TrimSuffix(strings.TrimPrefix(word, `"`), `"?`)
		return []proposal{{e.Span, word, true, note}}
	}
	text, ok := strings.CutPrefix(text, writeForm)
	if !ok {
		return nil
	}
	if first, second, ok := strings.Cut(text, `" or "`); ok {
		first, second = strings.TrimPrefix(first, `"`), strings.TrimSuffix(second, `"`)
		return []proposal{{e.Span, first, false, note}, {e.Span, second, false, note}}
	}
	return []proposal{{e.Span, text, false, note}}
}

// mistake is an error with proposals of which the first that holds becomes its
// hint. If none does, it keeps its own.
type mistake struct {
	*Error
	proposals []proposal
	seen      int // where it was seen, if that is further to the right than what is wrong
}

// propose ends the parse as fail does, with proposals.
func (p *parser) propose(span Span, problem, hint string, list ...proposal) {
	panic(mistake{Error: &Error{Expression: p.expression, Span: span, Problem: problem, Hint: hint}, proposals: list})
}

// The longest expression that proposals are made for, and how many of a kind are
// tried: each means to parse the expression again.
const (
	mostAdvised  = 4096
	mostTried    = 12
	mostProposed = 400 // bytes: nobody reads more
)

// outcome is what comes of trying a proposal.
type outcome uint8

const (
	useless outcome = iota
	further         // it is wrong further to the right
	right
)

// advise gives an error the hint that helps, and takes away one that does not.
func (p *parser) advise(m mistake) error {
	e := m.Error
	own := proposals(e)
	if len(p.expression) > mostAdvised {
		if own != nil {
			e.Hint = ""
		}
		return e
	}
	if hint := p.secondTag(e); hint != "" {
		e.Hint = hint
		return e
	}
	best, reached := proposal{}, useless
	try := func(list ...proposal) {
		for _, x := range list[:min(len(list), mostTried)] {
			if reached == right {
				return
			}
			if o := p.try(x); o > reached {
				best, reached = x, o
			}
		}
	}
	try(p.phrases(e)...)
	try(p.unglued(e)...)
	try(m.proposals...)
	if len(own) == 1 && own[0].meant {
		try(own...)
	}
	try(p.reading(e)...)
	switch {
	case reached == useless && len(own) == 2 && p.try(own[0]) != useless && p.try(own[1]) != useless:
		return e
	case len(own) == 1:
		try(own...)
	}
	switch {
	case reached != useless:
		e.Span, e.Hint = best.Span, best.hint()
	case own != nil:
		e.Hint = ""
	}
	return e
}

// errNotAsked is why a name in a proposal is not found.
var errNotAsked = errors.New("names in proposals are not looked up")

// try parses the expression with a proposal in it. Of the names of hosts it
// knows those that were found before: nobody is asked for others.
func (p *parser) try(x proposal) outcome {
	if x.text == p.expression[x.Start:x.End] || len(x.text) > mostProposed {
		return useless
	}
	o := Options{Strict: p.options.Strict, InterfaceIndex: p.options.InterfaceIndex}
	o.Resolve = func(name string) ([]netip.Addr, error) {
		if known, ok := p.addresses[name]; ok {
			return known, nil
		}
		return nil, errNotAsked
	}
	o.ResolveEther = func(name string) (MAC, error) {
		if known, ok := p.macs[name]; ok {
			return known, nil
		}
		return MAC{}, errNotAsked
	}
	again := newParser(p.expression[:x.Start]+x.text+p.expression[x.End:], o)
	n, m := again.parse()
	e := m.Error
	if e == nil {
		if p.options.Check == nil {
			return right
		}
		switch err := p.options.Check(n); {
		case err == nil:
			return right
		case !errors.As(err, &e):
			return useless
		}
	}
	if max(e.Span.Start, m.seen) >= x.Start+len(x.text) {
		return further
	}
	return useless
}

// tokenAt returns the index of the token that a position is in or before.
func (p *parser) tokenAt(at int) int {
	i, _ := slices.BinarySearchFunc(p.tokens, at, func(t token, at int) int { return t.End - at - 1 })
	return min(i, len(p.tokens)-1)
}

// before returns the token before a position, of kind end if there is none.
func (p *parser) before(at int) token {
	for i := p.tokenAt(at); i >= 0; i-- {
		if t := p.tokens[i]; t.End <= at && t.kind != end {
			return t
		}
	}
	return token{kind: end}
}

// enclosed returns conditions that are joined by "and" or "or", in parentheses
// if what stands before them would take a part of them for itself.
func (p *parser) enclosed(start int, text, join string) string {
	switch before := p.before(start); {
	case join == "", before.kind == end, before.kind == leftParen,
		before.kind == and && join == "and", before.kind == or && join == "or":
		return text
	}
	return "(" + text + ")"
}

// conditionAt returns the tokens of the condition that an error is in. What is
// missing is missing at the end of the condition before.
func (p *parser) conditionAt(e *Error) (first, last int) {
	i := p.tokenAt(e.Span.Start)
	if p.divides(i) {
		if i == 0 || p.divides(i-1) {
			return i, i
		}
		i--
	}
	return p.segment(i)
}

// segment returns the tokens around one of which the parser sees one condition
// at most, from the first up to, not including, the last: up to "and", "or",
// "not" and parentheses.
func (p *parser) segment(i int) (first, last int) {
	first, last = i, i
	for first > 0 && !p.divides(first-1) {
		first--
	}
	for !p.divides(last) {
		last++
	}
	return first, last
}

// divides tells whether a token stands between conditions. The "or" of "src or
// dst" does not.
func (p *parser) divides(i int) bool {
	switch p.tokens[i].kind {
	case end, not, leftParen, rightParen:
		return true
	case and, or:
		isDirection := func(i int) bool {
			return i >= 0 && i < len(p.tokens) && (p.tokens[i].kind == source || p.tokens[i].kind == destination)
		}
		return !isDirection(i-1) || !isDirection(i+1)
	}
	return false
}

// spanOf returns where some tokens are, from the first up to, not including, the
// last.
func (p *parser) spanOf(first, last int) Span {
	return Span{p.tokens[first].Start, p.tokens[max(first, last-1)].End}
}
