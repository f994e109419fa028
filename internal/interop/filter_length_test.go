//go:build interop && linux

package interop

import (
	"cmp"
	"regexp"
	"slices"
	"testing"

	"mcast/filter"
)

// unoptimised are expressions that libpcap's optimiser does not touch.
var unoptimised = regexp.MustCompile(`protochain|geneve`)

// In sum, our programs are at most a tenth longer than libpcap's optimised ones.
func TestFilterLength(t *testing.T) {
	const generated = 1000
	accepted, _ := listed(t)
	g := generator{random: newRandom(1, t.Name()), link: filter.Ethernet} // whatever the seed: the bound is for these
	texts := accepted
	for len(texts) < len(accepted)+generated {
		if e := g.expression().String(); !unoptimised.MatchString(e) {
			texts = append(texts, e)
		}
	}
	p := newLibpcap(t, alone(t))
	to := target{link: filter.Ethernet, netmask: 0xffff0000}
	theirs, ours := p.compile(to, true, false, texts...), underTest(p)(to, texts...)
	type length struct {
		theirs, ours int
		text         string
	}
	var all []length
	var sum, list length
	for i := range texts {
		if theirs[i].refused || ours[i].refused {
			continue
		}
		l := length{len(theirs[i].instructions), len(ours[i].instructions), texts[i]}
		all = append(all, l)
		sum.theirs += l.theirs
		sum.ours += l.ours
		if i < len(accepted) {
			list.theirs += l.theirs
			list.ours += l.ours
		}
	}
	if len(all) < generated*3/4 {
		t.Fatalf("only %d of %d expressions were compiled by both", len(all), len(texts))
	}
	t.Logf("%d expressions: libpcap %d instructions, we %d (%.2f); the list: %d and %d",
		len(all), sum.theirs, sum.ours, float64(sum.ours)/float64(sum.theirs), list.theirs, list.ours)
	slices.SortFunc(all, func(a, b length) int {
		return cmp.Compare(b.ours*a.theirs, a.ours*b.theirs)
	})
	for _, l := range all[:10] {
		t.Logf("%d against %d: %s", l.ours, l.theirs, l.text)
	}
	for _, s := range []length{sum, list} {
		if 10*s.ours > 11*s.theirs {
			t.Errorf("our programs have %d instructions and libpcap's %d: more than a tenth more", s.ours, s.theirs)
		}
	}
}
