//go:build interop && linux

package interop

import "strings"

// tree is an expression as the generator makes it: not what the expression means,
// which is for the two compilers to find out, but how it is put together, so that
// one that fails can be made smaller.
type tree struct {
	kind  kind
	text  string // an operator, an address, a whole primitive
	quals string // of an id: what stands before it, "udp dst port"
	size  string // of a load: ":2", or ""
	kids  []*tree
	style uint // how it is spelled; 0 is plain
}

type kind byte

const (
	conjunction kind = iota
	disjunction      // of two or more
	negation         // of one
	ident            // quals, and an address, number or name
	primitive        // one that has no such parts
	relation         // of two numbers
	constant
	load      // of text, which is a protocol, with an index
	operation // of two numbers
	negative
	sequence // tokens, whatever they mean
)

// Spellings. The random bits of style mean something else by kind.
const (
	symbols   = 1 << iota // && || !, and == for =
	brackets              // in parentheses, needed or not
	carried               // without the qualifiers, if they are those of the id before
	factored              // "port (1 or 2)"
	tight                 // no spaces around an operator
	styleBits = iota
)

// String returns the expression's text.
func (x *tree) String() string {
	var w writer
	w.condition(x)
	return w.String()
}

// writer writes a tree. Like libpcap's parser it remembers which qualifiers an id
// that has none would get.
type writer struct {
	strings.Builder
	quals string
}

func (w *writer) condition(x *tree) {
	switch x.kind {
	case conjunction, disjunction:
		if quals, ok := sameQuals(x); ok && x.style&factored != 0 {
			w.WriteString(quals + " ")
			w.quals = quals
			w.ids(x)
			return
		}
		w.chain(x, x.style&brackets != 0)
	case negation:
		w.not(x)
		// "not udp port 1 or 2" is (not udp port 1) or 2, as for and.
		w.operand(x.kids[0], false)
	case ident:
		w.WriteString(x.quals + " " + x.text)
		w.quals = x.quals
	case primitive:
		w.WriteString(x.text)
		w.quals = ""
	case sequence:
		for i, k := range x.kids {
			if i > 0 {
				w.WriteString(" ")
			}
			w.WriteString(k.text)
		}
	case relation:
		w.arithmetic(x.kids[0])
		w.WriteString(spaced(x))
		w.arithmetic(x.kids[1])
		w.quals = ""
	}
}

// chain writes what and, or joins: they bind alike, from left to right.
func (w *writer) chain(x *tree, bracketed bool) {
	before := w.quals
	if bracketed {
		w.WriteString("(")
	}
	for i, k := range x.kids {
		if i > 0 {
			w.joint(x)
		}
		w.operand(k, i > 0)
	}
	if bracketed {
		w.WriteString(")")
		w.quals = before
	}
}

// operand writes a part of a condition. After and, or an id may stand alone.
func (w *writer) operand(k *tree, joined bool) {
	switch {
	case joined && k.kind == ident && k.quals == w.quals && k.style&carried != 0:
		w.WriteString(k.text)
	case k.kind == conjunction || k.kind == disjunction:
		if quals, ok := sameQuals(k); ok && k.style&factored != 0 {
			w.condition(k)
		} else if ok && joined && quals == w.quals && k.style&carried != 0 {
			w.ids(k)
		} else {
			w.chain(k, true)
		}
	default:
		w.condition(k)
	}
}

// ids writes a condition of ids in parentheses, without their qualifiers.
func (w *writer) ids(x *tree) {
	switch x.kind {
	case negation:
		w.not(x)
		w.ids(x.kids[0])
	case ident:
		w.WriteString(x.text)
	default:
		w.WriteString("(")
		for i, k := range x.kids {
			if i > 0 {
				w.joint(x)
			}
			w.ids(k)
		}
		w.WriteString(")")
	}
}

func (w *writer) joint(x *tree) {
	text := map[kind]string{conjunction: " and ", disjunction: " or "}[x.kind]
	if x.style&symbols != 0 {
		text = map[kind]string{conjunction: " && ", disjunction: " || "}[x.kind]
	}
	if x.style&tight != 0 && x.style&symbols != 0 {
		text = strings.TrimSpace(text)
	}
	w.WriteString(text)
}

func (w *writer) not(x *tree) {
	if x.style&symbols != 0 {
		w.WriteString("!")
	} else {
		w.WriteString("not ")
	}
}

// sameQuals returns the qualifiers of all ids of a condition, if that has nothing
// but ids and they have the same.
func sameQuals(x *tree) (string, bool) {
	if x.kind == ident {
		return x.quals, true
	}
	if x.kind > negation {
		return "", false
	}
	first, ok := sameQuals(x.kids[0])
	for _, k := range x.kids[1:] {
		quals, same := sameQuals(k)
		ok = ok && same && quals == first
	}
	return first, ok
}

// arithmetic writes a number. Some spellings leave out parentheses that the tree
// needs: the text then means something else, to both compilers alike.
func (w *writer) arithmetic(x *tree) {
	switch x.kind {
	case constant:
		w.WriteString(x.text)
	case load:
		w.WriteString(x.text + "[")
		w.arithmetic(x.kids[0])
		w.WriteString(x.size + "]")
	case negative:
		w.WriteString("-")
		w.term(x.kids[0], true)
	case operation:
		w.term(x.kids[0], x.style&brackets == 0)
		w.WriteString(spaced(x))
		w.term(x.kids[1], x.style&carried == 0)
	}
}

func (w *writer) term(x *tree, bracketed bool) {
	// A divisor of libpcap's goes as far to the right as it can, and could be 0.
	bracketed = (bracketed || x.text == "%") && (x.kind == operation || x.kind == negative)
	if bracketed {
		w.WriteString("(")
	}
	w.arithmetic(x)
	if bracketed {
		w.WriteString(")")
	}
}

// spaced returns an operator between two numbers.
func spaced(x *tree) string {
	text := x.text
	if x.kind == relation && text == "=" && x.style&symbols != 0 {
		text = "=="
	}
	if x.style&tight != 0 {
		return text
	}
	return " " + text + " "
}
