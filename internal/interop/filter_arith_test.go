//go:build interop && linux

package interop

import (
	"strings"
)

// relation returns a comparison of two numbers.
func (g generator) relation() *tree {
	x := &tree{kind: relation, style: g.style()}
	if g.in(2) {
		// The form that people write: some bits of one field against a value
		// that it may have.
		x.text = pick(g.random, strings.Fields("= = != > < >= <="))
		field := g.field()
		value := &tree{kind: constant, text: spelled(g.random, g.value())}
		if g.in(2) {
			mask := &tree{kind: constant, text: spelled(g.random, pick(g.random, []uint32{1, 0xf, 0xf0, 0xff, 0x1fff, 0xff00}))}
			field = &tree{kind: operation, text: "&", kids: []*tree{field, mask}, style: g.style()}
		}
		if g.in(8) {
			field, value = value, field
		}
		x.kids = []*tree{field, value}
		return x
	}
	x.text = pick(g.random, strings.Fields("= != > < >= <="))
	x.kids = []*tree{g.number(1 + g.IntN(3)), g.number(g.IntN(3))}
	return x
}

// value returns a number that fields have.
func (g generator) value() uint32 {
	return pick(g.random, []uint32{
		0, 1, 2, 6, 17, 0x45, 8, 0x0800, 0x86dd, 50001, 53, 0x0a000001, 0xe0, 255, 0x2000, 64, 18, 0x10, 0xffffffff, 0x7fffffff, 100,
	})
}

// number returns a computation of some depth.
func (g generator) number(depth int) *tree {
	if depth == 0 || g.in(5) {
		return g.atom()
	}
	if g.in(12) {
		return &tree{kind: negative, kids: []*tree{g.number(depth - 1)}}
	}
	x := &tree{kind: operation, text: pick(g.random, strings.Fields("+ + - - * & & | ^ << >> / %")), style: g.style()}
	x.kids = []*tree{g.number(depth - 1), g.number(depth - 1)}
	switch {
	case strings.Contains("/%", x.text):
		// A frame for which the divisor is 0 is not kept, whatever the rest
		// of the expression says, unless an optimiser drops the division.
		x.kids[1] = &tree{kind: constant, text: spelled(g.random, 1+g.IntN(20))}
		x.style &^= carried // or the divisor's right neighbour binds to it
	case strings.Contains("<<>>", x.text) && !g.in(3):
		x.kids[1] = &tree{kind: constant, text: spelled(g.random, g.IntN(32))}
	}
	return x
}

func (g generator) atom() *tree {
	switch {
	case g.in(3):
		return &tree{kind: constant, text: spelled(g.random, g.value())}
	case g.in(8):
		return &tree{kind: constant, text: pick(g.random, []string{"len", "length"})}
	case g.in(8):
		return &tree{kind: constant, text: pick(g.random, strings.Fields("tcp-syn tcp-ack tcp-fin tcp-rst tcp-push icmp-echo icmp-echoreply icmp6-neighborsolicit icmptype"))}
	}
	return g.field()
}

// field returns a part of a frame.
func (g generator) field() *tree {
	if g.in(8) {
		return pick(g.random, named)
	}
	protocols := "ip ip ip ip6 ip6 tcp udp sctp icmp igmp igrp pim vrrp carp icmp6 ether ether link"
	if g.hasTypes() || g.in(100) {
		protocols += " arp rarp atalk decnet lat moprc mopdl sca"
	}
	x := &tree{kind: load, text: pick(g.random, strings.Fields(protocols)), size: pick(g.random, []string{"", ":1", ":2", ":4"})}
	x.kids = []*tree{g.index(2)}
	return x
}

// index returns an offset below 600, which all frames have.
func (g generator) index(depth int) *tree {
	offset := &tree{kind: constant, text: spelled(g.random, pick(g.random, []int{0, 0, 1, 2, 4, 6, 8, 9, 12, 13, 16, 20, 24, 40, g.IntN(64)}))}
	if depth == 0 || !g.in(8) {
		return offset
	}
	octet := g.field().with(g.index(depth - 1))
	octet.size = ""
	switch g.IntN(4) {
	case 0:
		return octet
	case 1: // the length of an IP header
		low := &tree{kind: operation, text: "&", kids: []*tree{octet, {kind: constant, text: "0xf"}}}
		return &tree{kind: operation, text: pick(g.random, []string{"<<", "*"}), kids: []*tree{low, {kind: constant, text: "2"}}}
	case 2:
		return &tree{kind: operation, text: "+", kids: []*tree{octet, offset}, style: g.style()}
	default:
		return &tree{kind: operation, text: "+", kids: []*tree{offset, octet}, style: g.style()}
	}
}

// named are fields as the manual writes them.
var named = func() (all []*tree) {
	for _, f := range strings.Fields("icmp[icmptype] icmp[icmpcode] tcp[tcpflags] icmp6[icmp6type] icmp6[icmp6code]") {
		var protocol, index string
		protocol, index, _ = strings.Cut(strings.TrimSuffix(f, "]"), "[")
		all = append(all, &tree{kind: load, text: protocol, kids: []*tree{{kind: constant, text: index}}})
	}
	return all
}()
