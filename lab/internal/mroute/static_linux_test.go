package mroute

import (
	"net/netip"
	"strings"
	"testing"

	"mcast/internal/nettest"
)

var (
	group4 = netip.MustParseAddr("239.1.1.1")
	group6 = netip.MustParseAddr("ff15::1")
	down   = []Outlet{{Interface: "down"}}
)

// Packets of a source and a group go by the route, and others do not.
func TestSourceRoute(t *testing.T) {
	for _, tt := range []struct{ group, address, source, other string }{
		{"239.1.1.1", "239.1.1.1:5000", "192.0.2.1", "192.0.2.2"},
		{"ff15::1", "[ff15::1]:5000", "2001:db8:1::1", "2001:db8:1::2"},
	} {
		t.Run(tt.group, func(t *testing.T) {
			n := newNetwork(t)
			bits := "/24"
			if strings.Contains(tt.other, ":") {
				bits = "/64"
			}
			n.sender.AddAddr("eth0", tt.other+bits)
			r := n.start(Config{Routes: []Route{{
				Source: netip.MustParseAddr(tt.source), Group: netip.MustParseAddr(tt.group), In: "up", Out: down,
			}}})
			got := receive(t, n.receiver, tt.address)
			send(t, n.sender, tt.address, 8, "another source", tt.other)
			send(t, n.sender, tt.address, 1, "hop limit 1", tt.source)
			send(t, n.sender, tt.address, 2, "forwarded", tt.source)
			expect(t, got, "forwarded")
			counts, err := r.Counts()
			if err != nil || len(counts) != 1 || counts[0].Packets != 2 || counts[0].In != "up" || len(counts[0].Out) != 1 {
				t.Errorf("counts %+v, %v", counts, err)
			}
		})
	}
}

// Of a group that has routes of two sources, both are asked for.
func TestTwoSourceRoutes(t *testing.T) {
	n := newNetwork(t)
	var routes []Route
	for _, source := range []string{"192.0.2.1", "192.0.2.2"} {
		routes = append(routes, Route{Source: netip.MustParseAddr(source), Group: group4, In: "up", Out: down})
	}
	n.start(Config{Routes: routes})
	if f := sourceFilters(n.router, "0xef010101"); f != 2 {
		t.Errorf("the router has filters for %d sources, want 2:\n%s", f, n.router.ReadProc("mcfilter"))
	}
}

// sourceFilters returns how many sources a host's kernel tells apart of a group of IPv4, which is
// written as that does.
func sourceFilters(h *nettest.Host, group string) int {
	return strings.Count(h.ReadProc("mcfilter"), " "+group+" ")
}

func TestAnySourceRoute(t *testing.T) {
	n := newNetwork(t)
	r := n.start(Config{Routes: []Route{{Group: group4, In: "up", Out: down}, {Group: group6, In: "up", Out: down}}})
	for _, group := range []string{"239.1.1.1:5000", "[ff15::1]:5000"} {
		got := receive(t, n.receiver, group)
		back := receive(t, n.sender, group)
		send(t, n.sender, group, 8, "one")
		send(t, n.sender, group, 8, "two")
		expect(t, got, "one", "two")
		expect(t, back, "one", "two") // its own, and no other copy
		// The other way there is no route.
		send(t, n.receiver, group, 8, "back")
		send(t, n.sender, group, 8, "three")
		expect(t, back, "three")
	}
	waitRoutes(t, r, "*,239.1.1.1 up>down", "*,ff15::1 up>down")
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := r.Counts(); err == nil {
		t.Error("counts after Close")
	}
	clean(t, n.router)
	n.start(Config{Routes: []Route{{Group: group4, In: "up", Out: down}}})
}

