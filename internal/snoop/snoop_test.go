package snoop

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

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

// words are the kinds of events.
var words = map[Kind]string{
	Join: "join", Leave: "leave", Change: "change", Query: "query",
	QuerierSeen: "seen", QuerierElected: "elected", QuerierChanged: "changed", QuerierGone: "gone",
}

// said is what events say, a word each, in one line.
func said(events []Event) string {
	var list []string
	for _, e := range events {
		s := words[e.Kind] + " " + e.Who.String()
		if e.Group.IsValid() {
			s += " " + e.Group.String()
		}
		if e.Wants.Mode != Unknown {
			s += fmt.Sprintf(" %s%v", e.Wants.Mode, e.Wants.Sources)
		}
		if q := e.Querier; q != nil {
			s += fmt.Sprintf(" %v", q.Interval)
			if q.Version > 1 || q.Who.Is6() {
				s += fmt.Sprintf(" %v", q.Elected)
			}
		}
		list = append(list, s+" "+e.ProtocolVersion())
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

// hear gives a frame to s, some time after all began.
func hear(s *Snooper, b []byte, after time.Duration, own bool) string {
	var p wire.Packet
	p.Decode(wire.LinkEthernet, b, len(b), wire.Options{})
	at := began().Add(after)
	return said(s.Hear(&p, Heard{Interface: "eth0", Index: 2, Own: own, At: at, Now: at}))
}

// Each record becomes what it is to who knows the records before.
func TestReports(t *testing.T) {
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
			h := new(Snooper)
			for i, s := range steps {
				if got := hear(h, frameOf(t, s.r, wire.Link{}), 0, false); got != s.want {
					t.Errorf("report %d is told as %q, want %q", i+1, got, s.want)
				}
			}
		})
	}
}

