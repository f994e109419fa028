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
	hint := `a host that is called so is \` + t.text
	isProtocol := q.subject == aProto || q.subject == aChain
	switch _, known := findProtocolNumber(q.protocol, t.text); {
	case known && isProtocol:
		hint = `write \` + t.text
	case p.previous().kind == or || p.previous().kind == and:
		hint = "close the parentheses before"
	case !q.ofHosts() || !p.divides(p.next+1) || p.options.Resolve == nil:
		hint = "" // nothing can be called so
	}
	p.fail(t.Span, quoted(t.text)+" is a word of the filter language, where "+q.subject.article()+" is expected", hint)
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
		p.fail(t.Span, "nothing says what this address is of", "host or net comes before it")
	case mac:
		p.fail(t.Span, "nothing says what this address is of", "write ether host "+t.text)
	}
	p.unexpected(t, foreignProblem(t.text, arcnetFamily), "")
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
	case t.kind == name && before.isNumbered():
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
		if t.isExtension() {
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

// strayMask complains about a mask behind what takes none.
func (p *parser) strayMask(before, t token) {
	length := p.peekAfter()
	if before.kind != number || length.kind != number || length.value > 32 {
		p.unexpected(t, "a mask belongs to an address", "")
	}
	p.unexpected(t, "a mask belongs to an address with dots, and "+before.text+" is a number", "")
}

// unclosed complains about what comes before a parenthesis is closed.
func (p *parser) unclosed(open, t token, g group) {
	switch {
	case t.kind == bad:
		p.unexpected(t, "", "")
	case t.kind == end:
		p.neverClosed(open, "this parenthesis is never closed", "put ) where its conditions end")
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
		p.neverClosed(open, "this bracket is never closed", "")
	}
	p.unexpected(t, "] is expected, not "+quoted(t.text), "")
}

// neverClosed complains at the end of the expression about what is open still.
func (p *parser) neverClosed(open token, problem, hint string) {
	panic(mistake{
		Error: &Error{Expression: p.expression, Span: open.Span, Problem: problem, Hint: hint},
		seen:  len(p.expression),
	})
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
	if t := p.peek(); q.subject == someHost && t.kind == name && !t.escaped && !isService(t.text) {
		p.misspelledSubject(t, q)
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
			hint = "ports are those of tcp, udp and sctp"
		}
	}
	p.fail(q.span, fmt.Sprintf("%s has no %s to look for", of, plural(q.subject.noun())), hint)
}

// misspelledSubject complains about a name after a direction if it looks like a word
// for what the direction is of: "tcp dst prot 5".
func (p *parser) misspelledSubject(t token, q qualifiers) {
	var list []proposal
	for _, word := range nearest(t.text, subjects[:]) {
		if q.protocol.has(subjectOf(word)) {
			list = append(list, proposal{Span: t.Span, text: word, meant: true})
		}
	}
	if list != nil {
		p.propose(t.Span, quoted(t.text)+" cannot come right after "+quoted(p.expression[q.span.Start:q.span.End]), "", list...)
	}
}
