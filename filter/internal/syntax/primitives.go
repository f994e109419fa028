package syntax

// primitive is a word that a primitive begins with. (Primitives may also begin
// with a protocol, with qualifiers or with a number: protocols.go, qualifiers.go
// and arithmetic.go.)
type primitive struct {
	word string

	// An extension is not tcpdump's: Strict refuses it. It is a name wherever
	// tcpdump takes one, see parser.beginsExtension, unless it is reserved:
	// then tcpdump has the word as well, for something else.
	extension, reserved bool

	// argument is the kind of what follows the word, or may follow it: number,
	// ipv4 for any IP address, or end for nothing and for all else.
	argument kind

	reader
}

// reader reads what follows the word of a primitive. Most readers are nodes, as
// far as the word alone tells what is in them. (They are no functions, because
// the table of primitives may not contain what looks into that table.)
type reader interface {
	read(p *parser, word token) Primitive
}

// primitives are the words. To add one that is short for an expression, write its
// line here; for another one, also a file that is called like it, with its node,
// how it is read, and what it says.
var primitives = [...]primitive{
	{word: "broadcast", reader: Broadcast{Protocol: Link}},
	{word: "byte", argument: number, reader: Byte{}},
	{word: "geneve", argument: number, reader: Geneve{}},
	{word: "greater", argument: number, reader: shorthand{"frames of %d bytes or more", "len >= %d", "a number of bytes"}},
	{word: "ifindex", argument: number, reader: Interface{}},
	{word: "inbound", reader: Outbound{Inbound: true}},
	{word: "less", argument: number, reader: shorthand{"frames of %d bytes or less", "len <= %d", "a number of bytes"}},
	{word: "llc", reader: LLC{}},
	{word: "mpls", argument: number, reader: MPLS{}},
	{word: "multicast", reader: Multicast{Protocol: Link}},
	{word: "outbound", reader: Outbound{}},
	{word: "pppoed", reader: PPPoED{}},
	{word: "pppoes", argument: number, reader: PPPoES{}},
	{word: "vlan", argument: number, reader: VLAN{}},

	{word: "group", extension: true, argument: ipv4, reader: Group{}},
	{word: "ifname", extension: true, reserved: true, reader: interfaceName{}}, // of PF captures in tcpdump
	{word: "mld", extension: true, reader: shorthand{mldMeaning, mldDefinition, ""}},
	{word: "rtp", extension: true, reader: shorthand{rtpMeaning, rtpDefinition, ""}},
}

// Words returns the words that primitives begin with.
func Words() []string {
	var all []string
	for i := range primitives {
		all = append(all, primitives[i].word)
	}
	return all
}

// isName tells whether the word is a name where nothing shows that it is not.
func (w *primitive) isName() bool { return w.extension && !w.reserved }

// takes tells whether a token is the argument of the word.
func (w *primitive) takes(t token) bool {
	if w.argument == ipv4 {
		return t.kind == ipv4 || t.kind == ipv6
	}
	return w.argument != end && t.kind == w.argument
}

// findPrimitive returns the primitive that begins with a word, or nil.
func findPrimitive(text string) *primitive {
	for i := range primitives {
		if w := &primitives[i]; w.word == text {
			return w
		}
	}
	return nil
}

// findExtension returns the extension that is called so where tcpdump takes no
// name, or nil.
func findExtension(text string) *primitive {
	if w := findPrimitive(text); w != nil && w.isName() {
		return w
	}
	return nil
}

// isExtension tells whether a token is a name that is an extension where tcpdump
// takes no name.
func (t token) isExtension() bool {
	return t.kind == name && !t.escaped && findExtension(t.text) != nil
}

// beginsExtension tells whether the next token, a name, is an extension. Where
// tcpdump takes a name it stays one; where tcpdump would refuse it, it is the
// extension.
func (p *parser) beginsExtension(q qualifiers, may allowed) bool {
	t := p.peek()
	if !t.isExtension() {
		return false
	}
	return may&anID == 0 || !q.takeName(t.text) || findExtension(t.text).takes(p.peekAfter())
}

// primitive reads a primitive that begins with a word of its own.
func (p *parser) primitive() Primitive {
	t := p.take()
	w := findPrimitive(t.text)
	if w.extension {
		p.refuseExtension(t, w)
	}
	return w.read(p, t)
}

// refuseExtension refuses a word that tcpdump does not have, if only tcpdump's
// language is wanted.
func (p *parser) refuseExtension(t token, w *primitive) {
	switch {
	case !p.options.Strict:
	case w.reserved:
		p.fail(t.Span, quoted(t.text)+" is not in tcpdump's language for this link type", "")
	default:
		p.fail(t.Span, quoted(t.text)+" is an extension that tcpdump does not have", "")
	}
}

// isNumbered tells whether a token is the word of a primitive that a number
// follows, or may follow.
func (t token) isNumbered() bool {
	w := findPrimitive(t.text)
	return w != nil && (t.kind == word || t.isExtension()) && w.argument == number
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
func (p *parser) optional(what string, most uint32) (n uint32, has bool) {
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

// withNumber returns a word with the number after it, if there is one.
func withNumber(word string, has bool, number uint32) string {
	if has {
		return word + " " + decimal(number)
	}
	return word
}
