package mroute

import (
	"net/netip"
	"slices"
	"time"

	"mcast/wire"
)

// Filter is which sources of a group are wanted: those listed, or any but these.
type Filter struct {
	Exclude bool
	Sources []netip.Addr // in order
}

// none tells whether nothing is wanted.
func (f Filter) none() bool { return !f.Exclude && len(f.Sources) == 0 }

// wants tells whether a source is wanted.
func (f Filter) wants(source netip.Addr) bool {
	_, listed := slices.BinarySearchFunc(f.Sources, source, netip.Addr.Compare)
	return listed != f.Exclude
}

func (f Filter) equal(g Filter) bool {
	return f.Exclude == g.Exclude && slices.Equal(f.Sources, g.Sources)
}

// merge returns what is wanted by one or the other (RFC 9776, section 3.2).
func (f Filter) merge(g Filter) Filter {
	if f.none() {
		return g
	}
	if g.none() {
		return f
	}
	sources := func(keep func(a netip.Addr) bool, lists ...[]netip.Addr) (list []netip.Addr) {
		for _, l := range lists {
			for _, a := range l {
				if keep(a) {
					list = append(list, a)
				}
			}
		}
		slices.SortFunc(list, netip.Addr.Compare)
		return slices.Compact(list)
	}
	unwanted := func(a netip.Addr) bool { return !f.wants(a) && !g.wants(a) }
	if f.Exclude || g.Exclude {
		return Filter{Exclude: true, Sources: sources(unwanted, f.Sources, g.Sources)}
	}
	return Filter{Sources: sources(func(netip.Addr) bool { return true }, f.Sources, g.Sources)}
}

// timing is how long things take (RFC 9776, section 8; RFC 9777, section 9).
type timing struct {
	robustness                     int
	interval, response, lastMember time.Duration
}

// membership is how long a membership lasts that is not reported again: the group
// membership interval, and as long as a host of an older version is remembered.
func (t *timing) membership() time.Duration {
	return time.Duration(t.robustness)*t.interval + t.response
}

// leaving is how long after a leave members have to say that they are there.
func (t *timing) leaving() time.Duration { return time.Duration(t.robustness) * t.lastMember }

// otherQuerier is how long another querier is taken to be there.
func (t *timing) otherQuerier() time.Duration {
	return time.Duration(t.robustness)*t.interval + t.response/2
}

// group is what a router knows of a group on an interface (RFC 9776, section 6.2):
// what has been reported, and until when it holds.
type group struct {
	exclude bool
	timer   time.Time                // until when exclude holds
	sources map[netip.Addr]time.Time // until when they are wanted; the zero time: excluded, if exclude

	// Until when a host is taken to be there that has version 1 or 2 of IGMP,
	// or version 1 of MLD, which is the latter here.
	one, two time.Time

	ask asking
}

// asking is what is still to be asked since a leave.
type asking struct {
	group   int // how many queries of the group are left
	sources map[netip.Addr]int
	at      time.Time // of the next queries
}

// question is a query of a group that is to be sent: of the sources, if there are some.
type question struct {
	sources  []netip.Addr
	suppress bool // the S flag
}

// older notes the version of a report, counted as IGMP's.
func (g *group) older(version uint8, now time.Time, t *timing) {
	switch version {
	case 1:
		g.one = now.Add(t.membership())
	case 2:
		g.two = now.Add(t.membership())
	}
}

// take notes what a host reports, as RFC 9776, sections 6.4.1 and 6.4.2 have it in
// tables, and returns what that has the querier ask. old is that the querier itself
// asks by an older version.
func (g *group) take(kind wire.RecordType, said []netip.Addr, now time.Time, t *timing, old bool) (askGroup bool, askSources []netip.Addr) {
	// RFC 9776, section 7.3.2.
	if one, two := g.one.After(now), old || g.two.After(now); one || two {
		switch {
		case kind == wire.BlockOldSources, one && kind == wire.ChangeToInclude:
			return false, nil
		case kind == wire.ChangeToExclude:
			said = nil
		}
	}
	until := now.Add(t.membership())
	switch kind {
	case wire.ModeIsInclude, wire.AllowNewSources:
		g.want(said, until)
	case wire.ChangeToInclude:
		askGroup, askSources = g.exclude, g.running(func(a netip.Addr) bool { return !slices.Contains(said, a) })
		g.want(said, until)
	case wire.ModeIsExclude, wire.ChangeToExclude:
		fresh := time.Time{} // before, only some sources were wanted: these are not
		if g.exclude {
			fresh = until
			if kind == wire.ChangeToExclude {
				fresh = g.timer
			}
		}
		sources := make(map[netip.Addr]time.Time, len(said))
		for _, a := range said {
			timer, known := g.sources[a]
			if !known {
				timer = fresh
			}
			sources[a] = timer
		}
		g.exclude, g.timer, g.sources = true, until, sources
		if kind == wire.ChangeToExclude {
			askSources = g.running(nil)
		}
	case wire.BlockOldSources:
		for _, a := range said {
			if _, known := g.sources[a]; g.exclude && !known {
				g.sources[a] = g.timer
			}
		}
		askSources = g.running(func(a netip.Addr) bool { return slices.Contains(said, a) })
	}
	return askGroup, askSources
}

