package mcast

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mcast/internal/pace"
	"mcast/internal/sys"
)

// sendBuffer is the room asked for datagrams on their way to the network card:
// enough to keep a 100 Gbit/s card busy for 0.3 ms.
const sendBuffer = 4 << 20

// sender is the part of Sender that is Linux's.
type sender struct {
	outlets []*outlet
	targets []target
	pacer   *pace.Pacer // nil: unpaced

	turn   sync.Mutex // of those who send
	batch  sys.SendBatch
	plan   []planned
	one    [1][]byte // what Send sends
	closed atomic.Bool

	offload atomic.Pointer[UnsupportedError] // why there is none
}

// target is a group that is sent to.
type target struct {
	group   netip.AddrPort
	outlets []*outlet
}

// outlet is a socket that sends by one interface, from one address.
type outlet struct {
	*sys.Socket
	index     int
	name      string
	source    netip.Addr // invalid: the kernel's choice
	limits    segmentLimits
	connected bool // to the one group there is
}

// planned is what one gathered message holds.
type planned struct{ datagrams, segment int }

func (s *Sender) open(groups []Group) (err error) {
	h, err := openHost()
	if err != nil {
		return err
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
		if err := errors.Join(g.Validate(), g.RequirePort()); err != nil {
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
	if len(s.targets) == 1 {
		t := s.targets[0]
		for _, o := range t.outlets {
			if err := o.Connect(t.group, o.index); err != nil {
				return sendError(t.group, o, 0, err)
			}
			o.connected = true
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

// exits finds, and opens, the outlets for one group or block of groups.
type exits struct {
	sender     *Sender
	host       *host
	interfaces []Interface
	group      Group
	fixed      []*outlet // the same for the whole block; nil while unknown
}

// of returns the outlets for one group of the block.
func (x *exits) of(a netip.Addr) ([]*outlet, error) {
	if x.fixed != nil {
		return x.fixed, nil
	}
	source := x.sender.config.Source
	switch {
	case len(x.group.Sources) == 1:
		source = x.group.Sources[0]
	case len(x.group.Sources) > 1, len(x.group.Exclude) > 0:
		return nil, &Error{Op: "send to", Group: netip.AddrPortFrom(a, x.group.Port), Err: errors.New("a sender has one source address"), Advice: "name one source, or none"}
	}
	if source.IsValid() && source.Is4() != a.Is4() {
		return nil, &Error{Op: "send to", Group: netip.AddrPortFrom(a, x.group.Port), Err: fmt.Errorf("the source %v is of another address family", source)}
	}
	selectors := x.sender.config.Interfaces
	switch {
	case x.group.Interface != "":
		selectors = []string{x.group.Interface}
	case len(selectors) == 0 && source.IsValid():
		selectors = []string{source.String()}
	case len(selectors) == 0:
		selectors = []string{RouteInterface}
	}
	var outlets []*outlet
	for _, selector := range selectors {
		found, err := x.one(a, selector, source)
		if err != nil {
			return nil, err
		}
		for _, o := range found {
			if !slices.Contains(outlets, o) {
				outlets = append(outlets, o)
			}
		}
	}
	if !slices.Contains(selectors, RouteInterface) {
		x.fixed = outlets
	}
	return outlets, nil
}

// one returns the outlets for one selector.
func (x *exits) one(a netip.Addr, selector string, source netip.Addr) ([]*outlet, error) {
	fail := func(name string, err error, advice string) error {
		return &Error{Op: "send to", Group: netip.AddrPortFrom(a, x.group.Port), Interface: name, Err: err, Advice: advice}
	}
	switch selector {
	case AllInterfaces:
		var outlets []*outlet
		for n := range x.interfaces {
			i := &x.interfaces[n]
			address, ok := i.address(a)
			if !i.receives(a) || i.loopback() || !ok {
				continue
			}
			if source.IsValid() {
				address = source
			}
			o, err := x.outlet(a, i, address, source.IsValid())
			if err != nil {
				return nil, err
			}
			outlets = append(outlets, o)
		}
		if len(outlets) == 0 {
			return nil, fail(selector, ErrNoInterface, "none but loopback is up and has an address; "+interfaceNames(x.interfaces))
		}
		return outlets, nil
	case RouteInterface:
		i, address, err := x.route(a)
		if err != nil {
			return nil, fail("", err, "name an interface (-i); "+interfaceNames(x.interfaces))
		}
		if source.IsValid() {
			address = source
		}
		o, err := x.outlet(a, i, address, source.IsValid())
		return []*outlet{o}, err
	}
	i := findInterface(x.interfaces, selector)
	switch {
	case i == nil && source.IsValid() && selector == source.String():
		return nil, fail("", fmt.Errorf("no interface here has the source address %v", source), addressesHint(x.interfaces, a))
	case i == nil:
		return nil, fail(selector, ErrNoInterface, interfaceNames(x.interfaces))
	case !i.up():
		return nil, fail(i.Name, ErrInterfaceDown, "bring it up: ip link set "+i.Name+" up")
	}
	address, fixed := source, source.IsValid()
	if named, err := netip.ParseAddr(selector); err == nil && !fixed && i.owns(named.Unmap().WithZone("")) && named.Unmap().Is4() == a.Is4() {
		address, fixed = named.Unmap().WithZone(""), true
	}
	if !fixed {
		var ok bool
		if address, ok = i.address(a); !ok {
			return nil, fail(i.Name, ErrNoAddress, "give it one, or say which to send from (--source)")
		}
	}
	o, err := x.outlet(a, i, address, fixed)
	return []*outlet{o}, err
}

// route returns the interface that the routing table picks, and loopback where
// it picks none and nothing else is up.
func (x *exits) route(a netip.Addr) (*Interface, netip.Addr, error) {
	index, source, err := x.host.route(a)
	if err == nil {
		for n := range x.interfaces {
			if i := &x.interfaces[n]; i.Index == index {
				return i, source, nil
			}
		}
		return nil, source, ErrNoInterface
	}
	var loopback *Interface
	for n := range x.interfaces {
		i := &x.interfaces[n]
		switch {
		case i.loopback() && i.receives(a):
			loopback = i
		case i.up() && !i.loopback():
			return nil, source, fmt.Errorf("%w: %w", ErrNoRoute, err)
		}
	}
	if loopback == nil {
		return nil, source, fmt.Errorf("%w: %w", ErrNoRoute, err)
	}
	source, _ = loopback.address(a)
	return loopback, source, nil
}

// outlet opens a socket, or finds the one that is open. With fixed the source
// is the caller's choice, so that the socket is bound to it.
func (x *exits) outlet(a netip.Addr, i *Interface, source netip.Addr, fixed bool) (*outlet, error) {
	s := x.sender
	family := sys.FamilyOf(a)
	if family == sys.IPv6 && !fixed {
		source = netip.Addr{} // the kernel chooses by the group's scope (RFC 6724)
	}
	for _, o := range s.outlets {
		if o.index == i.Index && o.Family() == family && o.source == source {
			return o, nil
		}
	}
	socket, err := sys.OpenUDP(family)
	if err != nil {
		return nil, err
	}
	o := &outlet{Socket: socket, index: i.Index, name: i.Name, source: source}
	s.outlets = append(s.outlets, o) // closed with the sender, whatever follows
	return o, x.prepare(o, a, i, fixed)
}

func (x *exits) prepare(o *outlet, a netip.Addr, i *Interface, fixed bool) error {
	s := x.sender
	err := errors.Join(
		o.SetMulticastInterface(i.Index, o.source),
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

// addressesHint names the addresses there are to send from.
func addressesHint(interfaces []Interface, group netip.Addr) string {
	hint := "addresses here:"
	n := 0
	for i := range interfaces {
		for _, p := range interfaces[i].Addrs {
			if p.Addr().Is4() == group.Is4() {
				hint += fmt.Sprintf(" %v (%s)", p.Addr(), interfaces[i].Name)
				n++
			}
		}
	}
	if n == 0 {
		return "no interface here has an address of the group's family"
	}
	return hint
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
		n := len(step)
		for _, o := range t.outlets {
			var m int
			if m, err = s.writeOutlet(ctx, t, o, step); m < n {
				n = m
			}
			if err != nil {
				break
			}
		}
		if s.pacer != nil {
			s.pacer.Sent(s.cost(step[:n]))
		}
		sent += n
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

// writeOutlet sends the datagrams by one outlet and returns how many went out.
func (s *Sender) writeOutlet(ctx context.Context, t *target, o *outlet, datagrams [][]byte) (int, error) {
	var to sys.Destination
	if !o.connected {
		to = sys.NewDestination(t.group, o.index)
	}
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
		messages, err := s.batch.Send(o.Socket, &to)
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
	case errors.Is(err, sys.ErrNotPermitted):
		e.Err = fmt.Errorf("refused by this host: %w", err)
		e.Advice = "a firewall rule on output drops it: see nft list ruleset, iptables -S OUTPUT"
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
