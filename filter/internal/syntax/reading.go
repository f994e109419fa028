package syntax

import "strings"

// The parser reads what the grammar allows. A reading is what people mean by
// what they write instead: qualifiers in any order and by other names, and
// behind them what these may be about, with commas, or an address with its port.
// It serves for hints only.

// field is a word, a value or a sign of a reading.
type field struct {
	Span
	text string
}

// fields cuts a part of the expression at blanks, commas and signs of
// comparison.
func (p *parser) fields(in Span) []field {
	var list []field
	add := func(start, end int) {
		if start < end {
			list = append(list, field{Span{start, end}, p.expression[start:end]})
		}
	}
	start := in.Start
	for i := in.Start; i < in.End; i++ {
		switch c := p.expression[i]; c {
		case ' ', '\t', '\r', '\n':
			add(start, i)
			start = i + 1
		case ',', '=', '<', '>', '!':
			add(start, i)
			start = i
			if c != ',' && i+1 < in.End && p.expression[i+1] == '=' {
				i++
			}
			add(start, i+1)
			start = i + 1
		}
	}
	add(start, in.End)
	return list
}

// reading is one condition as people write it.
type reading struct {
	Span
	protocol  Protocol
	direction string // "src", "dst", "src or dst" or "src and dst"; "" if nothing is said
	subject   string // host, net, port, portrange, proto, protochain, group; "" if nothing is said
	negated   bool
	values    []string
	more      []string // values after "or", which take the same qualifiers
}

// others are words that people write for qualifiers, beside those of habits. They
// are only that: alone they stand for nothing, or for something else.
var others = [...]struct{ word, means string }{
	{"addr", "host"},
	{"address", "host"},
	{"addresses", "host"},
	{"group", "group"},
	{"groups", "group"},
	{"hosts", "host"},
	{"join", "group"},
	{"mac", "ether host"},
	{"multicast", "group"},
	{"ports", "port"},
	{"protocol", "proto"},
	{"range", "portrange"},
}

// subjects are the words of the language for what may have a direction.
var subjects = [...]string{"port", "portrange", "host", "net"}

// subjectOf returns the subject that a word of the language stands for.
func subjectOf(word string) subject {
	k, _ := findKeyword(word)
	s, _ := token{kind: k.kind}.subject()
	return s
}

