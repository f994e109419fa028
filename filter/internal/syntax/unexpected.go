package syntax

import (
	"fmt"
	"strings"
)

// The messages for what does not fit into the grammar. The functions do not
// return: they end the parse.

// mostQuoted is how many bytes of an expression a hint repeats.
const mostQuoted = 60

// previous returns the last token that was taken, of kind end if none was.
func (p *parser) previous() token {
	if p.next == 0 {
		return token{kind: end}
	}
	return p.tokens[p.next-1]
}

// unexpectedOperand complains about what stands where a condition should
// begin, or, if only an id may come, a name, a number or an address.
func (p *parser) unexpectedOperand(t token, q qualifiers, may allowed) {
	if may&aTerm == 0 {
		p.unexpectedSubject(t, q)
	}
	before := p.previous()
	switch {
	case t.isID() && may&anID == 0:
		p.withoutQualifiers(t)
	case t.kind == rightParen && before.kind == leftParen:
		p.fail(Span{before.Start, t.End}, "there is nothing between the parentheses", "")
	case t.kind == rightParen && before.kind == end:
		p.unexpected(t, "this parenthesis was never opened", "")
	case t.kind == and || t.kind == or || t.kind == end || t.kind == rightParen:
		p.missingCondition(before, t)
	case t.kind == operator && (t.text == "&" || t.text == "|") && (before.kind == operator || before.kind == and || before.kind == or):
		p.unexpected(t, "a condition is expected, not "+quoted(t.text), "write && or ||")
	}
	p.unexpected(t, "a condition is expected, and "+quoted(t.text)+" begins none", "")
}

// missingCondition complains about a place where a condition should be.
func (p *parser) missingCondition(before, t token) {
	switch before.kind {
	case and, or, not:
		p.unexpected(t, fmt.Sprintf("after %q a condition is missing", before.text), "")
	case leftParen:
		p.unexpected(t, "after the parenthesis a condition is missing", "")
	}
	p.unexpected(t, fmt.Sprintf("before %q a condition is missing", t.text), "")
}