// Groups in both directions are one tree of the kernel, and no other group takes it.
func TestBothDirections(t *testing.T) {
	n := newNetwork(t)
	r := n.start(Config{Routes: []Route{
		{Group: group4, In: "up", Out: []Outlet{{Interface: "down", Threshold: 3}}}, {Group: group4, In: "down", Out: []Outlet{{Interface: "up"}}},
		{Group: group6, In: "down", Out: []Outlet{{Interface: "up"}}}, {Group: group6, In: "up", Out: down},
	}})
	for _, group := range []string{"239.1.1.1:5000", "[ff15::1]:5000"} {
		other := strings.Replace(strings.Replace(group, "239.1.1.1", "239.2.2.2", 1), "ff15::1", "ff15::2", 1)
		a, b := receive(t, n.sender, group, other), receive(t, n.receiver, group, other)
		send(t, n.sender, group, 8, "down")
		expect(t, a, "down")
		expect(t, b, "down")
		send(t, n.receiver, other, 8, "another group")
		expect(t, b, "another group")
		send(t, n.receiver, group, 8, "up")
		expect(t, a, "up")
		expect(t, b, "up")
	}
	waitRoutes(t, r, "192.0.2.1,239.1.1.1 up>down", "198.51.100.1,239.1.1.1 down>up", "2001:db8:1::1,ff15::1 up>down", "2001:db8:2::1,ff15::1 down>up")
}

func TestThreshold(t *testing.T) {
	n := newNetwork(t)
	n.start(Config{Routes: []Route{{Group: group4, In: "up", Out: []Outlet{{Interface: "down", Threshold: 16}}}}})
	got := receive(t, n.receiver, "239.1.1.1:5000")
	send(t, n.sender, "239.1.1.1:5000", 16, "too low")
	send(t, n.sender, "239.1.1.1:5000", 17, "high enough")
	expect(t, got, "high enough")
}

func TestStartErrors(t *testing.T) {
	n := newNetwork(t)
	first := n.start(Config{Routes: []Route{{Group: group4, In: "up", Out: down}}})
	out := func(name string, threshold int) []Outlet { return []Outlet{{name, threshold}} }
	for _, tt := range []struct {
		c    Config
		want string
	}{
		{Config{Routes: []Route{{Group: group4, In: "up", Out: down}}}, "another multicast router runs on this host"},
		{Config{Routes: []Route{{Group: group4, In: "eth9", Out: down}}}, `route 239.1.1.1: no interface "eth9"`},
		{Config{Routes: []Route{{Group: group4, In: "up", Out: out("eth9", 0)}}}, `no interface "eth9"`},
		{Config{Routes: []Route{{Group: group4, In: "up", Out: out("up", 0)}}}, "up is in it twice"},
		{Config{Routes: []Route{{Group: group4, In: "up", Out: out("down", 255)}}}, "the threshold of down is 255, and can be 0 to 254"},
		{Config{Routes: []Route{{Group: group6, In: "up", Out: out("down", 2)}}}, "Linux has no thresholds for IPv6"},
		{Config{Routes: []Route{{Group: netip.MustParseAddr("192.0.2.1"), In: "up"}}}, "it is not a group"},
		{Config{Routes: []Route{{In: "up"}}}, "it is not a group"},
		{Config{Routes: []Route{{Group: netip.MustParseAddr("224.0.0.5"), In: "up"}}}, "means a link only"},
		{Config{Routes: []Route{{Group: netip.MustParseAddr("ff02::5"), In: "up"}}}, "means a link only"},
		{Config{Routes: []Route{{Source: group6, Group: group4, In: "up"}}}, "of another family"},
		{Config{Routes: []Route{{Group: group4, In: "up"}, {Group: group4, In: "up"}}}, "there are two such routes"},
		{Config{Proxy: &Proxy{Upstream: "up"}}, "proxy: it has no downstream interface"},
		{Config{Proxy: &Proxy{Upstream: "up", Downstream: []string{"down", "down"}}}, "proxy: down is in it twice"},
		{Config{Proxy: &Proxy{Upstream: "up", Downstream: []string{"eth9"}}}, `proxy: no interface "eth9"`},
		{Config{Proxy: &Proxy{Upstream: "up", Downstream: []string{"down"}, Querier: Querier{IGMP: 4}}}, "IGMP version 4"},
	} {
		var err error
		n.router.Do(func() { _, err = Start(tt.c) })
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.c, err, tt.want)
		}
	}
	waitRoutes(t, first, "*,239.1.1.1 up>down")
}
