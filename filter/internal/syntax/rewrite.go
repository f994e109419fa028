package syntax

import (
	"fmt"
	"net/netip"
	"strings"
)

// proposals returns the condition as the grammar has it. For where interfaces or
// mcast's extensions are refused, the later ones do without.
func (r reading) proposals(p *parser) []proposal {
	var list []proposal
	for without := range 3 {
		w := writer{reading: r, parser: p, zoned: without == 0, plain: without == 2}
		if text, ok := w.condition(); ok {
			list = append(list, proposal{Span: r.Span, text: text, note: w.note})
		}
	}
	return list
}

// writer writes a reading as the grammar has it.
type writer struct {
	reading
	parser *parser
	zoned  bool // with interfaces
	plain  bool // without extensions
	note   string

	before Protocol // one that has none of the subject, so that it is a condition of its own
}

// test is a list of values that take the same qualifiers.
type test struct{ qualifiers, value string }

// condition writes all.
func (w *writer) condition() (text string, ok bool) {
	var all [][]test
	var alternatives []string
	alike := true // all with the same qualifiers, which then are written once
	for _, v := range w.allValues() {
		tests := w.tests(readValue(v))
		if tests == nil {
			return "", false
		}
		all = append(all, tests)
		alternatives = append(alternatives, joinTests(tests))
		first := all[0][0].qualifiers
		alike = alike && len(tests) == 1 && tests[0].qualifiers == first && !strings.HasSuffix(first, "group")
	}
	if len(all) == 0 {
		return "", false
	}
	for i, tests := range all {
		switch {
		case alike && i > 0:
			alternatives[i] = tests[0].value
		case !alike && len(all) > 1 && strings.Contains(alternatives[i], " and "):
			alternatives[i] = "(" + alternatives[i] + ")"
		}
	}
	return w.joined(alternatives), true
}

// allValues returns the values, or nil if these are no values but computed with.
func (w *writer) allValues() (values []string) {
	bare := w.subject == "" && w.protocol == NoProtocol && w.direction == ""
	for _, v := range append(w.values, w.more...) {
		numbers := strings.Contains(v, "/") && strings.Trim(v, "/0123456789") == ""
		switch {
		case v == "":
		case bare && numbers:
			return nil // that is a division
		case w.subject == "port" && numbers && strings.Count(v, "/") == 1:
			values = append(values, strings.Split(v, "/")...)
		default:
			values = append(values, v)
		}
	}
	return values
}

// joinTests writes tests that must all hold.
func joinTests(tests []test) string {
	var all []string
	for _, t := range tests {
		all = append(all, t.qualifiers+" "+t.value)
	}
	return strings.Join(all, " and ")
}

// joined writes alternatives, what comes before them, and not.
func (w *writer) joined(alternatives []string) string {
	text, join := strings.Join(alternatives, " or "), ""
	switch {
	case len(alternatives) > 1:
		join = "or"
	case strings.Contains(text, " and ") && !strings.HasPrefix(text, "src and dst "):
		join = "and"
	}
	if w.negated {
		if join != "" {
			text = "(" + text + ")"
		}
		text, join = "not "+text, ""
	}
	if w.before != NoProtocol {
		if join == "or" {
			text = "(" + text + ")"
		}
		text, join = w.before.String()+" and "+text, "and"
	}
	return w.parser.enclosed(w.Start, text, join)
}

// tests returns what holds for a value.
func (w *writer) tests(v written) []test {
	switch {
	case v.mac != "":
		if w.subject != "" && w.subject != "host" || w.protocol != NoProtocol && w.protocol != Link {
			return nil
		}
		return []test{{"ether " + w.direct("host"), v.mac}}
	case v.nets != nil:
		return w.addresses(v)
	case v.mask != "":
		return w.about(w.protocol, "net", v.mask)
	}
	return w.numberOrName(v)
}

