package syntax

import "fmt"

// MPLS is "mpls" with a label (at most 0xfffff) or, if Has is false, any.
type MPLS struct {
	Span
	Has   bool
	Label uint32
}

func (MPLS) read(p *parser, word token) Primitive {
	label, has := p.optional("MPLS label", 0xfffff)
	p.mpls = true
	return &MPLS{p.from(word.Start), has, label}
}

func (MPLS) firstNumber() string { return "ether[14:4] >> 12" }

func (n *MPLS) text() string { return withNumber("mpls", n.Has, n.Label) }

func (n *MPLS) meaning(d *description) string {
	d.mention(insideTunnel)
	if n.Has {
		return fmt.Sprintf("frames with the MPLS label %d", n.Label)
	}
	return "frames with an MPLS label"
}
