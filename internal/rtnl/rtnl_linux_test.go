package rtnl

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"mcast/internal/nettest"
)

func TestMain(m *testing.M) { nettest.Main(m) }

// open opens a connection to a host.
func open(t *testing.T, h *nettest.Host) *Conn {
	t.Helper()
	var c *Conn
	var err error
	h.Do(func() { c, err = Open() })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// links lists the links of a host by name, without those that the kernel makes
// in every namespace when its tunnel drivers are loaded.
func links(t *testing.T, c *Conn) map[string]Link {
	t.Helper()
	list, err := c.Links()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(list, func(x, y Link) int { return x.Index - y.Index }) {
		t.Errorf("the links are not in the order of their indexes: %v", list)
	}
	byName := map[string]Link{}
	for _, l := range list {
		byName[l.Name] = l
	}
	return byName
}

// The tests of one host need no peer but the end of the cable:
//
//	h ── eth0 ────── eth0 ── peer
func oneHost(t *testing.T, addrs ...string) (h, peer *nettest.Host) {
	t.Helper()
	h, peer = nettest.NewHost(t, "h"), nettest.NewHost(t, "peer")
	nettest.Pair(t, h.NIC("eth0", addrs...), peer.NIC("eth0"))
	return h, peer
}

func TestLinks(t *testing.T) {
	h, peer := oneHost(t)
	h.SetMTU("eth0", 1400)
	c := open(t, h)

	got := links(t, c)
	const ethernet = net.FlagUp | net.FlagBroadcast | net.FlagMulticast | net.FlagRunning
	if l := got["eth0"]; l.Index != h.Interface("eth0").Index || l.MTU != 1400 || l.Flags != ethernet || l.Type != syscall.ARPHRD_ETHER {
		t.Errorf("eth0 is %+v, want index %d, MTU 1400, flags %v, Ethernet", l, h.Interface("eth0").Index, ethernet)
	}
	if l := got["lo"]; l.Index != 1 || l.Flags != net.FlagUp|net.FlagLoopback|net.FlagRunning || l.Type != syscall.ARPHRD_LOOPBACK {
		t.Errorf("lo is %+v", l)
	}

	peer.Down("eth0")
	// The kernel sees to the flag in the background.
	nettest.Eventually(t, "eth0 without a carrier", 5*time.Second, func() bool {
		return links(t, c)["eth0"].Flags == ethernet&^net.FlagRunning
	})
	h.Down("eth0")
	if l := links(t, c)["eth0"]; l.Flags&net.FlagUp != 0 {
		t.Errorf("down, the flags are %v", l.Flags)
	}
	h.Rename("eth0", "lan0")
	if got := links(t, c); got["lan0"].Index == 0 || got["eth0"].Index != 0 {
		t.Errorf("renamed, the links are %v", got)
	}
	h.DelLink("lan0")
	if got := links(t, c); got["lan0"].Index != 0 {
		t.Errorf("deleted, the links are %v", got)
	}
}

// addrs returns the addresses of a link, without the link-local one of IPv6.
func addrs(l Link) []Addr {
	return slices.DeleteFunc(slices.Clone(l.Addrs), func(a Addr) bool { return a.Prefix.Addr().IsLinkLocalUnicast() })
}

func TestAddrs(t *testing.T) {
	h, _ := oneHost(t, "192.0.2.1/24", "192.0.2.2/24", "198.51.100.1/30", "2001:db8::1/64")
	c := open(t, h)
	want := []Addr{
		{Prefix: netip.MustParsePrefix("192.0.2.1/24")},
		{Prefix: netip.MustParsePrefix("192.0.2.2/24")}, // secondary: the same network again
		{Prefix: netip.MustParsePrefix("198.51.100.1/30")},
		{Prefix: netip.MustParsePrefix("2001:db8::1/64")},
	}
	got := addrs(links(t, c)["eth0"])
	for _, a := range want {
		if !slices.Contains(got, a) {
			t.Errorf("%v is missing from %v", a, got)
		}
	}
	if len(got) != len(want) {
		t.Errorf("the addresses are %v, want %v", got, want)
	}
	if l := links(t, c)["eth0"]; len(l.Addrs) != len(want)+1 {
		t.Errorf("with the link-local one the addresses are %v", l.Addrs)
	}
	h.DelAddr("eth0", "192.0.2.2/24")
	if got := addrs(links(t, c)["eth0"]); len(got) != len(want)-1 {
		t.Errorf("one address less, they are %v", got)
	}
}

// Duplicate address detection waits for a carrier, so that an address stays
// tentative without one.
func TestTentativeAddr(t *testing.T) {
	h, peer := oneHost(t)
	c := open(t, h)
	h.Sysctl("net/ipv6/conf/eth0/accept_dad", "1")
	peer.Down("eth0")
	nettest.Eventually(t, "eth0 without a carrier", 5*time.Second, func() bool {
		return links(t, c)["eth0"].Flags&net.FlagRunning == 0
	})
	h.AddAddr("eth0", "2001:db8::1/64")
	h.AddAddr("eth0", "192.0.2.1/24") // IPv4 has no such detection
	got := addrs(links(t, c)["eth0"])
	want := []Addr{{Prefix: netip.MustParsePrefix("192.0.2.1/24")}, {Prefix: netip.MustParsePrefix("2001:db8::1/64"), Tentative: true}}
	if !slices.Equal(got, want) {
		t.Errorf("the addresses are %v, want %v", got, want)
	}
}

// Many links take several messages of the kernel's to list.
func TestManyLinks(t *testing.T) {
	h, peer := nettest.NewHost(t, "h"), nettest.NewHost(t, "peer")
	names := []string{"eth0", "eth1", "eth2", "eth3", "eth4", "eth5", "eth6", "eth7", "eth8", "eth9"}
	for _, name := range names {
		nettest.Pair(t, h.NIC(name, "192.0.2.1/24"), peer.NIC(name))
	}
	got := links(t, open(t, h))
	for _, name := range names {
		if !slices.ContainsFunc(got[name].Addrs, func(a Addr) bool { return a.Prefix.Addr().Is4() }) {
			t.Errorf("%s is %+v", name, got[name])
		}
	}
}

func TestRoute(t *testing.T) {
	h, _ := oneHost(t, "192.0.2.1/24", "192.0.2.2/24", "2001:db8::1/64")
	c := open(t, h)
	eth0 := h.Interface("eth0").Index
	group, group6 := netip.MustParseAddr("239.1.1.1"), netip.MustParseAddr("ff15::1")

	if r, err := c.Route(group, netip.Addr{}); !errors.Is(err, syscall.ENETUNREACH) || r != (Route{}) {
		t.Errorf("without a route: %+v, %v, want ENETUNREACH", r, err)
	}
	h.AddRoute("239.1.0.0/16", "eth0")
	for _, test := range []struct {
		to, source string
		want       Route
	}{
		{"239.1.1.1", "", Route{Interface: eth0, Source: netip.MustParseAddr("192.0.2.1")}},
		{"239.1.1.1", "192.0.2.2", Route{Interface: eth0}},
		{"192.0.2.7", "", Route{Interface: eth0, Source: netip.MustParseAddr("192.0.2.1")}},
		{"127.0.0.1", "", Route{Interface: 1, Source: netip.MustParseAddr("127.0.0.1")}},
		{"2001:db8::7", "", Route{Interface: eth0, Source: netip.MustParseAddr("2001:db8::1")}},
		{"ff15::1", "", Route{Interface: eth0, Source: netip.MustParseAddr("2001:db8::1")}},
	} {
		var source netip.Addr
		if test.source != "" {
			source = netip.MustParseAddr(test.source)
		}
		got, err := c.Route(netip.MustParseAddr(test.to), source)
		if err != nil || got.Interface != test.want.Interface || test.want.Source.IsValid() && got.Source != test.want.Source {
			t.Errorf("route to %s from %q: %+v, %v, want %+v", test.to, test.source, got, err, test.want)
		}
	}
	if r, err := c.Route(netip.MustParseAddr("239.2.1.1"), netip.Addr{}); !errors.Is(err, syscall.ENETUNREACH) {
		t.Errorf("a group beside the route: %+v, %v", r, err)
	}

	// A route that says no is not a route, in whichever way the kernel tells.
	h.AddUnreachable("239.1.1.0/24")
	h.AddUnreachable("ff15::/16")
	for _, to := range []netip.Addr{group, group6} {
		if r, err := c.Route(to, netip.Addr{}); !errors.Is(err, syscall.ENETUNREACH) {
			t.Errorf("an unreachable route to %v: %+v, %v", to, r, err)
		}
	}

	// Errors leave the connection in order.
	if r, err := c.Route(netip.MustParseAddr("239.1.2.1"), netip.Addr{}); err != nil || r.Interface != eth0 {
		t.Errorf("the route beside: %+v, %v", r, err)
	}
}

// wait waits in the background; the channel has the result.
func wait(m *Monitor) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := m.Wait()
		done <- err
	}()
	return done
}

