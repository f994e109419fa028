package mroute

import (
	"net/netip"
	"testing"
	"time"

	"mcast/wire"
)

// The querier with the lowest address is elected, and its times hold.
func TestElection(t *testing.T) {
	now := time.Unix(1000, 0)
	var asked []wire.Query
	p := &port{
		address: netip.MustParseAddr("192.0.2.5"), version: 3, own: testTiming,
		send: func(q *wire.Query) { asked = append(asked, *q) }, changed: func(netip.Addr) {},
	}
	p.start(now)
	next := p.tick(now)
	if len(asked) != 1 || asked[0].Interval != 125*time.Second || asked[0].MaxResponse != 10*time.Second || asked[0].Version != 3 {
		t.Fatalf("asked %+v", asked)
	}
	if d := next.Sub(now); d != 125*time.Second/4 {
		t.Errorf("the second query comes after %v", d)
	}
	for _, other := range []string{"0.0.0.0", "192.0.2.6"} {
		p.heard(&wire.Query{Source: netip.MustParseAddr(other), Version: 3}, now)
		if !p.querier() {
			t.Errorf("%s was elected", other)
		}
	}
	p.heard(&wire.Query{
		Source: netip.MustParseAddr("192.0.2.4"), Version: 3, Group: netip.IPv4Unspecified(), MaxResponse: 4 * time.Second, Interval: 300 * time.Second, Robustness: 3,
	}, now)
	if p.querier() || p.t.membership() != 904*time.Second {
		t.Errorf("still the querier, or %v is not the other's", p.t)
	}
	// Who leaves is asked after by the other.
	g := netip.MustParseAddr("239.1.1.1")
	p.report(&wire.Report{Version: 3, Records: []wire.Membership{{Type: wire.ChangeToExclude, Group: g}}}, now)
	p.report(&wire.Report{Version: 3, Records: []wire.Membership{{Type: wire.ChangeToInclude, Group: g}}}, now)
	if len(asked) != 1 || !p.filter(g).Exclude {
		t.Errorf("asked %+v, and is not the querier", asked[1:])
	}
	ask := wire.Query{Source: netip.MustParseAddr("192.0.2.4"), Version: 3, Group: g, MaxResponse: time.Second, Robustness: 3, Suppress: true}
	p.heard(&ask, now)
	p.tick(now.Add(3 * time.Second))
	if p.filter(g).none() {
		t.Error("a query that says that it ends nothing has ended a membership")
	}
	ask.Suppress = false
	p.heard(&ask, now)
	p.tick(now.Add(3 * time.Second))
	if !p.filter(g).none() {
		t.Errorf("%+v is left", p.filter(g))
	}
	if p.t.response != 4*time.Second {
		t.Errorf("members of all groups have %v to answer, as those of one", p.t.response)
	}
	p.tick(now.Add(905 * time.Second))
	if len(asked) != 2 || !p.querier() || p.t != p.own {
		t.Errorf("asked %+v after the other has gone", asked[1:])
	}
}

// A leave does not tell of a host of an older version, which may have been the last one.
func TestLeaveOfOlderVersion(t *testing.T) {
	for _, tt := range []struct {
		address, source, group string
		old                    uint8
	}{{"192.0.2.5", "192.0.2.1", "239.1.1.1", 2}, {"fe80::5", "2001:db8::1", "ff15::1", 1}} {
		now := time.Unix(1000, 0)
		p := &port{
			address: netip.MustParseAddr(tt.address), version: tt.old + 1, own: testTiming,
			send: func(*wire.Query) {}, changed: func(netip.Addr) {},
		}
		p.start(now)
		g, source := netip.MustParseAddr(tt.group), netip.MustParseAddr(tt.source)
		say := func(version uint8, kind wire.RecordType, sources ...netip.Addr) {
			p.report(&wire.Report{
				Source: netip.MustParseAddr(tt.address).Next(), Version: version,
				Records: []wire.Membership{{Type: kind, Group: g, Sources: sources}},
			}, now)
		}
		say(tt.old+1, wire.ModeIsExclude)
		say(tt.old, wire.ChangeToInclude)
		say(tt.old+1, wire.ChangeToExclude, source)
		if len(p.groups[g].sources) != 1 {
			t.Errorf("%v: what was said of %v does not count after a leave", g, source)
		}
		say(tt.old, wire.ModeIsExclude)
		say(tt.old+1, wire.ChangeToExclude, source)
		if len(p.groups[g].sources) != 0 {
			t.Errorf("%v: what was said of %v counts, though a host of version %d is there", g, source, tt.old)
		}
	}
}

// Groups of a link, and any source of a group for source-specific multicast, are no
// business of a proxy.
func TestPortIgnores(t *testing.T) {
	now := time.Unix(1000, 0)
	p := &port{address: netip.MustParseAddr("fe80::1"), version: 2, own: testTiming, send: func(*wire.Query) {}, changed: func(netip.Addr) {}}
	p.start(now)
	for _, g := range []string{"ff02::fb", "ff01::1", "ff35::1"} {
		p.report(&wire.Report{Version: 2, Records: []wire.Membership{{Type: wire.ChangeToExclude, Group: netip.MustParseAddr(g)}}}, now)
	}
	p.report(&wire.Report{Version: 1, Records: []wire.Membership{{Type: wire.ModeIsExclude, Group: netip.MustParseAddr("ff35::2")}}}, now)
	if len(p.groups) != 0 {
		t.Errorf("%v was joined", p.groups)
	}
	ff05 := wire.Report{Source: netip.IPv6Unspecified(), Version: 1, Records: []wire.Membership{{Type: wire.ModeIsExclude, Group: netip.MustParseAddr("ff05::2")}}}
	if p.report(&ff05, now); len(p.groups) != 0 {
		t.Error("ff05::2 was joined by nobody in particular")
	}
	ff05.Source = netip.MustParseAddr("fe80::2")
	if p.report(&ff05, now); len(p.groups) != 1 {
		t.Error("ff05::2 was not")
	}
}

// Versions without sources ask for a group only, and all that they say can be said.
func TestOldQuerier(t *testing.T) {
	now := time.Unix(1000, 0)
	g, source := netip.MustParseAddr("239.1.1.1"), netip.MustParseAddr("192.0.2.1")
	asked := 0
	p := &port{
		address: netip.MustParseAddr("192.0.2.5"), version: 2, own: testTiming, changed: func(netip.Addr) {},
		send: func(q *wire.Query) {
			asked++
			if _, err := q.Append(nil); err != nil || len(q.Sources) > 0 {
				t.Errorf("asks %+v: %v", q, err)
			}
		},
	}
	p.start(now)
	p.tick(now)
	say := func(kind wire.RecordType, sources ...netip.Addr) {
		p.report(&wire.Report{Version: 3, Records: []wire.Membership{{Type: kind, Group: g, Sources: sources}}}, now)
	}
	say(wire.AllowNewSources, source)
	say(wire.ChangeToInclude)
	if asked != 1 {
		t.Errorf("asked %d times, and version 2 cannot ask for a source", asked)
	}
	say(wire.ModeIsExclude)
	say(wire.ChangeToInclude)
	say(wire.ModeIsExclude) // somebody is left: with version 3, the second query would say so
	p.tick(now.Add(time.Second))
	if asked != 3 {
		t.Errorf("asked %d times, want for all groups once and twice for one", asked)
	}
}
