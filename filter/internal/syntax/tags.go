package syntax

import (
	"fmt"
	"strings"
)

// tag is what reads a word whose number people write a second of.
type tag interface {
	// firstNumber returns where the number is in an Ethernet frame of which it
	// is in the first tag or header.
	firstNumber() string
}

// secondTag returns a hint for "vlan 5 or 6", if that is the error. No proposal
// is made: "vlan 5 or vlan 6" looks for the second one behind the first.
func (p *parser) secondTag(e *Error) string {
	i := p.tokenAt(e.Span.Start)
	joins := func(t token) bool { return t.kind == or || t.kind == bad && t.text == "," }
	if joins(p.tokens[i]) && i+1 < len(p.tokens) {
		i++
	}
	first := i
	for first >= 2 && p.tokens[first].kind == number && joins(p.tokens[first-1]) {
		first -= 2
	}
	if first == i || first == 0 || p.tokens[first].kind != number {
		return ""
	}
	before := p.tokens[first-1]
	if before.kind != word {
		return ""
	}
	read, ok := findPrimitive(before.text).reader.(tag)
	if !ok {
		return ""
	}
	var any []string
	for n := first; n <= i; n += 2 {
		any = append(any, read.firstNumber()+" = "+p.tokens[n].text)
	}
	return fmt.Sprintf("a second %s would look behind the first one; in files of Ethernet frames it is (%s) and %s",
		before.text, strings.Join(any, " or "), before.text)
}
