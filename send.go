package mcast

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"

	"mcast/internal/pace"
)

// sendBuffer is the room asked for datagrams on their way to the network card:
// enough to keep a 100 Gbit/s card busy for 0.3 ms.
const sendBuffer = 4 << 20

// sender is what a Sender sends to, by which sockets and at what pace. How a
// socket is opened and written to is each system's own: the types emission and
// sendSocket, and the methods that are not in this file or exits.go.
type sender struct {
	outlets []*outlet
	targets []target
	pacer   *pace.Pacer // nil: unpaced

	turn   sync.Mutex // of those who send
	one    [1][]byte  // what Send sends
	closed atomic.Bool

	emission
}

// target is a group that is sent to.
type target struct {
	group   netip.AddrPort
	outlets []*outlet
}

// outlet is a socket that sends by one interface, from one address.
type outlet struct {
	sendSocket
	index  int
	name   string
	source netip.Addr // invalid: the kernel's choice
}

func (s *Sender) open(groups []Group) (err error) {
	h, err := openHost()
	if err != nil {
		return openError("open a sender", netip.AddrPort{}, err)
	}
	defer h.close()
	interfaces, err := h.interfaces()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = s.close()
		}
	}()
	for _, g := range groups {
		if err := cmp.Or(g.Validate(), g.RequirePort()); err != nil {
			return err
		}
		find := exits{sender: s, host: h, interfaces: interfaces, group: g}
		for a := range g.Addrs() {
			outlets, err := find.of(a)
			if err != nil {
				return err
			}
			s.targets = append(s.targets, target{netip.AddrPortFrom(a, g.Port), outlets})
		}
	}
	switch {
	case s.config.Rate > 0:
		s.pacer = pace.New(s.config.Rate)
	case s.config.BitRate > 0:
		s.pacer = pace.New(s.config.BitRate)
	}
	return nil
}

func (s *Sender) groups() []netip.AddrPort {
	list := make([]netip.AddrPort, len(s.targets))
	for n, t := range s.targets {
		list[n] = t.group
	}
	return list
}

func (s *Sender) routes() []SenderRoute {
	var list []SenderRoute
	for _, t := range s.targets {
		for _, o := range t.outlets {
			list = append(list, SenderRoute{t.group, o.name, o.source})
		}
	}
	return list
}

func (s *Sender) send(ctx context.Context, payload []byte) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	s.one[0] = payload
	defer func() { s.one[0] = nil }()
	for n := range s.targets {
		if _, err := s.write(ctx, &s.targets[n], s.one[:]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sender) writeBatch(ctx context.Context, group int, datagrams [][]byte) (int, error) {
	s.turn.Lock()
	defer s.turn.Unlock()
	if group < 0 || group >= len(s.targets) {
		return 0, fmt.Errorf("write to group number %d: there are %d, from 0 on", group, len(s.targets))
	}
	return s.write(ctx, &s.targets[group], datagrams)
}

// write sends the datagrams to one group, in steps as large as the pace allows.
func (s *Sender) write(ctx context.Context, t *target, datagrams [][]byte) (int, error) {
	if s.pacer != nil {
		// Between two calls the caller may wait for what to send: that is not
		// time to make up for.
		defer s.pacer.Idle()
	}
	sent := 0
	for sent < len(datagrams) {
		step, err := s.step(ctx, datagrams[sent:])
		if err != nil {
			return sent, err
		}
		for _, o := range t.outlets {
			// What fails at one outlet does not leave by the others either, and
			// what has left by the first leaves by all.
			n, failed := s.writeOutlet(ctx, t, o, step)
			step = step[:n]
			err = cmp.Or(err, failed)
		}
		if s.pacer != nil {
			s.pacer.Sent(s.cost(step))
		}
		sent += len(step)
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// mostStep is how many datagrams go out before ctx is looked at again.
const mostStep = 4096

// step waits until some of the datagrams may go, and returns these.
func (s *Sender) step(ctx context.Context, datagrams [][]byte) ([][]byte, error) {
	if s.closed.Load() {
		return nil, ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	datagrams = datagrams[:min(len(datagrams), mostStep)]
	if s.pacer == nil {
		return datagrams, nil
	}
	units, err := s.pacer.Wait(ctx, s.cost(datagrams[:1]), s.cost(datagrams))
	if errors.Is(err, pace.ErrInterrupted) {
		return nil, ErrClosed
	}
	if err != nil {
		return nil, err
	}
	if s.config.Rate > 0 {
		return datagrams[:units], nil
	}
	n := 0
	for n < len(datagrams) && units >= 0 {
		if units -= s.cost(datagrams[n : n+1]); units >= 0 {
			n++
		}
	}
	return datagrams[:max(n, 1)], nil
}

// cost returns what datagrams count for the pace: one each, or their bits.
func (s *Sender) cost(datagrams [][]byte) int64 {
	if s.config.Rate > 0 {
		return int64(len(datagrams))
	}
	var bits int64
	for _, d := range datagrams {
		bits += max(1, 8*int64(len(d)))
	}
	return bits
}

func (s *Sender) close() error {
	if s.closed.Swap(true) {
		return ErrClosed
	}
	if s.pacer != nil {
		s.pacer.Interrupt()
	}
	s.turn.Lock()
	defer s.turn.Unlock()
	for _, o := range s.outlets {
		_ = o.Close()
	}
	return nil
}
