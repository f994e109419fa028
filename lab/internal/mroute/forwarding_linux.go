package mroute

import (
	"fmt"
	"net/netip"
	"time"

	"mcast/internal/sys"
)

// entry is one of the kernel's routes, but for its source and group.
type entry struct {
	in  int // interfaces are those of the router, by number
	out sys.Thresholds
}

// closed is an entry by which nothing leaves.
func closed(in int) entry {
	e := entry{in: in}
	for i := range e.out {
		e.out[i] = sys.Closed
	}
	return e
}

// flow is a source of a group that has been heard, and has an entry.
type flow struct {
	entry
	packets uint64 // at the last sweep
}

// idle is how long a source may be silent until its entry is removed. When it is heard
// again, it is another source: it may have moved.
const idle = time.Minute

// mostFlows is how many sources of a family have entries. Others are not forwarded.
const mostFlows = 1 << 14

// demand makes the entry for a source that has been heard.
func (p *plane) demand(n sys.NoRoute, now time.Time) error {
	e, ok := p.wanted(n.Source, n.Group, n.In)
	if !ok || p.count >= mostFlows {
		return nil
	}
	if err := p.socket.SetRoute(n.Source, n.Group, e.in, &e.out); err != nil {
		return p.failed("route", n.Source, n.Group, err)
	}
	if p.flows[n.Group] == nil {
		p.flows[n.Group] = map[netip.Addr]*flow{}
	}
	if p.flows[n.Group][n.Source] == nil {
		if p.count == 0 {
			p.sweepAt = now.Add(p.idle)
		}
		p.count++
	}
	p.flows[n.Group][n.Source] = &flow{entry: e}
	return nil
}

// wanted returns the entry that a source of a group should have that comes in by an
// interface; false: the router has nothing to do with it.
func (p *plane) wanted(source, group netip.Addr, in int) (e entry, ok bool) {
	if p.static[group] {
		for _, r := range p.onDemand[group] {
			if p.vif(r.In) == in {
				return p.entryOf(&r), true
			}
		}
		return e, false
	}
	e, ok = closed(in), false
	for _, port := range p.ports {
		switch {
		case port.vif == in:
			ok = true
			e.out[p.upstream] = 1
		case port.forwards(source, group):
			e.out[port.vif] = 1
		}
	}
	return e, ok || p.proxy != nil && in == p.upstream
}

// forward has the entries of a group, and the membership upstream, follow from what
// is wanted downstream.
func (p *plane) forward(group netip.Addr) error {
	if p.static[group] {
		return nil
	}
	for source, f := range p.flows[group] {
		e, _ := p.wanted(source, group, f.in)
		switch {
		case e == f.entry:
			continue
		case e == closed(f.in):
			// If it is still heard, there will be one by which it goes nowhere.
			if err := p.remove(source, group); err != nil {
				return err
			}
		default:
			if err := p.socket.SetRoute(source, group, e.in, &e.out); err != nil {
				return p.failed("route", source, group, err)
			}
			f.entry = e
		}
	}
	var all Filter
	for _, port := range p.ports {
		all = all.merge(port.filter(group))
	}
	return p.members.want(p.at(p.upstream, group), all)
}

// remove removes the entry of a source.
func (p *plane) remove(source, group netip.Addr) error {
	f := p.flows[group][source]
	delete(p.flows[group], source)
	if len(p.flows[group]) == 0 {
		delete(p.flows, group)
	}
	p.count--
	if err := p.socket.DeleteRoute(source, group, f.in); err != nil {
		return p.failed("stop routing", source, group, err)
	}
	return nil
}

// sweep removes the entries of sources that were not heard since the last one, and
// returns when there is the next; the zero time: when there are sources.
func (p *plane) sweep(now time.Time) (time.Time, error) {
	if p.count == 0 {
		return time.Time{}, nil
	}
	if p.sweepAt.After(now) {
		return p.sweepAt, nil
	}
	p.sweepAt = now.Add(p.idle)
	routes, err := p.rt.MulticastRoutes(p.family)
	if err != nil {
		return p.sweepAt, err
	}
	for _, r := range routes {
		f := p.flows[r.Group][r.Source]
		if f == nil {
			continue
		}
		if heard := r.Packets - r.Wrong; heard != f.packets {
			f.packets = heard
		} else if err := p.remove(r.Source, r.Group); err != nil {
			return p.sweepAt, err
		}
	}
	return p.sweepAt, nil
}

// at is a membership of the router's own, on one of its interfaces.
func (p *plane) at(vif int, group netip.Addr) membership {
	return membership{p.vifs[vif].name, p.vifs[vif].index, group}
}

func (p *plane) failed(what string, source, group netip.Addr, err error) error {
	from := source.String()
	if source.IsUnspecified() {
		from = "any source"
	}
	return fmt.Errorf("%s %v from %s: %w", what, group, from, err)
}
