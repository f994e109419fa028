package mroute

import (
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"

	"mcast/internal/rtnl"
)

// Counts lists the kernel's routes, static and the proxy's, and what they have
// routed.
func (r *Router) Counts() ([]Count, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.poller == nil {
		return nil, fmt.Errorf("count routed packets: %w", os.ErrClosed)
	}
	var list []Count
	for _, p := range r.planes {
		routes, err := r.rt.MulticastRoutes(p.family)
		if err != nil {
			return nil, fmt.Errorf("count routed packets: %w", err)
		}
		for _, m := range routes {
			list = append(list, r.count(&m))
		}
	}
	slices.SortFunc(list, func(a, b Count) int {
		return cmp.Or(a.Group.Compare(b.Group), a.Source.Compare(b.Source), cmp.Compare(a.In, b.In))
	})
	return list, nil
}

func (r *Router) count(m *rtnl.MulticastRoute) Count {
	c := Count{Source: m.Source, Group: m.Group, In: r.name(m.In), Packets: m.Packets, Bytes: m.Bytes, Wrong: m.Wrong}
	for _, o := range m.Out {
		if o.Interface != m.In { // there, it says that packets of (*,G) come in
			c.Out = append(c.Out, Outlet{r.name(o.Interface), o.Threshold})
		}
	}
	return c
}

func (r *Router) name(index int) string {
	if name := r.names[index]; name != "" {
		return name
	}
	return strconv.Itoa(index)
}

// Members lists what the hosts of the downstream interfaces want, as the proxy knows
// it.
func (r *Router) Members() (list []Member) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.planes {
		for _, port := range p.ports {
			for at := range port.groups {
				list = append(list, Member{port.name, at, port.filter(at)})
			}
		}
	}
	slices.SortFunc(list, func(a, b Member) int {
		return cmp.Or(cmp.Compare(a.Interface, b.Interface), netip.Addr.Compare(a.Group, b.Group))
	})
	return list
}
