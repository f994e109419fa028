package mcast

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
)

// SenderConfig configures a sender. The zero value sends with hop limit 1 by
// the interface that the routing table picks, as fast as it is told to.
type SenderConfig struct {
	// Interfaces by which to send to groups that name none themselves: names,
	// indexes, addresses that an interface owns, AllInterfaces or
	// RouteInterface. A copy leaves by each. Empty means the interface that
	// owns Source if that is set, else RouteInterface; where there is no route
	// and nothing but loopback is up, loopback.
	Interfaces []string

	// HopLimit is the IPv4 TTL or IPv6 hop limit, 1 to 255. 0 means 1: no
	// router passes it on. HostOnly sends with 0.
	HopLimit int

	// NoLoop keeps the datagrams from receivers on the sending host
	// (IP_MULTICAST_LOOP off). Not on Windows, where the receiver decides.
	NoLoop bool

	// DSCP is the differentiated services code point, 0 to 63 (RFC 2474). Not
	// on Windows.
	DSCP int

	// Source is the address to send from. The zero value means that of the
	// interface, or, where that was named by an address, this address.
	Source netip.Addr

	// SourcePort is the UDP port to send from; 0 means any that is free.
	SourcePort uint16

	// Rate paces what is sent, in datagrams a second over all groups; copies
	// by several interfaces count once. 0 means unpaced.
	Rate float64

	// BitRate paces in bits of payload a second instead. 0 means unpaced. Not
	// together with Rate.
	BitRate float64

	// Offload: see its values. The zero value uses what the kernel has.
	Offload Offload
}

// HostOnly is the SenderConfig.HopLimit that stands for 0: for receivers on this
// host. Linux keeps such a datagram from the wire only where the sending host
// has itself joined the group on that interface (seen on 6.18).
const HostOnly = -1

// A Sender sends to groups. Its methods may be called from any goroutine; two
// that send take turns.
type Sender struct {
	config SenderConfig
	sender
}

// NewSender opens a sender to the groups, each of which needs a port. A group
// with a source is sent to from that address.
func NewSender(groups []Group, config SenderConfig) (*Sender, error) {
	s := &Sender{config: config}
	if err := s.check(); err != nil {
		return nil, err
	}
	if err := s.open(groups); err != nil {
		return nil, err
	}
	return s, nil
}

// Groups returns the group addresses and ports in the order in which
// WriteBatch numbers them: blocks are taken apart.
func (s *Sender) Groups() []netip.AddrPort { return s.groups() }

// Routes lists by which interface, and from which address, each group is sent to.
func (s *Sender) Routes() []SenderRoute { return s.routes() }

// SenderRoute is a group and one way out to it.
type SenderRoute struct {
	Group     netip.AddrPort
	Interface string     // name
	Source    netip.Addr // invalid where the kernel chooses at each send
}

// Send sends one datagram to every group.
func (s *Sender) Send(ctx context.Context, payload []byte) error { return s.send(ctx, payload) }

// WriteBatch sends the datagrams, in order, to the group of that number, from 0
// on, and returns how many went out by all interfaces. It waits where the pace
// or a full queue demands it, until ctx is done; it allocates nothing.
//
// Datagrams of equal length one after the other cross the kernel as one where
// it can (UDP GSO), still faster if they lie one behind the other in memory.
func (s *Sender) WriteBatch(ctx context.Context, group int, datagrams [][]byte) (int, error) {
	return s.writeBatch(ctx, group, datagrams)
}

// OffloadError says why the kernel's send offload is not in use although it
// was asked for: an *UnsupportedError. nil means that it is in use or was
// turned off, or that the system is not Linux: it is never in use there.
func (s *Sender) OffloadError() error { return s.offloadError() }

// Close closes the sender; a call that waits fails with ErrClosed.
func (s *Sender) Close() error { return s.close() }

// check refuses a configuration that means nothing.
func (s *Sender) check() error {
	c := &s.config
	switch {
	case c.HopLimit < HostOnly || c.HopLimit > 255:
		return fmt.Errorf("hop limit %d: it is 0 to 255", c.HopLimit)
	case c.DSCP < 0 || c.DSCP > 63:
		return fmt.Errorf("DSCP %d: it is 0 to 63", c.DSCP)
	case c.Rate < 0 || c.BitRate < 0 || math.IsNaN(c.Rate+c.BitRate) || math.IsInf(c.Rate+c.BitRate, 0):
		return errors.New("a rate is a positive number")
	case c.Rate > 0 && c.BitRate > 0:
		return errors.New("a rate in datagrams and one in bits exclude each other")
	}
	return nil
}

// hopLimit returns the value for the kernel.
func (s *Sender) hopLimit() int {
	switch s.config.HopLimit {
	case 0:
		return 1
	case HostOnly:
		return 0
	}
	return s.config.HopLimit
}
