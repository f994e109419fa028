package mroute

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"mcast"
	"mcast/capture"
	"mcast/internal/nettest"
	"mcast/internal/sys"
	"mcast/wire"
)

// quick are intervals with which a leave takes effect soon. What is not said for
// that long is over.
func quick() *Proxy {
	return &Proxy{Upstream: "up", Downstream: []string{"down"}, Querier: Querier{
		Interval: 20 * time.Second, ResponseInterval: time.Second, LastMemberInterval: 100 * time.Millisecond,
	}}
}

// members returns what the router knows, as text.
func texts(r *Router) (list []string) {
	for _, m := range r.Members() {
		mode := "include"
		if m.Exclude {
			mode = "exclude"
		}
		list = append(list, fmt.Sprintf("%s %v %s %v", m.Interface, m.Group, mode, m.Sources))
	}
	return list
}

func waitMembers(t *testing.T, r *Router, want ...string) {
	t.Helper()
	var have []string
	defer func() {
		if t.Failed() {
			t.Logf("the members are %q, want %q", have, want)
		}
	}()
	nettest.Eventually(t, "members", 10*time.Second, func() bool {
		have = nil
		for _, text := range texts(r) {
			if !strings.Contains(text, "ff02:") {
				have = append(have, text)
			}
		}
		return slices.Equal(have, want)
	})
}

// joined tells whether a host is in a group, with how the kernel writes it.
func joined(t *testing.T, h *nettest.Host, name string, group netip.Addr) bool {
	t.Helper()
	if group.Is4() {
		b := group.As4()
		text, on := fmt.Sprintf("%02X%02X%02X%02X", b[3], b[2], b[1], b[0]), ""
		for line := range strings.Lines(h.ReadProc("igmp")) {
			f := strings.Fields(line)
			if !strings.HasPrefix(line, "\t") {
				on = f[1]
			} else if on == name && f[0] == text {
				return true
			}
		}
		return false
	}
	b := group.As16()
	text := fmt.Sprintf("%x", b[:])
	for line := range strings.Lines(h.ReadProc("igmp6")) {
		if f := strings.Fields(line); f[1] == name && f[2] == text {
			return true
		}
	}
	return false
}

// A join on one side pulls the stream from the other, and a leave stops it.
func TestProxy(t *testing.T) {
	for _, tt := range []struct{ group, address, marker string }{
		{"239.1.1.1", "239.1.1.1:5000", "239.2.2.2:5000"},
		{"ff15::1", "[ff15::1]:5000", "[ff15::2]:5000"},
	} {
		t.Run(tt.group, func(t *testing.T) {
			n := newNetwork(t)
			r := n.start(Config{Proxy: quick()})
			group := netip.MustParseAddr(tt.group)
			seen := sniff(t, n.receiver, "udp port 5000")
			marker := receive(t, n.receiver, tt.marker)
			waitFor := func(group netip.Addr, in bool) {
				nettest.Eventually(t, "the membership upstream", 10*time.Second, func() bool { return joined(t, n.router, "up", group) == in })
			}
			waitFor(netip.MustParseAddrPort(tt.marker).Addr(), true)
			send(t, n.sender, tt.address, 8, "nobody is there")

			got := receive(t, n.receiver, tt.address)
			waitFor(group, true)
			send(t, n.sender, tt.address, 8, "joined")
			expect(t, got, "joined")
			if text := strings.Join(texts(r), "\n"); !strings.Contains(text, "down "+tt.group+" exclude []") {
				t.Errorf("members:\n%s", text)
			}
			if err := got.Close(); err != nil {
				t.Error(err)
			}
			waitFor(group, false)
			send(t, n.sender, tt.address, 8, "left")
			send(t, n.sender, tt.marker, 8, "the end")
			expect(t, marker, "the end")
			if frames := seen(2); !slices.Equal(frames, []string{"joined", "the end"}) {
				t.Errorf("the receiver's link had %q", frames)
			}
			// What is sent downstream goes up without being joined.
			up := receive(t, n.sender, tt.address)
			send(t, n.receiver, tt.address, 8, "up")
			expect(t, up, "up")

			if err := marker.Close(); err != nil {
				t.Error(err)
			}
			waitMembers(t, r)
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			clean(t, n.router)
			for _, g := range []string{"224.0.0.22", "ff02::16"} {
				if joined(t, n.router, "down", netip.MustParseAddr(g)) {
					t.Errorf("the router is in %s after all is closed", g)
				}
			}
		})
	}
}

