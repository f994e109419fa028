package syntax

import (
	"fmt"
	"strings"
)

// writeArith writes a value as part of an expression. Numbers are hexadecimal
// if they are masks.
func writeArith(b *strings.Builder, a Arith, isMask bool) {
	switch a := a.(type) {
	case *Number:
		if isMask && a.Value > 9 {
			fmt.Fprintf(b, "%#x", a.Value)
			return
		}
		b.WriteString(decimal(a.Value))
	case *FrameLength:
		b.WriteString("len")
	case *Load:
		b.WriteString(a.Protocol.String() + "[")
		writeArith(b, a.Index, false)
		b.WriteString(a.closing())
	case *Negation:
		b.WriteByte('-')
		writeEnclosed(b, a.X, false, strength(a.X) < tightest)
	case *Binary:
		by, masks := binding(a.Op), a.Op == "&" || a.Op == "|" || a.Op == "^"
		// What % and ^ take to their right, nobody expects.
		unclear := by == loosest
		x, y := strength(a.X), strength(a.Y)
		writeEnclosed(b, a.X, masks, x < by || unclear && x < indivisible)
		b.WriteString(" " + a.Op + " ")
		writeEnclosed(b, a.Y, masks, y <= by || unclear && y < tightest)
	default:
		panic(fmt.Sprintf("syntax: no expression for %T", a))
	}
}

// writeEnclosed is writeArith, in parentheses if these are needed.
func writeEnclosed(b *strings.Builder, a Arith, isMask, needed bool) {
	if needed {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	writeArith(b, a, isMask)
}

// indivisible is how tightly the parts of a value bind that is not computed of
// others.
const indivisible = tightest + 1

// strength tells how tightly the parts of a value bind.
func strength(a Arith) int {
	switch a := a.(type) {
	case *Binary:
		return binding(a.Op)
	case *Negation:
		return tightest
	}
	return indivisible
}
