package mroute

import (
	"maps"
	"net/netip"
	"slices"

	"mcast/internal/sys"
)

// addStatic adds the static routes of the family.
func (p *plane) addStatic(routes []Route) error {
	any := netip.IPv4Unspecified()
	if p.family == sys.IPv6 {
		any = netip.IPv6Unspecified()
	}
	anySource := map[netip.Addr][]Route{}
	for _, r := range routes {
		if sys.FamilyOf(r.Group) != p.family {
			continue
		}
		p.static[r.Group] = true
		if err := p.joinStatic(&r); err != nil {
			return err
		}
		if !r.anySource() {
			e := p.entryOf(&r)
			if err := p.socket.SetRoute(r.Source, r.Group, e.in, &e.out); err != nil {
				return p.failed("route", r.Source, r.Group, err)
			}
			continue
		}
		anySource[r.Group] = append(anySource[r.Group], r)
	}
	for _, group := range slices.SortedFunc(maps.Keys(anySource), netip.Addr.Compare) {
		if err := p.addAnySource(any, group, anySource[group]); err != nil {
			return err
		}
	}
	return nil
}

func (r *Route) anySource() bool { return !r.Source.IsValid() || r.Source.IsUnspecified() }

// joinStatic joins what a route takes in.
func (p *plane) joinStatic(r *Route) error {
	f := Filter{Exclude: true}
	if !r.anySource() {
		f = Filter{Sources: []netip.Addr{r.Source}}
	}
	at := p.at(p.vif(r.In), r.Group)
	if h := p.members.on[at]; h != nil {
		f = f.merge(h.filter)
	}
	return p.members.want(at, f)
}

func (p *plane) entryOf(r *Route) entry {
	e := closed(p.vif(r.In))
	for _, o := range r.Out {
		e.out[p.vif(o.Interface)] = uint8(max(o.Threshold, 1))
	}
	return e
}

// addAnySource adds the (*,G) routes of a group. Of those the kernel takes the first
// that has the interface in its list by which a packet came in, and drops the packet
// if it is not the entry's incoming one. So where the outlet of one route is the
// incoming interface of another, there are (S,G) entries instead, made when the first
// packet of a source comes.
func (p *plane) addAnySource(any, group netip.Addr, routes []Route) error {
	for i := range routes {
		e := p.entryOf(&routes[i])
		if !slices.ContainsFunc(routes, func(r Route) bool { return e.out[p.vif(r.In)] != sys.Closed }) {
			continue
		}
		p.onDemand[group] = routes
		return nil
	}
	for i := range routes {
		e := p.entryOf(&routes[i])
		e.out[e.in] = 1 // takes packets from there, and sends none back
		if err := p.socket.SetRoute(any, group, e.in, &e.out); err != nil {
			return p.failed("route", any, group, err)
		}
	}
	return nil
}
