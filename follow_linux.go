package mcast

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"mcast/internal/sys"
)

// targets finds the interfaces on which groups are wanted.
type targets struct {
	r       *Receiver
	indexes map[targetKey][]int // of a want's selectors, RouteInterface aside
}

type targetKey struct {
	selectors string
	ipv4      bool
}

// newTargets returns targets for the interfaces as last listed.
func (r *Receiver) newTargets() *targets {
	return &targets{r: r, indexes: map[targetKey][]int{}}
}

// of returns the memberships that a group's wants come to, those by the same
// interface merged. An interface that is not there is left out.
func (t *targets) of(a netip.Addr, wants []want, have []membership) ([]membership, error) {
	var wanted []membership
	add := func(index int, f sourceFilter) {
		i := slices.IndexFunc(wanted, func(m membership) bool { return m.index == index })
		if i < 0 {
			wanted = append(wanted, membership{index: index, filter: f})
			return
		}
		wanted[i].filter = wanted[i].filter.merge(f)
	}
	for i := range wants {
		w := &wants[i]
		for _, index := range t.of1(w, a.Is4()) {
			add(index, w.filter)
		}
		if slices.Contains(w.selectors, AllInterfaces) {
			// What "all" has joined stays joined while it is there: the kernel
			// keeps the membership of an interface that goes down.
			for _, m := range have {
				if t.has(m.index) {
					add(m.index, w.filter)
				}
			}
		}
		if slices.Contains(w.selectors, RouteInterface) {
			if err := t.route(w, a); err != nil {
				return nil, err
			}
			add(w.route, w.filter)
		}
	}
	return wanted, nil
}

func (t *targets) of1(w *want, ipv4 bool) []int {
	key := targetKey{w.key, ipv4}
	if list, ok := t.indexes[key]; ok {
		return list
	}
	family := netip.IPv6Unspecified()
	if ipv4 {
		family = netip.IPv4Unspecified()
	}
	var list []int
	for _, s := range w.selectors {
		switch s {
		case RouteInterface:
		case AllInterfaces:
			for i := range t.r.interfaces {
				if t.r.interfaces[i].receives(family) {
					list = append(list, t.r.interfaces[i].Index)
				}
			}
		default:
			if i := findInterface(t.r.interfaces, s); i != nil {
				list = append(list, i.Index)
			}
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	t.indexes[key] = list
	return list
}

// route asks the routing table once, as the kernel does at a join, and again
// only when the interface it named is gone.
func (t *targets) route(w *want, a netip.Addr) error {
	if w.route != 0 && t.has(w.route) {
		return nil
	}
	index, _, err := t.r.host.route(a)
	if err != nil {
		return &Error{Op: "join", Group: netip.AddrPortFrom(a, 0), Interface: RouteInterface, Err: ErrNoRoute,
			Advice: "name an interface, or add a route; " + interfaceNames(t.r.interfaces)}
	}
	w.route = index
	return nil
}

func (t *targets) has(index int) bool {
	return slices.ContainsFunc(t.r.interfaces, func(i Interface) bool { return i.Index == index })
}

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
	const leastMTU = 1280 // RFC 8200, section 5
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
