package syntax

// beginsTerm tells whether the next token begins a term. Nothing but a name can
// also be an id there: it is, unless it is an extension.
func (p *parser) beginsTerm(q qualifiers, may allowed) bool {
	switch t := p.peek(); t.kind {
	case protocol, source, destination, host, net, port, portRange, proto, protoChain, gateway, word, frameLength:
		return true
	case operator:
		return t.text == "-"
	case name:
		return p.beginsExtension(q, may)
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
	switch {
	case after.is(word, "broadcast"):
		p.take()
		return operand{node: p.broadcast(t, of), form: aTerm}
	case after.is(word, "multicast"):
		p.take()
		return operand{node: p.multicast(t, of), form: aTerm}
	}
	if of == Link {
		p.linkAlone(t, after)
	}
	return operand{node: &Proto{t.Span, of}, form: aTerm}
}
