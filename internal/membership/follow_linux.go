package membership

import (
	"context"
	"encoding/binary"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"

	"mcast/internal/sys"
)

// Follow calls first with who has joined what, and then each with all that
// happens, in order, until the context is done, a call returns an error, or the
// host cannot be looked at any more; it returns that error. Nothing is missing
// between the report and the events, and nothing there twice.
//
// The first membership of an interface in a group, and the end of the last one,
// come as soon as the kernel announces them (Linux 6.14), else within
// a fraction of a second. All else is found by a look each second: see Seen.
func (h *Host) Follow(ctx context.Context, first func(*Report) error, each func(Event) error) error {
	feed := h.subscribe()
	if feed != nil {
		defer feed.close()
	}
	f := &follower{h: h, feed: feed, rescan: time.Now().Add(RescanEvery)}
	r, err := h.List()
	if err != nil {
		return err
	}
	if err := first(r); err != nil {
		return err
	}
	t := newTracker(r)
	var meanwhile []announcement // while the report was made
	for {
		news, err := f.wait(ctx)
		if err != nil {
			return err
		}
		start := time.Now()
		said := append(meanwhile, feed.take()...)
		if r, err = h.List(); err != nil {
			return err
		}
		now := time.Now()
		meanwhile = feed.take()
		f.looked(start, news)
		for _, e := range t.update(said, meanwhile, r, now) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := each(e); err != nil {
				return err
			}
		}
	}
}

// follower says when to look again.
type follower struct {
	h      *Host
	feed   *feed
	soon   time.Time // not before, whatever is announced
	rescan time.Time // in any case
}

// looked says that there was a look, and whether news were the reason. The next
// one for news waits, so that a host on which much happens is not looked at all
// the time.
func (f *follower) looked(start time.Time, news bool) {
	end := time.Now()
	took := end.Sub(start)
	if news {
		f.soon = end.Add(min(3*took, RescanEvery))
	}
	f.rescan = start.Add(max(RescanEvery, 10*took))
}

// wait returns when it is time to look again, and whether news are the reason.
func (f *follower) wait(ctx context.Context) (news bool, err error) {
	rescan := time.NewTimer(time.Until(f.rescan))
	defer rescan.Stop()
	if f.feed == nil {
		return f.poll(ctx, rescan.C)
	}
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case <-rescan.C:
		return false, nil
	case <-f.feed.woken:
	}
	soon := time.NewTimer(time.Until(f.soon))
	defer soon.Stop()
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case <-soon.C:
	}
	return true, nil
}

// poll waits until the lists of memberships change.
func (f *follower) poll(ctx context.Context, rescan <-chan time.Time) (news bool, err error) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-rescan:
			return false, nil
		case <-tick.C:
		}
		v4, v6, err := f.h.entries()
		if err != nil {
			return false, err
		}
		if !slices.Equal(v4, f.h.v4) || !slices.Equal(v6, f.h.v6) {
			return true, nil
		}
	}
}

// feed gathers the kernel's announcements. nil has none.
type feed struct {
	nl    *sys.Netlink
	woken chan struct{}

	mu   sync.Mutex // for reading the socket too, so that what was read is here
	news []announcement
}

// subscribe starts to gather announcements; nil where the kernel makes none, or
// the namespace cannot be entered.
func (h *Host) subscribe() *feed {
	if h.ns == nil || h.polls {
		return nil
	}
	f := &feed{woken: make(chan struct{}, 1)}
	err := h.in(func() (err error) {
		f.nl, err = sys.SubscribeMulticast()
		return err
	})
	if err != nil {
		return nil
	}
	go f.gather()
	return f
}

func (f *feed) close() { _ = f.nl.Close() }

// gather gathers until the socket is closed, so that the kernel's queue, which
// has room for a few hundred, does not overflow.
func (f *feed) gather() {
	// A change of a link, and announcements that were lost, wake as well.
	for f.nl.WaitReadable() == nil {
		f.mu.Lock()
		err := f.drain()
		f.mu.Unlock()
		if err != nil {
			return // the looks each second go on
		}
		select {
		case f.woken <- struct{}{}:
		default:
		}
	}
}

func (f *feed) drain() error {
	now := time.Now()
	return f.nl.Drain(func(kind uint16, body []byte) {
		if a, ok := parseAnnouncement(kind, body); ok && len(f.news) < mostNews {
			a.time = now
			f.news = append(f.news, a)
		}
	})
}

// take returns all that was announced since it was asked last, until now.
func (f *feed) take() []announcement {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.drain() // else the looks each second go on
	news := f.news
	f.news = nil
	return news
}

// parseAnnouncement reads a struct ifaddrmsg and the attribute with the group.
func parseAnnouncement(kind uint16, b []byte) (a announcement, ok bool) {
	if kind != sys.NewMulticast && kind != sys.DelMulticast || len(b) < syscall.SizeofIfAddrmsg {
		return a, false
	}
	a.join = kind == sys.NewMulticast
	a.at.index = int(int32(binary.NativeEndian.Uint32(b[4:])))
	sys.Attributes(b[syscall.SizeofIfAddrmsg:], func(kind uint16, v []byte) {
		if kind == sys.AttrMulticast {
			a.at.group, _ = netip.AddrFromSlice(v)
		}
	})
	return a, a.at.group.IsValid()
}
