package lab

import "net/netip"

// RouteCount is what a router has done with a group. A static route is one, and so is
// each source of a group that a proxy hears.
type RouteCount struct {
	Source netip.Addr // unspecified: any
	Group  netip.Addr
	In     string // interface
	Out    []Outlet

	Packets, Bytes uint64 // that came for it, forwarded or not: a low hop limit, or nobody there
	Wrong          uint64 // packets of these that came in by another interface than In, and were dropped
}

// Routed returns the multicast routes of a router, in the order of their groups, and what
// they have routed. Of a host that routes no multicast it returns nothing.
func (n *Node) Routed() ([]RouteCount, error) { return n.routed() }