func (g *group) want(sources []netip.Addr, until time.Time) {
	for _, a := range sources {
		g.sources[a] = until
	}
}

// running returns sources that are wanted until some time; nil keeps all of them.
func (g *group) running(keep func(netip.Addr) bool) (list []netip.Addr) {
	for a, timer := range g.sources {
		if !timer.IsZero() && (keep == nil || keep(a)) {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, netip.Addr.Compare)
	return list
}

// lower has the group, or sources of it, last no longer than a host needs to say that
// it wants them (RFC 9776, section 6.6.3).
func (g *group) lower(whole bool, sources []netip.Addr, until time.Time) {
	if whole && g.exclude && g.timer.After(until) {
		g.timer = until
	}
	for _, a := range sources {
		if timer, known := g.sources[a]; known && timer.After(until) {
			g.sources[a] = until
		}
	}
}

// leave begins to ask who is left.
func (g *group) leave(askGroup bool, sources []netip.Addr, now time.Time, t *timing) {
	if askGroup {
		g.ask.group = t.robustness
	}
	if g.ask.sources == nil {
		g.ask.sources = map[netip.Addr]int{}
	}
	for _, a := range sources {
		g.ask.sources[a] = t.robustness
	}
	g.ask.at = now
	g.lower(askGroup, sources, now.Add(t.leaving()))
}

// questions returns what is to be asked now. What has been answered meanwhile is
// asked with the S flag, so that other routers do not lower their timers.
func (g *group) questions(now time.Time, t *timing) (list []question) {
	if g.ask.at.IsZero() || g.ask.at.After(now) {
		return nil
	}
	late := now.Add(t.leaving())
	if g.ask.group > 0 {
		g.ask.group--
		list = append(list, question{suppress: g.timer.After(late)})
	}
	var open, answered []netip.Addr
	for a, left := range g.ask.sources {
		switch timer := g.sources[a]; {
		case timer.IsZero():
		case timer.After(late):
			answered = append(answered, a)
		default:
			open = append(open, a)
		}
		if g.ask.sources[a] = left - 1; left == 1 {
			delete(g.ask.sources, a)
		}
	}
	for _, q := range []question{{answered, true}, {open, false}} {
		if len(q.sources) > 0 {
			slices.SortFunc(q.sources, netip.Addr.Compare)
			list = append(list, q)
		}
	}
	g.ask.at = now.Add(t.lastMember)
	if g.ask.group == 0 && len(g.ask.sources) == 0 {
		g.ask.at = time.Time{}
	}
	return list
}

// expire forgets what has not been reported again by now (RFC 9776, sections 6.3 and
// 6.5). Afterwards, the group may be wanted no more.
func (g *group) expire(now time.Time) {
	over := g.exclude && !g.timer.After(now)
	for a, timer := range g.sources {
		switch {
		case timer.IsZero() && over, !timer.IsZero() && !timer.After(now) && !g.exclude:
			delete(g.sources, a)
		case !timer.IsZero() && !timer.After(now):
			if over {
				delete(g.sources, a)
			} else {
				g.sources[a] = time.Time{}
			}
		}
	}
	if over {
		g.exclude = false
	}
}

// next returns when something is to be done about the group; the zero time: never.
func (g *group) next() (next time.Time) {
	next = g.ask.at
	if g.exclude {
		next = sooner(next, g.timer)
	}
	for _, timer := range g.sources {
		next = sooner(next, timer)
	}
	return next
}

// sooner returns the earlier of two times, of which the zero time is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// filter returns what is wanted of the group.
func (g *group) filter() Filter {
	f := Filter{Exclude: g.exclude}
	for a, timer := range g.sources {
		if timer.IsZero() == g.exclude {
			f.Sources = append(f.Sources, a)
		}
	}
	slices.SortFunc(f.Sources, netip.Addr.Compare)
	return f
}
