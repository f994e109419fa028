package mcast

import (
	"cmp"
	"fmt"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
)

// ParseGroup reads a group as a person writes it:
//
//	[SOURCE[,SOURCE]@]GROUP[+COUNT|/PREFIX][%INTERFACE][:PORT]
//
//	239.1.1.1:5000                    a group and a port
//	ff02::1%eth0                      on one interface, no port
//	[ff02::1]%eth0:5000               brackets hold an IPv6 address
//	192.0.2.7,192.0.2.8@232.1.1.1     only from these two sources
//	239.1.1.1+100:5000                a hundred groups from there
//	[ff15::]/120:5000                 all groups of the prefix
//
// SOURCE and GROUP are addresses; names are not looked up. An IPv4 address mapped into IPv6 (::ffff:224.1.1.1) is
// refused: the two families are joined by different calls, and the text should say which one is meant.
//
// An IPv6 address without brackets ends at +, / or %, or else at the end: ff15::1+10:5000 has a port, ff15::1:5000
// is an address without one. [Group.RequirePort] tells the second case.
//
// PREFIX must not cut an address off its block: 239.1.1.5/28 is refused, 239.1.1.0/28 and 239.1.1.5+16 are not.
//
// INTERFACE is a name, an index (%3), an IPv4 address (%192.0.2.1) or an IPv6 address in brackets (%[fd00::1]) that
// the interface owns. It may stand inside the brackets of the group, as RFC 4007 writes it: [ff02::1%eth0]:5000. A
// colon ends it: %eth0:1 is port 1 of eth0, not the alias eth0:1, which is a label of an address and nothing that
// can be joined on. A name that holds one of @ , + / % [ ] cannot be written; its index can.
//
// A Group from ParseGroup is valid, with a Count of 0 for a single group. The error is a *[GroupError].
func ParseGroup(s string) (Group, error) {
	g, err := parseGroup(s, suggest)
	if err == nil {
		return g, nil
	}
	if t := trimMarks(s); t != s {
		if hint := suggest(t); hint != "" {
			err = fault(hint, "there is white space in it")
		}
	}
	err.Text = s
	return Group{}, err
}

// suggest returns the hint to write s, in canonical form, or nothing if s is no group.
func suggest(s string) string {
	// What is itself in need of a suggestion gets none: suggestions in suggestions would take time without bound.
	g, err := parseGroup(s, func(string) string { return "" })
	if err != nil {
		return ""
	}
	return "write " + g.String()
}

// marks are the characters that begin a part of the text behind the group's address.
const marks = "+/%:"

// trimMarks removes the white space at both ends of s and beside the characters of the grammar.
func trimMarks(s string) string {
	var b strings.Builder
	for _, f := range strings.Fields(s) {
		if t := b.String(); t != "" && !strings.ContainsRune("@,[]"+marks, rune(t[len(t)-1])) &&
			!strings.ContainsRune("@,[]"+marks, rune(f[0])) {
			b.WriteByte(' ')
		}
		b.WriteString(f)
	}
	return b.String()
}

// parseGroup is ParseGroup without the text in the error. It calls suggest with what a wrong text may have meant, to
// get a hint.
func parseGroup(s string, suggest func(string) string) (Group, *GroupError) {
	if s == "" {
		return Group{}, fault(formHint, "is empty")
	}
	if _, rest, ok := strings.Cut(s, "://"); ok {
		return Group{}, urlFault(rest, suggest)
	}
	p := groupParser{suggest: suggest}
	sources, group, ok := strings.Cut(s, "@")
	if !ok {
		group = s
	} else if err := p.sources(s, sources, group); err != nil {
		return Group{}, err
	}
	rest, err := p.addr(group)
	for err == nil && rest != "" {
		rest, err = p.part(rest)
	}
	if err == nil {
		err = p.g.check()
	}
	switch {
	case p.slip != "" && err == nil:
		return Group{}, fault("write "+p.g.String(), "%s", p.slip)
	case err != nil:
		return Group{}, err
	}
	if p.g.Count == 1 {
		p.g.Count = 0
	}
	return p.g, nil
}

// groupParser reads a text from left to right into g.
type groupParser struct {
	g       Group
	suggest func(string) string // see parseGroup

	// slip is the first thing that is not in the grammar but whose meaning is plain. Reading goes on after it, so
	// that the hint can repeat the whole group the right way.
	slip string

	block, iface, port bool // the part has been seen
	late               bool // a part that follows the block has been seen
}

