//go:build !mcast_portable

package mcast

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"time"

	"mcast/internal/sys"
)

// mostBound is how many groups of one port get a socket each. Bound to its
// group, a socket hears nothing else, keeps no unicast datagram from another
// program, counts its drops alone and, for IPv4, is filtered by the kernel.
// Past that number one socket bound to no address receives for the whole port.
const mostBound = 16

// portSockets are the sockets of a port that belong to no one group.
type portSockets struct {
	wild    *receiveSocket // receives for all groups; nil while each has its own
	holders []*holder      // sockets that only hold memberships
}

// groupSocket is the socket of a group.
type groupSocket struct {
	socket *receiveSocket // its own; nil when the port has a wild one
}

// receiveSocket is a socket that receives.
type receiveSocket struct {
	*sys.Socket
	holder holder // holds memberships of its own group, IPv4 only
	key    int32  // in Receiver.sockets
	port   *port
	group  netip.Addr // bound to it; invalid: bound to none
	exact  bool       // the kernel lets in only what is wanted
	all    bool       // IP_MULTICAST_ALL, as set
	ready  bool       // in Receiver.ready

	// When one wild socket takes over from those of the groups, each datagram
	// is taken from one side only: by the time at which the kernel received it.
	from, until time.Time // zero: no bound
	latest      time.Time // when the last datagram read was received

	lastDrops uint32 // the kernel's count when last asked
	drops     uint64 // counted so far
}

// wide says whether the port needs one socket for all its groups when others
// are added.
func (p *port) wide(added Group) bool {
	if p.wild != nil || needsScope(added.Addr) {
		return true
	}
	n := len(p.groups)
	for a := range added.Addrs() {
		if p.groups[a] == nil {
			n++
		}
		if n > mostBound {
			return true
		}
	}
	return false
}

// takes says whether a datagram is wanted: sent to one of the port's groups,
// by an interface and from a source for which it was joined.
func (s *receiveSocket) takes(info *sys.Info, all bool) bool {
	if !s.inTime(info.Time) {
		return false
	}
	if s.exact {
		return true
	}
	g := s.port.groups[info.Destination]
	if g == nil {
		return false
	}
	if all {
		return true
	}
	for i := range g.memberships {
		if m := &g.memberships[i]; m.index == info.Interface {
			return m.filter.passes(info.Source.Addr())
		}
	}
	return false
}

// inTime says whether a datagram that the kernel received at that time is this
// socket's to take, and not that of the one before or after it. A socket's
// datagrams come in the order in which they were received, so the first that is
// not too early is the last that has to be asked: should somebody set the clock
// back later, that does not matter.
func (s *receiveSocket) inTime(received time.Time) bool {
	if !s.until.IsZero() && !received.Before(s.until) || !s.from.IsZero() && received.Before(s.from) {
		return false
	}
	s.from = time.Time{}
	return true
}

// apply brings the kernel's memberships of a group in line with the filters
// wanted, by index. When it fails, what was changed stays changed.
func (r *Receiver) apply(p *port, a netip.Addr, wanted []membership) error {
	g := p.groups[a]
	for i := 0; i < len(g.memberships); {
		m := &g.memberships[i]
		if slices.ContainsFunc(wanted, func(w membership) bool { return w.index == m.index }) {
			i++
			continue
		}
		m.holder.leave(a, m.index)
		g.memberships = slices.Delete(g.memberships, i, i+1)
	}
	var failed error
	for _, w := range wanted {
		err := r.applyOne(p, g, a, w)
		if w.optional && errors.Is(err, sys.ErrNoDevice) {
			continue
		}
		if err != nil && failed == nil {
			failed = joinError(netip.AddrPortFrom(a, p.number), r.names[w.index], err)
		}
	}
	return errors.Join(failed, r.settle(p, g))
}

func (r *Receiver) applyOne(p *port, g *group, a netip.Addr, w membership) error {
	i := slices.IndexFunc(g.memberships, func(m membership) bool { return m.index == w.index })
	if i >= 0 {
		m := &g.memberships[i]
		if m.filter.equal(w.filter) {
			return nil
		}
		if err := m.holder.change(a, m.index, w.filter); err != nil {
			return err
		}
		m.filter = w.filter
		return nil
	}
	h, err := r.hold(p, g.socket, a, w)
	if err != nil {
		return err
	}
	w.holder = h
	g.memberships = append(g.memberships, w)
	return nil
}

// hold joins on the first socket that has room: the group's own, if it may,
// then the others of the port. It opens another if none has.
func (r *Receiver) hold(p *port, own *receiveSocket, a netip.Addr, w membership) (*holder, error) {
	// An IPv6 socket applies the source list of the first of its memberships
	// in a group to all interfaces, so it must not both hold and receive.
	if own != nil && p.family == sys.IPv4 {
		if err := own.holder.join(a, w.index, w.filter); !errors.Is(err, errFull) {
			return &own.holder, err
		}
	}
	for _, h := range slices.Backward(p.holders) {
		if err := h.join(a, w.index, w.filter); !errors.Is(err, errFull) {
			return h, err
		}
	}
	s, err := r.openSocket(p.family)
	if err != nil {
		return nil, err
	}
	h := &holder{socket: s}
	if err := h.join(a, w.index, w.filter); err != nil {
		_ = s.Close()
		return nil, err
	}
	p.holders = append(p.holders, h)
	return h, nil
}

// setAll sets IP_MULTICAST_ALL.
func (s *receiveSocket) setAll(on bool) error {
	if s.all == on {
		return nil
	}
	if err := s.SetMulticastAll(on); err != nil {
		return err
	}
	s.all = on
	return nil
}

