package cli

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"mcast/internal/view"
	"mcast/wire"
)

var (
	host1   = netip.MustParseAddr("192.0.2.11")
	router1 = netip.MustParseAddr("192.0.2.1")
	router2 = netip.MustParseAddr("192.0.2.2")
	ssm     = netip.MustParseAddr("232.1.1.1")
	asm     = netip.MustParseAddr("239.1.1.1")
	from7   = []netip.Addr{netip.MustParseAddr("198.51.100.7")}
	from8   = []netip.Addr{netip.MustParseAddr("198.51.100.8")}
)

// began is when everything here begins.
func began() time.Time { return time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC) }

// said is what events say, a word each, in one line.
func said(events []view.MembershipEvent) string {
	var list []string
	for _, e := range events {
		s := e.Event + " " + e.Who
		if e.Group.IsValid() {
			s += " " + e.Group.String()
		}
		if e.Wants.Mode != "" {
			s += fmt.Sprintf(" %s%v", e.Wants.Mode, e.Wants.List)
		}
		if q := e.Querier; q != nil {
			s += fmt.Sprintf(" %s %v", q.State, q.Interval)
			if q.Elected != nil {
				s += fmt.Sprintf(" %v", *q.Elected)
			}
		}
		list = append(list, s+" "+e.Version)
	}
	return strings.Join(list, "; ")
}

// framed is a message that can be put in a frame.
type framed interface {
	AppendFrame(b []byte, l *wire.Link) ([]byte, error)
}

func frameOf(t testing.TB, m framed, l wire.Link) []byte {
	t.Helper()
	b, err := m.AppendFrame(nil, &l)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// hear gives a frame to h, some time after all began.
func hear(h *hearing, b []byte, after time.Duration, own bool) string {
	var p wire.Packet
	p.Decode(wire.LinkEthernet, b, len(b), wire.Options{})
	at := began().Add(after)
	return said(h.take(&p, heard{name: "eth0", index: 2, own: own, at: at, now: at}))
}

// Each record becomes what it is to who knows the records before.
func TestHearingReports(t *testing.T) {
	record := func(kind wire.RecordType, group netip.Addr, sources ...netip.Addr) wire.Membership {
		return wire.Membership{Type: kind, Group: group, Sources: sources}
	}
	report := func(version uint8, records ...wire.Membership) *wire.Report {
		return &wire.Report{Source: host1, Version: version, Records: records}
	}
	mld := netip.MustParseAddr("ff15::5")
	type step struct {
		r    *wire.Report
		want string
	}
	for name, steps := range map[string][]step{
		"IGMPv3": {
			{report(3, record(wire.ChangeToExclude, asm)), "join 192.0.2.11 239.1.1.1 exclude[] IGMPv3"},
			{report(3, record(wire.ChangeToExclude, asm)), ""}, // lest the first was lost
			{report(3, record(wire.ModeIsExclude, asm)), ""},   // asked
			{report(3, record(wire.BlockOldSources, asm, from7...)), "change 192.0.2.11 239.1.1.1 exclude[198.51.100.7] IGMPv3"},
			{report(3, record(wire.AllowNewSources, asm, from7...)), "change 192.0.2.11 239.1.1.1 exclude[] IGMPv3"},
			{report(3, record(wire.ChangeToInclude, asm, from7...)), "change 192.0.2.11 239.1.1.1 include[198.51.100.7] IGMPv3"},
			{report(3, record(wire.BlockOldSources, asm, from7...)), "leave 192.0.2.11 239.1.1.1 include[198.51.100.7] IGMPv3"},
			{report(3, record(wire.ChangeToInclude, asm)), ""},
		},
		"SSM": {
			{report(3, record(wire.AllowNewSources, ssm, from7...)), "join 192.0.2.11 232.1.1.1 include[198.51.100.7] IGMPv3"},
			{report(3, record(wire.AllowNewSources, ssm, from8...)), "change 192.0.2.11 232.1.1.1 include[198.51.100.7 198.51.100.8] IGMPv3"},
			{report(3, record(wire.BlockOldSources, ssm, from7...)), "change 192.0.2.11 232.1.1.1 include[198.51.100.8] IGMPv3"},
			{report(3, record(wire.BlockOldSources, ssm, from8...)), "leave 192.0.2.11 232.1.1.1 include[198.51.100.8] IGMPv3"},
		},
		"unheard": { // the joins were before
			{report(3, record(wire.BlockOldSources, ssm, from7...), record(wire.ChangeToInclude, asm)),
				"leave 192.0.2.11 232.1.1.1 include[198.51.100.7] IGMPv3; leave 192.0.2.11 239.1.1.1 IGMPv3"},
			{report(3, record(wire.BlockOldSources, ssm, from7...), record(wire.ChangeToInclude, asm)), ""},
		},
		"unknown mode": {
			{report(3, record(wire.BlockOldSources, asm, from7...)), "change 192.0.2.11 239.1.1.1 IGMPv3"},
			{report(3, record(wire.ModeIsExclude, asm, from7...)), "change 192.0.2.11 239.1.1.1 exclude[198.51.100.7] IGMPv3"},
		},
		"asked": {
			{report(3, record(wire.ModeIsInclude, asm, from7...)), "join 192.0.2.11 239.1.1.1 include[198.51.100.7] IGMPv3"},
		},
		"IGMPv2": {
			{report(2, record(wire.ModeIsExclude, asm)), "join 192.0.2.11 239.1.1.1 exclude[] IGMPv2"},
			{report(2, record(wire.ModeIsExclude, asm)), ""},
			{report(2, record(wire.ChangeToInclude, asm)), "leave 192.0.2.11 239.1.1.1 exclude[] IGMPv2"},
			{report(1, record(wire.ModeIsExclude, asm)), "join 192.0.2.11 239.1.1.1 exclude[] IGMPv1"},
		},
		"MLD": {
			{&wire.Report{Source: netip.MustParseAddr("fe80::1"), Records: []wire.Membership{record(wire.ChangeToExclude, mld)}}, "join fe80::1 ff15::5 exclude[] MLDv2"},
			{&wire.Report{Source: netip.MustParseAddr("fe80::1"), Version: 1, Records: []wire.Membership{record(wire.ChangeToInclude, mld)}}, "leave fe80::1 ff15::5 exclude[] MLDv1"},
			{&wire.Report{Source: netip.MustParseAddr("2001:db8::1"), Records: []wire.Membership{record(wire.ChangeToExclude, mld)}}, ""}, // not link-local
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHearing()
			for i, s := range steps {
				if got := hear(h, frameOf(t, s.r, wire.Link{}), 0, false); got != s.want {
					t.Errorf("report %d is told as %q, want %q", i+1, got, s.want)
				}
			}
		})
	}
}

