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

// LLC is "llc": frames with an 802.2 header, of which the control byte and Mask are
// Value. With Mask 0, any.
type LLC struct {
	Span
	Kind        string // as written: "", "i", "s", "rr" …
	Value, Mask uint8
}

func (LLC) read(p *parser, word token) Primitive {
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

func (n *LLC) text() string { return strings.TrimSuffix("llc "+n.Kind, " ") }

func (n *LLC) meaning(*description) string {
	switch n.Kind {
	case "":
		return "frames with an 802.2 header"
	case "i":
		return "802.2 information frames"
	case "s":
		return "802.2 supervisory frames"
	case "u":
		return "802.2 unnumbered frames"
	}
	return "802.2 frames of the kind " + strings.ToUpper(n.Kind)
}
