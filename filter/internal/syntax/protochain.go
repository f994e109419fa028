package syntax

// ProtoChain is "protochain"; Protocol is NoProtocol, IP or IP6.
type ProtoChain struct {
	Span
	Protocol Protocol
	Number   uint32
}

func (n *ProtoChain) after() qualifiers { return qualifiers{subject: aChain, protocol: n.Protocol} }

func (n *ProtoChain) text() string { return n.Protocol.qualifier() + "protochain " + decimal(n.Number) }

func (n *ProtoChain) meaning(*description) string {
	return internetWords(n.Protocol) + " that have a header of protocol " + numberWithName(IP, n.Number) +
		", be it behind other headers"
}
