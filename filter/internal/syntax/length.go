package syntax

import "fmt"

// Length is "less N" (at most N bytes) and "greater N" (at least N).
type Length struct {
	Span
	Greater bool
	Bytes   uint32
}

func (n Length) read(p *parser, word token) Primitive {
	bytes := p.argument(word, "a number of bytes")
	return &Length{p.from(word.Start), n.Greater, bytes}
}

func (n *Length) text() string {
	if n.Greater {
		return "greater " + decimal(n.Bytes)
	}
	return "less " + decimal(n.Bytes)
}

func (n *Length) meaning(*description) string {
	if n.Greater {
		return fmt.Sprintf("frames of %d bytes or more", n.Bytes)
	}
	return fmt.Sprintf("frames of %d bytes or less", n.Bytes)
}
