package mcast

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"mcast/internal/sys"
)

// receiver is what a Receiver wants and has joined. How that is done is each
// system's own: the types reception, portSockets, groupSocket and holder, and
// the methods that are not in this file.
type receiver struct {
	// mu guards what is joined and the sockets that serve it.
	mu         sync.RWMutex
	host       *host
	interfaces []Interface // as last listed
	names      map[int]string
	ports      map[portKey]*port
	granted    int // receive buffer
	closed     atomic.Bool

	reception
}

type portKey struct {
	family sys.Family
	number uint16
}

// port is what a receiver has on one UDP port of one family: the groups it
// joined there and the sockets that receive them. Guarded by Receiver.mu.
type port struct {
	family sys.Family
	number uint16
	groups map[netip.Addr]*group
	portSockets
}

// group is one group of a port.
type group struct {
	wants       []want
	memberships []membership
	groupSocket
}

// want is one Join of the caller's.
type want struct {
	key       string // the selectors, joined
	selectors []string
	route     int // index that RouteInterface came to; 0: none yet
	filter    sourceFilter
}

// membership is a group joined on one interface.
type membership struct {
	index  int
	filter sourceFilter
	holder *holder // the socket that has joined

	// optional says that only AllInterfaces means the interface, so that one
	// which does not carry the family, or has just gone, is no matter.
	optional bool
}

func (r *Receiver) open(groups []Group) (err error) {
	r.names = map[int]string{}
	r.ports = map[portKey]*port{}
	defer func() {
		if err != nil {
			_ = r.close()
		}
	}()
	if r.host, err = openHost(); err != nil {
		return openError("open a receiver", netip.AddrPort{}, err)
	}
	if err := r.openReception(); err != nil {
		return openError("open a receiver", netip.AddrPort{}, err)
	}
	if err := r.look(); err != nil {
		return err
	}
	listed := r.interfaces
	for _, g := range groups {
		if err := r.join(g); err != nil {
			return err
		}
	}
	r.startFollowing(listed)
	return nil
}

// look lists the interfaces anew.
func (r *Receiver) look() error {
	interfaces, err := r.host.interfaces()
	if err != nil {
		return err
	}
	r.interfaces = interfaces
	for _, i := range interfaces {
		r.names[i.Index] = i.Name
	}
	return nil
}

func (r *Receiver) join(g Group) error {
	if err := cmp.Or(g.Validate(), g.RequirePort()); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed.Load() {
		return &Error{Op: "join", Group: netip.AddrPortFrom(g.Addr, g.Port), Err: ErrClosed}
	}
	if err := r.look(); err != nil {
		return err
	}
	selectors := r.selectors(g)
	for _, s := range selectors {
		if s != AllInterfaces && s != RouteInterface && FindInterface(r.interfaces, s) == nil {
			return &Error{Op: "join", Group: netip.AddrPortFrom(g.Addr, 0), Interface: s, Err: ErrNoInterface, Advice: interfaceNames(r.interfaces)}
		}
	}
	p := r.port(g)
	if err := r.admit(p, g); err != nil {
		return err
	}
	w := want{key: strings.Join(selectors, ","), selectors: selectors, filter: newSourceFilter(g)}
	targets := r.newTargets()
	var undo []func()
	for a := range g.Addrs() {
		u, err := r.joinOne(p, a, w, targets)
		if u != nil {
			undo = append(undo, u)
		}
		if err != nil {
			for _, u := range slices.Backward(undo) {
				u()
			}
			return err
		}
	}
	return nil
}

// joinOne adds a want to one group. What it returns takes it back.
func (r *Receiver) joinOne(p *port, a netip.Addr, w want, t *targets) (undo func(), err error) {
	at := netip.AddrPortFrom(a, p.number)
	g := p.groups[a]
	if g == nil {
		if g, err = r.openGroup(p, a); err != nil {
			return nil, err
		}
		p.groups[a] = g
	}
	before := slices.Clone(g.wants)
	i := slices.IndexFunc(g.wants, func(o want) bool { return o.key == w.key })
	switch {
	case i < 0:
		g.wants = append(g.wants, w)
	case g.wants[i].filter.exclude == w.filter.exclude:
		g.wants[i].filter = g.wants[i].filter.with(w.filter.sources)
	default:
		return nil, &Error{Op: "join", Group: at, Err: errors.New("joined already with the other kind of source list"), Advice: "leave the group first"}
	}
	undo = func() {
		g.wants = before
		r.update(p, a, t)
	}
	wanted, err := t.of(a, g.wants, g.memberships)
	if err != nil {
		return undo, err
	}
	return undo, r.apply(p, a, wanted)
}