// settle lets the kernel filter for a group where it can: where its own IPv4
// socket holds all its memberships, that socket hears just these.
func (r *Receiver) settle(p *port, g *group) error {
	s := g.socket
	if s == nil || p.family != sys.IPv4 || r.config.MulticastAll {
		return nil
	}
	exact := !slices.ContainsFunc(g.memberships, func(m membership) bool { return m.holder != &s.holder })
	if err := s.setAll(!exact); err != nil {
		return err
	}
	s.exact = s.exact && exact // what came through before may be in the queue
	return nil
}

// admit makes the port ready for the groups that are to be joined on it.
func (r *Receiver) admit(p *port, added Group) error {
	if !p.wide(added) {
		return nil
	}
	return r.widen(p)
}

// openGroup returns a new group of the port, with what receives it.
func (r *Receiver) openGroup(p *port, a netip.Addr) (*group, error) {
	g := &group{}
	if p.wild != nil {
		return g, nil
	}
	var err error
	if g.socket, err = r.openReceiving(p, a); err != nil {
		var known *Error
		if errors.As(err, &known) {
			return nil, err
		}
		return nil, joinError(netip.AddrPortFrom(a, p.number), "", err)
	}
	return g, nil
}

// closeGroup closes what receives a group that is left.
func (r *Receiver) closeGroup(g *group) {
	if g.socket != nil {
		r.drop(g.socket)
	}
}

// openReceiving opens a socket that receives for one group or, with the zero
// address, for all groups of a port.
func (r *Receiver) openReceiving(p *port, a netip.Addr) (*receiveSocket, error) {
	socket, err := r.openSocket(p.family)
	if err != nil {
		return nil, err
	}
	r.lastKey++
	s := &receiveSocket{Socket: socket, key: r.lastKey, port: p, group: a, all: true}
	s.holder.socket = socket
	if err := r.prepare(s, a); err != nil {
		_ = socket.Close()
		return nil, err
	}
	r.sockets[s.key] = s
	return s, nil
}

func (r *Receiver) prepare(s *receiveSocket, a netip.Addr) error {
	local := a
	if !a.IsValid() {
		local = netip.IPv4Unspecified()
		if s.Family() == sys.IPv6 {
			local = netip.IPv6Unspecified()
		}
	}
	if !r.config.MulticastAll && a.IsValid() && s.Family() == sys.IPv4 {
		if err := s.setAll(false); err != nil {
			return err
		}
		s.exact = true
	}
	err := errors.Join(s.SetReuseAddress(), s.SetReceiveInfo(), s.SetReceiveBuffer(r.config.ReceiveBuffer))
	if err != nil {
		return err
	}
	if r.granted, err = s.ReceiveBuffer(); err != nil {
		return err
	}
	if r.offload {
		if err := s.SetReceiveOffload(true); err != nil {
			r.offload, r.noOffload = false, &UnsupportedError{Feature: "receive offload (UDP_GRO)", Platform: "Linux before 5.0"}
		}
	}
	if err := s.Bind(netip.AddrPortFrom(local, s.port.number), 0); err != nil {
		e := &Error{Op: "bind", Group: netip.AddrPortFrom(local, s.port.number), Err: err}
		switch {
		case errors.Is(err, sys.ErrInUse):
			e.Err = fmt.Errorf("another program has the port for itself: %w", err)
			e.Advice = "see which (ss -ulnp), stop it, or have it set SO_REUSEADDR"
		case errors.Is(err, sys.ErrNotPermitted), errors.Is(err, sys.ErrAccess):
			e.Advice = "ports below net.ipv4.ip_unprivileged_port_start need CAP_NET_BIND_SERVICE"
		}
		return e
	}
	if err := r.poller.Add(s.Socket, s.key); errors.Is(err, os.ErrClosed) {
		return ErrClosed // Close has begun
	} else if err != nil {
		return err
	}
	return nil
}

// widen gives the port one socket for all its groups in place of one each,
// without losing or repeating a datagram: the new socket receives from the
// instant at which the old ones cease to.
func (r *Receiver) widen(p *port) error {
	if p.wild != nil {
		return nil
	}
	wild, err := r.openReceiving(p, netip.Addr{})
	if err != nil {
		return openError("join", netip.AddrPort{}, err)
	}
	// The memberships of the old sockets pass to others, and the old ones stay
	// until they are drained.
	type place struct {
		m    *membership
		a    netip.Addr
		next *holder
	}
	var moves []place
	for a, g := range p.groups {
		for i := range g.memberships {
			m := &g.memberships[i]
			if g.socket == nil || m.holder != &g.socket.holder {
				continue
			}
			h, err := r.hold(p, nil, a, *m)
			if err != nil {
				for _, mv := range moves {
					mv.next.leave(mv.a, mv.m.index)
				}
				r.drop(wild)
				return joinError(netip.AddrPortFrom(a, p.number), r.names[m.index], err)
			}
			moves = append(moves, place{m, a, h})
		}
	}
	p.wild = wild
	now := time.Now()
	for _, g := range p.groups {
		if old := g.socket; old != nil {
			// Without its memberships it still hears what others have joined.
			_ = old.setAll(true)
			old.exact = false
			wild.from, old.until = now, now
			g.socket = nil
		}
	}
	for _, mv := range moves {
		mv.m.holder.leave(mv.a, mv.m.index)
		mv.m.holder = mv.next
	}
	return nil
}
