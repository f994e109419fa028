package capture

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mcast"
	"mcast/filter"
	"mcast/internal/netns"
	"mcast/internal/rtnl"
	"mcast/internal/sys"
)

// live is how a Live captures on Linux.
type live struct {
	all     bool // all interfaces, those that come included
	offload bool // the kernel describes superframes

	conn     *rtnl.Conn
	monitor  *rtnl.Monitor
	follower sync.WaitGroup
	poller   *sys.Poller
	waker    *sys.Waker

	closed   atomic.Bool
	deadline atomic.Int64 // UnixNano; 0: none
	changed  atomic.Bool  // interfaces did; Next looks

	news    sync.Mutex
	deleted []int // indexes of interfaces, since Next looked

	// Next holds turn while it works, and while it waits; who wants it closes first.
	turn  sync.Mutex
	ready []*tap // may have frames
	rest  int    // how many frames are taken before it is asked who else has some
	lent  *tap   // whose memory the last frame is in

	mu    sync.Mutex // taken after turn; guards taps and their sockets
	taps  []*tap     // by ID; those that ended have no socket
	ended error      // of counting, at the end
}

// keyWaker is the waker's key in the poller. Taps have their ID.
const keyWaker = -1

func (l *Live) open() (err error) {
	defer func() {
		if err != nil {
			_ = l.close()
		}
	}()
	c := &l.config
	l.all = len(c.Interfaces) == 0 || slices.Contains(c.Interfaces, mcast.AllInterfaces)
	if err := c.check(); err != nil {
		return err
	}
	if l.poller, err = sys.NewPoller(); err != nil {
		return fmt.Errorf("capture: %w", err)
	}
	if l.waker, err = sys.NewWaker(); err != nil {
		return fmt.Errorf("capture: %w", err)
	}
	if err := l.poller.AddWaker(l.waker, keyWaker); err != nil {
		return fmt.Errorf("capture: %w", err)
	}
	// Listen before the interfaces are listed, so that no change falls between.
	if l.monitor, err = rtnl.OpenMonitor(); err != nil {
		return fmt.Errorf("capture: %w", err)
	}
	if l.conn, err = rtnl.Open(); err != nil {
		return fmt.Errorf("capture: %w", err)
	}
	links, err := l.conn.Links()
	if err != nil {
		return fmt.Errorf("capture: %w", err)
	}
	if c.FilterOptions.InterfaceIndex == nil {
		c.FilterOptions.InterfaceIndex = func(name string) (uint32, error) { return indexOf(links, name) }
	}
	selected, err := l.selected(links)
	if err != nil {
		return err
	}
	l.offload = sys.ProbeSuperframes()
	for _, link := range selected {
		if err := l.add(link); err != nil {
			return err
		}
	}
	l.changed.Store(true) // what is down is told by the first Next
	l.follower.Add(1)
	go l.follow()
	return nil
}

// check refuses what makes no sense.
func (c *LiveConfig) check() error {
	if c.SnapLen < 0 || c.SnapLen > MaxFrame {
		return fmt.Errorf("capture: %d bytes of a frame cannot be captured: 0 to %d", c.SnapLen, MaxFrame)
	}
	if c.RingSize < 0 || c.RingSize > mostRing {
		return fmt.Errorf("capture: a ring of %d bytes cannot be had: 0 to %d", c.RingSize, mostRing)
	}
	return nil
}

func indexOf(links []rtnl.Link, name string) (uint32, error) {
	for _, link := range links {
		if link.Name == name {
			return uint32(link.Index), nil
		}
	}
	return 0, mcast.ErrNoInterface
}

// selected returns what is to be captured on from the beginning.
func (l *Live) selected(links []rtnl.Link) ([]rtnl.Link, error) {
	if l.all {
		return slices.DeleteFunc(slices.Clone(links), func(link rtnl.Link) bool { return link.Flags&net.FlagUp == 0 }), nil
	}
	var selected []rtnl.Link
	for _, selector := range l.config.Interfaces {
		link, ok := find(links, selector)
		if !ok {
			var names []string
			for _, link := range links {
				names = append(names, link.Name)
			}
			return nil, failed(selector, mcast.ErrNoInterface, "interfaces here: "+strings.Join(names, ", "))
		}
		if !slices.ContainsFunc(selected, func(s rtnl.Link) bool { return s.Index == link.Index }) {
			selected = append(selected, link)
		}
	}
	return selected, nil
}

