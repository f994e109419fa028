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
	"sync"
	"sync/atomic"
	"time"

	"mcast"
	"mcast/filter"
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

	failing map[int]string // by index: why interfaces that appeared cannot be captured on, as told

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
	var misfit error
	for _, link := range selected {
		err := l.add(link)
		if wrong := (*filter.Error)(nil); l.all && errors.As(err, &wrong) {
			// It may fit the others: "vlan" fits no tun.
			misfit = err
			l.notify(LiveFailed, &Interface{ID: -1, Index: link.Index, Name: link.Name}, fmt.Errorf("capture on %s: %w", link.Name, err))
			continue
		}
		if err != nil {
			return err
		}
	}
	if misfit != nil && len(l.taps) == 0 {
		return misfit
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

// over says that no frame can come any more.
func (l *Live) over() bool {
	return !l.all && !slices.ContainsFunc(l.taps, func(t *tap) bool { return t.socket != nil })
}

func (l *Live) read(f *Frame, runs bool) error {
	l.turn.Lock() // and no defer, which takes a tenth of the time of a small frame
	err := l.next(f, runs)
	l.turn.Unlock()
	return err
}

func (l *Live) next(f *Frame, runs bool) error {
	if l.closed.Load() {
		l.giveBack()
		return mcast.ErrClosed
	}
	l.lent = nil
	for {
		t := l.choose()
		switch {
		case t == nil:
			if err := l.wait(); err != nil {
				return err
			}
		case t.take(f, runs):
			l.lent = t
			return nil
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
func (l *Live) filterOptions(link rtnl.Link, t *tap) filter.Options {
	o := l.config.FilterOptions
	// Cooked frames are filtered when they have been made.
	o.LinkType, o.Live, o.SnapLen, o.Netmask = t.link, !t.cooked, 0, netip.Addr{}
	for _, a := range link.Addrs {
		if p := a.Prefix; p.Addr().Is4() {
			mask := net.CIDRMask(p.Bits(), 32)
			o.Netmask = netip.AddrFrom4([4]byte(mask))
			break
		}
	}
	return o
}
