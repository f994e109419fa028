//go:build !mcast_portable

package mcast

import (
	"maps"
	"slices"
	"strings"

	"mcast/internal/sys"
)

// follow brings the memberships in line whenever interfaces change.
func (r *Receiver) follow() {
	defer r.follower.Done()
	for r.monitor.Wait() == nil {
		events := r.refresh()
		if r.config.Notify == nil {
			continue
		}
		for _, e := range events {
			r.config.Notify(e)
		}
	}
}

// refresh lists the interfaces anew and joins, and forgets, what that changes.
func (r *Receiver) refresh() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed.Load() {
		return nil
	}
	before := r.interfaces
	if r.look() != nil {
		return nil // the next change tries again
	}
	if slices.EqualFunc(before, r.interfaces, sameForJoins) {
		return nil
	}
	joined := r.joinedIndexes()
	r.forgetReborn(before)
	failed := map[string]error{}
	t := r.newTargets()
	for _, p := range r.ports {
		for a, g := range p.groups {
			wanted, err := t.of(a, g.wants, g.memberships)
			if err == nil {
				err = r.apply(p, a, wanted)
			}
			if err != nil {
				name := ""
				if e, ok := err.(*Error); ok { //nolint:errorlint // the outermost one has the interface
					name = e.Interface
				}
				failed[name] = err
			}
		}
	}
	return r.changes(joined, failed)
}

// sameForJoins says that two listings of an interface differ in nothing that
// memberships depend on.
func sameForJoins(a, b Interface) bool {
	return a.Index == b.Index && a.Name == b.Name && a.Flags == b.Flags && a.MTU == b.MTU && slices.Equal(a.Addrs, b.Addrs)
}

// forgetReborn drops the IPv6 memberships on interfaces on which the kernel has
// dropped them itself, so that they are joined anew: IPv6 leaves an interface
// whose MTU falls below 1280, and comes back without its groups (seen on Linux
// 6.18; nothing else was found to do that, losing all addresses included).
func (r *Receiver) forgetReborn(before []Interface) {
	for _, i := range r.interfaces {
		if i.MTU < leastMTU || !slices.ContainsFunc(before, func(b Interface) bool { return b.Index == i.Index && b.MTU < leastMTU }) {
			continue
		}
		for _, p := range r.ports {
			if p.family != sys.IPv6 {
				continue
			}
			for a, g := range p.groups {
				g.memberships = slices.DeleteFunc(g.memberships, func(m membership) bool {
					if m.index == i.Index {
						m.holder.leave(a, m.index)
					}
					return m.index == i.Index
				})
			}
		}
	}
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
func (r *Receiver) changes(before map[int]bool, failed map[string]error) []Event {
	var events []Event
	now := r.joinedIndexes()
	for _, index := range slices.Sorted(maps.Keys(before)) {
		if !now[index] {
			events = append(events, Event{Kind: Lost, Interface: r.names[index]})
		}
	}
	for _, index := range slices.Sorted(maps.Keys(now)) {
		if !before[index] {
			events = append(events, Event{Kind: Joined, Interface: r.names[index]})
		}
	}
	for _, name := range slices.SortedFunc(maps.Keys(failed), strings.Compare) {
		events = append(events, Event{Kind: JoinFailed, Interface: name, Err: failed[name]})
	}
	return events
}