// sniff captures on a host's eth0, and returns a function that waits until so many
// frames were received and returns their payloads.
func sniff(t *testing.T, h *nettest.Host, filter string) func(n int) []string {
	t.Helper()
	var live *capture.Live
	var err error
	h.Do(func() {
		live, err = capture.OpenLive(capture.LiveConfig{Interfaces: []string{"eth0"}, Filter: filter})
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = live.Close() })
	return func(n int) (list []string) {
		t.Helper()
		_ = live.SetReadDeadline(time.Now().Add(10 * time.Second))
		var f capture.Frame
		var p wire.Packet
		for len(list) < n {
			if err := live.Read(&f); err != nil {
				t.Fatalf("captured %q: %v", list, err)
			}
			p.Decode(wire.LinkType(f.Interface.LinkType), f.Data, f.Length, wire.Options{})
			if l, ok := p.Find(wire.UDP); ok && f.Direction != capture.DirectionOut {
				list = append(list, string(p.Carried(l)))
			}
		}
		return list
	}
}

// Hosts of older versions are heard, and those that want certain sources get these.
func TestProxyVersions(t *testing.T) {
	n := newNetwork(t)
	n.sender.AddAddr("eth0", "192.0.2.2/24")
	r := n.start(Config{Proxy: quick()})
	for _, version := range []string{"1", "2", "3"} {
		n.receiver.Sysctl("net/ipv4/conf/eth0/force_igmp_version", version)
		group := "239.3.3." + version
		got := receive(t, n.receiver, group+":5000")
		nettest.Eventually(t, "the membership upstream", 10*time.Second, func() bool { return joined(t, n.router, "up", netip.MustParseAddr(group)) })
		send(t, n.sender, group+":5000", 8, version)
		expect(t, got, version)
		_ = got.Close()
	}
	n.receiver.Sysctl("net/ipv6/conf/eth0/force_mld_version", "1")
	got := receive(t, n.receiver, "[ff15::31]:5000")
	nettest.Eventually(t, "the membership upstream", 10*time.Second, func() bool { return joined(t, n.router, "up", netip.MustParseAddr("ff15::31")) })
	send(t, n.sender, "[ff15::31]:5000", 8, "MLDv1")
	expect(t, got, "MLDv1")
	_ = got.Close()
	waitMembers(t, r, "down 239.3.3.1 exclude []") // IGMPv1 does not know leaves
}

func TestProxySources(t *testing.T) {
	for _, tt := range []struct{ group, one, two, bits string }{
		{"232.1.1.1:5000", "192.0.2.1", "192.0.2.2", "/24"},
		{"[ff35::1]:5000", "2001:db8:1::1", "2001:db8:1::2", "/64"},
	} {
		t.Run(tt.group, func(t *testing.T) {
			n := newNetwork(t)
			n.sender.AddAddr("eth0", tt.two+tt.bits)
			r := n.start(Config{Proxy: quick()})
			group := netip.MustParseAddrPort(tt.group).Addr()
			got := receive(t, n.receiver, tt.two+"@"+tt.group)
			waitMembers(t, r, fmt.Sprintf("down %v include [%s]", group, tt.two))
			seen := sniff(t, n.receiver, "udp port 5000")
			nettest.Eventually(t, "the membership upstream", 10*time.Second, func() bool { return joined(t, n.router, "up", group) })
			send(t, n.sender, tt.group, 8, "not wanted", tt.one)
			send(t, n.sender, tt.group, 8, "wanted", tt.two)
			expect(t, got, "wanted")
			if list := seen(1); list[0] != "wanted" {
				t.Errorf("the receiver's link had %q", list)
			}
			// Another source, and then only that one.
			if err := got.Join(parse(t, tt.one+"@"+tt.group)[0]); err != nil {
				t.Fatal(err)
			}
			waitMembers(t, r, fmt.Sprintf("down %v include [%s %s]", group, tt.one, tt.two))
			if err := got.Leave(parse(t, tt.two+"@"+tt.group)[0]); err != nil {
				t.Fatal(err)
			}
			waitMembers(t, r, fmt.Sprintf("down %v include [%s]", group, tt.one))
			waitRoutes(t, r, fmt.Sprintf("%s,%v up>down", tt.one, group))
			send(t, n.sender, tt.group, 8, "no more", tt.two)
			send(t, n.sender, tt.group, 8, "now", tt.one)
			expect(t, got, "now")
		})
	}
}

