package syntax

// Broadcast is "broadcast"; Protocol is Link or IP. Other protocols do not parse.
type Broadcast struct {
	Span
	Protocol Protocol
}

func (n Broadcast) read(_ *parser, word token) Primitive { return &Broadcast{word.Span, n.Protocol} }

// broadcast makes the node of "broadcast" after a protocol.
func (p *parser) broadcast(t token, of Protocol) Primitive {
	if of != Link && of != IP {
		hint := ""
		if of == IP6 {
			hint = "write ip6 multicast; IPv6 has no broadcasts"
		}
		p.fail(p.from(t.Start), "only ether broadcast and ip broadcast exist", hint)
	}
	return &Broadcast{p.from(t.Start), of}
}

func (n *Broadcast) text() string { return n.Protocol.qualifier() + "broadcast" }

func (n *Broadcast) meaning(*description) string {
	if n.Protocol == IP {
		return "IPv4 packets to a broadcast address of the network"
	}
	return "frames to all stations (link-layer broadcasts)"
}
