package syntax

import (
	"slices"
	"strings"
)

// Describe returns what a condition means, in plain words: which frames it
// keeps. Conditions that are joined make an indented list, with a line for
// each. Below come notes on what often surprises. Nil is every frame.
func Describe(n Node) string {
	if n == nil {
		return "every frame"
	}
	var d description
	d.condition(n, 0)
	for _, note := range notes {
		if slices.Contains(d.notes, note) {
			d.text.WriteString("\nNote: " + string(note))
		}
	}
	return d.text.String()
}

// note is something about an expression that often surprises.
type note string

// notes are in the order in which they are told.
var notes = [...]note{leftToRight, insideVLAN, insideTunnel, hostIsARP, firstFragment, ipv4Only, noRoom}

const (
	leftToRight note = "where no parentheses are written, and and or bind equally: they are taken from left to right, " +
		"so that \"a or b and c\" is \"(a or b) and c\"."
	insideVLAN note = "everything to the right of vlan, also behind or, looks inside the tagged frame, " +
		"wherever parentheses are."
	insideTunnel note = "everything to the right of mpls, pppoes or geneve, also behind or, looks at what these carry, " +
		"wherever parentheses are."
	hostIsARP note = "host and net with an IPv4 address also keep ARP and RARP frames that name it; " +
		"write ip host or ip net for IPv4 packets alone."
	firstFragment note = "ports are in the first fragment of an IPv4 datagram only, so that the other fragments are not found; " +
		"over IPv6 they are found only if no extension header comes before them."
	ipv4Only note = "tcp[…], udp[…] and their like look into IPv4 packets only, and there into first fragments only; " +
		"for all other frames a comparison with them fails, also one with !=."
	noRoom note = "a frame that ends before the bytes that are asked for is not kept, whatever else the expression says."
)

// description is written line by line.
type description struct {
	text  strings.Builder
	notes []note
}

// mention adds a note, once.
func (d *description) mention(n note) {
	if !slices.Contains(d.notes, n) {
		d.notes = append(d.notes, n)
	}
}

// line writes the start of a line that is so many levels deep.
func (d *description) line(depth int) {
	if depth > 0 {
		d.text.WriteString("\n" + strings.Repeat("  ", min(depth, 40)-1) + "- ")
	}
}

// condition writes a condition.
func (d *description) condition(n Node, depth int) {
	negated := false
	for {
		inner, ok := n.(*Not)
		if !ok {
			break
		}
		n, negated = inner.X, !negated
	}
	switch n := n.(type) {
	case *And:
		d.list(n, n.List, depth, choose(negated, "frames that are not all of these at once:", "frames that are all of these:"))
	case *Or:
		d.list(n, n.List, depth, choose(negated, "frames that are none of these:", "frames that are any of these:"))
	default:
		d.line(depth)
		d.text.WriteString(choose(negated, "all but ", "") + n.(Primitive).meaning(d))
	}
}

func choose(condition bool, yes, no string) string {
	if condition {
		return yes
	}
	return no
}

// list writes joined conditions below a title.
func (d *description) list(whole Node, list []Node, depth int, title string) {
	d.line(depth)
	d.text.WriteString(title)
	for i, n := range list {
		switch n.(type) {
		case *And, *Or:
			// A parenthesis would be before the first operand.
			if i == 0 && n.Where().Start == whole.Where().Start {
				d.mention(leftToRight)
			}
		}
		d.condition(n, depth+1)
	}
}