// Two downstream interfaces: each has what was joined there, and what one sends the
// other gets, once.
func TestProxyTwoDownstream(t *testing.T) {
	n := newNetwork(t)
	other := nettest.NewHost(t, "other")
	other.Sysctl("net/ipv4/conf/all/rp_filter", "0")
	other.Sysctl("net/ipv4/conf/default/rp_filter", "0")
	nettest.Pair(t, other.NIC("eth0", "203.0.113.1/24", "2001:db8:3::1/64"), n.router.NIC("down2", "203.0.113.254/24", "2001:db8:3::fe/64"))
	c := quick()
	c.Downstream = append(c.Downstream, "down2")
	r := n.start(Config{Proxy: c})
	for _, tt := range []struct{ one, two string }{{"239.1.1.1", "239.1.1.2"}, {"ff15::1", "ff15::2"}} {
		one, two := "["+tt.one+"]:5000", "["+tt.two+"]:5000"
		if !strings.Contains(tt.one, ":") {
			one, two = tt.one+":5000", tt.two+":5000"
		}
		a := receive(t, n.receiver, one)
		b := receive(t, other, one, two)
		waitMembers(t, r, "down "+tt.one+" exclude []", "down2 "+tt.one+" exclude []", "down2 "+tt.two+" exclude []")
		send(t, n.sender, one, 8, "both")
		expect(t, a, "both")
		expect(t, b, "both")
		send(t, n.receiver, two, 8, "across")
		expect(t, b, "across")
		up := receive(t, n.sender, one)
		send(t, other, one, 8, "everywhere")
		for _, at := range []*mcast.Receiver{a, b, up} {
			expect(t, at, "everywhere")
		}
		send(t, n.sender, one, 8, "again")
		for _, at := range []*mcast.Receiver{a, b, up} {
			expect(t, at, "again")
		}
		_, _, _ = a.Close(), b.Close(), up.Close()
		waitMembers(t, r)
	}
}

// While another router is the querier downstream, that one forwards there: otherwise what two
// proxies forward would come twice.
func TestProxyNotQuerier(t *testing.T) {
	for _, tt := range []struct{ group, address, source, other, router string }{
		{"239.1.1.1", "239.1.1.1:5000", "192.0.2.1", "239.1.1.2:5000", "198.51.100.2"},
		{"ff15::1", "[ff15::1]:5000", "2001:db8:1::1", "[ff15::2]:5000", "fe80::1"},
	} {
		t.Run(tt.group, func(t *testing.T) {
			n := newNetwork(t)
			r := n.start(Config{Proxy: quick()})
			got := receive(t, n.receiver, tt.address)
			waitMembers(t, r, "down "+tt.group+" exclude []")
			send(t, n.sender, tt.address, 8, "forwarded")
			expect(t, got, "forwarded")

			query := wire.Query{Source: netip.MustParseAddr(tt.router), MaxResponse: time.Second, Interval: time.Hour, Robustness: 2}
			frame, err := query.AppendFrame(nil, &wire.Link{Source: [6]byte{2, 0, 0, 0, 0, 1}})
			if err != nil {
				t.Fatal(err)
			}
			eth0 := n.receiver.Interface("eth0").Index
			n.receiver.Do(func() { err = sys.SendFrame(eth0, frame) })
			if err != nil {
				t.Fatal(err)
			}
			waitRoutes(t, r)
			send(t, n.sender, tt.address, 8, "the other's")
			waitRoutes(t, r, tt.source+","+tt.group+" up>")
			if !joined(t, n.router, "up", netip.MustParseAddr(tt.group)) {
				t.Error("what is wanted downstream is not joined upstream")
			}

			r.mu.Lock()
			for _, p := range r.planes {
				p.ports[0].query = time.Now() // the other has been silent for so long
			}
			r.mu.Unlock()
			send(t, n.sender, tt.other, 8, "the router wakes")
			waitRoutes(t, r, tt.source+","+tt.group+" up>down", tt.source+","+strings.Trim(strings.TrimSuffix(tt.other, ":5000"), "[]")+" up>")
			send(t, n.sender, tt.address, 8, "forwarded again")
			expect(t, got, "forwarded again")
		})
	}
}

