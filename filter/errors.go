package filter

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error says what is wrong with an expression, and where.
type Error struct {
	Expression string
	Start, End int    // which bytes of the expression are wrong; at its end, both are its length
	Problem    string // what is wrong there
	Advice     string // what may have been meant, or what to do about it; may be ""
	Err        error  // why a name was not found, or nil
}

// Error returns what is wrong, in one line.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "filter %q: %s", e.Expression, e.Problem)
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Hint returns what may have been meant, or what to do about it, one line, or "".
func (e *Error) Hint() string { return e.Advice }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// showWidth is how much of a long expression Show shows, in characters.
const showWidth = 72

// Show returns the expression, or the part of it around the error if it is
// long, and below it a line with carets under what is wrong. What a terminal
// would not print as one character is shown as a question mark.
func (e *Error) Show() string {
	start := min(max(e.Start, 0), len(e.Expression))
	end := min(max(e.End, start), len(e.Expression))
	before := printable(e.Expression[:start])
	wrong := printable(e.Expression[start:end])
	after := printable(e.Expression[end:])
	wrong = cutRight(wrong, showWidth-2)
	room := showWidth - len(wrong)
	before = cutLeft(before, max(room/2, room-len(after)))
	after = cutRight(after, room-len(before))
	carets := strings.Repeat("^", max(len(wrong), 1))
	return before + wrong + after + "\n" + strings.Repeat(" ", len(before)) + carets
}

// printable returns a string of the same number of characters, all of them
// ASCII and one column wide.
func printable(s string) string {
	b := make([]byte, 0, len(s))
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b = append(b, ' ')
		case r < ' ' || r > '~':
			b = append(b, '?')
		default:
			b = append(b, byte(r))
		}
	}
	return string(b)
}

func cutLeft(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return "..." + s[len(s)-max(most-3, 0):]
}

func cutRight(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return s[:max(most-3, 0)] + "..."
}
