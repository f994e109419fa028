package syntax

import (
	"slices"
	"strings"
)

// Canonical returns a condition as an expression in which everything is spelled
// out: all qualifiers, numbers instead of names, "and", "or" and "not", and
// parentheses wherever "and" and "or" meet, for the sake of readers who do not
// expect them to bind equally. It can be parsed without looking anything up,
// into a tree with the same meaning. Nil gives "".
func Canonical(n Node) string {
	if n == nil {
		return ""
	}
	n = plain(n)
	c := canonical{}
	c.reaches(n, nil)
	c.condition(n)
	return c.text.String()
}

// plain returns a condition without what no single expression says: hosts with
// several addresses, and what only names can say.
func plain(n Node) Node {
	switch n := n.(type) {
	case *And:
		a := &And{Span: n.Span}
		for _, x := range n.List {
			a.List = append(a.List, list[*And](plain(x))...)
		}
		return a
	case *Or:
		o := &Or{Span: n.Span}
		for _, x := range n.List {
			o.List = append(o.List, list[*Or](plain(x))...)
		}
		return o
	case *Not:
		return &Not{n.Span, plain(n.X)}
	case compound:
		return n.plain()
	}
	return n
}

// canonical writes an expression.
type canonical struct {
	text strings.Builder

	// Conditions that stand in parentheses although they are not joined
	// ones. Where hosts are in force, "mld" would be the name of one;
	// after "(host a)" they are not.
	enclosed map[Node]bool
}

// reaches returns the words of extensions, in a condition or after it, that take
// the qualifiers that are in force before it. Those after it are known.
func (c *canonical) reaches(n Node, after []string) []string {
	switch n := n.(type) {
	case *Not:
		return c.reaches(n.X, after)
	case *And:
		return union(c.reachInto(n.List), after)
	case *Or:
		return union(c.reachInto(n.List), after)
	case qualified:
		if slices.ContainsFunc(after, n.after().takeName) {
			if c.enclosed == nil {
				c.enclosed = map[Node]bool{}
			}
			c.enclosed[n.(Node)] = true
			return after
		}
	case Primitive:
		if text := n.text(); findExtension(text) != nil {
			return []string{text}
		}
	}
	return nil
}

func (c *canonical) reachInto(list []Node) []string {
	var words []string
	for i := len(list) - 1; i >= 0; i-- {
		words = c.reaches(list[i], words)
	}
	return words
}

// union returns the words of both lists, which are short.
func union(x, y []string) []string {
	for _, word := range y {
		if !slices.Contains(x, word) {
			x = append(x, word)
		}
	}
	return x
}

// condition writes a condition.
func (c *canonical) condition(n Node) {
	switch n := n.(type) {
	case *And:
		c.joined(n.List, " and ")
	case *Or:
		c.joined(n.List, " or ")
	case *Not:
		c.text.WriteString("not ")
		c.operand(n.X)
	default:
		c.text.WriteString(n.(Primitive).text())
	}
}

func (c *canonical) joined(list []Node, by string) {
	for i, n := range list {
		if i > 0 {
			c.text.WriteString(by)
		}
		c.operand(n)
	}
}

// operand writes a condition that is part of another.
func (c *canonical) operand(n Node) {
	switch n.(type) {
	case *And, *Or:
	default:
		if !c.enclosed[n] {
			c.condition(n)
			return
		}
	}
	c.text.WriteByte('(')
	c.condition(n)
	c.text.WriteByte(')')
}
