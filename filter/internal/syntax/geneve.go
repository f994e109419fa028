package syntax

import "fmt"

// Geneve is "geneve", with a virtual network identifier (at most 0xffffff) or, if
// Has is false, any.
type Geneve struct {
	Span
	Has bool
	VNI uint32
}

func (Geneve) read(p *parser, word token) Primitive {
	vni, has := p.optional("Geneve network", 0xffffff)
	return &Geneve{p.from(word.Start), has, vni}
}

func (n *Geneve) text() string { return withNumber("geneve", n.Has, n.VNI) }

func (n *Geneve) meaning(d *description) string {
	d.mention(insideTunnel)
	if n.Has {
		return fmt.Sprintf("Geneve packets (UDP datagrams to port 6081) of virtual network %d", n.VNI)
	}
	return "Geneve packets (UDP datagrams to port 6081)"
}
