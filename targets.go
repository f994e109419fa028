package mcast

import (
	"net/netip"
	"slices"
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
// interface merged. An interface that is not there is left out; so is one that
// the routing table should name and does not, with an error.
func (t *targets) of(a netip.Addr, wants []want, have []membership) ([]membership, error) {
	var wanted []membership
	var failed error
	add := func(index int, f sourceFilter, optional bool) {
		i := slices.IndexFunc(wanted, func(m membership) bool { return m.index == index })
		if i < 0 {
			wanted = append(wanted, membership{index: index, filter: f, optional: optional})
			return
		}
		wanted[i].filter = wanted[i].filter.merge(f)
		wanted[i].optional = wanted[i].optional && optional
	}
	for i := range wants {
		w := &wants[i]
		for _, index := range t.of1(w, a.Is4()) {
			add(index, w.filter, slices.Contains(w.selectors, AllInterfaces))
		}
		if slices.Contains(w.selectors, AllInterfaces) {
			// What "all" has joined stays joined while it is there: the kernel
			// keeps the membership of an interface that goes down.
			for _, m := range have {
				if t.has(m.index) {
					add(m.index, w.filter, true)
				}
			}
		}
		if slices.Contains(w.selectors, RouteInterface) {
			if err := t.route(w, a); err != nil {
				failed = err
				continue
			}
			add(w.route, w.filter, false)
		}
	}
	return wanted, failed
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
			if i := FindInterface(t.r.interfaces, s); i != nil {
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
