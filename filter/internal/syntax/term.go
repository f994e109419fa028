package syntax

// beginsTerm tells whether the next token begins a term. Nothing but a name can
// also be an id there: it is, unless it is an extension.
func (p *parser) beginsTerm(q qualifiers, may allowed) bool {
	switch t := p.peek(); t.kind {
	case protocol, source, destination, host, net, port, portRange, proto, protoChain, gateway,
		less, greater, byteAt, broadcast, multicast, frameLength, inbound, outbound,
		ifIndex, ifName, vlan, mpls, pppoed, pppoes, geneve, llc:
		return true
	case operator:
		return t.text == "-"
	case name:
		return p.beginsWord(q, may)
	}
	return false
}

// term reads a term that does not begin with a number, a parenthesis or "not".
func (p *parser) term() operand {
	if p.beginsValue() {
		return p.relation(p.peek().Start, p.value())
	}
	t := p.peek()
	switch t.kind {
	case protocol:
		return p.protocolTerm()
	case source, destination, host, net, port, portRange, proto, protoChain, gateway:
		return p.head()
	}
	return operand{node: p.primitive(), form: aTerm}
}

// protocolTerm reads what begins with a protocol.
func (p *parser) protocolTerm() operand {
	after := p.peekAfter()
	if _, ok := after.subject(); ok || after.kind == source || after.kind == destination {
		return p.head()
	}
	t := p.take()
	of := Protocol(t.value)
	switch after.kind {
	case broadcast:
		p.take()
		return operand{node: p.broadcast(t, of), form: aTerm}
	case multicast:
		p.take()
		return operand{node: p.multicast(t, of), form: aTerm}
	}
	if of == Link {
		p.linkAlone(t, after)
	}
	return operand{node: &Proto{t.Span, of}, form: aTerm}
}

// broadcast and multicast make the nodes of "broadcast" and "multicast" after
// a protocol.
func (p *parser) broadcast(t token, of Protocol) Node {
	if of != Link && of != IP {
		hint := ""
		if of == IP6 {
			hint = "write ip6 multicast; IPv6 has no broadcasts"
		}
		p.fail(p.from(t.Start), "only ether broadcast and ip broadcast exist", hint)
	}
	return &Broadcast{p.from(t.Start), of}
}

func (p *parser) multicast(t token, of Protocol) Node {
	if of != Link && of != IP && of != IP6 {
		p.fail(p.from(t.Start), "only ether multicast, ip multicast and ip6 multicast exist",
			"write "+p.enclosed(t.Start, "ip multicast and "+t.text, "and"))
	}
	return &Multicast{p.from(t.Start), of}
}

// primitive reads a term that begins with a word of its own.
func (p *parser) primitive() Node {
	t := p.take()
	switch t.kind {
	case broadcast:
		return &Broadcast{t.Span, Link}
	case multicast:
		return &Multicast{t.Span, Link}
	case less, greater:
		n := p.argument(t, "a number of bytes")
		return &Length{p.from(t.Start), t.kind == greater, n}
	case byteAt:
		return p.byteTest(t)
	case inbound, outbound:
		return &Outbound{t.Span, t.kind == inbound}
	case ifIndex:
		n := p.argument(t, "the number of an interface")
		return &Interface{Span: p.from(t.Start), Index: n}
	case ifName:
		return p.interfaceName(t)
	case vlan:
		if p.mpls {
			p.fail(t.Span, "there is no VLAN tag after an MPLS label", "vlan comes before mpls")
		}
		id, has := p.optional(t, "VLAN", 0xfff)
		return &VLAN{p.from(t.Start), has, id}
	case mpls:
		label, has := p.optional(t, "MPLS label", 0xfffff)
		p.mpls = true
		return &MPLS{p.from(t.Start), has, label}
	case pppoed:
		return &PPPoED{t.Span}
	case pppoes:
		session, has := p.optional(t, "PPPoE session", 0xffff)
		return &PPPoES{p.from(t.Start), has, session}
	case geneve:
		vni, has := p.optional(t, "Geneve network", 0xffffff)
		return &Geneve{p.from(t.Start), has, vni}
	case llc:
		return p.llc(t)
	}
	return p.word(t)
}

// argument reads the number after a word.
func (p *parser) argument(word token, what string) uint32 {
	t := p.peek()
	if t.kind != number {
		var list []proposal
		if after := p.peekAfter(); t.kind == name && after.kind == number {
			list = append(list, proposal{Span: Span{t.Start, after.End}, text: after.text})
		}
		p.propose(t.Span, quoted(word.text)+" is followed by "+what, "", list...)
	}
	p.take()
	return t.value
}

// optional reads the number after a word, if one comes; also in parentheses.
func (p *parser) optional(word token, what string, most uint32) (n uint32, has bool) {
	var g group
	switch t := p.peek(); t.kind {
	case number:
		g = p.number()
	case leftParen:
		g = p.parenthesis(qualifiers{}, 0)
	default:
		return 0, false
	}
	n = g.value.constant
	if n > most {
		p.fail(g.value.Where(), what+" numbers end at "+decimal(most), "")
	}
	return n, true
}

// byteTest reads "byte OFFSET OP VALUE".
func (p *parser) byteTest(word token) Node {
	offset := p.argument(word, "a position, one of = < > & |, and a number")
	op := p.peek()
	if op.kind != operator && op.kind != comparison || len(op.text) != 1 ||
		op.text != "=" && op.text != "<" && op.text != ">" && op.text != "&" && op.text != "|" {
		p.unexpected(op, `after "byte" and a position comes one of = < > & |`, "ether["+decimal(offset)+"] can be compared in all ways")
	}
	p.take()
	t := p.peek()
	if t.kind != number {
		p.unexpected(t, "byte ends with a number", "")
	}
	p.take()
	return &Byte{p.from(word.Start), offset, op.text[0], t.value}
}

// interfaceName reads the rest of the extension "ifname NAME". It was one of
// PF's in libpcap.
func (p *parser) interfaceName(word token) Node {
	p.extension(word)
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