// What a host would drop, what this host said itself, and what is in a VLAN.
func TestHearingPassesOver(t *testing.T) {
	r := &wire.Report{Source: host1, Records: []wire.Membership{{Type: wire.ChangeToExclude, Group: asm}}}
	const joined = "join 192.0.2.11 239.1.1.1 exclude[] IGMPv3"
	whole := frameOf(t, r, wire.Link{})
	broken := slices.Clone(whole)
	broken[len(broken)-1]++ // the checksum
	for name, tt := range map[string]struct {
		b    []byte
		own  bool
		want string
	}{
		"whole":         {whole, false, joined},
		"own":           {whole, true, ""},
		"broken":        {broken, false, ""},
		"cut":           {whole[:len(whole)-4], false, ""},
		"VLAN 0":        {frameOf(t, r, wire.Link{Tagged: true}), false, joined},
		"VLAN 256":      {frameOf(t, r, wire.Link{Tagged: true, VLAN: 256}), false, ""},
		"query, own":    {frameOf(t, &wire.Query{Source: router1, Version: 1}, wire.Link{}), true, "query 192.0.2.1 IGMPv1; querier 192.0.2.1 seen 0s IGMPv1"},
		"of one source": {frameOf(t, &wire.Query{Source: router1, Group: ssm, Sources: from7, Interval: time.Minute}, wire.Link{}), false, "query 192.0.2.1 232.1.1.1 include[198.51.100.7] IGMPv3; querier 192.0.2.1 seen 1m0s true IGMPv3"},
	} {
		if got := hear(newHearing(), tt.b, 0, tt.own); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// Queriers come, win, lose, change and go.
func TestQueriers(t *testing.T) {
	h := newHearing()
	query := func(source netip.Addr, version uint8, interval time.Duration) *wire.Query {
		q := &wire.Query{Source: source, Version: version, Interval: interval, MaxResponse: 10 * time.Second}
		if version == 3 {
			q.Robustness = 2
		}
		if version == 1 {
			q.MaxResponse = 0
		}
		return q
	}
	none := netip.IPv4Unspecified()
	for i, s := range []struct {
		after time.Duration // since the beginning
		q     *wire.Query   // nil: time passes
		want  string
	}{
		{0, query(none, 2, 0), "querier 0.0.0.0 seen 0s false IGMPv2"},
		{0, query(router2, 3, 125*time.Second), "querier 192.0.2.2 seen 2m5s true IGMPv3"},
		{1, query(router2, 3, 125*time.Second), ""},
		{2, query(router2, 3, 60*time.Second), "querier 192.0.2.2 changed 1m0s true IGMPv3"},
		{3, query(router1, 2, 0), "querier 192.0.2.1 seen 0s true IGMPv2"},
		{4, query(router2, 3, 60*time.Second), ""},                                            // lost
		{63, query(router1, 2, 0), "querier 192.0.2.1 changed 1m0s true IGMPv2"},              // observed
		{122, query(router1, 2, 0), ""},                                                       // about the same
		{4 + 2*60 + 5 - 1, nil, ""},                                                           // the last moment
		{4 + 2*60 + 5, nil, "querier 192.0.2.2 gone 1m0s false IGMPv3"},                       //
		{130, query(router2, 3, 125*time.Second), "querier 192.0.2.2 seen 2m5s false IGMPv3"}, //
		{255, nil, "querier 0.0.0.0 gone 0s false IGMPv2"},                                    //
		{122 + 255, nil, "querier 192.0.2.1 gone 1m0s false IGMPv2; querier 192.0.2.2 elected 2m5s true IGMPv3"},
		{378, query(router2, 1, 0), "querier 192.0.2.2 changed 0s IGMPv1"},
		{379, query(router2, 2, 0), "querier 192.0.2.2 changed 0s true IGMPv2"},
	} {
		after := s.after * time.Second
		if s.q == nil {
			if got := said(h.queriers.expire(began().Add(after))); got != s.want {
				t.Errorf("step %d: %q, want %q", i, got, s.want)
			}
			continue
		}
		got := hear(h, frameOf(t, s.q, wire.Link{}), after, false)
		_, got, _ = strings.Cut(got, "; ") // after the query itself
		if got != s.want {
			t.Errorf("step %d: %q, want %q", i, got, s.want)
		}
	}
	if next := h.queriers.next(); !next.Equal(began().Add((379 + 255) * time.Second)) {
		t.Errorf("the next is gone at %v", next)
	}
	h.forget(2)
	if len(h.queriers) != 0 || !h.queriers.next().IsZero() {
		t.Errorf("%v is left of an interface that is gone", h.queriers)
	}
}

// What strangers can have kept is bounded, and the winner is among it.
func TestHearingBounded(t *testing.T) {
	h := newHearing()
	addr := netip.MustParseAddr("10.255.255.255")
	for range 3 * mostQueriers {
		hear(h, frameOf(t, &wire.Query{Source: addr, Version: 2, MaxResponse: time.Second}, wire.Link{}), 0, false)
		addr = addr.Prev()
	}
	here := h.queriers[link{2, true}]
	if len(here) != mostQueriers || lowestOf(here) != addr.Next() || !here[addr.Next()].elected {
		t.Errorf("%d queriers are kept, the lowest %v", len(here), lowestOf(here))
	}
	group := asm
	for range mostMembers + 10 {
		hear(h, frameOf(t, &wire.Report{Source: host1, Version: 2, Records: []wire.Membership{{Type: wire.ModeIsExclude, Group: group}}}, wire.Link{}), 0, false)
		group = group.Next()
	}
	if n := len(h.members); n > mostMembers || n < 10 {
		t.Errorf("%d members are kept", n)
	}
	at := member{2, host1, ssm}
	for range mostSources + 10 {
		addr = addr.Prev()
		h.members.take(at, &wire.Membership{Type: wire.AllowNewSources, Group: ssm, Sources: []netip.Addr{addr}})
		if n := len(h.members[at].List); n > mostSources {
			t.Fatalf("%d sources are kept", n)
		}
	}
}

func FuzzHearing(f *testing.F) {
	f.Add(frameOf(f, &wire.Query{Source: router1, Group: ssm, Sources: from7}, wire.Link{}))
	f.Add(frameOf(f, &wire.Report{Source: host1, Records: []wire.Membership{{Type: wire.AllowNewSources, Group: ssm, Sources: from7}}}, wire.Link{Tagged: true}))
	f.Add(frameOf(f, &wire.Report{Source: netip.MustParseAddr("fe80::1"), Version: 1, Records: []wire.Membership{{Type: wire.ModeIsExclude, Group: netip.MustParseAddr("ff15::5")}}}, wire.Link{}))
	f.Fuzz(func(t *testing.T, b []byte) {
		h := newHearing()
		var p wire.Packet
		p.Decode(wire.LinkEthernet, b, len(b), wire.Options{ChecksumNotReady: true})
		for range 2 {
			for _, e := range h.take(&p, heard{name: "eth0", index: 2, at: began(), now: began()}) {
				if e.Event == "" || e.Who == "" || e.Event != "query" && e.Event != "querier" && !e.Group.IsMulticast() {
					t.Errorf("%+v", e)
				}
			}
		}
		h.queriers.expire(began().Add(1 << 60))
		if len(h.queriers) != 0 {
			t.Error("somebody never goes")
		}
	})
}
