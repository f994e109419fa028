package lab

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"mcast/lab/internal/form"
)

// TopologyError says what is wrong with a topology, or with a file that should have
// one.
type TopologyError struct {
	Problems []*Problem // at least one; of a file, in its order
	More     int        // how many there are besides
}

// Error returns the first problem, in one line, and says how many there are.
func (e *TopologyError) Error() string {
	s := e.Problems[0].Error()
	switch n := len(e.Problems) - 1 + e.More; n {
	case 0:
		return s
	case 1:
		return s + " (and one problem more)"
	default:
		return fmt.Sprintf("%s (and %d problems more)", s, n)
	}
}

// Unwrap returns the problems.
func (e *TopologyError) Unwrap() []error {
	list := make([]error, len(e.Problems))
	for i, p := range e.Problems {
		list[i] = p
	}
	return list
}

// Show returns what Show of the first problem does.
func (e *TopologyError) Show() string { return e.Problems[0].Show() }

// Hint returns what Hint of the first problem does.
func (e *TopologyError) Hint() string { return e.Problems[0].Hint() }

// Problem is one thing that is wrong with a topology. It has no character that could
// steer a terminal, but for Source.
type Problem struct {
	// Place is where in the topology it is, as a file has it:
	// "hosts.midwood.interfaces.eth0.addresses[0]". Empty: in no place of it.
	Place string

	Text   string // what is wrong
	Advice string // what may have been meant, or what to do; may be empty

	// Of topologies from files:

	File         string
	Line, Column int    // from 1, in characters; 0: in no line of it
	Width        int    // how many characters are wrong
	Source       string // the line as it is in the file
}

// Error returns the problem in one line: of a file by its line and column, else by
// its place.
func (p *Problem) Error() string {
	switch {
	case p.File != "" && p.Line > 0:
		return fmt.Sprintf("%s:%d:%d: %s", form.Shown(p.File), p.Line, p.Column, p.Text)
	case p.File != "":
		return form.Shown(p.File) + ": " + p.Text
	case p.Place != "":
		return p.Place + ": " + p.Text
	}
	return p.Text
}

// Hint returns Advice.
func (p *Problem) Hint() string { return p.Advice }

// showWidth is how much of a long line Show shows, in characters.
const showWidth = 100

// Show returns the line of the file, or the part of it around the problem if it is
// long, and below it a line with carets under what is wrong. "" without a file.
// What a terminal may not print as one character is a question mark.
func (p *Problem) Show() string {
	if p.Line == 0 {
		return ""
	}
	line := oneWide(p.Source)
	start := min(max(p.Column-1, 0), len(line))
	end := min(start+max(p.Width, 0), len(line))
	before, wrong, after := line[:start], line[start:end], line[end:]
	wrong = cutRight(wrong, showWidth-20)
	room := showWidth - max(len(wrong), 1)
	before = cutLeft(before, max(room/2, room-len(after)))
	after = cutRight(after, room-len(before))
	return strings.TrimRight(string(before)+string(wrong)+string(after), " ") + "\n" +
		strings.Repeat(" ", len(before)) + strings.Repeat("^", max(len(wrong), 1))
}

// oneWide returns as many characters as a string has, all of them one column wide.
func oneWide(s string) []rune {
	line := make([]rune, 0, len(s))
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			r = ' '
		// Up to Cyrillic all letters are one column wide; further on many are not.
		case !unicode.IsPrint(r) || unicode.IsMark(r) || r > unicode.MaxLatin1 && !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic) || r >= 0x1100:
			r = '?'
		}
		line = append(line, r)
	}
	return line
}

func cutLeft(s []rune, most int) []rune {
	if len(s) <= most {
		return s
	}
	return slices.Concat([]rune("..."), s[len(s)-max(most-3, 0):])
}

func cutRight(s []rune, most int) []rune {
	if len(s) <= most {
		return s
	}
	return slices.Concat(s[:max(most-3, 0)], []rune("..."))
}
