package syntax

import "strings"

// llcKinds are the kinds of 802.2 frames, by what of the control byte counts
// and what it is (IEEE 802.2, section 5.3).
var llcKinds = [...]struct {
	kind        string
	value, mask uint8
}{
	{"i", 0x00, 0x01},
	{"s", 0x01, 0x03},
	{"u", 0x03, 0x03},
	{"rr", 0x01, 0x0f},
	{"rnr", 0x05, 0x0f},
	{"rej", 0x09, 0x0f},
	{"ui", 0x03, 0xef},
	{"ua", 0x63, 0xef},
	{"disc", 0x43, 0xef},
	{"dm", 0x0f, 0xef},
	{"sabme", 0x6f, 0xef},
	{"test", 0xe3, 0xef},
	{"xid", 0xaf, 0xef},
	{"frmr", 0x87, 0xef},
}

// llc reads the rest of "llc" and "llc KIND".
func (p *parser) llc(word token) Node {
	t := p.peek()
	wanted := strings.ToLower(t.text)
	switch t.kind {
	case name:
	case ruleNumber: // a keyword of PF, and by accident also "rulenum"
		wanted = "rnr"
	default:
		return &LLC{Span: word.Span}
	}
	for _, k := range llcKinds {
		if k.kind == wanted {
			p.take()
			return &LLC{p.from(word.Start), k.kind, k.value, k.mask}
		}
	}
	var known []string
	for _, k := range llcKinds {
		known = append(known, k.kind)
	}
	p.fail(t.Span, "802.2 has no frames of the kind "+quoted(t.text), oneOf(wanted, known))
	panic("unreachable")
}