// qualifierWords returns the words of the language that a word stands for if it
// is a qualifier, and nil otherwise: ["dst", "port"] for "dst-port".
func qualifierWords(text string) []string {
	lower := strings.ToLower(text)
	for _, o := range others {
		if o.word == lower {
			return strings.Fields(o.means)
		}
	}
	if distance(lower, "address", 1) == 1 { // there are many ways to
		return []string{"host"}
	}
	if _, ok := findKeyword(lower); ok {
		return qualifiersOnly(lower)
	}
	if h := habitual(lower); h != "" {
		return qualifiersOnly(strings.Fields(h)...)
	}
	parts := strings.FieldsFunc(lower, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	if len(parts) < 2 {
		return nil
	}
	var all []string
	for _, part := range parts {
		words := qualifierWords(part)
		if words == nil {
			return nil
		}
		all = append(all, words...)
	}
	return all
}

// qualifiersOnly returns words of the language if all of them are qualifiers, and nil
// otherwise.
func qualifiersOnly(words ...string) []string {
	for _, w := range words {
		switch k, _ := findKeyword(w); k.kind {
		case protocol, source, destination, host, net, port, portRange, proto, protoChain:
		default:
			return nil
		}
	}
	return words
}

// reading returns what may be meant by the condition that an error is in.
func (p *parser) reading(e *Error) []proposal {
	first, last := p.conditionAt(e)
	if first == last {
		return nil
	}
	fields := p.fields(p.spanOf(first, last))
	for len(fields) > 0 {
		r, n := p.read(fields)
		if n == 0 {
			return nil
		}
		if r.End > e.Span.Start || n == len(fields) {
			if n == len(fields) {
				p.readMore(&r, last)
			}
			if r.subject == "" && r.protocol == NoProtocol && r.direction == "" {
				r.subject = p.carried(first)
			}
			return r.proposals(p)
		}
		fields = fields[n:]
	}
	return nil
}

// carried returns "group" if the condition before the "and" or "or" that comes
// before a token is about groups.
func (p *parser) carried(first int) string {
	if first < 2 || p.tokens[first-1].kind != and && p.tokens[first-1].kind != or {
		return ""
	}
	from, to := p.segment(first - 2)
	for i := from; i < to; i++ {
		if p.tokens[i].is(name, "group") {
			return "group"
		}
	}
	if to-from == 1 {
		return p.carried(from)
	}
	return ""
}

// readMore takes the values after "or" along.
func (p *parser) readMore(r *reading, i int) {
	for ; i+2 < len(p.tokens) && p.tokens[i].kind == or && p.tokens[i+1].isID() && p.divides(i+2); i += 2 {
		t := p.tokens[i+1]
		if t.isExtension() {
			return
		}
		r.more = append(r.more, p.expression[t.Start:t.End])
		r.End = t.End
	}
}

// read reads a condition from fields, and returns how many it took.
func (p *parser) read(fields []field) (r reading, n int) {
	n = r.qualifiers(fields)
	if n < 0 {
		return r, 0
	}
	compared := ""
	if n < len(fields) && strings.ContainsAny(fields[n].text[:1], "=<>!") {
		compared = fields[n].text
		n++
	}
	if n == len(fields) {
		return r, 0
	}
	n = r.list(fields, n)
	if n == 0 || !r.compare(compared) {
		return r, 0
	}
	r.Span = Span{fields[0].Start, fields[n-1].End}
	return r, n
}

// qualifiers reads the words before the values, and returns how many fields
// these are, or -1 if they make no sense.
func (r *reading) qualifiers(fields []field) (n int) {
	for ; n < len(fields); n++ {
		f := fields[n].text
		if r.subject == "proto" || r.subject == "protochain" {
			if _, ok := findProtocolNumber(r.protocol, f); ok {
				return n
			}
		}
		if f == "or" || f == "||" || f == "and" || f == "&&" {
			// Between "src" and "dst", or it would not be here.
			r.direction += " " + strings.NewReplacer("||", "or", "&&", "and").Replace(f)
			continue
		}
		words := qualifierWords(f)
		if words == nil && n+1 < len(fields) && isListed(fields[n+1].text) {
			words = r.misspelled(f)
		}
		if words == nil {
			return n
		}
		for _, w := range words {
			if !r.qualifier(w) {
				return -1
			}
		}
	}
	return n
}

// misspelled returns the word for a subject that another one looks like, if the
// qualifiers before it may be about such a subject.
func (r *reading) misspelled(text string) []string {
	for _, word := range nearest(text, subjects[:]) {
		if r.direction != "" || r.protocol.has(subjectOf(word)) {
			return []string{word}
		}
	}
	return nil
}

// qualifier takes a word, and returns false if it does not go with those
// before.
func (r *reading) qualifier(w string) bool {
	switch k, _ := findKeyword(w); k.kind {
	case protocol:
		if r.protocol != NoProtocol && r.protocol != Protocol(k.value) {
			return false
		}
		r.protocol = Protocol(k.value)
		return true
	case source, destination:
		switch {
		case r.direction == "" || r.direction == w:
			r.direction = w
		case strings.HasSuffix(r.direction, "or"), strings.HasSuffix(r.direction, "and"):
			r.direction += " " + w
		case len(r.direction) == len(w): // the other one
			r.direction += " or " + w
		default:
			return false
		}
		return true
	}
	if r.subject == "port" && w == "portrange" { // "port range"
		r.subject = w
	}
	if r.subject != "" && r.subject != w {
		return false
	}
	r.subject = w
	return true
}

// list reads the values from field n on, and returns which field comes after
// them, or 0 if they make no sense.
func (r *reading) list(fields []field, n int) int {
	for n < len(fields) {
		v := strings.Trim(fields[n].text, "{}")
		n++
		// What belongs to an address may have blanks before it.
		for n < len(fields) {
			f := fields[n].text
			switch {
			case f == "mask" || f == "netmask":
				if n+1 == len(fields) {
					return 0
				}
				v += "/" + fields[n+1].text
				n += 2
				continue
			case strings.HasSuffix(v, "/"), strings.HasSuffix(v, ":") && !strings.HasSuffix(v, "::"), strings.HasSuffix(v, "-"),
				f[0] == '/', f[0] == ':', f[0] == '-':
				v += f
				n++
				continue
			}
			break
		}
		r.values = append(r.values, v)
		switch {
		case n == len(fields):
			return n
		case fields[n].text == "," || fields[n].text == "}":
			if n++; n == len(fields) {
				return n
			}
		case !isListed(v) || !isListed(fields[n].text):
			return n
		}
	}
	return n
}

// isListed tells whether a value may stand beside others without a comma: it is
// a number or an address, not a word.
func isListed(v string) bool {
	return matchNumber(v) == len(v) || len(readValue(v).nets) > 0 || v == "}"
}

// compare applies a comparison to the only value, which can be one only of
// ports, or whether it is or is not.
func (r *reading) compare(op string) bool {
	switch op {
	case "", "=", "==":
		return true
	case "!=":
		r.negated = true
		return true
	}
	if r.subject != "port" || len(r.values) != 1 {
		return false
	}
	n, ok := portNumber(r.values[0])
	low, high := 0, 65535
	switch op {
	case ">":
		low = n + 1
	case ">=":
		low = n
	case "<":
		high = n - 1
	case "<=":
		high = n
	default:
		return false
	}
	r.subject, r.values[0] = "portrange", decimal(uint32(max(low, 0)))+"-"+decimal(uint32(max(high, 0)))
	return ok && low <= 65535 && high >= 0
}