func (p *groupParser) slipf(format string, args ...any) {
	if p.slip == "" {
		p.slip = fmt.Sprintf(format, args...)
	}
}

const formHint = "write GROUP:PORT, for example 239.1.1.1:5000 or [ff15::1]:5000"

// urlFault answers a URL, such as the udp://@239.1.1.1:5000 of VLC; rest is what follows the scheme.
func urlFault(rest string, suggest func(string) string) *GroupError {
	rest, _, _ = strings.Cut(rest, "?") // FFmpeg's options
	rest = strings.TrimSuffix(strings.TrimPrefix(rest, "@"), "/")
	return fault(cmp.Or(suggest(rest), formHint), "a URL is not a group")
}

// sources reads the list before the first @ of s, where group is what follows it.
func (p *groupParser) sources(s, list, group string) *GroupError {
	// ip(8) shows the interface eth0 as eth0@if5.
	if at := strings.LastIndex(s, "@"); strings.Contains(s[:at], "%") {
		rest := s[at:]
		if i := strings.IndexAny(rest, "]:"); i >= 0 {
			rest = rest[i:]
		} else {
			rest = ""
		}
		if hint := p.suggest(s[:at] + rest); hint != "" {
			return fault(hint, "an @ stands in the interface; what follows it there is not part of the name")
		}
	}
	if strings.Contains(group, "@") {
		return fault("separate sources by commas: 192.0.2.7,192.0.2.8@232.1.1.1", "there is more than one @")
	}
	if list == "" {
		hint := cmp.Or(p.suggest(group), "write SOURCE@GROUP, or GROUP alone for any source")
		return fault(hint, "there is no source before the @")
	}
	if n := strings.Count(list, ",") + 1; n > MaxSources {
		return fault(fmt.Sprintf("a group has at most %d sources", MaxSources), "%d sources are too many", n)
	}
	for text := range strings.SplitSeq(list, ",") {
		if text == "" {
			return fault("write SOURCE,SOURCE@GROUP", "there is an empty source before the @")
		}
		if inner, ok := strings.CutPrefix(text, "["); ok && strings.HasSuffix(inner, "]") {
			text = inner[:len(inner)-1]
		}
		a, err := netip.ParseAddr(text)
		if err != nil {
			return sourceFault(text)
		}
		p.g.Sources = append(p.g.Sources, a)
	}
	return nil
}

func sourceFault(text string) *GroupError {
	if strings.ContainsAny(text, "[]/+%") || strings.Contains(text, ":") && strings.Contains(text, ".") {
		return fault("a source is an address alone; the rest stands after the group: SOURCE@GROUP%INTERFACE:PORT",
			"source %s is not an address", show(text))
	}
	err := addrFault(text)
	err.Problem = "source " + err.Problem
	return err
}

// addr reads the address of the group at the start of s and returns what follows it.
func (p *groupParser) addr(s string) (rest string, err *GroupError) {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		return p.bracketed(inner)
	}
	head := s
	if i := strings.IndexAny(s, "+/%"); i >= 0 {
		head = s[:i]
	}
	if a, b, ok := strings.Cut(head, ","); ok {
		if !digits(b) {
			return "", p.commaFault(s)
		}
		p.slipf("a comma stands before the port")
		head, rest = a, ":"+b+s[len(head):]
	} else if i := strings.Index(head, ":"); i >= 0 &&
		(strings.Count(head, ":") == 1 || strings.Contains(head[:i], ".")) {
		// An IPv4 address, or what was meant to be one: an IPv6 address has two colons at least.
		head, rest = s[:i], s[i:]
	} else {
		rest = s[len(head):]
	}
	if head == "" {
		hint := formHint
		if example := "239.1.1.1" + rest; rest != "" && p.suggest(example) != "" {
			hint = "write the group first, for example " + example
		}
		return "", fault(hint, "there is no group address")
	}
	a, bad := netip.ParseAddr(head)
	if bad == nil {
		p.g.Addr = a
		return rest, nil
	}
	if a, port, ok := splitPort(head); ok {
		// A port of five digits, or a ninth number: ff15::1:50001 can be meant in one way only.
		p.slipf("%s is not an IPv6 address", show(head))
		p.g.Addr = a
		return fmt.Sprintf(":%d%s", port, rest), nil
	}
	if first, last, ok := strings.Cut(head, "-"); ok {
		return rest, p.span(first, last)
	}
	return "", addrFault(head)
}