// What a host would drop, what this host said itself, and what is in a VLAN.
func TestPassesOver(t *testing.T) {
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
		"query, own":    {frameOf(t, &wire.Query{Source: router1, Version: 1}, wire.Link{}), true, "query 192.0.2.1 IGMPv1; seen 192.0.2.1 0s IGMPv1"},
		"of one source": {frameOf(t, &wire.Query{Source: router1, Group: ssm, Sources: from7, Interval: time.Minute}, wire.Link{}), false, "query 192.0.2.1 232.1.1.1 include[198.51.100.7] IGMPv3; seen 192.0.2.1 1m0s true IGMPv3"},
	} {
		if got := hear(new(Snooper), tt.b, 0, tt.own); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// Queriers come, win, lose, change and go.
func TestQueriers(t *testing.T) {
	h := new(Snooper)
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
		{0, query(none, 2, 0), "seen 0.0.0.0 0s false IGMPv2"},
		{0, query(router2, 3, 125*time.Second), "seen 192.0.2.2 2m5s true IGMPv3"},
		{1, query(router2, 3, 125*time.Second), ""},
		{2, query(router2, 3, 60*time.Second), "changed 192.0.2.2 1m0s true IGMPv3"},
		{3, query(router1, 2, 0), "seen 192.0.2.1 0s true IGMPv2"},
		{4, query(router2, 3, 60*time.Second), ""},                                    // lost
		{63, query(router1, 2, 0), "changed 192.0.2.1 1m0s true IGMPv2"},              // observed
		{122, query(router1, 2, 0), ""},                                               // about the same
		{4 + 2*60 + 5 - 1, nil, ""},                                                   // the last moment
		{4 + 2*60 + 5, nil, "gone 192.0.2.2 1m0s false IGMPv3"},                       //
		{130, query(router2, 3, 125*time.Second), "seen 192.0.2.2 2m5s false IGMPv3"}, //
		{255, nil, "gone 0.0.0.0 0s false IGMPv2"},                                    //
		{122 + 255, nil, "gone 192.0.2.1 1m0s false IGMPv2; elected 192.0.2.2 2m5s true IGMPv3"},
		{378, query(router2, 1, 0), "changed 192.0.2.2 0s IGMPv1"},
		{379, query(router2, 2, 0), "changed 192.0.2.2 0s true IGMPv2"},
	} {
		after := s.after * time.Second
		if s.q == nil {
			if got := said(h.Expire(began().Add(after))); got != s.want {
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
	if next := h.NextExpiry(); !next.Equal(began().Add((379 + 255) * time.Second)) {
		t.Errorf("the next is gone at %v", next)
	}
	h.Forget(2)
	if len(h.queriers) != 0 || !h.NextExpiry().IsZero() {
		t.Errorf("%v is left of an interface that is gone", h.queriers)
	}
}

// What is known at a time, in order.
func TestState(t *testing.T) {
	var s Snooper
	if len(s.Members())+len(s.Queriers()) > 0 || s.Expire(began()) != nil || !s.NextExpiry().IsZero() {
		t.Error("who has heard nothing knows something")
	}
	s.Forget(2)
	host2, mld := netip.MustParseAddr("192.0.2.12"), netip.MustParseAddr("fe80::1")
	for _, m := range []framed{
		&wire.Report{Source: host2, Records: []wire.Membership{{Type: wire.ChangeToExclude, Group: asm}}},
		&wire.Report{Source: host1, Records: []wire.Membership{{Type: wire.ChangeToExclude, Group: asm}, {Type: wire.AllowNewSources, Group: ssm, Sources: from7}}},
		&wire.Report{Source: host2, Records: []wire.Membership{{Type: wire.AllowNewSources, Group: ssm, Sources: from7}}},
		&wire.Report{Source: host2, Records: []wire.Membership{{Type: wire.BlockOldSources, Group: ssm, Sources: from7}}},
		&wire.Query{Source: mld, MaxResponse: 10 * time.Second, Interval: time.Minute},
		&wire.Query{Source: router2, Version: 2, MaxResponse: 10 * time.Second},
		&wire.Query{Source: router1, Version: 1},
		&wire.Query{Source: netip.IPv4Unspecified(), Version: 2, MaxResponse: 10 * time.Second},
	} {
		hear(&s, frameOf(t, m, wire.Link{}), 0, false)
	}
	wantMembers := []Member{
		{2, ssm, host1, Wants{Include, from7}}, {2, asm, host1, Wants{Mode: Exclude}}, {2, asm, host2, Wants{Mode: Exclude}},
	}
	if got := s.Members(); !reflect.DeepEqual(got, wantMembers) {
		t.Errorf("members are %+v, want %+v", got, wantMembers)
	}
	querier := func(who netip.Addr, version uint8, electable, elected bool) Querier {
		q := Querier{
			Interface: "eth0", Index: 2, Protocol: wire.IGMP, Version: version, Who: who, Gone: began().Add(255 * time.Second),
			Electable: electable, Elected: elected,
		}
		if who.Is6() {
			q.Protocol, q.Interval, q.Gone = wire.MLD, time.Minute, began().Add(125*time.Second)
		}
		return q
	}
	wantQueriers := []Querier{
		querier(netip.IPv4Unspecified(), 2, false, false), querier(router1, 1, false, false), querier(router2, 2, true, true), querier(mld, 2, true, true),
	}
	if got := s.Queriers(); !reflect.DeepEqual(got, wantQueriers) {
		t.Errorf("queriers are\n%+v, want\n%+v", got, wantQueriers)
	}
	const gone = "gone 0.0.0.0 0s false IGMPv2; gone 192.0.2.1 0s IGMPv1; gone 192.0.2.2 0s false IGMPv2; gone fe80::1 1m0s false MLDv2"
	if got := said(s.Expire(began().Add(time.Hour))); got != gone {
		t.Errorf("in the end %q, want %q", got, gone)
	}
	s.Forget(2)
	if len(s.Members())+len(s.Queriers()) > 0 {
		t.Error("what is forgotten is there")
	}
}

// Linux says twice that it joins or leaves; of 10,000 groups it is news once.
func TestRepeatedReports(t *testing.T) {
	m := members{}
	for _, typ := range []wire.RecordType{wire.ChangeToExclude, wire.ChangeToInclude, wire.ChangeToExclude} {
		for again := range 2 {
			news := 0
			for n := range 10_000 {
				group := netip.AddrFrom4([4]byte{239, 10, byte(n >> 8), byte(n)})
				if _, _, is := m.take(membership{1, netip.AddrFrom4([4]byte{192, 0, 2, 1}), group}, &wire.Membership{Type: typ, Group: group}); is {
					news++
				}
			}
			if want := 10_000 * (1 - again); news != want {
				t.Errorf("%v: %d are news, want %d", typ, news, want)
			}
		}
	}
}

// Hosts that have left make room before those that are there.
func TestRoomForMembers(t *testing.T) {
	m := members{}
	take := func(n int, typ wire.RecordType) {
		group := netip.AddrFrom4([4]byte{239, byte(n >> 16), byte(n >> 8), byte(n)})
		m.take(membership{1, netip.AddrFrom4([4]byte{192, 0, 2, 1}), group}, &wire.Membership{Type: typ, Group: group})
	}
	take(0, wire.ChangeToExclude)
	for n := 1; n < 3*mostMembers; n++ {
		take(n, wire.ChangeToExclude)
		take(n, wire.ChangeToInclude)
	}
	if list := m.list(); len(list) != 1 || len(m) > mostMembers {
		t.Errorf("%d of %d are in a group, want 1", len(list), len(m))
	}
}

// What strangers can have kept is bounded, and the winner is among it.
func TestBounded(t *testing.T) {
	h := new(Snooper)
	addr := netip.MustParseAddr("10.255.255.255")
	for range 3 * mostQueriers {
		hear(h, frameOf(t, &wire.Query{Source: addr, Version: 2, MaxResponse: time.Second}, wire.Link{}), 0, false)
		addr = addr.Prev()
	}
	here := h.queriers[link{2, true}]
	if len(here) != mostQueriers || lowestOf(here) != addr.Next() || !here[addr.Next()].Elected {
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
	at := membership{2, host1, ssm}
	for range mostSources + 10 {
		addr = addr.Prev()
		h.members.take(at, &wire.Membership{Type: wire.AllowNewSources, Group: ssm, Sources: []netip.Addr{addr}})
		if n := len(h.members[at].Sources); n > mostSources {
			t.Fatalf("%d sources are kept", n)
		}
	}
}

func FuzzHear(f *testing.F) {
	f.Add(frameOf(f, &wire.Query{Source: router1, Group: ssm, Sources: from7}, wire.Link{}))
	f.Add(frameOf(f, &wire.Report{Source: host1, Records: []wire.Membership{{Type: wire.AllowNewSources, Group: ssm, Sources: from7}}}, wire.Link{Tagged: true}))
	f.Add(frameOf(f, &wire.Report{Source: netip.MustParseAddr("fe80::1"), Version: 1, Records: []wire.Membership{{Type: wire.ModeIsExclude, Group: netip.MustParseAddr("ff15::5")}}}, wire.Link{}))
	f.Fuzz(func(t *testing.T, b []byte) {
		h := new(Snooper)
		var p wire.Packet
		p.Decode(wire.LinkEthernet, b, len(b), wire.Options{ChecksumNotReady: true})
		for range 2 {
			for _, e := range h.Hear(&p, Heard{Interface: "eth0", Index: 2, At: began(), Now: began()}) {
				if words[e.Kind] == "" || !e.Who.IsValid() || e.Kind < Query && !e.Group.IsMulticast() {
					t.Errorf("%+v", e)
				}
			}
		}
		h.Expire(began().Add(1 << 60))
		if len(h.queriers) != 0 {
			t.Error("somebody never goes")
		}
	})
}