// numberOrName returns what holds for a number, a range or a name.
func (w *writer) numberOrName(v written) []test {
	if v.ports == "" && v.name == "" && v.number == "" {
		return nil
	}
	subject, value, of := w.subject, v.number, w.protocol
	if v.transport != NoProtocol {
		if of != NoProtocol && of != v.transport {
			return nil
		}
		of = v.transport
	}
	if subject == "host" && !of.has(aHost) && of.has(aPort) && v.name == "" {
		subject = "port"
	}
	switch {
	case v.ports != "":
		if subject != "" && subject != "port" && subject != "portrange" {
			return nil
		}
		subject, value = "portrange", v.ports
	case v.name != "":
		value = v.name
		if k, ok := findKeyword(value); ok && k.kind != number {
			value = `\` + value
		}
		if subject == "" && (w.direction != "" || of != NoProtocol) && isService(v.name) && (of == NoProtocol || of.has(aPort)) {
			subject = "port"
		}
		if subject == "portrange" {
			subject = "port"
		}
	case subject == "" && (of == IP || of == IP6 || of == ISO):
		subject = "proto"
	case subject == "":
		subject = "port"
	}
	switch subject {
	case "port", "portrange":
		switch {
		case of == NoProtocol || of.has(aPort):
			if w.negated && of != NoProtocol {
				w.before, of = of, NoProtocol
			}
		case of == Link:
			of = NoProtocol
		case of == IP || of == IP6:
			w.before, of = of, NoProtocol
		default:
			return nil
		}
		return []test{{of.qualifier() + w.direct(subject), value}}
	case "proto", "protochain":
		if w.direction != "" || !of.has(aProto) {
			return nil
		}
		return []test{{of.qualifier() + subject, value}}
	case "host", "net":
		if !of.has(aNet) {
			return nil
		}
		return []test{{of.qualifier() + w.direct(subject), value}}
	}
	return nil
}

// direct writes the direction before a word.
func (w *writer) direct(subject string) string {
	return strings.TrimSpace(w.direction + " " + subject)
}

// addresses returns what holds for one or more addresses.
func (w *writer) addresses(v written) []test {
	var all []string
	isNet, isGroup := len(v.nets) > 1, true
	for _, n := range v.nets {
		if w.subject == "group" {
			n = unmapped(n)
		}
		text := n.String()
		if n.IsSingleIP() {
			text = n.Addr().String()
		} else {
			isNet = true
		}
		all = append(all, text)
		isGroup = isGroup && areGroups(n)
	}
	subject := "host"
	if isNet || w.subject == "net" {
		subject = "net"
	}
	transport, of := NoProtocol, w.protocol
	switch {
	case of == Link:
		of = NoProtocol
	case of.has(aPort) && v.number != "":
		transport, of = of, NoProtocol
	case of == IP && v.nets[0].Addr().Is6():
		of = IP6
	case of == IP6 && v.nets[0].Addr().Is4():
		of = IP
	}
	if v.number == "" && v.transport == NoProtocol && (w.subject == "port" || w.subject == "portrange") && (of == NoProtocol || of.has(aPort)) {
		of = w.protocol
	}
	var tests []test
	switch {
	case w.subject == "group" && strings.HasPrefix(w.direction, "src"):
		return nil
	case w.subject == "group" && isGroup && !w.plain:
		if of != NoProtocol {
			w.before, of = of, NoProtocol
		}
		text := all[0]
		if len(all) > 1 {
			text = strings.Join(all, " or group ")
		}
		tests = []test{{"group", text}}
	case w.subject == "group" && isGroup:
		w.direction = "dst"
		fallthrough
	case w.subject == "" || w.subject == "host" || w.subject == "net" || w.subject == "group" || w.subject == "port":
		if v.source.IsValid() {
			w.direction = "dst"
		}
		tests = w.about(of, subject, strings.Join(all, " or "))
	default:
		return nil
	}
	if tests == nil {
		return nil
	}
	if len(all) > 1 && (v.number != "" || v.source.IsValid() || v.zone != "" || len(w.values)+len(w.more) > 1 || w.before != NoProtocol) {
		tests[0] = test{"(" + tests[0].qualifiers, tests[0].value + ")"}
	}
	if v.source.IsValid() {
		tests = append([]test{{"src host", v.source.String()}}, tests...)
	}
	return append(tests, w.beside(v, transport)...)
}

// unmapped returns the IPv4 network that is meant by one mapped into IPv6: there is
// no group of IPv6 that is one of IPv4.
func unmapped(n netip.Prefix) netip.Prefix {
	const mapped = 96 // bits of the prefix ::ffff:0:0/96
	if !n.Addr().Is4In6() || n.Bits() < mapped {
		return n
	}
	return netip.PrefixFrom(n.Addr().Unmap(), n.Bits()-mapped)
}

// about returns a test of addresses, of a protocol if it has some.
func (w *writer) about(of Protocol, subject, value string) []test {
	has := aHost
	if subject == "net" {
		has = aNet
	}
	switch {
	case !of.has(aPort) && !of.has(has) && protocols[of].bytes == noBytes:
		return nil
	case !of.has(has):
		w.before, of = of, NoProtocol
	case (of == ARP || of == RARP) && strings.Contains(value, ":"):
		return nil
	}
	return []test{{of.qualifier() + w.direct(subject), value}}
}

// beside returns what else an address in mcast's notation says.
func (w *writer) beside(v written, transport Protocol) (tests []test) {
	if v.number != "" {
		direction := w.direction
		if v.source.IsValid() {
			direction = "dst"
		}
		tests = append(tests, test{transport.qualifier() + strings.TrimSpace(direction+" port"), v.number})
	}
	switch {
	case v.zone == "":
	case w.zoned:
		tests = append(tests, test{"ifname", v.zone})
	default:
		w.note = fmt.Sprintf("the interface is told by %q, in live captures", "ifname "+v.zone)
	}
	return tests
}
