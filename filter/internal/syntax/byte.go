package syntax

import "fmt"

// Byte is "byte OFFSET OP VALUE", about the byte at Offset of the link-layer
// header. Op is one of '=', '<', '>', '&' and '|'.
type Byte struct {
	Span
	Offset uint32
	Op     byte
	Value  uint32
}

func (Byte) read(p *parser, word token) Primitive {
	offset := p.argument(word, "a position, one of = < > & |, and a number")
	op := p.peek()
	if op.kind != operator && op.kind != comparison || len(op.text) != 1 ||
		op.text != "=" && op.text != "<" && op.text != ">" && op.text != "&" && op.text != "|" {
		p.unexpected(op, `after "byte" and a position comes one of = < > & |`, "ether["+decimal(offset)+"] can be compared in all ways")
	}
	p.take()
	t := p.peek()
	if t.kind != number {
		p.unexpected(t, "byte ends with a number", "")
	}
	p.take()
	return &Byte{p.from(word.Start), offset, op.text[0], t.value}
}

func (n *Byte) text() string { return fmt.Sprintf("byte %d %c %d", n.Offset, n.Op, n.Value) }

func (n *Byte) meaning(*description) string {
	of := fmt.Sprintf("frames whose byte %d, counted from 0, ", n.Offset)
	switch n.Op {
	case '=':
		return of + fmt.Sprintf("is %d", n.Value)
	case '<':
		return of + fmt.Sprintf("is less than %d", n.Value)
	case '>':
		return of + fmt.Sprintf("is greater than %d", n.Value)
	case '&':
		return of + fmt.Sprintf("has one of the bits of %#x", n.Value)
	}
	return of + fmt.Sprintf("is not zero together with the bits of %#x", n.Value)
}
