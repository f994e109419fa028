package mroute

import (
	"net/netip"
	"time"
)

// Config says what a router does.
type Config struct {
	Routes []Route
	Proxy  *Proxy // nil: none
}

// Route is a static route of a group. The router joins the group on the incoming
// interface, so that switches and routers there send it.
type Route struct {
	Source netip.Addr // the zero Addr is any
	Group  netip.Addr
	In     string // interface
	Out    []Outlet
}

// Outlet is an interface by which a group leaves.
type Outlet struct {
	Interface string
	Threshold int // hop limit that a packet must have more than, up to 254; 0 is 1. IPv6 has 1 only
}

// Proxy is an IGMP and MLD proxy. On the downstream interfaces it asks for
// memberships and keeps them, as a router does, and on the upstream one it joins what
// was joined there, as a host does. What comes in by the upstream interface goes
// where it was joined, and what comes in by a downstream one goes upstream, too. Nothing goes where
// another router is the querier: that one forwards there (RFC 4605, section 4.2).
//
// Groups that have a static route are left to that. Groups of the range for
// source-specific multicast are not joined from any source (RFC 4604, section 2.2).
type Proxy struct {
	Upstream   string
	Downstream []string
	Querier    Querier
}

// Querier says how memberships are asked for. Its zero value is what the protocols
// say.
type Querier struct {
	IGMP int // version, 2 or 3; 0 is 3
	MLD  int // version, 1 or 2; 0 is 2

	Interval           time.Duration // between queries; 0 is 125 s
	ResponseInterval   time.Duration // in which they are answered; 0 is 10 s
	LastMemberInterval time.Duration // between the two queries after a leave; 0 is 1 s
}

// Count is what a route has routed.
type Count struct {
	Source netip.Addr // unspecified: any
	Group  netip.Addr
	In     string
	Out    []Outlet

	Packets, Bytes uint64 // that matched, forwarded or not
	Wrong          uint64 // packets of these that came in by another interface than In, and were dropped
}

// Member is what the hosts of a downstream interface want of a group.
type Member struct {
	Interface string
	Group     netip.Addr
	Filter
}