// bracketed reads an IPv6 address up to its bracket; s follows the opening one.
func (p *groupParser) bracketed(s string) (rest string, err *GroupError) {
	inner, rest, ok := strings.Cut(s, "]")
	if !ok {
		return "", fault("write [ff15::1]:5000", "the closing bracket is missing")
	}
	inner, zone, ok := strings.Cut(inner, "%")
	if ok {
		if zone == "" {
			return "", interfaceMissing()
		}
		p.g.Interface, p.iface = zone, true
	}
	a, bad := netip.ParseAddr(inner)
	if bad != nil {
		return "", fault("brackets hold an IPv6 address alone, as in [ff15::1]+10%eth0:5000",
			"%s is not an IPv6 address", show(inner))
	}
	if a.Is4() {
		p.slipf("the brackets hold an IPv4 address")
	}
	p.g.Addr = a
	if digits(rest) {
		p.slipf("the colon between the bracket and %s is missing", show(rest))
		return ":" + rest, nil
	}
	if rest != "" && !strings.ContainsRune(marks, rune(rest[0])) {
		return "", fault("after the bracket come +COUNT or /PREFIX, then %INTERFACE, then :PORT",
			"%s follows the bracket", show(rest))
	}
	return rest, nil
}

// commaFault answers a comma in the group.
func (p *groupParser) commaFault(s string) *GroupError {
	hint := "commas separate sources, SOURCE,SOURCE@GROUP; each group is an argument of its own"
	if len(p.g.Sources) == 0 {
		i := strings.LastIndex(s, ",")
		hint = cmp.Or(p.suggest(s[:i]+"@"+s[i+1:]), hint)
	}
	return fault(hint, "there is a comma and no @ after it")
}

// span reads FIRST-LAST, which is not in the grammar but has one meaning.
func (p *groupParser) span(first, last string) *GroupError {
	a, err1 := netip.ParseAddr(first)
	b, err2 := netip.ParseAddr(last)
	if err1 != nil || err2 != nil || a.BitLen() != b.BitLen() {
		return addrFault(first + "-" + last)
	}
	n, ok := distance(a, b)
	switch {
	case !a.IsMulticast():
		p.g.Addr = a // for check to refuse
		return nil
	case !ok || n >= MaxGroups:
		return fault(countHint(), "%s to %s is no block of groups", a, b)
	}
	p.g.Addr, p.g.Count, p.block = a, int(n)+1, true
	p.slipf("a block is not written as a range")
	return nil
}

// part reads one part behind the address, mark first, and returns what follows it.
func (p *groupParser) part(s string) (rest string, err *GroupError) {
	mark, text := s[0], s[1:]
	from := 0
	if mark == '%' && strings.HasPrefix(text, "[") {
		from = strings.Index(text, "]") + 1
	}
	if i := strings.IndexAny(text[from:], marks); i >= 0 {
		text, rest = text[:from+i], text[from+i:]
	}
	switch mark {
	case ':':
		return rest, p.portPart(text)
	case '%':
		return rest, p.interfacePart(text, rest)
	default:
		if p.port && (strings.EqualFold(text, "udp") || strings.EqualFold(text, "tcp")) {
			p.slipf("/%s after the port is not part of a group", text)
			return rest, nil
		}
		return rest, p.blockPart(mark, text)
	}
}

// blockPart reads the text behind a + or a /.
func (p *groupParser) blockPart(mark byte, text string) *GroupError {
	if p.block {
		return fault("a block is either +COUNT or /PREFIX, once", "there is a second block, %s", show(string(mark)+text))
	}
	if p.block = true; p.late {
		p.slipf("the block %s stands too late", show(string(mark)+text))
	}
	if mark == '+' {
		n, err := number("count", text, 1, MaxGroups, countHint())
		p.g.Count = n
		return err
	}
	size := p.g.Addr.BitLen()
	n, err := number("prefix length", text, 0, size, fmt.Sprintf("an %s prefix is /0 to /%d", family(p.g.Addr), size))
	if err != nil || p.g.checkAddr() != nil {
		return err // a wrong address is left for check
	}
	shortest := size - bits.Len(MaxGroups) + 1
	if n < shortest {
		return fault(fmt.Sprintf("a block has at most %d groups, which is /%d", MaxGroups, shortest),
			"the block /%d is too large", n)
	}
	if block := netip.PrefixFrom(p.g.Addr, n).Masked(); block.Addr() != p.g.Addr {
		return fault("the block that holds it is "+block.String(), "%s is not the first group of a /%d", p.g.Addr, n)
	}
	p.g.Count = 1 << (size - n)
	return nil
}

