package syntax

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// check parses an expression and tests what must hold for every one: an error
// is one line and points into the expression, its hint is true, and the canonical form means the
// same.
func check(t *testing.T, in string, o Options) {
	t.Helper()
	n, err := Parse(in, o)
	if err != nil {
		var e *Error
		switch {
		case n != nil || !errors.As(err, &e):
			t.Errorf("%q: got %v, %v", in, n, err)
		case e.Span.Start < 0 || e.Span.End < e.Span.Start || e.Span.End > len(in):
			t.Errorf("%q: the error is at %v: %v", in, e.Span, err)
		case e.Problem == "" || e.Expression != in || strings.Contains(err.Error(), "\n"):
			t.Errorf("%q: %#v", in, e)
		}
		checkHint(t, in, o)
		return
	}
	canonical := Canonical(n)
	again, err := Parse(canonical, Options{})
	if err != nil {
		t.Errorf("%q becomes %q: %v", in, canonical, err)
		return
	}
	if got := Canonical(again); got != canonical {
		t.Errorf("%q becomes %q, and that %q", in, canonical, got)
	}
	if Describe(n) == "" {
		t.Errorf("%q has no description", in)
	}
	walkSpans(t, in, n)
}

// walkSpans tests that a condition is where its parts are.
func walkSpans(t *testing.T, in string, n Node) {
	if n == nil {
		return
	}
	at := n.Where()
	if at.Start < 0 || at.End <= at.Start || at.End > len(in) {
		t.Errorf("%q: %T is at %v", in, n, at)
	}
	var parts []Node
	switch n := n.(type) {
	case *And:
		parts = n.List
	case *Or:
		parts = n.List
	case *Not:
		parts = []Node{n.X}
	case *Relation:
		parts = []Node{n.X, n.Y}
	case *Binary:
		parts = []Node{n.X, n.Y}
	case *Negation:
		parts = []Node{n.X}
	case *Load:
		parts = []Node{n.Index}
	}
	last := at.Start
	for _, part := range parts {
		if where := part.Where(); where.Start < last || where.End > at.End {
			t.Errorf("%q: %T at %v has a %T at %v", in, n, at, part, where)
		}
		last = part.Where().End
		walkSpans(t, in, part)
	}
}

// FuzzParse tries all kinds of text.
func FuzzParse(f *testing.F) {
	text, err := os.ReadFile("testdata/expressions.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		f.Add(string(bytes.TrimSpace(line)))
	}
	for _, s := range pieces {
		f.Add(s)
	}
	f.Add("(gateaway both") // with another mistake further to the left, which is seen later
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		f.Add(random(r))
	}
	f.Fuzz(func(t *testing.T, in string) {
		if len(in) > 10_000 {
			return
		}
		check(t, in, Options{})
		check(t, in, answers)
	})
}

// pieces are what random expressions are made of.
var pieces = []string{
	"and", "or", "not", "and", "or", "(", ")", "(", ")", "&&", "||", "!",
	"udp", "tcp", "ip", "ip6", "arp", "ether", "decnet", "iso", "isis",
	"host", "net", "port", "portrange", "proto", "protochain", "gateway", "src", "dst", "src or dst", "src and dst",
	"5", "0x10", "10.0.0.1", "10.1", "10.0.0.0/8", "10.0.0.0 mask 255.0.0.0", "ff02::1", "ff00::/8", "1:2:3:4:5:6",
	"both", "six", "http", "mdns", "5-6", `\udp`, `\arp`,
	"mld", "rtp", "group 239.1.1.1", "group ff15::/16", "ifname eth0",
	"vlan", "vlan 5", "mpls", "pppoed", "pppoes", "geneve", "llc", "llc i",
	"broadcast", "multicast", "less 5", "greater 5", "byte 1 & 2", "inbound", "ifindex 5",
	"len", "ip[0]", "ip[ip[0]:2]", "ether[0:4]", "tcp[tcpflags]", "tcp-syn", "-", "+", "*", "/", "%", "^", "|", "&", "<<",
	"=", "!=", "<", ">=", "[", "]", ":", "type", "vpi", "$5", ";",
}

// random returns a few conditions, most of them such as may stand together.
func random(r *rand.Rand) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	var operand func(depth int) string
	operand = func(depth int) string {
		switch n := r.IntN(20); {
		case n < 7:
			return pick("host", "src net", "port", "ip host", "ether src", "udp port", "proto") + " " + pick(
				"5", "10.0.0.1", "ff02::1", "both", "http", "1:2:3:4:5:6", "(5 or 6)", "not 5", "(10.0.0.1 or both)")
		case n < 11:
			return pick("mld", "rtp", "udp", "group 239.1.1.1", "5 > ip[0]", "-len = 5 % (2 + 1)", "vlan", "gateway both")
		case n < 13:
			return pick("5", "both", "10.0.0.1", "mld")
		case n < 15:
			return "not " + operand(depth)
		case n < 19 && depth < 4:
			return "(" + operand(depth+1) + pick(" and ", " or ") + operand(depth+1) + ")"
		}
		return pick(pieces...)
	}
	text := operand(0)
	for range r.IntN(4) {
		text += pick(" and ", " or ") + operand(0)
	}
	return text
}

// TestParseRandom is a little of what FuzzParse does, always the same.
func TestParseRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	accepted := 0
	for range 20_000 {
		in := random(r)
		check(t, in, answers)
		if _, err := Parse(in, answers); err == nil {
			accepted++
		}
	}
	if accepted < 1000 {
		t.Errorf("only %d expressions were accepted", accepted)
	}
}
