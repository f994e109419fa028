package syntax

import (
	"fmt"
	"strings"
)

// DECnetHost is "decnet host AREA.NODE".
type DECnetHost struct {
	Span
	Direction Direction
	Address   uint16
}

// decnetID makes the node of a DECnet address, AREA.NODE.
func (p *parser) decnetID(start int, q qualifiers, t token) Node {
	if m := p.peek(); m.kind == mask || m.is(operator, "/") {
		p.fail(m.Span, "DECnet addresses have no mask", "")
	}
	parts := strings.Split(t.text, ".")
	var n [2]uint32
	for i, most := range []uint32{63, 1023} {
		for j := range len(parts[i]) {
			if n[i] = n[i]*10 + uint32(parts[i][j]-'0'); !isDigit(parts[i][j]) || n[i] > most || len(parts) > 2 {
				p.fail(t.Span, t.text+" is no DECnet address: these are from 0.0 to 63.1023", "")
			}
		}
	}
	return &DECnetHost{p.from(start), q.direction, uint16(n[0]<<10 | n[1])}
}

func (n *DECnetHost) after() qualifiers { return qualifiers{subject: aHost, protocol: DECnet} }

func (n *DECnetHost) text() string {
	return "decnet " + n.Direction.qualifier() + "host " + n.address()
}

func (n *DECnetHost) meaning(*description) string {
	return "DECnet packets " + n.Direction.words() + " " + n.address()
}

// address returns the address as AREA.NODE.
func (n *DECnetHost) address() string { return fmt.Sprintf("%d.%d", n.Address>>10, n.Address&0x3ff) }
