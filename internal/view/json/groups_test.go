package json

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"mcast/internal/view"
)

func TestMembership(t *testing.T) {
	group := netip.MustParseAddr("239.1.1.1")
	exclude := view.Sources{Mode: "exclude"}
	only := view.Sources{Mode: "include", List: []netip.Addr{netip.MustParseAddr("192.0.2.7")}}
	for _, tt := range []struct {
		m    view.Membership
		want string
	}{
		{
			view.Membership{Interface: "eth0", Group: group, Wants: exclude, Version: "IGMPv3", VersionSource: "told", Users: 2, Sockets: []view.MemberSocket{
				{PID: 17, Command: "a\x1b\u009b\"", Inode: 4711, Protocol: "udp", Local: netip.MustParseAddrPort("0.0.0.0:5000"), Wants: exclude},
				{PID: 18, Command: "b", Inode: 4712, Protocol: "udp", Wants: only},
			}},
			`{"type":"membership","interface":"eth0","group":"239.1.1.1","mode":"exclude","sources":[],"version":"IGMPv3","version_source":"told","users":2,"kernel":0,"unknown":0,"sockets":[` +
				`{"pid":17,"command":"a\u001b\u009b\"","inode":4711,"protocol":"udp","local":"0.0.0.0:5000"},{"pid":18,"command":"b","inode":4712,"protocol":"udp","local":null,"mode":"include","sources":["192.0.2.7"]}]}`,
		},
		{
			view.Membership{Interface: "eth0", Group: group, Users: 1, Unknown: 1, Listed: []view.ListedSource{{Source: only.List[0], Include: 1}}},
			`{"type":"membership","interface":"eth0","group":"239.1.1.1","mode":null,"sources":null,"version":null,"version_source":null,"users":1,"kernel":0,"unknown":1,"sockets":null,` +
				`"listed":[{"source":"192.0.2.7","include":1,"exclude":0}]}`,
		},
		{
			view.Membership{Interface: "lo", Group: group, Wants: exclude, Users: 1, Kernel: 1},
			`{"type":"membership","interface":"lo","group":"239.1.1.1","mode":"exclude","sources":[],"version":null,"version_source":null,"users":1,"kernel":1,"unknown":0,"sockets":[]}`,
		},
	} {
		var b bytes.Buffer
		if err := New(&b).Membership(&tt.m); err != nil || b.String() != tt.want+"\n" {
			t.Errorf("%v\n%s\n%s", err, b.String(), tt.want)
		}
	}
}

func TestEvent(t *testing.T) {
	when := time.Date(2026, 11, 22, 15, 55, 11, 5, time.UTC)
	for _, tt := range []struct {
		e    view.MembershipEvent
		want string
	}{
		{
			view.MembershipEvent{Time: when, Event: "join", Where: "host", Interface: "eth0", Who: "recv[17]", Group: netip.MustParseAddr("239.1.1.1"),
				Wants: view.Sources{Mode: "exclude"}, Version: "IGMPv3", Seen: "rescan", Socket: &view.MemberSocket{PID: 17, Command: "recv", Inode: 4711, Protocol: "udp", Local: netip.MustParseAddrPort("0.0.0.0:5000")}},
			`{"type":"event","time":"2026-11-22T15:55:11.000000005Z","event":"join","where":"host","interface":"eth0","who":"recv[17]","group":"239.1.1.1","mode":"exclude","sources":[],"version":"IGMPv3","seen":"rescan",` +
				`"socket":{"pid":17,"command":"recv","inode":4711,"protocol":"udp","local":"0.0.0.0:5000"}}`,
		},
		{
			view.MembershipEvent{Time: when, Event: "query", Where: "wire", Interface: "eth0"},
			`{"type":"event","time":"2026-11-22T15:55:11.000000005Z","event":"query","where":"wire","interface":"eth0","who":null,"group":null,"mode":null,"sources":null,"version":null}`,
		},
		{
			view.MembershipEvent{Time: when, Event: "querier", Where: "wire", Interface: "eth0", Who: "192.0.2.1", Version: "IGMPv3",
				Querier: &view.Querier{State: "seen", Interval: 125 * time.Second, Elected: new(bool)}},
			`{"type":"event","time":"2026-11-22T15:55:11.000000005Z","event":"querier","where":"wire","interface":"eth0","who":"192.0.2.1","group":null,"mode":null,"sources":null,"version":"IGMPv3",` +
				`"state":"seen","interval":125,"elected":false}`,
		},
	} {
		var b bytes.Buffer
		if err := New(&b).Event(&tt.e); err != nil || b.String() != tt.want+"\n" {
			t.Errorf("%v\n%s\n%s", err, b.String(), tt.want)
		}
	}
}
