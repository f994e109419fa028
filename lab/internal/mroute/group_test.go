package mroute

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"mcast/wire"
)

// sources makes addresses of letters: "ab" is 192.0.2.97 and 192.0.2.98.
func sources(letters string) (list []netip.Addr) {
	for _, c := range []byte(letters) {
		list = append(list, netip.AddrFrom4([4]byte{192, 0, 2, c}))
	}
	return list
}

func letters(list []netip.Addr) string {
	var b []byte
	for _, a := range list {
		b = append(b, a.As4()[3])
	}
	slices.Sort(b)
	return string(b)
}

var testTiming = timing{robustness: 2, interval: 125 * time.Second, response: 10 * time.Second, lastMember: time.Second}

// The tables of RFC 9776, sections 6.4.1 and 6.4.2, with the sets overlapping in each
// way. INCLUDE(abc) reads "i abc", EXCLUDE(ab, yz) "e ab yz".
func TestGroupTables(t *testing.T) {
	for _, tt := range []struct {
		state  string
		record wire.RecordType
		said   string
		want   string
		ask    string // "G", and sources
	}{
		{"i ab", wire.ModeIsInclude, "bc", "i abc", ""},
		{"i ab", wire.ModeIsExclude, "bc", "e b c", ""},
		{"e ab yz", wire.ModeIsInclude, "bcz", "e abcz y", ""},
		{"e ab yz", wire.ModeIsExclude, "bcz", "e bc z", ""},
		{"i ab", wire.AllowNewSources, "bc", "i abc", ""},
		{"i ab", wire.BlockOldSources, "bc", "i ab", "b"},
		{"i ab", wire.ChangeToExclude, "bc", "e b c", "b"},
		{"i ab", wire.ChangeToInclude, "bc", "i abc", "a"},
		{"i ab", wire.ChangeToInclude, "", "i ab", "ab"},
		{"e ab yz", wire.AllowNewSources, "bcz", "e abcz y", ""},
		{"e ab yz", wire.BlockOldSources, "bcz", "e abc yz", "bc"},
		{"e ab yz", wire.ChangeToExclude, "bcz", "e bc z", "bc"},
		{"e ab yz", wire.ChangeToInclude, "bcz", "e abcz y", "Ga"},
		{"e  ", wire.ChangeToInclude, "", "e  ", "G"},
		{"i ", wire.ModeIsExclude, "", "e  ", ""},
	} {
		now := time.Unix(1000, 0)
		g := parseGroup(tt.state, now)
		askGroup, ask := g.take(tt.record, sources(tt.said), now, &testTiming, false)
		asked := letters(ask)
		if askGroup {
			asked = "G" + asked
		}
		if have := g.text(); have != tt.want || asked != tt.ask {
			t.Errorf("%q, %v {%s}: %q, asks %q; want %q, %q", tt.state, tt.record, tt.said, have, asked, tt.want, tt.ask)
		}
	}
}

func parseGroup(state string, now time.Time) *group {
	f := append(strings.Split(state, " "), "", "")
	g := &group{exclude: f[0] == "e", sources: map[netip.Addr]time.Time{}}
	if g.exclude {
		g.timer = now.Add(50 * time.Second)
	}
	g.want(sources(f[1]), now.Add(40*time.Second))
	g.want(sources(f[2]), time.Time{})
	return g
}

func (g *group) text() string {
	if !g.exclude {
		return "i " + letters(g.running(nil))
	}
	return fmt.Sprintf("e %s %s", letters(g.running(nil)), letters(g.filter().Sources))
}

