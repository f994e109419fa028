package syntax

import "fmt"

// PPPoED is "pppoed": PPPoE discovery.
type PPPoED struct{ Span }

func (PPPoED) read(_ *parser, word token) Primitive { return &PPPoED{word.Span} }

func (*PPPoED) text() string { return "pppoed" }

func (*PPPoED) meaning(*description) string { return "PPPoE discovery frames" }

// PPPoES is "pppoes", with a session (at most 65535) or, if Has is false, any.
type PPPoES struct {
	Span
	Has     bool
	Session uint32
}

func (PPPoES) read(p *parser, word token) Primitive {
	session, has := p.optional("PPPoE session", 0xffff)
	return &PPPoES{p.from(word.Start), has, session}
}

func (PPPoES) firstNumber() string { return "ether[16:2]" }

func (n *PPPoES) text() string { return withNumber("pppoes", n.Has, n.Session) }

func (n *PPPoES) meaning(d *description) string {
	d.mention(insideTunnel)
	if n.Has {
		return fmt.Sprintf("PPPoE frames of session %d", n.Session)
	}
	return "PPPoE session frames"
}
