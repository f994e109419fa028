package form

import (
	"cmp"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Problem is one thing that is wrong.
type Problem struct {
	Place        string // where in the value: "hosts.midwood.interfaces.eth0.addresses[0]"
	Text, Advice string // what is wrong, and what to do or ""

	From, To int // which bytes of a text are wrong; both 0: all

	Line, Column int    // from 1, in characters; 0: in no line
	Width        int    // how many characters are wrong
	Source       string // the line
}

// Problems are the first ones that were found.
type Problems struct {
	List []*Problem
	More int // how many there are besides
}

// mostProblems is how many problems are told of.
const mostProblems = 20

// Add adds a problem.
func (p *Problems) Add(more *Problem) {
	if p.full() {
		p.More++
		return
	}
	p.List = append(p.List, more)
}

// Advise returns what a function does, or "" if the problem is one too many: then
// nobody searches for what was meant.
func (p *Problems) Advise(advice func() string) string {
	if p.full() {
		return ""
	}
	return advice()
}

func (p *Problems) full() bool { return len(p.List) == mostProblems }

// Sort puts the problems into the order of the file.
func (p *Problems) Sort() {
	slices.SortStableFunc(p.List, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

func (p *Problems) count() int { return len(p.List) + p.More }

// mostQuoted is how much of a word a message has, in characters.
const mostQuoted = 60

// Quoted returns a word in quotes, printable, and cut if it is long.
func Quoted(s string) string {
	if utf8.RuneCountInString(s) > mostQuoted {
		return strconv.Quote(string([]rune(s)[:mostQuoted])) + "…"
	}
	return strconv.Quote(s)
}

// Shown returns a name as it is, or quoted where it could upset a terminal.
func Shown(s string) string {
	if q := Quoted(s); q != `"`+s+`"` {
		return q
	}
	return s
}