// update applies what is still wanted of a group, as far as it can be, and
// forgets a group of which nothing is wanted.
func (r *Receiver) update(p *port, a netip.Addr, t *targets) {
	g := p.groups[a]
	wanted, _ := t.of(a, g.wants, g.memberships)
	_ = r.apply(p, a, wanted)
	if len(g.wants) > 0 {
		return
	}
	delete(p.groups, a)
	r.closeGroup(g)
	if len(p.groups) == 0 {
		r.closePort(p)
		delete(r.ports, portKey{p.family, p.number})
	}
}

func (r *Receiver) leave(g Group) error {
	if err := cmp.Or(g.Validate(), g.RequirePort()); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed.Load() {
		return &Error{Op: "leave", Group: netip.AddrPortFrom(g.Addr, g.Port), Err: ErrClosed}
	}
	if err := r.look(); err != nil {
		return err
	}
	p := r.port(g)
	key := strings.Join(r.selectors(g), ",")
	find := func(a netip.Addr) (*group, int) {
		o := p.groups[a]
		if o == nil {
			return nil, -1
		}
		return o, slices.IndexFunc(o.wants, func(w want) bool { return w.key == key })
	}
	// All of the block or nothing.
	sources := newSourceFilter(g)
	partly := len(sources.sources) > 0
	for a := range g.Addrs() {
		o, i := find(a)
		if i < 0 || partly && (o.wants[i].filter.exclude != sources.exclude ||
			slices.ContainsFunc(sources.sources, func(s netip.Addr) bool { return !o.wants[i].filter.lists(s) })) {
			return &Error{Op: "leave", Group: netip.AddrPortFrom(a, g.Port), Interface: g.Interface, Err: ErrNotJoined}
		}
	}
	t := r.newTargets()
	for a := range g.Addrs() {
		o, i := find(a)
		if partly {
			o.wants[i].filter = o.wants[i].filter.without(sources.sources)
		}
		if !partly || o.wants[i].filter.empty() {
			o.wants = slices.Delete(o.wants, i, i+1)
		}
		r.update(p, a, t)
	}
	return nil
}

// needsScope says that an IPv6 group's address means something only together
// with an interface (RFC 4007), so that a socket cannot be bound to it for all.
func needsScope(a netip.Addr) bool {
	return a.IsLinkLocalMulticast() && !a.Is4() || a.IsInterfaceLocalMulticast()
}

func (r *Receiver) selectors(g Group) []string {
	if g.Interface != "" {
		return []string{g.Interface}
	}
	return r.config.Interfaces
}

// port returns what the receiver has on the group's port.
func (r *Receiver) port(g Group) *port {
	key := portKey{sys.FamilyOf(g.Addr), g.Port}
	p := r.ports[key]
	if p == nil {
		p = &port{family: key.family, number: key.number, groups: map[netip.Addr]*group{}}
		r.ports[key] = p
	}
	return p
}

func (r *Receiver) memberships() []Membership {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var list []Membership
	for _, p := range r.ports {
		for a, g := range p.groups {
			for _, m := range g.memberships {
				up := slices.ContainsFunc(r.interfaces, func(i Interface) bool { return i.Index == m.index && i.up() })
				list = append(list, Membership{Group: netip.AddrPortFrom(a, p.number), Interface: r.names[m.index], Index: m.index, Up: up})
			}
		}
	}
	slices.SortFunc(list, func(x, y Membership) int {
		return cmp.Or(cmp.Compare(x.Group.Port(), y.Group.Port()), x.Group.Addr().Compare(y.Group.Addr()), cmp.Compare(x.Index, y.Index))
	})
	return list
}

func (r *Receiver) interfaceName(index int) string {
	r.mu.RLock()
	name, ok := r.names[index]
	r.mu.RUnlock()
	if ok {
		return name
	}
	// It may have come since the last look.
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed.Load() {
		_ = r.look()
	}
	if name, ok = r.names[index]; !ok {
		name = strconv.Itoa(index)
		r.names[index] = name
	}
	return name
}

func (r *Receiver) receiveBuffer() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.granted
}

func (r *Receiver) close() error {
	if r.closed.Swap(true) {
		return ErrClosed
	}
	r.endWaits()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.ports {
		r.closePort(p)
	}
	clear(r.ports)
	if r.host != nil {
		r.host.close()
	}
	return nil
}
