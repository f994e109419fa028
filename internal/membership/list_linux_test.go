package membership

import (
	"net/netip"
	"os"
	"slices"
	"testing"

	"mcast/internal/nettest"
	"mcast/internal/sys"
)

var (
	group   = netip.MustParseAddr("239.1.1.1")
	ssm     = netip.MustParseAddr("232.1.1.1")
	group6  = netip.MustParseAddr("ff15::1")
	local6  = netip.MustParseAddr("ff02::1234")
	source  = netip.MustParseAddr("192.0.2.7")
	source2 = netip.MustParseAddr("192.0.2.8")
)

// open opens a host's namespace.
func open(t testing.TB, h *nettest.Host) *Host {
	t.Helper()
	var m *Host
	var err error
	h.Do(func() { m, err = Open(Config{}) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func list(t testing.TB, m *Host) *Report {
	t.Helper()
	r, err := m.List()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// socket opens a socket in a host.
func socket(t testing.TB, h *nettest.Host, family sys.Family) *sys.Socket {
	t.Helper()
	var s *sys.Socket
	var err error
	h.Do(func() { s, err = sys.OpenUDP(family) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// find returns a membership, and fails the test if it is missing or twice there.
func find(t testing.TB, r *Report, name string, group netip.Addr) *Membership {
	t.Helper()
	var found *Membership
	for i, m := range r.Memberships {
		if m.Interface == name && m.Group == group {
			if found != nil {
				t.Fatalf("%v on %s is listed twice", group, name)
			}
			found = &r.Memberships[i]
		}
	}
	if found == nil {
		t.Fatalf("%v on %s is not in %+v", group, name, r.Memberships)
	}
	return found
}

// h ── eth0 ────── eth0 ── peer
func oneHost(t testing.TB) *nettest.Host {
	t.Helper()
	h, peer := nettest.NewHost(t, "h"), nettest.NewHost(t, "peer")
	nettest.Pair(t, h.NIC("eth0", "192.0.2.1/24", "2001:db8::1/64"), peer.NIC("eth0", "192.0.2.2/24"))
	return h
}

func TestList(t *testing.T) {
	h := oneHost(t)
	index := h.Interface("eth0").Index
	m := open(t, h)

	s := socket(t, h, sys.IPv4)
	must(t, s.Bind(netip.MustParseAddrPort("0.0.0.0:5000"), 0))
	must(t, s.JoinGroup(group, index))
	must(t, s.JoinSource(ssm, source, index))
	x := socket(t, h, sys.IPv4) // bound to nothing: no list of sockets has it
	must(t, x.JoinGroup(group, index))
	must(t, x.SetSourceFilter(group, index, true, []netip.Addr{source2, source}))
	s6 := socket(t, h, sys.IPv6)
	must(t, s6.JoinGroup(group6, index))
	must(t, s6.JoinGroup(local6, index))

	r := list(t, m)
	g := find(t, r, "eth0", group)
	if len(g.Sockets) != 2 || g.Users != 2 || g.Unknown+g.Kernel != 0 || !g.Filter.anySource() {
		t.Errorf("%v is %+v", group, g)
	}
	byLocal := func(local string) Socket {
		i := slices.IndexFunc(g.Sockets, func(s Socket) bool { return s.Local.String() == local })
		if i < 0 {
			t.Fatalf("no socket at %s in %+v", local, g.Sockets)
		}
		return g.Sockets[i]
	}
	if s := byLocal("0.0.0.0:5000"); s.PID != os.Getpid() || s.Command != command(os.Getpid()) || s.Inode == 0 || s.Protocol != "udp" || !s.Filter.anySource() {
		t.Errorf("the bound socket is %+v", s)
	}
	if s := byLocal("0.0.0.0:0"); !s.Filter.Equal(Filter{Exclude, []netip.Addr{source, source2}}) {
		t.Errorf("the other socket is %+v", s)
	}
	if g := find(t, r, "eth0", ssm); len(g.Sockets) != 1 || !g.Filter.Equal(Filter{Include, []netip.Addr{source}}) || g.Version.String() != "IGMPv3" {
		t.Errorf("%v is %+v", ssm, g)
	}
	for _, group := range []netip.Addr{group6, local6} {
		if g := find(t, r, "eth0", group); len(g.Sockets) != 1 || !g.Filter.anySource() {
			t.Errorf("%v is %+v", group, g)
		}
	}
	for _, group := range []netip.Addr{allHosts, allNodes, netip.MustParseAddr("ff02::1:ff00:1")} {
		if g := find(t, r, "eth0", group); len(g.Sockets) != 0 || g.Kernel != 1 || g.Unknown != 0 || !g.Filter.anySource() {
			t.Errorf("%v is %+v", group, g)
		}
	}
	t.Logf("%+v", r.Hidden)
}
