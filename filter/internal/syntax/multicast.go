package syntax

// Multicast is "multicast"; Protocol is Link, IP or IP6.
type Multicast struct {
	Span
	Protocol Protocol
}

func (n Multicast) read(_ *parser, word token) Primitive { return &Multicast{word.Span, n.Protocol} }

// multicast makes the node of "multicast" after a protocol.
func (p *parser) multicast(t token, of Protocol) Primitive {
	if of != Link && of != IP && of != IP6 {
		p.fail(p.from(t.Start), "only ether multicast, ip multicast and ip6 multicast exist",
			"write "+p.enclosed(t.Start, "ip multicast and "+t.text, "and"))
	}
	return &Multicast{p.from(t.Start), of}
}

func (n *Multicast) text() string { return n.Protocol.qualifier() + "multicast" }

func (n *Multicast) meaning(*description) string {
	switch n.Protocol {
	case IP:
		return "IPv4 packets to 224.0.0.0 and above (multicast, but also the broadcast to 255.255.255.255)"
	case IP6:
		return "IPv6 packets to a multicast address (ff00::/8)"
	}
	return "frames to a multicast Ethernet address, or to all stations"
}