// woken fails the test if a Wait does not return.
func woken(t *testing.T, done <-chan error, by string) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(10 * time.Second):
		t.Fatalf("nobody was told of %s", by)
		return nil
	}
}

func openMonitor(t *testing.T, h *nettest.Host) *Monitor {
	t.Helper()
	var m *Monitor
	var err error
	h.Do(func() { m, err = OpenMonitor() })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func TestMonitor(t *testing.T) {
	h, peer := oneHost(t)
	for _, test := range []struct {
		name   string
		change func()
	}{
		{"an address", func() { h.AddAddr("eth0", "192.0.2.1/24") }},
		{"an address removed", func() { h.DelAddr("eth0", "192.0.2.1/24") }},
		{"an IPv6 address", func() { h.AddAddr("eth0", "2001:db8::1/64") }},
		{"an MTU", func() { h.SetMTU("eth0", 1400) }},
		{"a carrier lost", func() { peer.Down("eth0") }},
		{"an interface down", func() { h.Down("eth0") }},
		{"an interface up", func() { h.Up("eth0") }},
		{"an interface renamed", func() { h.Rename("eth0", "lan0") }},
		{"an interface deleted", func() { h.DelLink("lan0") }},
		{"an interface added", func() { nettest.Pair(t, h.NIC("eth1"), peer.NIC("eth1")) }},
	} {
		// A monitor opened now has nothing to tell but what comes.
		m := openMonitor(t, h)
		test.change()
		if err := woken(t, wait(m), test.name); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// A change is told to one that waits already, too.
func TestMonitorWakes(t *testing.T) {
	h, _ := oneHost(t)
	m := openMonitor(t, h)
	done := wait(m)
	nettest.Eventually(t, "a Wait that ends", 10*time.Second, func() bool {
		h.AddAddr("eth0", "192.0.2.1/24")
		h.DelAddr("eth0", "192.0.2.1/24")
		return len(done) > 0
	})
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestMonitorClose(t *testing.T) {
	h, _ := oneHost(t)
	m := openMonitor(t, h)
	done := wait(m)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := woken(t, done, "Close"); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Wait returned %v, want os.ErrClosed", err)
	}
	if err := woken(t, wait(m), "Close before"); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a later Wait returned %v, want os.ErrClosed", err)
	}
}

// A connection stays in its namespace, whichever thread uses it:
//
//	h ── eth0 ────── eth0 ── peer     and the namespace of the test, which has lo alone
func TestNamespace(t *testing.T) {
	h, peer := oneHost(t, "192.0.2.1/24")
	h.Rename("eth0", "here")
	peer.Rename("eth0", "there")
	c, m := open(t, h), openMonitor(t, h)
	check := func(where string) {
		t.Helper()
		got := links(t, c)
		if got["here"].Index == 0 || got["there"].Index != 0 {
			t.Errorf("asked from %s, the links are %v", where, got)
		}
		if r, err := c.Route(netip.MustParseAddr("192.0.2.9"), netip.Addr{}); err != nil || r.Interface != got["here"].Index {
			t.Errorf("asked from %s, the route is %+v, %v", where, r, err)
		}
	}
	check("the namespace of the test")
	peer.Do(func() { check("another host") })

	var done <-chan error
	peer.Do(func() { done = wait(m) })
	peer.AddAddr("there", "192.0.2.2/24") // not its business
	h.AddAddr("here", "198.51.100.1/24")
	if err := woken(t, done, "a change in the namespace"); err != nil {
		t.Error(err)
	}
}
