package rtnl

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"mcast/internal/sys"
)

// MulticastRoute is an entry of the kernel's multicast routing, and what it has
// routed.
type MulticastRoute struct {
	Source netip.Addr // unspecified: any
	Group  netip.Addr // unspecified: any that has no other route
	In     int        // interface by its index
	Out    []MulticastOutlet

	Packets, Bytes uint64 // that matched
	Wrong          uint64 // packets of these that came in by another interface than In
}

// MulticastOutlet is an interface by which packets leave whose hop limit is greater
// than the threshold.
type MulticastOutlet struct {
	Interface int // index
	Threshold int
}

// The kernel has multicast routes in families of their own (linux/rtnetlink.h, RTNL_FAMILY_IPMR
// and RTNL_FAMILY_IP6MR), and their counts in an attribute of these (RTA_MFC_STATS, Linux 3.8).
const (
	familyMulticast4   = 128
	familyMulticast6   = 129
	attrMulticastStats = 17
	nextHopUnresolved  = 32 // RTNH_F_UNRESOLVED
)

// MulticastRoutes lists the multicast routes of IPv4 or IPv6. Packets that wait for
// a route are none.
func (c *Conn) MulticastRoutes(family sys.Family) ([]MulticastRoute, error) {
	for range 10 { // as Links
		list, err := c.multicastRoutes(family)
		if !errors.Is(err, sys.ErrDumpInterrupted) {
			return list, err
		}
	}
	return nil, fmt.Errorf("list multicast routes: %w", sys.ErrDumpInterrupted)
}

func (c *Conn) multicastRoutes(family sys.Family) (list []MulticastRoute, err error) {
	body := make([]byte, syscall.SizeofRtMsg)
	body[0] = familyMulticast4
	if family == sys.IPv6 {
		body[0] = familyMulticast6
	}
	err = c.nl.Request(syscall.RTM_GETROUTE, syscall.NLM_F_DUMP, body, func(kind uint16, b []byte) error {
		// A kernel without multicast routing of the family answers with other routes.
		if kind == syscall.RTM_NEWROUTE && len(b) >= syscall.SizeofRtMsg && b[0] == body[0] {
			if r, ok := parseMulticastRoute(b); ok {
				list = append(list, r)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list multicast routes: %w", err)
	}
	return list, nil
}

// parseMulticastRoute reads a route, at least as long as its header.
func parseMulticastRoute(b []byte) (r MulticastRoute, ok bool) {
	if binary.NativeEndian.Uint32(b[8:])&nextHopUnresolved != 0 {
		return r, false
	}
	sys.Attributes(b[syscall.SizeofRtMsg:], func(kind uint16, v []byte) {
		switch {
		case kind == syscall.RTA_SRC:
			r.Source, _ = netip.AddrFromSlice(v)
		case kind == syscall.RTA_DST:
			r.Group, _ = netip.AddrFromSlice(v)
		case kind == syscall.RTA_IIF && len(v) >= 4:
			r.In = int(binary.NativeEndian.Uint32(v))
		case kind == syscall.RTA_MULTIPATH:
			// struct rtnexthop: length, flags, hops, interface.
			for len(v) >= syscall.SizeofRtNexthop {
				r.Out = append(r.Out, MulticastOutlet{Interface: int(binary.NativeEndian.Uint32(v[4:])), Threshold: int(v[3])})
				n := (int(binary.NativeEndian.Uint16(v)) + 3) &^ 3
				v = v[min(max(n, syscall.SizeofRtNexthop), len(v)):]
			}
		case kind == attrMulticastStats && len(v) >= 24: // struct rta_mfc_stats
			r.Packets, r.Bytes = binary.NativeEndian.Uint64(v), binary.NativeEndian.Uint64(v[8:])
			r.Wrong = binary.NativeEndian.Uint64(v[16:])
		}
	})
	return r, r.Source.IsValid() && r.Group.IsValid()
}
