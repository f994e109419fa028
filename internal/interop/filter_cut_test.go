//go:build interop && linux

package interop

import (
	"testing"

	"mcast/filter"
)

// A frame that is cut may be kept only if the whole one is: a program that reads
// where nothing is keeps nothing. Which reads a program does is its own affair, and
// so we and libpcap differ on cut frames now and then; how often is logged.
func TestFilterCutFrames(t *testing.T) {
	r := newRandom(seed(t), t.Name())
	p := newLibpcap(t, alone(t))
	whole := r.frames(filter.Ethernet, 300)
	cut := make([]frame, len(whole))
	for i, f := range whole {
		n := r.IntN(100) // mostly within the headers
		if r.in(10) {
			n = r.IntN(len(f.bytes))
		}
		cut[i] = frame{bytes: f.bytes[:n], wire: f.wire}
	}
	var trees []*tree
	var texts []string
	for range scaled(t, 3000) {
		trees = append(trees, generator{random: r, link: filter.Ethernet}.expression())
		texts = append(texts, trees[len(trees)-1].String())
	}
	to := target{link: filter.Ethernet, netmask: 0xffff0000}
	p.load(whole)
	full := underTest(p)(to, texts...)
	p.load(cut)
	ours := underTest(p)(to, texts...)
	optimised, plain := p.compile(to, true, true, texts...), p.compile(to, false, true, texts...)

	c := newComparison(t, to, p, newNotes(t))
	c.machines(texts, ours)
	for k, n := range c.counts.failures {
		t.Errorf("%s: %d", k, n)
	}
	var pairs, kept, others, self int
	for i := range texts {
		if ours[i].refused {
			continue
		}
		for j, m := range ours[i].matches {
			if m == 1 && full[i].matches[j] == 0 {
				t.Fatalf("%s: a frame is kept when it is cut to %d bytes, and not when it is whole: %s",
					texts[i], len(cut[j].bytes), hexed(whole[j].bytes))
			}
		}
		if optimised[i].refused || plain[i].refused {
			continue
		}
		for j, m := range ours[i].matches {
			pairs++
			kept += int(m)
			others += int(m ^ optimised[i].matches[j])
			self += int(plain[i].matches[j] ^ optimised[i].matches[j])
		}
	}
	if kept == 0 || kept == pairs {
		t.Errorf("%d of %d pairs are kept, which tells little", kept, pairs)
	}
	t.Logf("of %d pairs with cut frames %d are kept; we differ from libpcap in %d, and it differs from itself without its optimiser in %d", pairs, kept, others, self)
}
