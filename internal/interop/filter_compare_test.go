//go:build interop && linux

package interop

import (
	"bytes"
	"fmt"
	"regexp"
	"testing"

	"golang.org/x/net/bpf"
)

// comparison compares what two sides make of expressions, and keeps count.
type comparison struct {
	t        testing.TB
	g        target
	libpcap  *libpcap
	small    *libpcap // with one frame, for shrinking
	notes    *notes
	counts   counts
	sizes    []int // instructions: libpcap's, ours
	examined int   // failures that were shrunk
}

// counts is what a comparison met.
type counts struct {
	expressions int
	pairs       int            // of an expression and a frame
	kept        int            // pairs that libpcap keeps
	telling     int            // expressions that keep some frames and not all
	refused     int            // by both
	excused     map[string]int // by the reason why a difference is none
	failures    map[string]int // by what is wrong
}

func newComparison(t testing.TB, g target, l *libpcap, n *notes) *comparison {
	return &comparison{
		t: t, g: g, libpcap: l, notes: n, sizes: make([]int, 2),
		counts: counts{excused: map[string]int{}, failures: map[string]int{}},
	}
}

// all compares the two sides over expressions, in batches.
func (c *comparison) all(trees []*tree) {
	c.t.Helper()
	for len(trees) > 0 {
		n := min(len(trees), batch)
		c.batch(trees[:n])
		trees = trees[n:]
	}
}

func (c *comparison) batch(trees []*tree) {
	c.t.Helper()
	texts := make([]string, len(trees))
	for i, x := range trees {
		texts[i] = x.String()
	}
	theirs := c.libpcap.compile(c.g, true, true, texts...)
	ours := underTest(c.libpcap)(c.g, texts...)
	c.machines(texts, ours)
	for i, x := range trees {
		c.count(theirs[i], ours[i])
		v := c.judge(c.libpcap, x, theirs[i], ours[i])
		switch {
		case v.excuse != "":
			c.counts.excused[v.excuse]++
		case v.failure != "":
			c.counts.failures[v.failure]++
			c.examine(x, v)
		}
	}
}

// count counts what libpcap keeps: an expression that keeps all frames or none
// tells little.
func (c *comparison) count(theirs, ours program) {
	c.counts.expressions++
	if theirs.refused && ours.refused {
		c.counts.refused++
	}
	if theirs.refused {
		return
	}
	kept := bytes.Count(theirs.matches, []byte{1})
	c.counts.pairs += len(theirs.matches)
	c.counts.kept += kept
	if kept > 0 && kept < len(theirs.matches) {
		c.counts.telling++
	}
	c.sizes[0] += len(theirs.instructions)
	c.sizes[1] += len(ours.instructions)
}

// machines has libpcap's machine run our programs: what they keep must not depend
// on whose machine it is.
func (c *comparison) machines(texts []string, ours []program) {
	c.t.Helper()
	var programs [][]bpf.RawInstruction
	var of []int
	for i, p := range ours {
		if !p.refused {
			programs, of = append(programs, p.instructions), append(of, i)
		}
	}
	for i, matches := range c.libpcap.run(programs...) {
		if p := ours[of[i]]; !bytes.Equal(matches, p.matches) {
			at := firstDifference(matches, p.matches)
			c.counts.failures["the machines differ on our program"]++
			c.notes.add(note{
				what: "the machines differ on our program", target: c.g, expression: texts[of[i]], ours: p,
				frame: &c.libpcap.frames[at], kept: fmt.Sprintf("libpcap's machine %v, ours %v", matches[at], p.matches[at]),
			})
		}
	}
}

// verdict is what a comparison says of one expression. Both texts are empty if all
// is well.
type verdict struct {
	failure, excuse string
	at              int // the frame that shows it, or -1
}

// judge compares what the two sides made of an expression on the frames of l.
func (c *comparison) judge(l *libpcap, x *tree, theirs, ours program) verdict {
	c.t.Helper()
	switch {
	case theirs.crashed:
		return verdict{excuse: "libpcap dies or hangs"}
	case ours.crashed:
		return verdict{failure: "we panic", at: -1}
	case theirs.refused && ours.refused:
		return verdict{}
	case ours.refused:
		if excuse := mayRefuse(weMayRefuse, ours.reason); excuse != "" {
			return verdict{excuse: excuse}
		}
		return verdict{failure: "we refuse what libpcap compiles", at: -1}
	case theirs.refused:
		excuse := mayRefuse(theyMayRefuse, theirs.reason)
		switch {
		case excuse == "":
			return verdict{failure: "we compile what libpcap refuses", at: -1}
		case excuse == theyMayRefuse[0].name && bytes.IndexByte(ours.matches, 1) >= 0:
			return c.disagreement(l, x, make([]byte, len(ours.matches)), ours)
		}
		return verdict{excuse: excuse}
	case bytes.Equal(theirs.matches, ours.matches):
		return verdict{}
	}
	return c.disagreement(l, x, theirs.matches, ours)
}

