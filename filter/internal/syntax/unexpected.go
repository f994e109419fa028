package syntax

import (
	"fmt"
	"slices"
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
		p.unexpected(t, "a condition is expected, not "+quoted(t.text), "conditions are joined by && and ||")
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
			p.unexpected(t, quoted(words)+" is not compared: it has its "+q.subject.noun()+" right behind it", "")
		}
	case t.kind == end || t.kind == and || t.kind == or || t.kind == rightParen:
		p.unexpected(t, quoted(words)+" needs "+q.subject.wanted()+" after it", "")
	case t.isKeyword() && isAlphanumeric(t.text[0]):
		p.keywordFor(t, q)
	}
	p.unexpected(t, "after "+quoted(words)+", "+q.subject.wanted()+" is expected", "")
}

// keywordFor complains about a keyword where something of another name should
// be.
func (p *parser) keywordFor(t token, q qualifiers) {
	hint := `write \` + t.text + "; that is a name, and no word of the language"
	isProtocol := q.subject == aProto || q.subject == aChain
	switch _, known := findProtocolNumber(q.protocol, t.text); {
	case known && isProtocol:
		hint = `write \` + t.text
	case p.previous().kind == or || p.previous().kind == and:
		hint = "close the parentheses before"
	case !q.ofHosts() || !p.divides(p.next+1):
		hint = "" // nothing can be called so
	}
	p.fail(t.Span, quoted(t.text)+" is a word of the filter language, where "+q.subject.article()+" is expected", hint)
}

// noun returns what a name or a number is of.
func (s subject) noun() string {
	_, noun, _ := strings.Cut(s.article(), " ")
	return noun
}

// withoutQualifiers complains about a name, a number or an address for which
// nothing says what it is.
func (p *parser) withoutQualifiers(t token) {
	switch t.kind {
	case name:
		p.unknownWord(t)
	case number:
		p.unexpectedNumber(t.Span)
	case ipv4, ipv6:
		p.fail(t.Span, "nothing says what this address is of", "host or net comes before it")
	case mac:
		p.fail(t.Span, "nothing says what this address is of", "write ether host "+t.text)
	}
	p.unexpected(t, foreignProblem(t.text, arcnetFamily), "")
}

// unknownWord complains about a name where a condition begins.
func (p *parser) unknownWord(t token) {
	p.namePretendsOther(t)
	var list []proposal
	habit, known := habitual(t.text), beginnings()
	switch service := nearService(habit, t.text); {
	case slices.Contains(known, strings.ToLower(t.text)), habit != "" && slices.Contains(known, strings.Fields(habit)[0]):
	case service != "":
		list = append(list, proposal{Span: t.Span, text: "port " + service})
	case isIPProtocol(t.text):
		list = append(list, proposal{Span: t.Span, text: "ip proto " + t.text})
	}
	near := nearest(t.text, known)
	if next := p.tokens[p.tokenAt(t.End)]; slices.Contains(near, "proto") && next.kind == protocol {
		list = append(list, proposal{Span: Span{t.Start, next.End}, text: `proto \` + next.text})
	}
	for _, word := range near {
		list = append(list, proposal{Span: t.Span, text: word, meant: true})
	}
	if !t.escaped && p.divides(p.tokenAt(t.End)) {
		list = append(list, proposal{Span: t.Span, text: "host " + t.text, note: "if that is a host"})
	}
	p.propose(t.Span, "no word of the filter language is called "+quoted(t.text), "", list...)
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
	before := p.previous()
	if before.kind == leftBracket && p.next >= 2 {
		// A field of that protocol: tcp[flags].
		if k, ok := findKeyword(p.tokens[p.next-2].text + t.text); ok {
			p.fail(t.Span, expected+", and "+quoted(t.text)+" is none", hintFor(k.word))
		}
	}
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
		if len(t.text) > 1 && len(t.text) == hexRun(t.text, 8) && t.text[0] != '0' {
			hint = "write 0x" + t.text
		}
		p.unexpected(t, expected+", and "+quoted(t.text)+" is none", hint)
	case ipv4:
		if a, ok := parseAddress(t.text); ok {
			p.fail(t.Span, expected+", and "+t.text+" is an address", fmt.Sprintf("write 0x%08x", addressNumber(a)))
		}
	case comparison:
		if op, ok := comparisonOf(before.text + t.text); ok && before.kind == comparison {
			p.propose(t.Span, expected+", not "+quoted(t.text), "", proposal{Span: Span{before.Start, t.End}, text: op})
		}
	case protocol:
		p.protocolCompared(t, expected)
	case end:
		p.unexpected(t, expected, "")
	}
	p.unexpected(t, expected+", not "+quoted(t.text), "")
}

// comparisonOf returns the sign that is meant by one from elsewhere.
func comparisonOf(sign string) (string, bool) {
	switch sign {
	case "=>":
		return ">=", true
	case "=<":
		return "<=", true
	case "<>", "><":
		return "!=", true
	case "==":
		return "=", true
	}
	return "", false
}

// protocolCompared complains about a protocol where a number is expected: its
// own, or a byte of its header.
func (p *parser) protocolCompared(t token, problem string) {
	if p.previous().kind != comparison {
		p.unexpected(t, problem, "write "+t.text+"[0]; that is the first byte of the header")
	}
	first, _ := p.comparisons(p.next - 1)
	of := IP
	if p.tokens[first].kind == protocol && Protocol(p.tokens[first].value) == Link {
		of = Link
	}
	if n, ok := findProtocolNumber(of, t.text); ok {
		p.fail(t.Span, problem, "write "+decimal(n)+"; that is the number of "+t.text)
	}
	p.unexpected(t, problem, "")
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
	const problem = "a value is compared with another one by = != < <= > or >="
	if span := x.Where(); t.kind == and || t.kind == or || t.kind == end || t.kind == rightParen {
		span.End = p.previous().End
		text := p.expression[span.Start:span.End]
		if len(text) > mostQuoted || strings.Count(text, ")") != strings.Count(text, "(") {
			p.fail(t.Span, problem, "one is true if it is != 0")
		}
		p.propose(t.Span, problem, "", proposal{Span: span, text: text + " != 0"})
	}
	p.unexpected(t, problem, hint)
}

// chained complains about "1 < x < 5".
func (p *parser) chained(first, second token, between value) {
	y := between.Where()
	middle := p.expression[y.Start:y.End]
	from, to := p.comparisons(p.next)
	whole := p.spanOf(from, to)
	left, right := p.expression[whole.Start:first.End], p.expression[second.Start:whole.End]
	var list []proposal
	if len(left)+2*len(middle)+len(right) <= 2*mostQuoted && first.End <= y.Start {
		list = append(list, proposal{Span: whole, text: p.enclosed(whole.Start, left+" "+middle+" and "+middle+" "+right, "and")})
	}
	p.propose(second.Span, "a comparison has two sides only", "two are joined by and", list...)
}

// comparisons returns the tokens around one of which all, with their
// parentheses, may be sides of comparisons, from the first up to, not including,
// the last.
func (p *parser) comparisons(i int) (first, last int) {
	first, last = i, i
	for depth := 0; first > 0; first-- {
		t := p.tokens[first-1]
		if t.kind == rightParen {
			depth++
		}
		if t.kind == leftParen {
			depth--
		}
		if depth < 0 || depth == 0 && t.kind != rightParen && t.kind != leftParen && p.divides(first-1) {
			break
		}
	}
	for depth := 0; last < len(p.tokens)-1; last++ {
		t := p.tokens[last]
		if t.kind == leftParen {
			depth++
		}
		if t.kind == rightParen {
			depth--
		}
		if depth < 0 || depth == 0 && t.kind != rightParen && t.kind != leftParen && p.divides(last) {
			break
		}
	}
	return first, last
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
	case t.kind == name && isNumbered(before.kind):
		p.notNumbered(before, t)
	case t.kind == name && t.Start == before.End && before.kind != rightParen:
		p.malformed(before)
	case t.kind == name && before.kind == ipv4:
		p.missingJoin(t, suggest(t.text, []string{"and", "or", "mask"}))
	case t.kind == name:
		p.namePretendsOther(t)
		p.missingJoin(t, suggest(t.text, []string{"and", "or"}))
	case t.kind == colon && t.Start == before.End && before.kind == ipv6:
		p.malformed(t)
	case t.is(operator, "/"):
		p.strayMask(before, t)
	case (t.is(operator, "-") || t.kind == colon) && before.kind == number && p.peekAfter().kind == number:
		p.unexpected(t, "a range is written with a hyphen and without blanks", "")
	case t.is(operator, "&") && p.peekAfter().kind == number && before.kind == protocol:
		p.maskedProtocol(before, t)
	case t.is(operator, "&"), t.is(operator, "|"):
		p.unexpected(t, quoted(t.text)+" computes with numbers", "write "+t.text+t.text+"; it joins conditions")
	case t.kind == comparison:
		p.strayComparison(before, t)
	case t.kind == colon && (before.kind == ipv4 || before.kind == ipv6) && p.peekAfter().kind == number:
		p.unexpected(t, "an address and a port are two conditions", "")
	}
	p.missingJoin(t, "")
}

// missingJoin complains about two conditions side by side.
func (p *parser) missingJoin(t token, hint string) {
	switch {
	case hint != "":
	case t.isID() && p.previous().isID():
		hint = "write or " + p.expression[t.Start:t.End]
	case t.kind == not:
		hint = "write and " + t.text
	case t.isID() || t.isKeyword() && isAlphanumeric(t.text[0]):
		text := p.expression[t.Start:t.End]
		hint = "write " + quoted("and "+text) + " or " + quoted("or "+text)
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
			hint = "write port " + t.text
		}
		if _, ok := findWord(t.text); ok {
			p.missingJoin(t, "")
		}
	case t.kind == number && of.has(aPort):
		hint = "a port comes behind the word port"
	}
	p.unexpected(t, quoted(t.text)+" cannot come right after "+quoted(before.text), hint)
}

// notNumbered complains about a name where the number of a tag may stand.
func (p *parser) notNumbered(before, t token) {
	if s := suggest(t.text, []string{"and", "or"}); s != "" {
		p.missingJoin(t, s)
	}
	var list []proposal
	if after := p.peekAfter(); after.kind == number {
		list = append(list, proposal{Span: Span{before.Start, after.End}, text: before.text + " " + after.text})
	}
	p.propose(t.Span, quoted(before.text)+" is followed by a number, if by anything", "", list...)
}

// maskedProtocol complains about "tcp & tcp-syn".
func (p *parser) maskedProtocol(before, t token) {
	flag := p.peekAfter()
	end := flag.End
	if i := p.next + 2; i+1 < len(p.tokens) && p.tokens[i].kind == comparison && p.tokens[i+1].kind == number {
		end = p.tokens[i+1].End
	}
	var list []proposal
	if strings.HasPrefix(flag.text, before.text+"-") {
		text := strings.TrimPrefix(numberHint(flag.text), writeForm)
		if end > flag.End {
			text = strings.TrimSuffix(text, " != 0") + p.expression[flag.End:end]
		}
		list = append(list, proposal{Span: Span{before.Start, end}, text: text})
	}
	p.propose(t.Span, quoted(before.text)+" is no number", "", list...)
}

// strayMask complains about a mask behind what takes none.
func (p *parser) strayMask(before, t token) {
	length := p.peekAfter()
	if before.kind != number || length.kind != number || length.value > 32 {
		p.unexpected(t, "a mask belongs to an address", "")
	}
	p.unexpected(t, "a mask belongs to an address with dots, and "+before.text+" is a number", "")
}

// isNumbered tells whether a word may be followed by a number.
func isNumbered(k kind) bool { return k == vlan || k == mpls || k == pppoes || k == geneve }

// strayComparison complains about a comparison after something that is no
// number.
func (p *parser) strayComparison(before, t token) {
	const problem = "only numbers are compared: len, or PROTOCOL[…]"
	if value := p.peekAfter(); value.kind == number {
		switch {
		case isNumbered(before.kind) && t.text == "=":
			p.propose(t.Span, problem, "", proposal{Span: Span{before.Start, value.End}, text: before.text + " " + value.text})
		case before.kind == protocol:
			p.unexpected(t, problem, before.text+"[…] "+t.text+" "+value.text+" compares a byte of the header")
		}
	}
	p.unexpected(t, problem, "")
}

// unclosed complains about what comes before a parenthesis is closed.
func (p *parser) unclosed(open, t token, g group) {
	switch {
	case t.kind == bad:
		p.unexpected(t, "", "")
	case t.kind == end:
		p.fail(open.Span, "this parenthesis is never closed", "put ) where its conditions end")
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
	p.propose(second.Span, fmt.Sprintf("%q, or a host, is expected after %q", other, first.text), "",
		proposal{Span: Span{first.Start, join.End}, text: first.text + " " + join.text + " " + other})
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
		"host, proto, broadcast or multicast comes behind it")
}

// check complains about a protocol that does not have what is asked of it.
func (p *parser) check(q qualifiers) {
	if q.protocol.has(q.subject) {
		return
	}
	of := q.protocol.String()
	hint := ""
	switch q.subject {
	case aProto, aChain:
		hint = "ip, ip6, ether, iso and isis have"
		if q.subject == aChain {
			hint = "ip and ip6 have"
		}
	default:
		if q.subject == aPort || q.subject == aPortRange {
			hint = "tcp, udp and sctp have"
		}
	}
	p.fail(q.span, fmt.Sprintf("%s has no %ss to look for", of, q.subject.noun()), hint)
}

// unknownHost complains about a name of a host that is not looked up.
func (p *parser) unknownHost(t token) {
	p.namePretendsOther(t)
	hint := "its address may stand here"
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
		p.fail(t.Span, quoted(text)+" is a range of ports", "portrange comes before one")
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
	if near := nearest(t.text, known); len(near) > 0 {
		if _, ok := findKeyword(near[0]); ok {
			hint = hintFor(`\` + near[0])
		}
	}
	p.fail(t.Span, "no protocol is called "+quoted(t.text), hint)
}
