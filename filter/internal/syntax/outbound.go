package syntax

// Outbound is "outbound", or "inbound" if Inbound is true.
type Outbound struct {
	Span
	Inbound bool
}

func (n Outbound) read(_ *parser, word token) Primitive { return &Outbound{word.Span, n.Inbound} }

func (n *Outbound) text() string {
	if n.Inbound {
		return "inbound"
	}
	return "outbound"
}

func (n *Outbound) meaning(*description) string {
	if n.Inbound {
		return "frames that this host receives"
	}
	return "frames that this host sends"
}