// interfacePart reads the text behind a %; rest is what follows it.
func (p *groupParser) interfacePart(text, rest string) *GroupError {
	switch {
	case text == "":
		return interfaceMissing()
	case p.iface:
		return fault("name one interface", "there is a second interface, %s", show(text))
	case text[0] == '[':
		inner, ok := strings.CutSuffix(text[1:], "]")
		if !ok {
			return fault("write %[fd00::1] for the interface that has this address",
				"the closing bracket of the interface is missing")
		}
		if inner == "" {
			return interfaceMissing()
		}
		if !strings.Contains(inner, ":") {
			p.slipf("the brackets of the interface hold no IPv6 address")
		}
		text = inner
	case strings.Count(rest, ":") > 1:
		hint := "an alias such as eth0:1 is a label: give the interface, %eth0, or the address that has it, %192.0.2.1"
		if strings.Contains(rest, "::") {
			hint = "an IPv6 address of an interface stands in brackets, %[fd00::1]"
		}
		return fault(hint, "%s has more than one colon after the %%", show(text+rest))
	}
	if p.port {
		p.slipf("the interface %s stands too late", show(text))
	}
	p.g.Interface, p.iface, p.late = text, true, true
	return nil
}

func interfaceMissing() *GroupError {
	return fault("write %eth0, or leave the % out", "there is no interface after the %%")
}

// portPart reads the text behind a colon.
func (p *groupParser) portPart(text string) *GroupError {
	if p.port {
		return fault("write one port, at the end", "there is a second port, %s", show(text))
	}
	if text == "" {
		return fault("write the port, or leave the colon out", "there is no port after the colon")
	}
	n, err := number("port", text, 1, 65535, "ports are 1 to 65535")
	p.g.Port, p.port, p.late = uint16(n), true, true
	return err
}

// number reads a decimal number from low to high; what it is of goes into the problem.
func number(what, text string, low, high int, hint string) (int, *GroupError) {
	if text == "" {
		return 0, fault(hint, "the %s is missing", what)
	}
	if !digits(text) {
		return 0, fault(hint, "%s %s is not a number", what, show(text))
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return 0, fault(hint, "%s %s is out of range", what, show(text))
	}
	return n, nil
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// splitPort splits the text of an IPv6 group that swallowed a port, ff15::1:5000.
func splitPort(s string) (netip.Addr, uint16, bool) {
	i := strings.LastIndex(s, ":")
	if i < 0 || !digits(s[i+1:]) {
		return netip.Addr{}, 0, false
	}
	a, err := netip.ParseAddr(s[:i])
	port, tooLarge := strconv.ParseUint(s[i+1:], 10, 16)
	return a, uint16(port), err == nil && tooLarge == nil && port != 0 && a.Is6()
}

// addrFault says why s is not an address.
func addrFault(s string) *GroupError {
	switch {
	case strings.Contains(s, ":"):
		return fault("an IPv6 group is ff15::1, and [ff15::1]:5000 with a port", "%s is not an IPv6 address", show(s))
	case digits(s):
		return fault(formHint, "%s is not an address", show(s))
	case strings.Trim(s, "0123456789.") != "":
		return fault("write the address; names are not looked up", "%s is not an address", show(s))
	}
	numbers := strings.Split(s, ".")
	for _, n := range numbers {
		if n == "" || len(numbers) != 4 {
			return fault("an IPv4 address has four numbers, for example 239.1.1.1",
				"%s is not an IPv4 address", show(s))
		}
		if len(n) > 1 && n[0] == '0' {
			return fault("some programs read it as octal: leave the zero out", "%s in %s has a leading zero", show(n), show(s))
		}
	}
	return fault("each of the four numbers is 0 to 255", "%s is not an IPv4 address", show(s))
}
