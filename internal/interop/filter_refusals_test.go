//go:build interop && linux

package interop

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mcast/filter"
)

// vocabulary are words that mutations put in, by what they are.
var vocabulary = func() (classes [][]string) {
	for _, words := range []string{
		"link ether ppp slip fddi tr wlan arp rarp ip sctp tcp udp icmp igmp igrp pim vrrp carp radio ip6 icmp6 ah esp atalk aarp decnet lat sca moprc mopdl",
		"iso esis es-is isis is-is l1 l2 iih lsp snp csnp psnp clnp stp ipx netbeui ip arp tcp ether",
		"dst src and or host net port portrange proto protochain gateway mask",
		"addr1 ra ta type subtype dir",
		"less greater byte broadcast multicast inbound outbound ifindex vlan mpls pppoed pppoes geneve llc len length",
		"lane metac bcc oam vpi vci on ifname rset rnr srnr reason action fisu sio opc",
		"and or && || not !",
		"( ) [ ] :",
		"+ - * / % & | ^ << >> < > = <= >= != ==",
		"0 1 2 4 6 10 010 0x10 08 0x 0X1F 65535 65536 4096 4095 1048576 16777216 4294967295 4294967296 tcp-syn icmp-echo icmptype tcpflags len",
		"10.0.0.1 10.0.0.0/8 10.0.0.1/8 10.0.0.0/33 10.0.0 10.0 10 10.0.0.256 1.2.3.4.5 0x0a.1 ff02::1 ff02::/16 ff02::1/16 ::/0 ::/129 1:2:3 255.0.255.0",
		"02:00:00:00:00:01 02-00-00-00-00-01 2.0.0.0.0.1 0200.0000.0001 020000000001 02:00:00:00:00 ff02::1 1.10 64.1024 $01",
		`53-80 80-53 80- 1-65536 domain snmp domain-snmp domain-80 80-snmp \ip \ip6 \tcp \udp \arp \stp \isis \domain 80 0x50`,
		"ui i s u rr rnr rej I UI xid nonesuch",
		`# @ \ nonesuch ~ " ; {`,
	} {
		classes = append(classes, strings.Fields(words))
	}
	return classes
}()

var tokens = regexp.MustCompile(`\\?[\w.:/-]+|&&|\|\||[<>=!]=|<<|>>|\S`)

// mutant returns an expression with a few tokens deleted, doubled, exchanged or
// replaced.
func (g generator) mutant() *tree {
	words := tokens.FindAllString(g.condition(1+g.IntN(3)).String(), -1)
	others := tokens.FindAllString(g.condition(1).String(), -1)
	for n := 1 + g.IntN(4)/3; n > 0 && len(words) > 0; n-- {
		i := g.IntN(len(words))
		switch g.IntN(12) {
		case 0:
			words = slices.Delete(words, i, i+1)
		case 1:
			words = slices.Insert(words, i, words[i])
		case 2:
			j := g.IntN(len(words))
			words[i], words[j] = words[j], words[i]
		case 3:
			words[i] = pick(g.random, pick(g.random, vocabulary))
		case 4:
			words = slices.Insert(words, i, pick(g.random, pick(g.random, vocabulary)))
		case 5:
			words[i] = pick(g.random, others)
		default:
			words[i] = g.likeness(words[i])
		}
	}
	return &tree{kind: sequence, kids: verbatim(words...)}
}

// likeness returns a word of the same kind, or the word itself if it is of none.
func (g generator) likeness(word string) string {
	var classes [][]string
	for _, c := range vocabulary {
		if slices.Contains(c, word) {
			classes = append(classes, c)
		}
	}
	if len(classes) == 0 {
		return word
	}
	return pick(g.random, pick(g.random, classes))
}

// Of expressions with mistakes, both accept the same, or one has a reason that is
// known; and what both accept keeps the same frames.
func TestFilterRefusals(t *testing.T) {
	notes := newNotes(t)
	for _, h := range themes {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			r := newRandom(seed(t), t.Name())
			p := newLibpcap(t, alone(t))
			p.load(r.frames(on(h.link, h.bigEndian), 100))
			var trees []*tree
			for range scaled(t, h.expressions/2) {
				trees = append(trees, generator{random: r, link: h.link}.mutant())
			}
			c := newComparison(t, target{link: h.link, bigEndian: h.bigEndian}, p, notes)
			c.all(trees)
			if n := c.counts; n.refused < n.expressions/4 || n.refused > n.expressions*9/10 {
				t.Errorf("%d of %d expressions are refused by both, which tells little", n.refused, n.expressions)
			}
			c.report(0.02)
		})
	}
}

// By which numbers a value can be shifted: as many as libpcap takes, also if they are
// computed.
func TestFilterShifts(t *testing.T) {
	p := newLibpcap(t, alone(t))
	p.load(newRandom(seed(t), t.Name()).frames(filter.Ethernet, 100))
	var texts []string
	for _, left := range []string{"5", "0", "-5", "(5 + 3)", "(1 << (30 + 2))", "len", "ip[0]", "-len", "(ip[0] * 2)", "(len << (30 + 1))", "len + 1"} {
		for _, operator := range []string{"<<", ">>"} {
			for _, right := range []string{"0", "31", "32", "99", "(0)", "(31)", "(32)", "(30 + 1)", "(30 + 2)", "(16 * 2)", "(16 * 4 / 4)", "(31 - 31)", "-1", "(30 + 2 - 1)"} {
				texts = append(texts, fmt.Sprintf("%s %s %s = ether[14] or ip6", left, operator, right))
			}
		}
	}
	c := newComparison(t, target{link: filter.Ethernet}, p, newNotes(t))
	c.all(verbatim(texts...))
	if n := c.counts; n.refused < n.expressions/4 {
		t.Errorf("%d of %d expressions are refused by both", n.refused, n.expressions)
	}
	c.report(0)
	if len(c.counts.excused) > 0 {
		t.Errorf("excused: %v", c.counts.excused)
	}
}
