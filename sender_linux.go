//go:build !mcast_portable

package mcast

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"mcast/internal/sys"
)

// emission is how a Sender sends on Linux.
type emission struct {
	batch   sys.SendBatch
	plan    []planned
	to      sys.Destination                  // of the batch; a local one would be an allocation a call
	offload atomic.Pointer[UnsupportedError] // why there is none
}

// sendSocket is the socket of an outlet.
type sendSocket struct {
	*sys.Socket
	limits segmentLimits
}

// planned is what one gathered message holds.
type planned struct{ datagrams, segment int }

// open opens the socket of an outlet. With fixed it is bound to the outlet's source.
func (x *exits) open(o *outlet, a netip.Addr, i *Interface, fixed bool) (err error) {
	if o.Socket, err = sys.OpenUDP(sys.FamilyOf(a)); err != nil {
		return err
	}
	if err = x.prepare(o, a, i, fixed); err != nil {
		_ = o.Close()
	}
	return err
}

func (x *exits) prepare(o *outlet, a netip.Addr, i *Interface, fixed bool) error {
	s := x.sender
	named := o.source
	if !fixed && s.config.SourcePort == 0 && i.first() == named && !i.loopback() {
		// The kernel would send from it anyway. Not named, it may change while
		// the sender runs: DHCP gives the interface another one.
		named = netip.Addr{}
	}
	err := errors.Join(
		o.SetMulticastInterface(i.Index, named),
		o.SetMulticastHopLimit(s.hopLimit()),
		o.SetMulticastLoop(!s.config.NoLoop),
		o.SetSendBuffer(sendBuffer))
	if s.config.DSCP != 0 {
		err = errors.Join(err, o.SetTrafficClass(s.config.DSCP<<2))
	}
	if err != nil {
		return &Error{Op: "send to", Group: netip.AddrPortFrom(a, x.group.Port), Interface: i.Name, Err: err}
	}
	if fixed || s.config.SourcePort != 0 {
		local := o.source
		if !local.IsValid() {
			local = netip.IPv6Unspecified()
		}
		at := netip.AddrPortFrom(local, s.config.SourcePort)
		if err := s.sharePort(o); err != nil {
			return err
		}
		if err := o.Bind(at, i.Index); err != nil {
			e := &Error{Op: "send from", Group: at, Interface: i.Name, Err: err}
			switch {
			case errors.Is(err, sys.ErrNotAvailable):
				e.Err = fmt.Errorf("not an address of this host: %w", err)
				e.Advice = addressesHint(x.interfaces, a)
			case errors.Is(err, sys.ErrInUse):
				e.Err = fmt.Errorf("another program uses the port: %w", err)
				e.Advice = "take another source port, or see who has it (ss -ulnp)"
			case errors.Is(err, sys.ErrAccess):
				e.Advice = "ports below net.ipv4.ip_unprivileged_port_start need CAP_NET_BIND_SERVICE"
			}
			return e
		}
	}
	headers := 20 + 8
	if o.Family() == sys.IPv6 {
		headers = 40 + 8
	}
	o.limits = segmentLimits{segments: 1, size: i.MTU - headers}
	if s.config.Offload.enabled() {
		if err := o.ProbeSendOffload(); err != nil {
			s.offload.Store(&UnsupportedError{Feature: "send offload (UDP_SEGMENT)", Platform: "Linux before 4.18"})
		} else {
			o.limits.segments = mostSegments
		}
	}
	return nil
}

// sharePort lets the sender's outlets have one source port, and nobody else: the
// first is bound without SO_REUSEADDR, so that it finds out who else has it.
func (s *Sender) sharePort(o *outlet) error {
	if s.config.SourcePort == 0 || len(s.outlets) == 0 {
		return nil
	}
	for _, other := range s.outlets {
		if err := other.SetReuseAddress(); err != nil {
			return err
		}
	}
	return o.SetReuseAddress()
}