// Timers: how long what was reported holds.
func TestGroupTimers(t *testing.T) {
	start := time.Unix(1000, 0)
	g := &group{sources: map[netip.Addr]time.Time{}}
	at := func(d time.Duration) time.Time { g.expire(start.Add(d)); return start.Add(d) }
	expect := func(want string) {
		t.Helper()
		if have := g.text(); have != want {
			t.Fatalf("%q, want %q", have, want)
		}
	}
	g.take(wire.ModeIsExclude, sources("y"), start, &testTiming, false)
	g.take(wire.ModeIsInclude, sources("a"), at(100*time.Second), &testTiming, false)
	expect("e a y")
	at(259 * time.Second)
	expect("e a y")
	at(260 * time.Second) // nobody has said again that he wants all but y
	expect("i a")
	if f := g.filter(); f.wants(sources("b")[0]) || !f.wants(sources("a")[0]) {
		t.Errorf("the filter is %+v", f)
	}
	at(360 * time.Second)
	expect("i ")
	if !g.filter().none() || !g.next().IsZero() {
		t.Errorf("%+v is left", g)
	}

	// A source that nobody wants any more is one of those that are not wanted.
	g.take(wire.ModeIsExclude, nil, start, &testTiming, false)
	g.take(wire.ModeIsInclude, sources("a"), start, &testTiming, false)
	g.take(wire.ModeIsExclude, nil, start.Add(200*time.Second), &testTiming, false)
	expect("e  ")
	g.take(wire.BlockOldSources, sources("b"), start.Add(200*time.Second), &testTiming, false)
	g.leave(false, sources("b"), start.Add(200*time.Second), &testTiming)
	at(202 * time.Second)
	expect("e  b")
}

// Who is left is asked twice, and an answer ends it.
func TestGroupLeave(t *testing.T) {
	now := time.Unix(1000, 0)
	g := parseGroup("e ab y", now)
	g.leave(true, sources("a"), now, &testTiming)
	q := g.questions(now, &testTiming)
	if len(q) != 2 || q[0].suppress || len(q[0].sources) > 0 || letters(q[1].sources) != "a" {
		t.Fatalf("asks %+v", q)
	}
	if g.questions(now.Add(time.Second/2), &testTiming) != nil {
		t.Error("asks again at once")
	}
	g.take(wire.ModeIsExclude, sources("y"), now.Add(time.Second/2), &testTiming, false)
	q = g.questions(now.Add(time.Second), &testTiming)
	if len(q) != 1 || !q[0].suppress {
		t.Errorf("asks %+v the second time", q)
	}
	if q = g.questions(now.Add(2*time.Second), &testTiming); q != nil || g.text() != "e  y" {
		t.Errorf("asks %+v the third time, of %s", q, g.text())
	}
	g.leave(true, nil, now.Add(10*time.Second), &testTiming)
	g.expire(now.Add(12 * time.Second))
	if !g.filter().none() {
		t.Errorf("%s is left after a leave", g.text())
	}
}

// While a host of an older version is there, leaves and sources mean less (RFC 9776,
// section 7.3.2).
func TestGroupOlderHosts(t *testing.T) {
	now := time.Unix(1000, 0)
	g := parseGroup("e  ", now)
	g.older(2, now, &testTiming)
	if g.take(wire.ChangeToExclude, sources("a"), now, &testTiming, false); g.text() != "e  " {
		t.Errorf("%q, and a host of IGMPv2 cannot want less", g.text())
	}
	g.take(wire.BlockOldSources, sources("a"), now, &testTiming, false)
	if ask, _ := g.take(wire.ChangeToInclude, nil, now, &testTiming, false); !ask || g.text() != "e  " {
		t.Errorf("%q, asks: %v", g.text(), ask)
	}
	g.older(1, now, &testTiming)
	if ask, _ := g.take(wire.ChangeToInclude, nil, now, &testTiming, false); ask {
		t.Error("asks after a leave, and a host of IGMPv1 has none")
	}
	if ask, _ := g.take(wire.ChangeToInclude, nil, now.Add(260*time.Second), &testTiming, false); !ask {
		t.Error("a host of IGMPv1 is remembered for ever")
	}
}

func TestFilterMerge(t *testing.T) {
	for _, tt := range []struct{ a, b, want string }{
		{"i ", "i ", "i "},
		{"i ab", "i bc", "i abc"},
		{"e ab", "e bc", "e b"},
		{"e ab", "i bc", "e a"},
		{"i bc", "e ab", "e a"},
		{"e ", "i a", "e "},
		{"i ", "e a", "e a"},
	} {
		f := func(s string) Filter { return Filter{Exclude: s[0] == 'e', Sources: sources(s[2:])} }
		if m := f(tt.a).merge(f(tt.b)); !m.equal(f(tt.want)) {
			t.Errorf("%q and %q: %+v, want %q", tt.a, tt.b, m, tt.want)
		}
	}
}
