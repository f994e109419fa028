//go:build !linux || mcast_portable

package mcast

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"mcast/internal/sys"
)

// emission is how a Sender sends: one datagram a system call, with nothing to
// be kept between the calls.
type emission struct{}

// sendSocket is the socket of an outlet.
type sendSocket struct {
	*net.UDPConn
	family sys.Family
}

// Family returns the address family that the socket was opened for.
func (s *sendSocket) Family() sys.Family { return s.family }

// open opens the socket of an outlet, bound to the outlet's source if there is one.
func (x *exits) open(o *outlet, a netip.Addr, i *Interface, _ bool) error {
	o.family = sys.FamilyOf(a)
	network, local := "udp4", o.source
	if o.family == sys.IPv6 {
		network = "udp6"
		switch {
		case !local.IsValid():
			local = netip.IPv6Unspecified()
		case local.IsLinkLocalUnicast():
			local = local.WithZone(i.Name)
		}
	}
	at := netip.AddrPortFrom(local, x.sender.config.SourcePort)
	conn, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(at))
	if err != nil {
		e := &Error{Op: "send from", Group: at, Interface: i.Name, Err: err}
		switch {
		case errors.Is(err, sys.ErrNotAvailable):
			e.Err = fmt.Errorf("not an address of this host: %w", err)
			e.Advice = addressesHint(x.interfaces, a)
		case errors.Is(err, sys.ErrInUse):
			e.Err = fmt.Errorf("another program uses the port: %w", err)
			e.Advice = "take another source port, or see who has it (netstat -an)"
		}
		return e
	}
	o.UDPConn = conn
	if err := o.configure(&x.sender.config, x.sender.hopLimit()); err != nil {
		_ = conn.Close()
		return &Error{Op: "send to", Group: netip.AddrPortFrom(a, x.group.Port), Interface: i.Name, Err: err}
	}
	return nil
}

// configure sets the socket's options.
func (o *outlet) configure(c *SenderConfig, hopLimit int) error {
	if c.DSCP != 0 && !sys.HasTrafficClass {
		return unsupported("DSCP")
	}
	if c.NoLoop && !sys.SenderLoops {
		return unsupported("keeping datagrams from receivers on the sending host")
	}
	grow(o.SetWriteBuffer, sendBuffer)
	ifi := &net.Interface{Index: o.index}
	var err error
	if o.family == sys.IPv4 {
		p := ipv4.NewPacketConn(o.UDPConn)
		err = errors.Join(p.SetMulticastInterface(ifi), p.SetMulticastTTL(hopLimit))
		if sys.SenderLoops {
			err = errors.Join(err, p.SetMulticastLoopback(!c.NoLoop))
		}
		if c.DSCP != 0 {
			err = errors.Join(err, p.SetTOS(c.DSCP<<2))
		}
		return err
	}
	p := ipv6.NewPacketConn(o.UDPConn)
	err = errors.Join(p.SetMulticastInterface(ifi), p.SetMulticastHopLimit(hopLimit))
	if sys.SenderLoops {
		err = errors.Join(err, p.SetMulticastLoopback(!c.NoLoop))
	}
	if c.DSCP != 0 {
		err = errors.Join(err, p.SetTrafficClass(c.DSCP<<2))
	}
	return err
}

// writeOutlet sends the datagrams by one outlet and returns how many went out.
func (s *Sender) writeOutlet(ctx context.Context, t *target, o *outlet, datagrams [][]byte) (int, error) {
	to := t.group
	if needsScope(to.Addr()) {
		to = netip.AddrPortFrom(to.Addr().WithZone(o.name), to.Port())
	}
	// A write waits for room in the queue, no longer than this, so that ctx and
	// Close end it.
	const patience = 100 * time.Millisecond
	_ = o.SetWriteDeadline(time.Now().Add(patience))
	for sent := 0; ; {
		if sent == len(datagrams) {
			return sent, nil
		}
		_, err := o.WriteToUDPAddrPort(datagrams[sent], to)
		full := errors.Is(err, sys.ErrNoBuffers)
		switch {
		case err == nil:
			sent++
			continue
		case !full && !errors.Is(err, os.ErrDeadlineExceeded):
			return sent, sendError(t.group, o, len(datagrams[sent]), err)
		}
		if err := ctx.Err(); err != nil {
			return sent, err
		}
		if s.closed.Load() {
			return sent, ErrClosed
		}
		if full {
			// BSD does not wait for the interface's queue, and cannot tell
			// when there is room again.
			time.Sleep(time.Millisecond)
		}
		_ = o.SetWriteDeadline(time.Now().Add(patience))
	}
}

// sendError says what refused a datagram of that length, and what to do.
func sendError(group netip.AddrPort, o *outlet, length int, err error) error {
	e := &Error{Op: "send to", Group: group, Interface: o.name, Err: err}
	switch {
	case errors.Is(err, sys.ErrMessageSize):
		e.Err = fmt.Errorf("a datagram of %d bytes is too long: %w", length, err)
		e.Advice = fmt.Sprintf("a datagram carries at most %d bytes, and less where the system limits it; send less in each", MaxPayload)
	case errors.Is(err, sys.ErrNetUnreach):
		e.Err = fmt.Errorf("%w: %w", ErrNoRoute, err)
		e.Advice = "the interface went down, or lost its address or route: see netstat -rn"
	}
	return e
}

// offloadError has nothing to tell: offload is Linux's alone.
func (s *Sender) offloadError() error { return nil }