// writeOutlet sends the datagrams by one outlet and returns how many went out.
func (s *Sender) writeOutlet(ctx context.Context, t *target, o *outlet, datagrams [][]byte) (int, error) {
	s.to = sys.NewDestination(t.group, o.index)
	sent, gathered := 0, 0
	s.batch.Reset()
	defer s.batch.Reset()
	s.plan = s.plan[:0]
	for sent < len(datagrams) {
		for gathered < len(datagrams) {
			n, segment := run(datagrams[gathered:], o.limits)
			if !s.batch.Add(datagrams[gathered:gathered+n], segment) {
				break
			}
			s.plan = append(s.plan, planned{n, segment})
			gathered += n
		}
		messages, err := s.batch.Send(o.Socket, &s.to)
		for _, p := range s.plan[:messages] {
			sent += p.datagrams
		}
		s.plan = s.plan[:copy(s.plan, s.plan[messages:])]
		switch {
		case err == nil:
			if s.batch.Len() == 0 {
				s.batch.Reset()
			}
			continue
		case errors.Is(err, sys.ErrAgain):
			if err := ctx.Err(); err != nil {
				return sent, err
			}
			if s.closed.Load() {
				return sent, ErrClosed
			}
			o.WaitWritable(100 * time.Millisecond)
			continue
		case s.plan[0].segment > 0 && s.smaller(o, err):
			s.batch.Reset()
			s.plan = s.plan[:0]
			gathered = sent
			continue
		}
		return sent, sendError(t.group, o, len(datagrams[sent]), err)
	}
	return sent, nil
}

// smaller makes messages smaller after the kernel refused one of several
// datagrams: 64 at once is what Linux before 6.10 takes; then none, for good.
// It reports false where the refusal has nothing to do with their number.
func (s *Sender) smaller(o *outlet, err error) bool {
	switch {
	case errors.Is(err, sys.ErrInvalid) && o.limits.segments > 64:
		o.limits.segments = 64
	case errors.Is(err, sys.ErrInvalid), errors.Is(err, sys.ErrIO), errors.Is(err, sys.ErrNotSupported), errors.Is(err, sys.ErrMessageSize):
		o.limits.segments = 1
		s.offload.Store(&UnsupportedError{Feature: "send offload (UDP_SEGMENT) on " + o.name, Platform: "this kernel or interface (" + err.Error() + ")"})
	default:
		return false
	}
	return true
}

// sendError says what refused a datagram of that length, and what to do.
func sendError(group netip.AddrPort, o *outlet, length int, err error) error {
	e := &Error{Op: "send to", Group: group, Interface: o.name, Err: err}
	switch {
	case errors.Is(err, sys.ErrMessageSize):
		e.Err = fmt.Errorf("a datagram of %d bytes is too long: %w", length, err)
		e.Advice = fmt.Sprintf("a datagram carries at most %d bytes; send less in each", MaxPayload)
	case errors.Is(err, sys.ErrNetUnreach):
		e.Err = fmt.Errorf("%w: %w", ErrNoRoute, err)
		e.Advice = "the interface went down, or lost its address or route: see ip address and ip route"
		if !group.Addr().Is4() {
			e.Advice += "; loopback has no IPv6 multicast on Linux"
		}
	case errors.Is(err, sys.ErrNotPermitted):
		e.Err = fmt.Errorf("refused by this host: %w", err)
		e.Advice = "a firewall rule on output drops it: see nft list ruleset, iptables -S OUTPUT"
	case errors.Is(err, sys.ErrInvalid):
		e.Err = fmt.Errorf("the kernel refuses the way or the source: %w", err)
		e.Advice = "a source of another interface, or of loopback, may not be sent from here"
	case errors.Is(err, sys.ErrNoDevice):
		e.Err = fmt.Errorf("%w: %w", ErrNoInterface, err)
		e.Advice = "the interface has gone"
	}
	return e
}

func (s *Sender) offloadError() error {
	if e := s.offload.Load(); e != nil {
		return e
	}
	return nil
}
