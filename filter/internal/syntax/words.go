package syntax

import "net/netip"

// word is an extension of tcpdump's language: a word that may stand where a
// primitive does. To add one that takes no argument, add it to words.
type word struct {
	word       string
	means      string // in words, for Describe
	definition string // as an expression of the language; "" if it has an argument
}

var words = [...]word{
	{"group", "to a multicast group, or IGMP or MLD about it", ""},
	{
		"mld",
		"MLD messages (multicast listeners and their routers, in IPv6)",
		// Directly after the IPv6 header, or, as the RFCs ask for,
		// after a hop-by-hop header.
		`(ip6[6] = 58 and
		  ((ip6[40] >= 130 and ip6[40] <= 132) or ip6[40] = 143)) or
		 (ip6[6] = 0 and ip6[40] = 58 and
		  ((ip6[40 + (ip6[41] + 1) * 8] >= 130 and ip6[40 + (ip6[41] + 1) * 8] <= 132) or
		   ip6[40 + (ip6[41] + 1) * 8] = 143))`,
	},
	{
		"rtp",
		"what looks like RTP: UDP datagrams between ports from 1024 on that begin with an RTP version 2 header",
		// Payload types 72 to 76 would be RTCP (RFC 5761).
		`(udp[4:2] >= 20 and udp[0:2] >= 1024 and udp[2:2] >= 1024 and
		  udp[8] & 0xc0 = 0x80 and (udp[9] & 0x7f < 72 or udp[9] & 0x7f > 76)) or
		 (ip6[6] = 17 and ip6[44:2] >= 20 and ip6[40:2] >= 1024 and ip6[42:2] >= 1024 and
		  ip6[48] & 0xc0 = 0x80 and (ip6[49] & 0x7f < 72 or ip6[49] & 0x7f > 76))`,
	},
}

// findWord returns the extension that is called so.
func findWord(text string) (word, bool) {
	for _, w := range words {
		if w.word == text {
			return w, true
		}
	}
	return word{}, false
}

// beginsWord tells whether the next token, a name, is an extension. Where
// tcpdump takes a name of a host it is one; where tcpdump would refuse it, it
// is the extension.
func (p *parser) beginsWord(q qualifiers, may allowed) bool {
	t := p.peek()
	w, ok := findWord(t.text)
	if !ok || t.escaped {
		return false
	}
	if may&anID == 0 {
		return true
	}
	switch q.subject {
	case nothing:
		return true
	case aPort, aPortRange:
		return !isService(t.text)
	case aProto, aChain:
		_, taken := findProtocolNumber(q.protocol, t.text)
		return !taken
	}
	after := p.peekAfter().kind
	return w.definition == "" && (after == ipv4 || after == ipv6)
}

// word makes the node of an extension.
func (p *parser) word(t token) Node {
	p.extension(t)
	w, _ := findWord(t.text)
	if w.definition == "" {
		return p.multicastGroup(t)
	}
	x, ok := p.words[t.text]
	if !ok {
		x = parseDefinition(w, t.Span)
		if p.words == nil {
			p.words = map[string]Node{}
		}
		p.words[t.text] = x
	}
	return &Word{t.Span, t.text, x}
}

// extension refuses a word that tcpdump does not have, if only tcpdump's
// language is wanted.
func (p *parser) extension(t token) {
	if p.options.Strict {
		if t.kind == ifName {
			p.fail(t.Span, quoted(t.text)+" is not in tcpdump's language for this link type", "")
		}
		p.fail(t.Span, quoted(t.text)+" is an extension that tcpdump does not have", "")
	}
}

// parseDefinition returns what a word means. Its nodes say that they are where
// the word is.
func parseDefinition(w word, where Span) Node {
	p := &parser{expression: w.definition}
	p.tokens, _ = lex(w.definition)
	for i := range p.tokens {
		p.tokens[i].Span = where
	}
	return p.conditions(qualifiers{}, aTerm)
}

// multicastGroup reads the rest of "group ADDRESS[/LENGTH]".
func (p *parser) multicastGroup(t token) Node {
	a := p.peek()
	if a.kind != ipv4 && a.kind != ipv6 {
		p.unexpected(a, `"group" is followed by the address of a multicast group`, "one is like group 239.1.1.1 or group 239.0.0.0/8")
	}
	p.take()
	address, err := netip.ParseAddr(a.text)
	if err != nil {
		p.fail(a.Span, a.text+" is no IP address", "all four numbers are needed, as in group 239.0.0.0/8")
	}
	bits, least := address.BitLen(), 4
	if address.Is6() {
		least = 8
	}
	if p.peek().is(operator, "/") {
		p.take()
		n := p.peek()
		if n.kind != number {
			p.unexpected(n, "the length of the prefix is expected after /", "")
		}
		p.take()
		if n.value > uint32(bits) {
			p.fail(n.Span, "the length of a prefix is at most "+decimal(uint32(bits)), "")
		}
		bits = int(n.value)
	}
	span := p.from(a.Start)
	if !address.IsMulticast() || address.Is4In6() || bits < least {
		p.fail(span, "these are not all multicast addresses, which are those in 224.0.0.0/4 and ff00::/8", "")
	}
	network := netip.PrefixFrom(address, bits).Masked()
	if network.Addr() != address {
		p.fail(span, "bits are set in the address behind its prefix", "")
	}
	return &Group{p.from(t.Start), prefixNet(network)}
}
