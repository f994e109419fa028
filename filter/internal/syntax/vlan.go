package syntax

import "fmt"

// VLAN is "vlan" with an ID (at most 4095) or, if Has is false, any.
type VLAN struct {
	Span
	Has bool
	ID  uint32
}

func (VLAN) read(p *parser, word token) Primitive {
	if p.mpls {
		p.fail(word.Span, "there is no VLAN tag after an MPLS label", "vlan comes before mpls")
	}
	id, has := p.optional("VLAN", 0xfff)
	return &VLAN{p.from(word.Start), has, id}
}

func (VLAN) firstNumber() string { return "ether[14:2] & 0xfff" }

func (n *VLAN) text() string { return withNumber("vlan", n.Has, n.ID) }

func (n *VLAN) meaning(d *description) string {
	d.mention(insideVLAN)
	if n.Has {
		return fmt.Sprintf("frames with a tag of VLAN %d", n.ID)
	}
	return "frames with a VLAN tag"
}
