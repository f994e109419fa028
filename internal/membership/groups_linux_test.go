package membership

import (
	"net/netip"
	"testing"

	"mcast/internal/nettest"
	"mcast/internal/sys"
)

// TestGroups counts a group's users over all interfaces.
func TestGroups(t *testing.T) {
	// a ── eth0 (8), eth1 (9) ── b
	a, b := nettest.NewHost(t, "a"), nettest.NewHost(t, "b")
	nettest.Pair(t, a.NIC("eth0", "192.0.2.1/24").WithIndex(8), b.NIC("eth0"))
	nettest.Pair(t, a.NIC("eth1", "198.51.100.1/24").WithIndex(9), b.NIC("eth1"))
	h := open(t, a)
	group := netip.MustParseAddr("239.1.1.1")
	want := func(users int) {
		t.Helper()
		groups, err := h.Groups()
		if err != nil || groups[group] != users {
			t.Errorf("%v has %d users, want %d: %v", group, groups[group], users, err)
		}
	}
	want(0)
	for i := range 2 {
		s := socket(t, a, sys.IPv4)
		must(t, s.JoinGroup(group, 8))
		want(2*i + 1)
		must(t, s.JoinGroup(group, 9))
		want(2*i + 2)
	}
}
