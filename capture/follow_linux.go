package capture

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"mcast"
	"mcast/internal/netns"
	"mcast/internal/rtnl"
	"mcast/internal/sys"
)

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

// find looks an interface up as the library does.
func find(links []rtnl.Link, selector string) (rtnl.Link, bool) {
	interfaces := make([]mcast.Interface, len(links))
	for n, l := range links {
		i := &interfaces[n]
		i.Index, i.Name = l.Index, l.Name
		for _, a := range l.Addrs {
			i.Addrs = append(i.Addrs, a.Prefix)
		}
	}
	found := mcast.FindInterface(interfaces, selector)
	if found == nil {
		return rtnl.Link{}, false
	}
	return links[slices.IndexFunc(links, func(l rtnl.Link) bool { return l.Index == found.Index })], true
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
	told := l.failing
	l.failing = map[int]string{}
	for _, link := range links {
		if known[link.Index] || link.Flags&net.FlagUp == 0 {
			continue
		}
		if err := l.add(link); err != nil {
			l.failing[link.Index] = err.Error()
			if told[link.Index] == err.Error() {
				continue // with each change of any interface it is tried again
			}
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