// The entry of a source that is silent is removed, so that the source may come by
// another interface.
func TestProxyIdle(t *testing.T) {
	n := newNetwork(t)
	r := n.start(Config{Proxy: quick()})
	r.mu.Lock()
	for _, p := range r.planes {
		p.idle = time.Millisecond
	}
	r.mu.Unlock()
	got := receive(t, n.receiver, "239.1.1.1:5000")
	waitMembers(t, r, "down 239.1.1.1 exclude []")
	send(t, n.sender, "239.1.1.1:5000", 8, "there")
	expect(t, got, "there")
	waitRoutes(t, r)
	send(t, n.sender, "239.1.1.1:5000", 8, "there again")
	expect(t, got, "there again")
}

// A source that is heard elsewhere has an entry for there as soon as it is silent where it was.
func TestProxySourceMoves(t *testing.T) {
	n := newNetwork(t)
	r := n.start(Config{Proxy: quick()})
	r.mu.Lock()
	for _, p := range r.planes {
		p.idle = time.Second
	}
	r.mu.Unlock()
	send(t, n.sender, "239.1.1.1:5000", 8, "from up there")
	waitRoutes(t, r, "192.0.2.1,239.1.1.1 up>")
	n.receiver.AddAddr("eth0", "192.0.2.1/24")
	var have []string
	nettest.Eventually(t, "an entry for where the source is", 10*time.Second, func() bool {
		send(t, n.receiver, "239.1.1.1:5000", 8, "from down here", "192.0.2.1")
		have = routes(t, r)
		return slices.Equal(have, []string{"192.0.2.1,239.1.1.1 down>up"})
	})
	if t.Failed() {
		t.Logf("the routes are %q", have)
	}
}

// Where the kernel grants fewer sources than are wanted (igmp_max_msf), all are joined, or as many
// as it grants of a group that cannot be joined from all.
func TestProxyTooManySources(t *testing.T) {
	for _, tt := range []struct {
		group, kernel string
		filters       int
	}{{"239.1.1.1", "0xef010101", 0}, {"232.1.1.1", "0xe8010101", 2}} {
		t.Run(tt.group, func(t *testing.T) {
			n := newNetwork(t)
			n.router.Sysctl("net/ipv4/igmp_max_msf", "2")
			r := n.start(Config{Proxy: quick()})
			for i := range 5 {
				receive(t, n.receiver, fmt.Sprintf("192.0.2.%d@%s:5000", i+1, tt.group))
			}
			waitMembers(t, r, "down "+tt.group+" include [192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5]")
			nettest.Eventually(t, fmt.Sprintf("%d sources upstream", tt.filters), 10*time.Second, func() bool {
				return sourceFilters(n.router, tt.kernel) == tt.filters
			})
			if !joined(t, n.router, "up", netip.MustParseAddr(tt.group)) {
				t.Error("the group is not joined upstream")
			}
		})
	}
}

// More groups than a socket may join (igmp_max_memberships).
func TestProxyManyGroups(t *testing.T) {
	n := newNetwork(t)
	r := n.start(Config{Proxy: quick()})
	got := receive(t, n.receiver, "239.9.0.1+200:5000")
	nettest.Eventually(t, "200 groups upstream", 10*time.Second, func() bool {
		return strings.Count(n.router.ReadProc("igmp"), "09EF ") == 200 && len(r.Members()) >= 200
	})
	send(t, n.sender, "239.9.0.200:5000", 8, "the last")
	expect(t, got, "the last")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := got.Receive(ctx); err == nil {
		t.Error("another datagram")
	}
	for i := range 2 {
		_ = got.Close()
		nettest.Eventually(t, "no group upstream", 10*time.Second, func() bool { return !strings.Contains(n.router.ReadProc("igmp"), "09EF ") })
		if i == 0 {
			got = receive(t, n.receiver, "239.9.1.1+200:5000")
			nettest.Eventually(t, "200 other groups", 10*time.Second, func() bool { return len(r.Members()) >= 200 })
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if holders := len(r.planes[0].members.holders); holders > 12 {
		t.Errorf("%d sockets hold the memberships: what was left has made no room", holders)
	}
}
