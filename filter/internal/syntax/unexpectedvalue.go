package syntax

import (
	"fmt"
	"strings"
)

// The messages for what is wrong with numbers and comparisons.

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
	of := Protocol(p.tokens[first].value)
	ok := p.tokens[first].kind == protocol && (of == IP || of == IP6 || of == Link)
	if n, known := findProtocolNumber(of, t.text); ok && known {
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
	switch {
	case t.is(word, "less"):
		hint = "write <"
	case t.is(word, "greater"):
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

// strayComparison complains about a comparison after something that is no
// number.
func (p *parser) strayComparison(before, t token) {
	const problem = "only numbers are compared: len, or PROTOCOL[…]"
	if value := p.peekAfter(); value.kind == number {
		switch {
		case before.isNumbered() && t.text == "=":
			p.propose(t.Span, problem, "", proposal{Span: Span{before.Start, value.End}, text: before.text + " " + value.text})
		case before.kind == protocol:
			p.unexpected(t, problem, before.text+"[…] "+t.text+" "+value.text+" compares a byte of the header")
		}
	}
	p.unexpected(t, problem, "")
}
