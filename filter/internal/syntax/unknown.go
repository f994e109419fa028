package syntax

import (
	"slices"
	"strings"
)

// The messages for names that nothing is called by.

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
	hint := ""
	if !t.escaped && p.divides(p.tokenAt(t.End)) && p.options.Resolve != nil {
		hint = "if it is the name of a host, host comes before it"
	}
	p.propose(t.Span, "no word of the filter language is called "+quoted(t.text), hint, list...)
}

// unknownHost complains about a name of a host that is not looked up.
func (p *parser) unknownHost(t token) {
	p.namePretendsOther(t)
	hint := "its address may stand here"
	if s := suggest(t.text, []string{"src", "dst", "host", "net", "port"}); s != "" {
		hint = s
	}
	if t.isExtension() {
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
	names := make([]string, len(services))
	for i, s := range services {
		names[i] = s.name
	}
	words := nearest(text, names)
	if before := p.before(t.Start); before.kind == and || before.kind == or || before.kind == not {
		words = append(words, nearest(text, beginnings())...)
	}
	var list []proposal
	for _, word := range words {
		list = append(list, proposal{Span: t.Span, text: word, meant: true})
	}
	p.propose(t.Span, "no port is called "+quoted(text), "a port without a name of its own is told by its number", list...)
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