// disagreement finds out whether there is a defect of libpcap in the frames on
// which we do not agree with it.
func (c *comparison) disagreement(l *libpcap, x *tree, theirs []byte, ours program) verdict {
	c.t.Helper()
	if x.kind == sequence && beyondTokens.MatchString(x.String()) {
		return verdict{excuse: "a sequence of tokens need not keep the same frames"}
	}
	if isMisplacedISO(c.g.link, x.String()) {
		return verdict{excuse: misplacedISO}
	}
	asked, why := x.repaired()
	plain := make([]byte, len(theirs))
	for i, p := range []*[]byte{&theirs, &plain} {
		if i == 0 && why == "" {
			continue
		}
		q := l.compile(c.g, i == 0, true, asked.String())[0]
		switch {
		case q.crashed:
			return verdict{excuse: "libpcap dies or hangs"}
		case !q.refused:
			*p = q.matches
		case mayRefuse(theyMayRefuse[:1], q.reason) != "":
			*p = make([]byte, len(theirs))
		default:
			c.t.Fatalf("libpcap compiles %q and refuses %q: %s", x, asked, q.reason)
		}
	}
	itself := false
	for i := range theirs {
		if theirs[i] != ours.matches[i] {
			if theirs[i] == plain[i] {
				return verdict{failure: "we keep other frames than libpcap", at: i}
			}
			itself = true
		}
	}
	if itself {
		why = selfContradiction
	}
	return verdict{excuse: why}
}

// beyondTokens are mutated expressions that may keep other frames: an index that is
// computed, or large, may lie outside the frame, a divisor that is computed may be
// 0, packets may have headers behind which libpcap's protochain gets lost, and
// geneve changes what follows even for frames that have none.
var beyondTokens = regexp.MustCompile(`\[ ?(\d{4}|[7-9]\d\d|[^\]]*[^\d\]: ])|[/%] .*\[|protochain|.geneve|geneve.*(or|\|\|)`)

func firstDifference(a, b []byte) int {
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return -1
}

// most is how many failures of a comparison are made smaller.
const most = 60

// examine makes a failure smaller and notes it.
func (c *comparison) examine(x *tree, v verdict) {
	c.t.Helper()
	if c.examined++; c.examined > most {
		return
	}
	if c.small == nil {
		c.small = newLibpcap(c.t, c.libpcap.host)
	}
	frames := c.libpcap.frames[:0:0]
	if v.at >= 0 {
		frames = append(frames, c.libpcap.frames[v.at])
	}
	c.small.load(frames)
	both := func(text string) (theirs, ours program) {
		return c.small.compile(c.g, true, true, text)[0], underTest(c.small)(c.g, text)[0]
	}
	x = shrink(x, func(y *tree) bool {
		theirs, ours := both(y.String())
		return c.judge(c.small, y, theirs, ours).failure == v.failure
	})
	text := x.String()
	theirs, ours := both(text)
	n := note{what: v.failure, target: c.g, expression: text, theirs: theirs, ours: ours}
	if v.at >= 0 {
		f := c.shorten(x, v.failure, frames[0])
		n.frame = &f
		n.kept = fmt.Sprintf("libpcap keeps %v, we keep %v", theirs.matches, ours.matches)
	}
	c.notes.add(n)
}

// shorten clears the end of a frame as far as the expression still fails on it, so
// that what matters is at its beginning and the rest is zero.
func (c *comparison) shorten(x *tree, failure string, f frame) frame {
	text := x.String()
	low, high := 0, len(f.bytes) // with none left it is all right, with all it fails
	cleared := func(n int) frame {
		b := make([]byte, len(f.bytes))
		copy(b, f.bytes[:n])
		return frame{bytes: b, wire: f.wire}
	}
	for low+1 < high {
		n := (low + high) / 2
		c.small.load([]frame{cleared(n)})
		theirs, ours := c.small.compile(c.g, true, true, text)[0], underTest(c.small)(c.g, text)[0]
		if c.judge(c.small, x, theirs, ours).failure == failure {
			high = n
		} else {
			low = n
		}
	}
	return cleared(high)
}