// find looks an interface up by name, index or address, in this order.
func find(links []rtnl.Link, selector string) (rtnl.Link, bool) {
	index, _ := strconv.Atoi(selector)
	address, _ := netip.ParseAddr(selector)
	for _, is := range []func(rtnl.Link) bool{
		func(link rtnl.Link) bool { return link.Name == selector },
		func(link rtnl.Link) bool { return link.Index == index },
		func(link rtnl.Link) bool {
			return slices.ContainsFunc(link.Addrs, func(a rtnl.Addr) bool { return a.Prefix.Addr() == address.Unmap() })
		},
	} {
		if i := slices.IndexFunc(links, is); i >= 0 {
			return links[i], true
		}
	}
	return rtnl.Link{}, false
}

// add begins to capture on an interface.
func (l *Live) add(link rtnl.Link) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, err := l.newTap(link, len(l.taps))
	if err != nil {
		return err
	}
	l.taps = append(l.taps, t)
	return nil
}

// openSocket opens a packet socket in the capture's network namespace, whichever
// the calling thread is in.
func (l *Live) openSocket(cooked bool) (*sys.PacketSocket, error) {
	s, err := sys.OpenPacket(cooked)
	if err != nil || s.NetnsCookie() == l.conn.NetnsCookie() {
		return s, err
	}
	_ = s.Close()
	file, err := l.conn.OpenNetns()
	if err == nil {
		ns := netns.Of(file)
		defer ns.Close()
		err = ns.Do(func() (err error) {
			s, err = sys.OpenPacket(cooked)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("from another network namespace than the capture's: %w", err)
	}
	return s, nil
}

// follow tells Next that interfaces have changed.
func (l *Live) follow() {
	defer l.follower.Done()
	for {
		c, err := l.monitor.Wait()
		if err != nil {
			return
		}
		l.news.Lock()
		l.deleted = append(l.deleted, c.Deleted...)
		l.news.Unlock()
		l.stir()
	}
}

// stir makes Next look at the interfaces.
func (l *Live) stir() {
	l.changed.Store(true)
	l.waker.Wake()
}

func (l *Live) notify(kind LiveEventKind, i *Interface, err error) {
	if l.config.Notify != nil {
		l.config.Notify(LiveEvent{Kind: kind, Interface: i, Err: err})
	}
}

// refresh brings the capture in line with the interfaces that there are.
func (l *Live) refresh() {
	l.waker.Rest()
	l.changed.Store(false)
	l.news.Lock()
	deleted := l.deleted
	l.deleted = nil
	l.news.Unlock()
	links, err := l.conn.Links()
	if err != nil {
		// Deletions are known all the same; the next change asks again.
		links = nil
	}
	known := map[int]bool{}
	for _, t := range slices.Clone(l.taps) { // only Next appends
		if t.socket == nil {
			continue
		}
		i := slices.IndexFunc(links, func(link rtnl.Link) bool { return link.Index == t.iface.Index })
		if t.end.IsZero() && (slices.Contains(deleted, t.iface.Index) || err == nil && i < 0) {
			// The kernel hands over a block that is not full when it is old
			// enough, also of an interface that is gone.
			t.end = time.Now().Add(2 * blockAge)
			time.AfterFunc(2*blockAge, l.stir)
		}
		if t.end.IsZero() {
			known[t.iface.Index] = true
			if i >= 0 {
				l.update(t, links[i])
			}
		} else if !time.Now().Before(t.end) && !t.has && !t.splitting && !t.ring.Ready() {
			l.endTap(t)
			l.notify(LiveEnded, t.iface, nil)
		}
	}
	if !l.all {
		return
	}
	for _, link := range links {
		if known[link.Index] || link.Flags&net.FlagUp == 0 {
			continue
		}
		if err := l.add(link); err != nil {
			l.notify(LiveFailed, &Interface{ID: -1, Index: link.Index, Name: link.Name}, err)
			continue
		}
		l.notify(LiveStarted, l.taps[len(l.taps)-1].iface, nil)
	}
}

// update notes what has changed of an interface.
func (l *Live) update(t *tap, link rtnl.Link) {
	t.longest = link.MTU + mostLink
	if up := link.Flags&net.FlagUp != 0; up != t.up {
		t.up = up
		if up {
			l.notify(LiveUp, t.iface, nil)
		} else {
			l.notify(LiveDown, t.iface, nil)
		}
	}
}

// endTap ends a capture on an interface. Its frames have been read.
func (l *Live) endTap(t *tap) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ready = slices.DeleteFunc(l.ready, func(o *tap) bool { return o == t })
	l.ended = errors.Join(l.ended, t.close(false))
}

// over says that no frame can come any more.
func (l *Live) over() bool {
	return !l.all && !slices.ContainsFunc(l.taps, func(t *tap) bool { return t.socket != nil })
}

func (l *Live) next() (f Frame, err error) {
	l.turn.Lock()
	defer l.turn.Unlock()
	if l.closed.Load() {
		l.giveBack()
		return Frame{}, mcast.ErrClosed
	}
	l.lent = nil
	for {
		t := l.choose()
		switch {
		case t == nil:
			if err := l.wait(); err != nil {
				return f, err
			}
		case t.take(&f):
			l.lent = t
			return f, nil
		}
	}
}

// choose returns the tap whose frame is next, or nil when none is known to have
// one: then wait.
func (l *Live) choose() *tap {
	var first *tap
	for i := 0; i < len(l.ready); {
		t := l.ready[i]
		if t.splitting {
			return t // the datagrams of a superframe stay together
		}
		if !t.has {
			if t.has = t.ring.Next(&t.head); !t.has {
				l.ready = slices.Delete(l.ready, i, i+1)
				l.rest = 0
				continue
			}
		}
		if first == nil || t.before(first) {
			first = t
		}
		i++
	}
	if l.rest--; l.rest < 0 {
		return nil
	}
	return first
}

// wait looks who has frames, and waits if nobody has.
func (l *Live) wait() error {
	const patience = 64
	l.rest = patience
	for {
		if l.closed.Load() {
			return mcast.ErrClosed
		}
		if l.changed.Load() {
			l.refresh()
		}
		if l.over() {
			return io.EOF
		}
		if d := l.deadline.Load(); d != 0 && time.Now().UnixNano() >= d {
			return os.ErrDeadlineExceeded
		}
		l.ready = l.ready[:0]
		for _, t := range l.taps {
			if t.socket != nil && (t.has || t.splitting || t.ring.Ready()) {
				l.ready = append(l.ready, t)
			}
		}
		if len(l.ready) > 0 {
			return nil
		}
		keys, err := l.poller.Wait()
		if errors.Is(err, os.ErrClosed) {
			return mcast.ErrClosed
		}
		if err != nil {
			return err
		}
		for _, key := range keys {
			// A socket whose interface went down can be read until its error
			// is taken. The interfaces are followed by other means.
			if key != keyWaker && l.taps[key].socket != nil && !l.taps[key].ring.Ready() {
				_ = l.taps[key].socket.TakeError()
			}
		}
	}
}

func (l *Live) setReadDeadline(t time.Time) error {
	if t.IsZero() || t.Year() > 2261 { // what UnixNano can say
		l.deadline.Store(0)
	} else {
		l.deadline.Store(t.UnixNano())
	}
	if err := l.poller.SetDeadline(t); err != nil {
		return mcast.ErrClosed // the one reason there is
	}
	return nil
}

func (l *Live) stats() ([]InterfaceStats, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.ended
	list := make([]InterfaceStats, len(l.taps))
	for i, t := range l.taps {
		if t.socket != nil {
			err = errors.Join(err, t.count())
		}
		list[i] = t.stats
	}
	return list, err
}

func (l *Live) close() error {
	if l.closed.Swap(true) {
		return nil
	}
	if l.poller != nil {
		_ = l.poller.Close() // ends the wait of Next
	}
	if l.monitor != nil {
		_ = l.monitor.Close()
	}
	l.follower.Wait()
	l.turn.Lock()
	defer l.turn.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.taps {
		if t.socket != nil {
			l.ended = errors.Join(l.ended, t.close(t == l.lent))
		}
	}
	if l.lent != nil {
		// Who reads no more does not give the last frame back.
		runtime.AddCleanup(l, func(r *sys.Ring) { r.Unmap(false) }, l.lent.ring)
	}
	if l.conn != nil {
		_ = l.conn.Close()
	}
	if l.waker != nil {
		_ = l.waker.Close()
	}
	return nil
}

// giveBack gives back the memory of the last frame, after Close.
func (l *Live) giveBack() {
	if l.lent != nil {
		l.lent.ring.Unmap(false)
		l.lent = nil
	}
}

// filterOptions returns what the filter is compiled with for an interface.
func (l *Live) filterOptions(link rtnl.Link, t filter.LinkType) filter.Options {
	o := l.config.FilterOptions
	o.LinkType, o.Live, o.SnapLen, o.Netmask = t, true, 0, netip.Addr{}
	for _, a := range link.Addrs {
		if p := a.Prefix; p.Addr().Is4() {
			mask := net.CIDRMask(p.Bits(), 32)
			o.Netmask = netip.AddrFrom4([4]byte(mask))
			break
		}
	}
	return o
}
