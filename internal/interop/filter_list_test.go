//go:build interop && linux

package interop

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"mcast/filter"
)

// listed returns the expressions of testdata/expressions.txt: what tcpdump accepts,
// and what it refuses.
func listed(t *testing.T) (accepted, refused []string) {
	t.Helper()
	text, err := os.ReadFile("testdata/expressions.txt")
	if err != nil {
		t.Fatal(err)
	}
	into := &accepted
	for line := range strings.Lines(string(text)) {
		switch line = strings.TrimSpace(line); {
		case line == "# refused":
			into = &refused
		case line != "" && line[0] != '#':
			*into = append(*into, line)
		}
	}
	if len(accepted) < 40 || len(refused) < 5 {
		t.Fatalf("expressions.txt has %d expressions that are accepted and %d that are refused", len(accepted), len(refused))
	}
	return accepted, refused
}

// mixed returns frames of Ethernet of which some are as short as their headers.
func mixed(r random, n int) []frame {
	all := r.frames(filter.Ethernet, n)
	for range n / 4 {
		b := r.frame(filter.Ethernet)
		b = append(b, make([]byte, max(0, 60-len(b)))...)
		all = append(all, frame{bytes: b, wire: len(b)})
	}
	return all
}

// What tcpdump accepts keeps the same frames, and what it refuses is refused. Each
// expression keeps some frames and not all.
func TestFilterExpressionList(t *testing.T) {
	accepted, refused := listed(t)
	r := newRandom(seed(t), t.Name())
	p := newLibpcap(t, alone(t))
	p.load(mixed(r, 12_000))
	c := newComparison(t, target{link: filter.Ethernet}, p, newNotes(t))
	c.all(verbatim(accepted...))
	if c.counts.telling != len(accepted) {
		for _, e := range accepted {
			q := p.compile(c.g, true, true, e)[0]
			if kept := bytes.Count(q.matches, []byte{1}); kept == 0 || kept == len(p.frames) {
				t.Errorf("%q keeps %d of %d frames, which tells little", e, kept, len(p.frames))
			}
		}
	}
	c.all(verbatim(refused...))
	if c.counts.refused != len(refused) {
		t.Errorf("%d of the %d expressions that tcpdump refuses are refused by both", c.counts.refused, len(refused))
	}
	c.report(0)
}

// verbatim returns expressions that are not to be made smaller.
func verbatim(expressions ...string) []*tree {
	trees := make([]*tree, len(expressions))
	for i, e := range expressions {
		trees[i] = &tree{kind: primitive, text: e}
	}
	return trees
}

// Which operator binds what: all pairs of operators without parentheses. 13 and 3
// give no zero, which none of them divides by.
func TestFilterPrecedence(t *testing.T) {
	operators := strings.Fields("+ - * / % & | ^ << >>")
	var texts []string
	for _, first := range operators {
		for _, second := range operators {
			for _, compared := range []string{"> 3", "> 60", "= 7", "<= 1000"} {
				texts = append(texts, fmt.Sprintf("ether[6] %s 13 %s 3 %s", first, second, compared))
			}
		}
		texts = append(texts, fmt.Sprintf("-ether[6] %s 3 > 1000", first), fmt.Sprintf("ether[6] %s -ether[7] > 100", first))
	}
	r := newRandom(seed(t), t.Name())
	var all []frame
	for range 500 {
		b := make([]byte, 60)
		for i := range b {
			b[i] = byte(1 + r.IntN(255))
		}
		all = append(all, frame{bytes: b, wire: len(b)})
	}
	p := newLibpcap(t, alone(t))
	p.load(all)
	c := newComparison(t, target{link: filter.Ethernet}, p, newNotes(t))
	c.all(verbatim(texts...))
	c.report(0)
}
