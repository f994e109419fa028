//go:build !linux || mcast_portable

package mcast

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"mcast/internal/sys"
)

// Receiving on systems other than Linux, for correctness rather than speed.
// Each membership, a group of a port on one interface, has a socket of its own,
// because not every system tells by which interface, and to which group, a
// datagram came: the socket then knows. The BSDs and Windows let a socket hear
// only what it joined itself; Linux, with the build tag mcast_portable, does
// not, but tells enough to leave out the rest.
//
// A goroutine reads each socket and hands one datagram at a time to who calls
// ReadBatch. What is not asked for waits in the socket's receive buffer.

// reception is how a Receiver receives.
type reception struct {
	arrived  chan *holder // has read a datagram; unbuffered
	ended    chan struct{}
	deadline atomic.Int64  // UnixNano; 0: none
	moved    chan struct{} // the deadline has; holds one
	turn     sync.Mutex    // of those who read
	timer    *time.Timer   // theirs
}

type (
	portSockets struct{} // a port has none but those of its memberships
	groupSocket struct{} // nor has a group
)

// holder is the socket of one membership.
type holder struct {
	conn    *net.UDPConn
	group   netip.AddrPort
	index   int           // of the interface
	taken   chan struct{} // ReadBatch is through with what was read
	closing chan struct{}
	ended   chan struct{} // nobody reads any more

	// What was read last: of the goroutine that reads until it hands it over.
	buffer  []byte
	control []byte
	message Message // without Buffer
	err     error
}

func (r *Receiver) openReception() error {
	if r.config.MulticastAll {
		return unsupported("MulticastAll")
	}
	r.arrived = make(chan *holder)
	r.ended = make(chan struct{})
	r.moved = make(chan struct{}, 1)
	r.timer = time.NewTimer(0)
	return nil
}

// startFollowing does nothing: interfaces that come later are not joined here.
func (r *Receiver) startFollowing([]Interface) {}

func (r *Receiver) endWaits() {
	if r.ended != nil {
		close(r.ended)
	}
}

// admit refuses what cannot be joined here.
func (r *Receiver) admit(_ *port, g Group) error {
	if len(g.Sources) == 0 && len(g.Exclude) == 0 {
		return nil
	}
	return &Error{Op: "join", Group: netip.AddrPortFrom(g.Addr, g.Port), Interface: g.Interface, Err: unsupported("source-specific joins")}
}

func (r *Receiver) openGroup(*port, netip.Addr) (*group, error) { return &group{}, nil }

func (r *Receiver) closeGroup(g *group) {
	for _, m := range g.memberships {
		m.holder.close()
	}
	g.memberships = nil
}

func (r *Receiver) closePort(p *port) {
	for _, g := range p.groups {
		r.closeGroup(g)
	}
}

// apply brings the memberships of a group in line with those wanted. When it
// fails, what was changed stays changed.
func (r *Receiver) apply(p *port, a netip.Addr, wanted []membership) error {
	has := func(list []membership, index int) bool {
		return slices.ContainsFunc(list, func(m membership) bool { return m.index == index })
	}
	g := p.groups[a]
	g.memberships = slices.DeleteFunc(g.memberships, func(m membership) bool {
		if has(wanted, m.index) {
			return false
		}
		m.holder.close()
		return true
	})
	var failed error
	for _, w := range wanted {
		if has(g.memberships, w.index) {
			continue
		}
		h, err := r.hold(netip.AddrPortFrom(a, p.number), w.index)
		if err == nil {
			w.holder = h
			g.memberships = append(g.memberships, w)
		} else if failed == nil {
			failed = r.joinError(netip.AddrPortFrom(a, p.number), w.index, err)
		}
	}
	return failed
}

// hold joins a group on the interface of that index, with a new socket.
func (r *Receiver) hold(group netip.AddrPort, index int) (*holder, error) {
	zone := 0
	if needsScope(group.Addr()) {
		zone = index
	}
	conn, err := sys.ListenGroup(group, zone)
	if err != nil {
		return nil, err
	}
	h := &holder{
		conn: conn, group: group, index: index, buffer: make([]byte, BufferSize),
		taken: make(chan struct{}), closing: make(chan struct{}), ended: make(chan struct{}),
	}
	r.granted = grow(conn.SetReadBuffer, r.config.ReceiveBuffer)
	if err := h.join(); err != nil {
		_ = conn.Close()
		return nil, err
	}
	go h.read(r.arrived)
	return h, nil
}

// join makes the socket a member, and has the system tell what it can of each
// datagram. What it cannot tell stays unknown, which is no error.
func (h *holder) join() error {
	ifi, group := &net.Interface{Index: h.index}, &net.UDPAddr{IP: h.group.Addr().AsSlice()}
	if h.group.Addr().Is4() {
		const info = ipv4.FlagTTL | ipv4.FlagDst | ipv4.FlagInterface
		p := ipv4.NewPacketConn(h.conn)
		_ = p.SetControlMessage(info, true)
		h.control = ipv4.NewControlMessage(info)
		return p.JoinGroup(ifi, group)
	}
	const info = ipv6.FlagTrafficClass | ipv6.FlagHopLimit | ipv6.FlagDst | ipv6.FlagInterface
	p := ipv6.NewPacketConn(h.conn)
	_ = p.SetControlMessage(info, true)
	h.control = ipv6.NewControlMessage(info)
	return p.JoinGroup(ifi, group)
}

