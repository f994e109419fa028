package text

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"mcast/internal/view"
)

var (
	anySource = view.Sources{Mode: "exclude"}
	only7     = view.Sources{Mode: "include", List: []netip.Addr{netip.MustParseAddr("192.0.2.7")}}
)

func TestMemberships(t *testing.T) {
	group := netip.MustParseAddr("239.1.1.1")
	list := []view.Membership{
		{Interface: "lo", Group: netip.MustParseAddr("224.0.0.1"), Wants: anySource, Version: "IGMPv3", VersionSource: "told", Users: 1, Kernel: 1},
		{Interface: "eth0", Group: group, Wants: anySource, Version: "MLDv1", VersionSource: "forced", Users: 4, Kernel: 2, Sockets: []view.MemberSocket{
			{PID: 17, Command: "a b", Protocol: "udp", Local: netip.MustParseAddrPort("[::]:5000"), Wants: anySource},
			{PID: 18, Command: "\x1b[31m", Protocol: "raw", Local: netip.MustParseAddrPort("0.0.0.0:2"), Wants: only7},
			{PID: 19, Command: "x]", Protocol: "udplite", Local: netip.MustParseAddrPort("0.0.0.0:0"), Wants: anySource},
		}},
		{Interface: "\x07", Group: group, Users: 3, Unknown: 3, Listed: []view.ListedSource{
			{Source: netip.MustParseAddr("192.0.2.7"), Include: 1}, {Source: netip.MustParseAddr("192.0.2.8"), Exclude: 2},
		}},
		{Interface: "eth1", Group: group, Users: 1, Unknown: 1},
		{Interface: "eth2", Group: group, Users: 0},
	}
	const want = `INTERFACE  GROUP      WANTS                                           VERSION         WHO
lo         224.0.0.1  any source                                      IGMPv3          kernel
eth0       239.1.1.1  any source                                      MLDv1 (forced)  kernel, 2 times
                                                                                      "a b"[17] [::]:5000
                                                                                      "\x1b[31m"[18] raw 0.0.0.0 protocol 2: only 192.0.2.7
                                                                                      "x]"[19] udplite not bound
"\a"       239.1.1.1  unknown (somebody: 192.0.2.7, not 192.0.2.8)    unknown         3 users that may not be looked into
eth1       239.1.1.1  unknown                                         unknown         1 user that may not be looked into
eth2       239.1.1.1  unknown                                         unknown         nobody
`
	var b strings.Builder
	if err := Memberships(&b, list); err != nil {
		t.Fatal(err)
	}
	if squeeze(b.String()) != squeeze(want) {
		t.Errorf("%s", b.String())
	}
}

// squeeze takes out how wide columns are.
func squeeze(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(lines, "\n")
}

func TestAppendEvent(t *testing.T) {
	when := time.Date(2026, 11, 22, 15, 55, 11, 521727000, time.UTC)
	group := netip.MustParseAddr("239.1.1.1")
	tests := []struct {
		e             view.MembershipEvent
		line, aligned string
	}{
		{
			view.MembershipEvent{Time: when, Event: "join", Interface: "eth0", Group: group, Wants: only7, Version: "IGMPv3", Seen: "rescan", Who: "recv[17]",
				Socket: &view.MemberSocket{PID: 17, Command: "re\ncv", Protocol: "udp", Local: netip.MustParseAddrPort("0.0.0.0:5000")}},
			`15:55:11.521727 join 239.1.1.1 on eth0: only 192.0.2.7, IGMPv3, "re\ncv"[17] 0.0.0.0:5000 (rescan)`,
			`15:55:11.521727  join     eth0       239.1.1.1              only 192.0.2.7   IGMPv3   "re\ncv"[17] 0.0.0.0:5000 (rescan)`,
		},
		{
			view.MembershipEvent{Time: when, Event: "leave", Interface: "eth0", Group: group, Seen: "announced"},
			`15:55:11.521727 leave 239.1.1.1 on eth0: unknown, unknown, unknown`,
			`15:55:11.521727  leave    eth0       239.1.1.1              unknown          unknown  unknown`,
		},
		{
			view.MembershipEvent{Time: when, Event: "query", Where: "wire", Interface: "eth0", Who: "192.0.2.1", Version: "IGMPv2"},
			`15:55:11.521727 query who is in any group on eth0: querier 192.0.2.1, IGMPv2`,
			`15:55:11.521727  query    eth0       any group                               IGMPv2   192.0.2.1`,
		},
		{
			view.MembershipEvent{Time: when, Event: "query", Where: "wire", Interface: "eth0", Who: "192.0.2.1", Group: group, Wants: only7, Version: "IGMPv3"},
			`15:55:11.521727 query who is in 239.1.1.1, only 192.0.2.7, on eth0: querier 192.0.2.1, IGMPv3`,
			`15:55:11.521727  query    eth0       239.1.1.1              only 192.0.2.7   IGMPv3   192.0.2.1`,
		},
		{
			view.MembershipEvent{Time: when, Event: "querier", Where: "wire", Interface: "e\x1b", Who: "192.0.2.1", Version: "IGMPv3",
				Querier: &view.Querier{State: "seen", Interval: 125 * time.Second, Elected: new(bool)}},
			`15:55:11.521727 querier 192.0.2.1 on "e\x1b": IGMPv3, every 125 s, not elected`,
			`15:55:11.521727  querier  "e\x1b"                                            IGMPv3   192.0.2.1 (every 125 s, not elected)`,
		},
		{
			view.MembershipEvent{Time: when, Event: "querier", Where: "wire", Interface: "eth0", Who: "192.0.2.1", Version: "IGMPv1", Querier: &view.Querier{State: "gone"}},
			`15:55:11.521727 querier 192.0.2.1 on eth0: IGMPv1, gone`,
			`15:55:11.521727  querier  eth0                                               IGMPv1   192.0.2.1 (gone)`,
		},
	}
	for _, tt := range tests {
		for aligned, want := range map[bool]string{false: tt.line, true: tt.aligned} {
			if got := string(AppendEvent(nil, &tt.e, aligned)); got != want+"\n" {
				t.Errorf("%q, want %q", got, want)
			}
		}
	}
	if line := AppendEvent(nil, &tests[0].e, true); strings.Index(string(line), "only") != strings.Index(EventHeadline, "WANTS") ||
		strings.Index(string(line), "IGMP") != strings.Index(EventHeadline, "VERSION") {
		t.Error("the headline stands elsewhere than the columns")
	}
}
