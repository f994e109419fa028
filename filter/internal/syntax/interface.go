package syntax

import "fmt"

// Interface is "ifindex NUMBER" and the extension "ifname NAME".
type Interface struct {
	Span
	Index uint32
	Name  string // "" for ifindex
}

func (Interface) read(p *parser, word token) Primitive {
	n := p.argument(word, "the number of an interface")
	return &Interface{Span: p.from(word.Start), Index: n}
}

// interfaceName reads "ifname".
type interfaceName struct{}

func (interfaceName) read(p *parser, word token) Primitive {
	t := p.peek()
	if t.kind != name && t.kind != number && t.kind != ipv4 && t.kind != mac &&
		(t.kind < protocol || !isAlphanumeric(t.text[0])) {
		p.unexpected(t, `"ifname" is followed by the name of an interface`, "")
	}
	p.take()
	if p.options.InterfaceIndex == nil {
		p.fail(t.Span, "names of interfaces are not looked up here", "ifindex and the number of the interface say the same")
	}
	index, err := p.options.InterfaceIndex(t.text)
	if err != nil {
		p.failBecause(t.Span, "no interface is called "+quoted(t.text), err)
	}
	return &Interface{p.from(word.Start), index, t.text}
}

func (n *Interface) text() string { return "ifindex " + decimal(n.Index) }

func (n *Interface) meaning(*description) string {
	if n.Name != "" {
		return fmt.Sprintf("frames of the interface %s, which has index %d", n.Name, n.Index)
	}
	return fmt.Sprintf("frames of the interface with index %d", n.Index)
}
