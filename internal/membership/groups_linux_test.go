package membership

import (
	"net/netip"
	"testing"

	"mcast/internal/nettest"
	"mcast/internal/sys"
)

// TestGroups counts a group's users, by interface.
func TestGroups(t *testing.T) {
	// a ── eth0 (8), eth1 (9) ── b
	a, b := nettest.NewHost(t, "a"), nettest.NewHost(t, "b")
	nettest.Pair(t, a.NIC("eth0", "192.0.2.1/24").WithIndex(8), b.NIC("eth0"))
	nettest.Pair(t, a.NIC("eth1", "198.51.100.1/24").WithIndex(9), b.NIC("eth1"))
	h := open(t, a)
	group := netip.MustParseAddr("239.1.1.1")
	want := func(eth0, eth1 int) {
		t.Helper()
		groups, err := h.Groups()
		got := [2]int{groups[Joined{Interface: "eth0", Group: group}], groups[Joined{Interface: "eth1", Group: group}]}
		if err != nil || got != [2]int{eth0, eth1} {
			t.Errorf("%v has %d users on eth0 and eth1, want %d and %d: %v", group, got, eth0, eth1, err)
		}
	}
	want(0, 0)
	for i := range 2 {
		s := socket(t, a, sys.IPv4)
		must(t, s.JoinGroup(group, 8))
		want(i+1, i)
		must(t, s.JoinGroup(group, 9))
		want(i+1, i+1)
	}
}