// joinError says what refused a membership and what to do about it.
func (r *Receiver) joinError(group netip.AddrPort, index int, err error) error {
	e := &Error{Op: "join", Group: group, Interface: r.names[index], Err: err}
	switch {
	case errors.Is(err, sys.ErrInUse):
		e.Err = fmt.Errorf("another program has the port for itself: %w", err)
		e.Advice = "see which (netstat -an), stop it, or have it share the port"
	case errors.Is(err, sys.ErrTooManyFiles):
		e.Err = fmt.Errorf("out of file descriptors: %w", err)
		e.Advice = "join fewer groups, or name fewer interfaces"
	case errors.Is(err, sys.ErrNotAvailable):
		e.Err = fmt.Errorf("the interface does not carry the group: %w", err)
		e.Advice = "see whether it has an address of the group's family"
	}
	return e
}

// close leaves the group. What the socket still has is lost.
func (h *holder) close() {
	close(h.closing)
	_ = h.conn.Close()
	<-h.ended
}

// read reads until close.
func (h *holder) read(arrived chan<- *holder) {
	defer close(h.ended)
	for {
		n, control, _, source, err := h.conn.ReadMsgUDPAddrPort(h.buffer, h.control)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		h.err = err
		if err == nil && !h.describe(n, source, h.control[:control]) {
			continue
		}
		select {
		case arrived <- h:
			<-h.taken
		case <-h.closing:
			return
		}
	}
}

// describe sets message, and says whether the datagram is wanted.
func (h *holder) describe(n int, source netip.AddrPort, control []byte) bool {
	h.message = Message{
		N: n, Size: n, Source: netip.AddrPortFrom(source.Addr().WithZone(""), source.Port()),
		Group: h.group, Interface: h.index, Time: time.Now(),
	}
	var destination net.IP
	var index int
	if h.group.Addr().Is4() {
		var c ipv4.ControlMessage
		if c.Parse(control) == nil {
			destination, index = c.Dst, c.IfIndex
			h.message.HopLimit = c.TTL
		}
	} else {
		var c ipv6.ControlMessage
		if c.Parse(control) == nil {
			destination, index = c.Dst, c.IfIndex
			h.message.HopLimit, h.message.TrafficClass = c.HopLimit, c.TrafficClass
		}
	}
	if a, ok := netip.AddrFromSlice(destination); ok && a != h.group.Addr() {
		return false
	}
	return index == 0 || index == h.index
}

func (r *Receiver) readBatch(messages []Message) (int, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	if len(messages) == 0 {
		return 0, nil
	}
	h, err := r.await()
	if err != nil {
		return 0, err
	}
	for n := 0; ; {
		if err := h.handOver(&messages[n]); err != nil {
			return n, err
		}
		if n++; n == len(messages) {
			return n, nil
		}
		select {
		case h = <-r.arrived:
		default:
			return n, nil
		}
	}
}

// await waits for a datagram, until the deadline, which may move meanwhile.
func (r *Receiver) await() (*holder, error) {
	for {
		var expired <-chan time.Time
		if d := r.deadline.Load(); d != 0 {
			left := time.Until(time.Unix(0, d))
			if left <= 0 {
				return nil, os.ErrDeadlineExceeded
			}
			r.timer.Reset(left)
			expired = r.timer.C
		}
		if r.closed.Load() {
			return nil, ErrClosed
		}
		select {
		case h := <-r.arrived:
			return h, nil
		case <-expired:
		case <-r.moved:
		case <-r.ended:
			return nil, ErrClosed
		}
	}
}

// handOver copies what the socket has read to the caller, and lets it go on.
func (h *holder) handOver(m *Message) error {
	defer func() { h.taken <- struct{}{} }()
	if h.err != nil {
		return &Error{Op: "read", Group: h.group, Err: h.err}
	}
	buffer, n := m.Buffer, h.message.N
	if buffer != nil {
		n = copy(buffer, h.buffer[:n])
	}
	*m = h.message
	m.Buffer, m.N, m.Size, m.Truncated = buffer, n, n, n < h.message.N
	return nil
}

func (r *Receiver) setReadDeadline(t time.Time) error {
	if t.IsZero() {
		r.deadline.Store(0)
	} else {
		r.deadline.Store(t.UnixNano())
	}
	select {
	case r.moved <- struct{}{}:
	default: // who reads will look all the same
	}
	return nil
}

func (r *Receiver) stats() (ReceiverStats, error) {
	return ReceiverStats{}, unsupported("counting dropped datagrams")
}

// offloadError has nothing to tell: offload is Linux's alone.
func (r *Receiver) offloadError() error { return nil }

// grow sets the size of a socket's buffer, as close to n as the system allows,
// and returns it. BSD refuses more than its limit (kern.ipc.maxsockbuf) where
// other systems grant the limit.
func grow(set func(int) error, n int) int {
	const least = 64 << 10
	for ; n >= least; n /= 2 {
		if set(n) == nil {
			return n
		}
	}
	return 0 // what the system gives unasked
}
