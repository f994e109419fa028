package mcast

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mcast/internal/rtnl"
	"mcast/internal/sys"
)

// receiveMessages is how many messages one system call receives.
const receiveMessages = 64

// receiver is the part of Receiver that is Linux's.
type receiver struct {
	// mu guards what is joined, down to dropped, and what hangs on it. Who
	// reads holds it for reading while it receives, so that no socket is
	// closed under it; who waits does not hold it.
	mu         sync.RWMutex
	host       *host
	interfaces []Interface // as last listed
	names      map[int]string
	ports      map[portKey]*port
	sockets    map[int32]*receiveSocket
	lastKey    int32
	namespace  uint64 // cookie of the first socket's network namespace
	granted    int    // receive buffer
	offload    bool
	noOffload  error
	dropped    uint64 // by sockets that are closed

	poller   *sys.Poller
	monitor  *rtnl.Monitor
	follower sync.WaitGroup
	closed   atomic.Bool
	deadline atomic.Int64 // UnixNano; 0: none

	turn  sync.Mutex // of those who read; taken before mu
	batch *sys.ReceiveBatch
	ready []*receiveSocket // may have something to read
}

type portKey struct {
	family sys.Family
	number uint16
}

func (r *Receiver) open(groups []Group) (err error) {
	r.names = map[int]string{}
	r.ports = map[portKey]*port{}
	r.sockets = map[int32]*receiveSocket{}
	r.batch = sys.NewReceiveBatch(receiveMessages)
	r.offload = r.config.Offload.enabled()
	defer func() {
		if err != nil {
			_ = r.close()
		}
	}()
	if r.poller, err = sys.NewPoller(); err != nil {
		return err
	}
	if r.host, err = openHost(); err != nil {
		return err
	}
	// Listen before looking, so that no change falls between.
	if r.monitor, err = rtnl.OpenMonitor(); err != nil {
		return err
	}
	if err := r.look(); err != nil {
		return err
	}
	for _, g := range groups {
		if err := r.join(g); err != nil {
			return err
		}
	}
	r.follower.Add(1)
	go r.follow()
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

// openSocket opens a socket in the receiver's network namespace.
func (r *Receiver) openSocket(family sys.Family) (*sys.Socket, error) {
	s, err := sys.OpenUDP(family)
	if err != nil {
		return nil, err
	}
	cookie := s.NamespaceCookie()
	if r.namespace == 0 {
		r.namespace = cookie
	}
	if cookie != r.namespace {
		_ = s.Close()
		return nil, errors.New("called in another network namespace than the receiver was made in")
	}
	return s, nil
}

func (r *Receiver) join(g Group) error {
	if err := errors.Join(g.Validate(), g.RequirePort()); err != nil {
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
		if s != AllInterfaces && s != RouteInterface && findInterface(r.interfaces, s) == nil {
			return &Error{Op: "join", Group: netip.AddrPortFrom(g.Addr, 0), Interface: s, Err: ErrNoInterface, Advice: interfaceNames(r.interfaces)}
		}
	}
	p := r.port(g)
	if p.wide(g) {
		if err := r.widen(p); err != nil {
			return err
		}
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
		g = &group{}
		if p.wild == nil {
			if g.socket, err = r.openReceiving(p, a); err != nil {
				var known *Error
				if errors.As(err, &known) {
					return nil, err
				}
				return nil, joinError(at, "", err)
			}
		}
		p.groups[a] = g
	}
	before := slices.Clone(g.wants)
	i := slices.IndexFunc(g.wants, func(o want) bool { return o.key == w.key })
	switch {
	case i < 0:
		g.wants = append(g.wants, w)
		i = len(g.wants) - 1
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
	if g.socket != nil {
		r.drop(g.socket)
	}
	if len(p.groups) == 0 {
		r.closePort(p)
	}
}

func (r *Receiver) leave(g Group) error {
	if err := errors.Join(g.Validate(), g.RequirePort()); err != nil {
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

// drop closes a receiving socket.
func (r *Receiver) drop(s *receiveSocket) {
	r.countDrops(s)
	r.dropped += s.drops
	delete(r.sockets, s.key)
	r.ready = slices.DeleteFunc(r.ready, func(o *receiveSocket) bool { return o == s })
	_ = s.Close()
}

func (r *Receiver) closePort(p *port) {
	for _, s := range r.sockets {
		if s.port == p {
			r.drop(s)
		}
	}
	for _, h := range p.holders {
		_ = h.socket.Close()
	}
	delete(r.ports, portKey{p.family, p.number})
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

// countDrops asks a socket for its drops; the kernel counts modulo 2³².
func (r *Receiver) countDrops(s *receiveSocket) error {
	n, err := s.Drops()
	if err != nil {
		return err
	}
	s.drops += uint64(n - s.lastDrops)
	s.lastDrops = n
	return nil
}

func (r *Receiver) stats() (ReceiverStats, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	stats := ReceiverStats{Dropped: r.dropped, DroppedByGroup: map[netip.AddrPort]uint64{}}
	if r.closed.Load() {
		return stats, nil
	}
	for _, s := range r.sockets {
		if err := r.countDrops(s); err != nil {
			return stats, fmt.Errorf("count drops: %w", err)
		}
		stats.Dropped += s.drops
		if s.group.IsValid() && s.port.wild == nil {
			stats.DroppedByGroup[netip.AddrPortFrom(s.group, s.port.number)] = s.drops
		}
	}
	return stats, nil
}

func (r *Receiver) receiveBuffer() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.granted
}

func (r *Receiver) interfaceName(index int) string {
	r.mu.RLock()
	name, ok := r.names[index]
	r.mu.RUnlock()
	if ok {
		return name
	}
	// The follower has not heard of it yet.
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

func (r *Receiver) offloadError() error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.noOffload
}

func (r *Receiver) setReadDeadline(t time.Time) error {
	if t.IsZero() {
		r.deadline.Store(0)
	} else {
		r.deadline.Store(t.UnixNano())
	}
	return r.poller.SetDeadline(t)
}

func (r *Receiver) close() error {
	if r.closed.Swap(true) {
		return ErrClosed
	}
	// End what waits, then wait for it to let go, then close.
	if r.monitor != nil {
		_ = r.monitor.Close()
	}
	if r.poller != nil {
		_ = r.poller.Close()
	}
	r.follower.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.ports {
		r.closePort(p)
	}
	if r.host != nil {
		r.host.close()
	}
	return nil
}

func (r *Receiver) readBatch(messages []Message) (int, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	n := min(len(messages), r.batch.Cap())
	if n == 0 {
		return 0, nil
	}
	for i := range messages[:n] {
		if len(messages[i].Buffer) < BufferSize && r.config.Offload.enabled() {
			return 0, fmt.Errorf("read: %w: %d bytes, and unless Offload is off the kernel may hand over %d", ErrShortBuffer, len(messages[i].Buffer), BufferSize)
		}
		r.batch.SetBuffer(i, messages[i].Buffer)
	}
	for {
		if r.closed.Load() {
			return 0, ErrClosed
		}
		if d := r.deadline.Load(); d != 0 && time.Now().UnixNano() >= d {
			return 0, os.ErrDeadlineExceeded
		}
		taken, empty, err := r.receive(messages[:n])
		if taken > 0 || err != nil {
			return taken, err
		}
		if empty {
			if err := r.wait(); err != nil {
				return 0, err
			}
		}
	}
}

// receive receives from the socket whose turn it is and returns how many
// messages are wanted; empty says that no socket is known to have any.
func (r *Receiver) receive(messages []Message) (taken int, empty bool, err error) {
	r.mu.RLock()
	if r.closed.Load() || len(r.ready) == 0 {
		r.mu.RUnlock()
		return 0, true, nil
	}
	s := r.ready[0]
	copy(r.ready, r.ready[1:])
	r.ready = r.ready[:len(r.ready)-1]
	got, err := r.batch.Receive(s.Socket, len(messages))
	if err != nil {
		err = &Error{Op: "read", Group: netip.AddrPortFrom(s.group, s.port.number), Err: err}
	}
	if got > 0 {
		// At the end of the line, so that a busy socket does not starve the others.
		r.ready = append(r.ready, s)
		taken = r.take(s, messages[:got])
	}
	r.mu.RUnlock()
	if got == 0 && !s.until.IsZero() {
		r.retire(s)
	}
	return taken, false, err
}

// take fills messages from what the batch received, leaves out what is not
// wanted, and returns how many are left.
func (r *Receiver) take(s *receiveSocket, messages []Message) int {
	var info sys.Info
	taken := 0
	for i := range messages {
		r.batch.Info(i, &info)
		if !s.takes(&info, r.config.MulticastAll) {
			continue
		}
		m := &messages[taken]
		m.Buffer, messages[i].Buffer = messages[i].Buffer, m.Buffer
		m.N = r.batch.Len(i)
		if m.Size = info.Segment; m.Size == 0 {
			m.Size = m.N
		}
		m.Source, m.Group = info.Source, netip.AddrPortFrom(info.Destination, s.port.number)
		m.Interface, m.HopLimit, m.TrafficClass = info.Interface, info.HopLimit, info.TrafficClass
		m.Time, m.Truncated = info.Time, info.Truncated
		taken++
	}
	return taken
}

// retire closes a socket that another has taken over from, now that it is
// empty. A datagram that the kernel had stamped before may take a moment more
// to arrive; a socket that is told nothing more stays until Close.
func (r *Receiver) retire(s *receiveSocket) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sockets[s.key] == s && time.Since(s.until) > 10*time.Millisecond {
		r.drop(s)
	}
}

// wait blocks until a socket can be read.
func (r *Receiver) wait() error {
	keys, err := r.poller.Wait()
	if err != nil {
		if errors.Is(err, os.ErrClosed) {
			return ErrClosed
		}
		return err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, key := range keys {
		if s := r.sockets[key]; s != nil {
			r.ready = append(r.ready, s)
		}
	}
	return nil
}