// unexpectedSubject complains about what stands where a name, a number or an
// address should be.
func (p *parser) unexpectedSubject(t token, q qualifiers) {
	words := p.expression[q.span.Start:q.span.End]
	switch {
	case t.kind == comparison:
		value := p.peekAfter()
		if value.isID() {
			p.unexpected(t, quoted(words)+" is not compared: it has its "+q.subject.noun()+" right behind it",
				"write "+words+" "+value.text)
		}
	case t.kind == end || t.kind == and || t.kind == or || t.kind == rightParen:
		p.unexpected(t, quoted(words)+" needs "+q.subject.wanted()+" after it", "")
	case t.isKeyword() && isAlphanumeric(t.text[0]):
		hint := `write a backslash before it if it is a name: \` + t.text
		if _, ok := findProtocolNumber(q.protocol, t.text); ok && (q.subject == aProto || q.subject == aChain) {
			hint = "write " + words + ` \` + t.text
		} else if p.previous().kind == or || p.previous().kind == and {
			hint = "close the parentheses before"
		}
		if t.kind == foreign || t.kind == ruleNumber {
			p.fail(t.Span, quoted(t.text)+" is a word of the filter language, where "+q.subject.article()+" is expected", hint)
		}
		p.unexpected(t, quoted(t.text)+" is a word of the filter language, where "+q.subject.article()+" is expected", hint)
	}
	p.unexpected(t, "after "+quoted(words)+", "+q.subject.wanted()+" is expected", "")
}

// noun returns what a name or a number is of.
func (s subject) noun() string {
	_, noun, _ := strings.Cut(s.article(), " ")
	return noun
}

// plural returns a noun of which there are several.
func plural(noun string) string { return strings.TrimSuffix(noun, "s") + "s" }

// withoutQualifiers complains about a name, a number or an address for which
// nothing says what it is.
func (p *parser) withoutQualifiers(t token) {
	switch t.kind {
	case name:
		p.unknownWord(t)
	case number:
		p.unexpectedNumber(t.Span)
	case ipv4, ipv6:
		hint := "write host " + t.text
		rest := p.tokens[p.next:]
		if rest[0].Start == t.Start {
			rest = rest[1:]
		}
		if len(rest) > 1 && rest[0].is(operator, "/") && rest[1].kind == number {
			hint = "write net " + t.text + "/" + rest[1].text
		}
		if len(rest) > 1 && rest[0].kind == colon && rest[1].kind == number {
			hint = "write host " + t.text + " and port " + rest[1].text
		}
		p.fail(t.Span, "nothing says what this address is of", hint)
	case mac:
		p.fail(t.Span, "nothing says what this address is of", "write ether host "+t.text)
	}
	p.unexpected(t, foreignProblem(t.text, arcnetFamily), "")
}

// unknownWord complains about a name where a condition begins.
func (p *parser) unknownWord(t token) {
	p.namePretendsOther(t)
	hint := suggest(t.text, beginnings())
	switch habit := habitual(t.text); {
	case hint != "":
	case isService(habit):
		hint = "write port " + habit
	case isService(t.text):
		hint = "write port " + t.text
	case isIPProtocol(t.text):
		hint = "write ip proto " + t.text
	default:
		hint = "write host " + t.text + " if it is a host"
	}
	p.fail(t.Span, "no word of the filter language is called "+quoted(t.text), hint)
}

// namePretendsOther complains about a name that is a computation without
// blanks or a field of Wireshark's.
func (p *parser) namePretendsOther(t token) {
	if t.escaped {
		return
	}
	p.wireshark(t)
	pieces := strings.Split(t.text, "-")
	if len(pieces) < 2 {
		return
	}
	for _, piece := range pieces {
		k, known := findKeyword(piece)
		if piece == "" || matchNumber(piece) != len(piece) && !(known && (k.kind == number || k.kind == frameLength)) {
			return
		}
	}
	p.fail(t.Span, t.text+" reads as one name", "write "+strings.Join(pieces, " - "))
}

// namePretendsValue complains about a name that is compared.
func (p *parser) namePretendsValue(t token) {
	p.namePretendsOther(t)
	p.fail(p.peek().Span, quoted(t.text)+" is a name, and cannot be compared or computed with", "")
}

// unexpectedNumber complains about a number for which nothing says what it is.
func (p *parser) unexpectedNumber(span Span) {
	if t := p.peek(); t.kind == bad {
		p.unexpected(t, "", "")
	}
	text := p.expression[span.Start:span.End]
	p.fail(span, "the number "+text+" alone says nothing", numberHint(text))
}

// numberHint tells what may be meant by a number.
func numberHint(text string) string {
	switch {
	case strings.HasPrefix(text, "tcp-"):
		return "write tcp[tcpflags] & " + text + " != 0"
	case strings.HasPrefix(text, "icmp-"):
		return "write icmp[icmptype] = " + text
	case strings.HasPrefix(text, "icmp6-"):
		return "write icmp6[icmp6type] = " + text
	case text == "tcpflags":
		return "write tcp[tcpflags] & tcp-syn != 0"
	case text == "icmptype":
		return "write icmp[icmptype] = icmp-echo"
	case text == "icmp6type":
		return "write icmp6[icmp6type] = icmp6-echo"
	}
	return "write port " + text
}

// unexpectedValue complains about what stands where a number is expected.
func (p *parser) unexpectedValue(t token) {
	const expected = "a number, len or PROTOCOL[…] is expected"
	switch t.kind {
	case name:
		p.namePretendsOther(t)
		hint := suggest(t.text, values())
		for _, prefix := range [...]string{"tcp-", "icmp-", "icmp6-"} {
			if k, ok := findKeyword(prefix + t.text); ok {
				hint = hintFor(k.word)
				break
			}
		}
		p.unexpected(t, expected+", and "+quoted(t.text)+" is none", hint)
	case protocol:
		p.unexpected(t, expected, "write "+t.text+"[0] for the first byte of the header")
	case end:
		p.unexpected(t, expected, "")
	}
	p.unexpected(t, expected+", not "+quoted(t.text), "")
}

// unexpectedInstead complains about a value that is not compared.
func (p *parser) unexpectedInstead(t token, x value) {
	if x.bare {
		p.unexpectedNumber(x.Where())
	}
	hint := ""
	if t.kind == less {
		hint = "write <"
	} else if t.kind == greater {
		hint = "write >"
	}
	if span := x.Where(); t.kind == and || t.kind == or || t.kind == end || t.kind == rightParen {
		text := p.expression[span.Start:p.previous().End]
		if len(text) > mostQuoted || strings.Count(text, ")") != strings.Count(text, "(") {
			text = "…"
		}
		hint = "write " + text + " != 0"
	}
	p.unexpected(t, "a value is compared with another one by = != < <= > or >=", hint)
}

// chained complains about "1 < x < 5".
func (p *parser) chained(first, second token, between value) {
	y := between.Where()
	middle := p.expression[y.Start:y.End]
	if len(middle) > mostQuoted {
		middle = "x"
	}
	p.fail(second.Span, "a comparison has two sides only",
		fmt.Sprintf("write … %s %s and %s %s …", first.text, middle, middle, second.text))
}

// unexpectedAfterCondition complains about what comes after a condition and is
// neither "and" nor "or".
func (p *parser) unexpectedAfterCondition(t token) {
	before := p.previous()
	switch {
	case t.kind == rightParen:
		p.unexpected(t, "this parenthesis was never opened", "")
	case before.kind == protocol && t.isID():
		p.afterProtocol(before, t)
	case t.kind == name && isNumbered(before.kind) && p.peekAfter().kind == number:
		p.missingJoin(t, "write "+before.text+" "+p.peekAfter().text)
	case t.kind == name:
		p.namePretendsOther(t)
		p.missingJoin(t, suggest(t.text, []string{"and", "or"}))
	case t.is(operator, "/"):
		p.strayMask(before, t)
	case (t.is(operator, "-") || t.kind == colon) && before.kind == number && p.peekAfter().kind == number:
		p.unexpected(t, "a range is written with a hyphen and without blanks", "write portrange "+before.text+"-"+p.peekAfter().text)
	case t.is(operator, "&") && p.peekAfter().kind == number && before.kind == protocol:
		p.unexpected(t, quoted(before.text)+" is no number", numberHint(p.peekAfter().text))
	case t.is(operator, "&"), t.is(operator, "|"):
		p.unexpected(t, quoted(t.text)+" computes with numbers", "write "+t.text+t.text+" to join conditions")
	case t.kind == comparison:
		p.strayComparison(before, t)
	case t.kind == colon && (before.kind == ipv4 || before.kind == ipv6) && p.peekAfter().kind == number:
		p.unexpected(t, "an address and a port are two conditions", "write host "+before.text+" and port "+p.peekAfter().text)
	}
	p.missingJoin(t, "")
}

// missingJoin complains about two conditions side by side.
func (p *parser) missingJoin(t token, hint string) {
	switch {
	case hint != "":
	case t.isID() && p.previous().isID():
		hint = "write " + quoted("or "+t.text)
	case t.isID() || t.isKeyword() && isAlphanumeric(t.text[0]):
		hint = "write " + quoted("and "+t.text) + " or " + quoted("or "+t.text)
	}
	p.unexpected(t, `"and" or "or" is expected before `+quoted(t.text), hint)
}

// afterProtocol complains about a name, a number or an address right after a
// protocol.
func (p *parser) afterProtocol(before, t token) {
	of := Protocol(before.value)
	hint := ""
	switch {
	case t.kind == name && !t.escaped:
		p.namePretendsOther(t)
		hint = suggest(t.text, []string{
			"port", "portrange", "host", "net", "src", "dst", "proto", "protochain",
			"gateway", "broadcast", "multicast", "and", "or",
		})
		if hint == "" && isService(t.text) && of.has(aPort) {
			hint = "write " + before.text + " port " + t.text
		}
	case t.kind == number && of.has(aPort):
		hint = "write " + before.text + " port " + t.text
	case t.kind == number && of.has(aProto):
		hint = "write " + before.text + " proto " + t.text
	case t.kind == ipv4 || t.kind == ipv6:
		hint = "write host " + t.text
		if of.has(aHost) && of != Link {
			hint = "write " + before.text + " host " + t.text
		}
	case t.kind == mac:
		hint = "write ether host " + t.text
	}
	if hint == "" {
		hint = "write and between them"
	}
	p.unexpected(t, quoted(t.text)+" cannot come right after "+quoted(before.text), hint)
}

// strayMask complains about a mask behind what takes none.
func (p *parser) strayMask(before, t token) {
	length := p.peekAfter()
	if before.kind != number || length.kind != number || length.value > 32 {
		p.unexpected(t, "a mask belongs to an address", "")
	}
	m := maskOf(int(length.value))
	n, bits := before.value, 32
	for n != 0 && n>>24 == 0 {
		n <<= 8
		bits -= 8
	}
	hint := ""
	if n&^m == 0 {
		hint = "write net " + ipv4Address(n).String() + "/" + length.text
	}
	p.unexpected(t, "a mask belongs to an address with dots, and "+before.text+" is a number", hint)
}

// isNumbered tells whether a word may be followed by a number.
func isNumbered(k kind) bool { return k == vlan || k == mpls || k == pppoes || k == geneve }

// strayComparison complains about a comparison after something that is no
// number.
func (p *parser) strayComparison(before, t token) {
	hint := ""
	if value := p.peekAfter(); value.kind == number {
		switch {
		case isNumbered(before.kind):
			hint = "write " + before.text + " " + value.text
		case before.kind == protocol:
			hint = "write " + before.text + "[…] " + t.text + " " + value.text + " for a byte of the header"
		}
	}
	p.unexpected(t, "only numbers are compared: len, or PROTOCOL[…]", hint)
}

// unclosed complains about what comes before a parenthesis is closed.
func (p *parser) unclosed(open, t token, g group) {
	switch {
	case t.kind == bad:
		p.unexpected(t, "", "")
	case t.kind == end:
		p.fail(open.Span, "this parenthesis is never closed", "write ) where its conditions end")
	case g.form == aValue && g.value.bare:
		p.unexpectedNumber(g.value.Where())
	case g.form == aValue:
		p.unexpectedInstead(t, g.value)
	}
	p.unexpectedAfterCondition(t)
}

// unclosedBracket complains about what comes before a bracket is closed.
func (p *parser) unclosedBracket(open, t token) {
	if t.kind == end {
		p.fail(open.Span, "this bracket is never closed", "")
	}
	p.unexpected(t, "] is expected, not "+quoted(t.text), "")
}

// halfDirection complains about "src or" without "dst".
func (p *parser) halfDirection(first, join, second token) {
	other := "dst"
	if first.kind == destination {
		other = "src"
	}
	p.unexpected(second, fmt.Sprintf("%q, or a host, is expected after %q", other, first.text),
		fmt.Sprintf("write %s %s %s", first.text, join.text, other))
}

// linkAlone complains about "ether" that is followed by nothing of its own.
func (p *parser) linkAlone(t, after token) {
	switch {
	case after.isID():
		p.afterProtocol(t, after)
	case after.kind == foreign:
		p.unexpected(after, "", "")
	}
	p.fail(t.Span, quoted(t.text)+" alone says nothing: all frames have a link-layer header",
		"write "+t.text+" host, "+t.text+" proto, "+t.text+" broadcast or "+t.text+" multicast")
}

// check complains about a protocol that does not have what is asked of it.
func (p *parser) check(q qualifiers) {
	if q.protocol.has(q.subject) {
		return
	}
	words := p.expression[q.span.Start:q.span.End]
	of := q.protocol.String()
	hint := ""
	switch q.subject {
	case aProto, aChain:
		hint = "ip, ip6, ether, iso and isis have"
		if q.subject == aChain {
			hint = "ip and ip6 have"
		}
	default:
		if rest, ok := strings.CutPrefix(words, of+" "); ok && q.protocol != Link {
			hint = "write " + of + " and " + rest + " …"
		}
	}
	p.fail(q.span, fmt.Sprintf("%s has no %s to look for", of, plural(q.subject.noun())), hint)
}

// unknownHost complains about a name of a host that is not looked up.
func (p *parser) unknownHost(t token) {
	p.namePretendsOther(t)
	hint := "write its address"
	if s := suggest(t.text, []string{"src", "dst", "host", "net", "port"}); s != "" {
		hint = s
	}
	if _, ok := findWord(t.text); ok && !t.escaped {
		hint = "after host and net this is the name of a host; write " + t.text + " before them, or (host …) in parentheses"
	}
	p.fail(t.Span, quoted(t.text)+" is no address, and names of hosts are not looked up here", hint)
}

// unknownService complains about a name of a port.
func (p *parser) unknownService(t token, text string) {
	if low, high, ok := strings.Cut(text, "-"); ok && matchNumber(low) == len(low) && matchNumber(high) == len(high) && low != "" && high != "" {
		p.fail(t.Span, quoted(text)+" is a range of ports", "write portrange "+text)
	}
	p.namePretendsOther(t)
	p.fail(t.Span, "no port is called "+quoted(text), suggestService(text))
}

// unknownProtocol complains about the name of a protocol.
func (p *parser) unknownProtocol(q qualifiers, t token) {
	names := protocolNames(q.protocol)
	if len(names) == 0 {
		p.fail(t.Span, q.protocol.String()+" proto takes a number", "")
	}
	known := make([]string, len(names))
	for i, n := range names {
		known[i] = n.name
	}
	hint := suggest(t.text, known)
	if q.protocol == Link || q.protocol == ISO {
		hint = oneOf(t.text, known)
	}
	p.fail(t.Span, "no protocol is called "+quoted(t.text), hint)
}
