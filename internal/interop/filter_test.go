//go:build interop && linux

package interop

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"testing"

	"mcast/filter"
)

// themes are what expressions and frames are about, and how many expressions of
// each there are.
var themes = []struct {
	name        string
	link        filter.LinkType
	bias        bias
	expressions int
	bigEndian   bool
}{
	{"Ethernet", filter.Ethernet, bias{}, 16_000, false},
	{"tags", filter.Ethernet, bias{tags: true}, 6_000, false},
	{"Geneve", filter.Ethernet, bias{tunnel: true}, 3_000, false},
	{"Geneve in IPv4", filter.IPv4, bias{tunnel: true}, 1_000, false},
	{"Geneve in IPv6", filter.IPv6, bias{tunnel: true}, 1_000, false},
	// Not behind an authentication header: libpcap's program then goes on at
	// that header's length and not behind it (gen_protochain: no "add x"), and
	// may loop for ever.
	{"protochain", filter.Ethernet, bias{plain: true, chain: true}, 1_000, false},
	{"cooked", filter.LinuxSLL, bias{}, 2_000, false},
	{"cooked 2", filter.LinuxSLL2, bias{}, 2_000, false},
	{"IP", filter.Raw, bias{}, 2_000, false},
	{"IPv4", filter.IPv4, bias{}, 1_500, false},
	{"IPv6", filter.IPv6, bias{}, 1_500, false},
	{"BSD", filter.Null, bias{}, 1_500, false},
	{"BSD of the other byte order", filter.Null, bias{}, 500, true},
	{"OpenBSD", filter.Loop, bias{}, 1_500, false},
}

// frames is how many frames each expression meets.
const frames = 520

// For random expressions and random frames, our programs keep what libpcap's keep:
// 40,000 expressions, and some 17 million pairs.
func TestFilterAgainstLibpcap(t *testing.T) {
	notes := newNotes(t)
	for _, h := range themes {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			r := newRandom(seed(t), t.Name())
			r.bias = h.bias
			p := newLibpcap(t, alone(t))
			p.load(r.frames(on(h.link, h.bigEndian), frames))
			var trees []*tree
			for range scaled(t, h.expressions) {
				trees = append(trees, generator{random: r, link: h.link}.expression())
			}
			c := newComparison(t, target{link: h.link, bigEndian: h.bigEndian, netmask: 0xffff0000}, p, notes)
			c.all(trees)
			c.report(0.01)
		})
	}
}

// on is what the frames of a file are, to a machine that is little-endian: BSD's
// loopback of a machine that is not looks like OpenBSD's.
func on(link filter.LinkType, bigEndian bool) filter.LinkType {
	if link == filter.Null && bigEndian {
		return filter.Loop
	}
	return link
}

// Expressions of very many primitives, in whose programs no jump of 8 bits reaches
// the end.
func TestFilterLongExpressions(t *testing.T) {
	r := newRandom(seed(t), t.Name())
	p := newLibpcap(t, alone(t))
	p.load(r.frames(filter.Ethernet, 300))
	to := target{link: filter.Ethernet, netmask: 0xffff0000}
	parts := rare(p, to, generator{random: r, link: filter.Ethernet}, 3000)
	var trees []*tree
	for i := range scaled(t, 150) {
		x := &tree{kind: conjunction + kind(i%2)}
		for range 20 + r.IntN(150) {
			k := pick(r, parts)
			if x.kind == conjunction {
				k = &tree{kind: negation, kids: []*tree{k}}
			}
			x.kids = append(x.kids, k)
		}
		trees = append(trees, x)
	}
	c := newComparison(t, to, p, newNotes(t))
	c.all(trees)
	c.report(0.05)
	if mean := c.sizes[1] / c.counts.expressions; mean < 256 {
		t.Errorf("our programs have %d instructions in the mean", mean)
	}
}

// rare returns those of n random conditions that keep few frames, change nothing for
// what stands to their right, and meet no defect of libpcap.
func rare(p *libpcap, to target, g generator, n int) (trees []*tree) {
	var all []*tree
	var texts []string
	for range n {
		if x := g.condition(1 + g.IntN(3)); !changes.MatchString(x.String()) && !byteBits.MatchString(x.String()) {
			all, texts = append(all, x), append(texts, x.String())
		}
	}
	for i, q := range p.compile(to, true, true, texts...) {
		if kept := bytes.Count(q.matches, []byte{1}); kept > 0 && kept < len(q.matches)/20 {
			trees = append(trees, all[i])
		}
	}
	return trees
}

var changes = regexp.MustCompile(`vlan|mpls|pppoes|geneve`)

// report logs what a comparison met, and fails the test if something failed or
// more than a share of the expressions was excused for a defect of libpcap.
func (c *comparison) report(share float64) {
	c.t.Helper()
	n := c.counts
	c.t.Logf("%s: %d expressions, %d pairs, %.1f%% kept; %.1f%% of the expressions tell frames apart, %d refused by both; libpcap has %d instructions, we %d",
		c.t.Name(), n.expressions, n.pairs, 100*float64(n.kept)/float64(max(1, n.pairs)), 100*float64(n.telling)/float64(n.expressions), n.refused, c.sizes[0], c.sizes[1])
	for _, k := range slices.Sorted(maps.Keys(n.excused)) {
		c.t.Logf("excused: %d of %s", n.excused[k], k)
		allowed := share
		switch k {
		case theyMayRefuse[0].name:
			allowed = 0.5 // that is no defect
		case misplacedISO:
			allowed = 0.05 // of those with a tunnel
		case unloadedByte, theyMayRefuse[2].name, theyMayRefuse[4].name:
			allowed = 0.05 // that is made up for: the frames were compared
		}
		if float64(n.excused[k]) > allowed*float64(n.expressions)+3 {
			c.t.Errorf("%d of %d expressions were excused: %s", n.excused[k], n.expressions, k)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(n.failures)) {
		c.t.Errorf("%s: %s", k, fmt.Sprintf("%d of %d expressions", n.failures[k], n.expressions))
	}
}
