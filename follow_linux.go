//go:build !mcast_portable

package mcast

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"mcast/internal/rtnl"
	"mcast/internal/sys"
)

// follow brings the memberships in line whenever interfaces change.
func (r *Receiver) follow() {
	defer r.follower.Done()
	for {
		c, err := r.monitor.Wait()
		if err != nil {
			return
		}
		events := r.refresh(c)
		if r.config.Notify == nil {
			continue
		}
		for _, e := range events {
			r.config.Notify(e)
		}
	}
}

// refresh lists the interfaces anew and joins, and forgets, what that changes.
func (r *Receiver) refresh(c rtnl.Changes) []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed.Load() {
		return nil
	}
	r.noteLost(c)
	if r.look() != nil {
		return nil // the next change tries again
	}
	// Not against the interfaces as last listed: a Join may have done that.
	before := r.followed
	r.followed = r.interfaces
	if slices.EqualFunc(before, r.interfaces, sameForJoins) && len(r.lost) == 0 {
		return nil
	}
	joined, remade := r.joinedIndexes(), r.forgetLost()
	failed := map[string]error{}
	t := r.newTargets()
	for _, p := range r.ports {
		for a, g := range p.groups {
			wanted, err := t.of(a, g.wants, g.memberships)
			if err := cmp.Or(r.apply(p, a, wanted), err); err != nil {
				name := ""
				if e, ok := errors.AsType[*Error](err); ok {
					name = e.Interface
				}
				// Of many groups one speaks for all, and the same one each time.
				if told := failed[name]; told == nil || err.Error() < told.Error() {
					failed[name] = err
				}
			}
		}
	}
	return r.changes(before, joined, remade, failed)
}

// sameForJoins says that two listings of an interface differ in nothing that
// memberships depend on.
func sameForJoins(a, b Interface) bool {
	return a.Index == b.Index && a.Name == b.Name && a.Flags == b.Flags && a.MTU == b.MTU && slices.Equal(a.Addrs, b.Addrs)
}

// loss is what the kernel has forgotten of an interface's memberships.
type loss int

const (
	lostIPv6 loss = iota + 1 // the MTU fell below leastMTU; nothing else was found to do that, losing all addresses included (Linux 6.18)
	lostAll                  // it was deleted
)

// noteLost notes on which interfaces the kernel has dropped memberships: even
// if they are back, and look as before, these have to be joined anew.
func (r *Receiver) noteLost(c rtnl.Changes) {
	for _, l := range c.Links {
		if l.MTU < leastMTU {
			r.lost[l.Index] = max(r.lost[l.Index], lostIPv6)
		}
	}
	for _, index := range c.Deleted {
		r.lost[index] = lostAll
	}
}

// forgetLost drops the memberships that the kernel has dropped, so that they
// are joined anew, and returns the interfaces that were deleted. What needs a
// larger MTU than there is stays noted until it has that.
func (r *Receiver) forgetLost() (deleted map[int]bool) {
	deleted = map[int]bool{}
	for index, what := range r.lost {
		if what == lostIPv6 && slices.ContainsFunc(r.interfaces, func(i Interface) bool { return i.Index == index && i.MTU < leastMTU }) {
			continue
		}
		deleted[index] = what == lostAll
		delete(r.lost, index)
		for _, p := range r.ports {
			if what == lostIPv6 && p.family != sys.IPv6 {
				continue
			}
			for a, g := range p.groups {
				g.memberships = slices.DeleteFunc(g.memberships, func(m membership) bool {
					if m.index == index {
						m.holder.leave(a, m.index)
					}
					return m.index == index
				})
			}
		}
	}
	return deleted
}

func (r *Receiver) joinedIndexes() map[int]bool {
	joined := map[int]bool{}
	for _, p := range r.ports {
		for _, g := range p.groups {
			for _, m := range g.memberships {
				joined[m.index] = true
			}
		}
	}
	return joined
}

// changes tells what a refresh did: the interfaces joined before, against now.
// One that was deleted may be there again.
func (r *Receiver) changes(interfaces []Interface, before, deleted map[int]bool, failed map[string]error) []Event {
	var events []Event
	now := r.joinedIndexes()
	for _, index := range slices.Sorted(maps.Keys(before)) {
		if now[index] && !deleted[index] {
			continue
		}
		name := r.names[index]
		// It may have got another name, by which it was not joined.
		if i := slices.IndexFunc(interfaces, func(i Interface) bool { return i.Index == index }); i >= 0 {
			name = interfaces[i].Name
		}
		events = append(events, Event{Kind: Lost, Interface: name})
	}
	for _, index := range slices.Sorted(maps.Keys(now)) {
		if !before[index] || deleted[index] {
			events = append(events, Event{Kind: Joined, Interface: r.names[index]})
		}
	}
	told := r.failing
	r.failing = map[string]string{}
	for _, name := range slices.SortedFunc(maps.Keys(failed), strings.Compare) {
		why := failed[name].Error()
		r.failing[name] = why
		if told[name] != why {
			events = append(events, Event{Kind: JoinFailed, Interface: name, Err: failed[name]})
		}
	}
	return events
}
