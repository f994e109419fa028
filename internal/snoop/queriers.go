package snoop

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"

	"mcast/wire"
)

// What routers go by that are told nothing better (RFC 9776 and RFC 9777, sections
// 8.1, 8.2 and 8.3 of the former, 9.1 to 9.3 of the latter).
const (
	defaultRobustness    = 2
	defaultQueryInterval = 125 * time.Second
	defaultMaxResponse   = 10 * time.Second
)

// mostQueriers is how many queriers of a link are kept: those with the lowest
// addresses, for the lowest is elected.
const mostQueriers = 64

// Querier is a router, or a switch, that asks who is in which group.
type Querier struct {
	Interface string
	Index     int
	Protocol  wire.Protocol // wire.IGMP or wire.MLD
	Version   uint8
	Who       netip.Addr
	Interval  time.Duration // between its general queries: told, or as observed; 0: unknown
	Gone      time.Time     // when it is taken for gone, unless it asks before
	// Electable is false of IGMPv1, which has no election, and of who asks from
	// 0.0.0.0, as switches do that are no router (RFC 4541, section 2.1.1).
	Electable bool
	Elected   bool
}

// link is one protocol, IGMP or MLD, on one interface.
type link struct {
	index int
	igmp  bool
}

// querier is one as it is kept.
type querier struct {
	Querier
	general time.Time // when the last general query came
}

// queriers are the queriers of all links.
type queriers map[link]map[netip.Addr]*querier

// quiet is no kind of event: there is nothing new.
const quiet Kind = -1

// take notes a query, and returns what is new about queriers.
func (q queriers) take(m *wire.Query, on *Heard) []Event {
	l := link{on.Index, m.Source.Is4()}
	here := q[l]
	if here == nil {
		here = map[netip.Addr]*querier{}
		q[l] = here
	}
	news := quiet
	by, known := here[m.Source]
	switch {
	case !known && len(here) >= mostQueriers && !makeRoom(here, m.Source):
		return nil
	case !known:
		by = &querier{Querier: Querier{Index: on.Index, Protocol: protocolOf(m.Source), Version: m.Version, Who: m.Source}}
		here[m.Source] = by
		news = QuerierSeen
	case by.Version != m.Version:
		by.Version, by.general, by.Interval = m.Version, time.Time{}, 0
		news = QuerierChanged
	}
	by.Interface, by.Electable = on.Interface, electable(m)
	if by.ask(m, on.At) && news == quiet {
		news = QuerierChanged
	}
	by.Gone = on.Now.Add(presence(by, m))
	return q.elect(l, on.At, m.Source, news)
}

// electable says who takes part in the election.
func electable(m *wire.Query) bool {
	return !m.Source.IsUnspecified() && (m.Source.Is6() || m.Version > 1)
}

// makeRoom forgets the querier with the highest address, if that is higher than
// another.
func makeRoom(here map[netip.Addr]*querier, than netip.Addr) bool {
	highest := than
	for a := range here {
		if highest.Less(a) {
			highest = a
		}
	}
	delete(here, highest)
	return highest != than
}

// ask notes the interval, and reports whether it is another one than before. Newer
// versions tell it; of older ones the time between two general queries is it. That
// is shorter at the beginning, and never the same twice.
func (by *querier) ask(m *wire.Query, at time.Time) (changed bool) {
	before := by.Interval
	if m.Version == newestVersion(m.Source) {
		by.Interval = m.Interval
		return by.Interval != before
	}
	if !m.Group.IsUnspecified() {
		return false
	}
	last := by.general
	by.general = at
	const twice = 100 * time.Millisecond // the same one, come by two ways
	d := at.Sub(last)
	if last.IsZero() || d < twice {
		return false
	}
	if by.Interval = d.Round(100 * time.Millisecond); d > 10*time.Second {
		by.Interval = d.Round(time.Second)
	}
	if (by.Interval - before).Abs() <= max(before/10, time.Second) {
		by.Interval = before
	}
	return by.Interval != before
}

func newestVersion(source netip.Addr) uint8 {
	if source.Is4() {
		return 3
	}
	return 2
}

// presence returns for how long a querier that does not ask again is there: the
// other querier present interval (RFC 9776, section 8.5; RFC 9777, section 9.5). An
// interval that was only observed may be one of the short ones at the beginning.
func presence(by *querier, m *wire.Query) time.Duration {
	robustness, interval, response := time.Duration(m.Robustness), by.Interval, defaultMaxResponse
	told := m.Version == newestVersion(m.Source)
	if robustness == 0 {
		robustness = defaultRobustness
	}
	if interval == 0 || !told {
		interval = max(interval, defaultQueryInterval)
	}
	if m.MaxResponse > 0 && m.Group.IsUnspecified() { // of one group it is shorter
		response = m.MaxResponse
	}
	return robustness*interval + response/2
}

// elect finds out who is elected on a link, and returns what is new: of one querier the
// news, if there are any, and of another one that it is elected now.
func (q queriers) elect(l link, at time.Time, of netip.Addr, news Kind) (list []Event) {
	lowest := lowestOf(q[l])
	for a, by := range q[l] {
		if a != lowest {
			by.Elected = false
		}
	}
	winner := q[l][lowest]
	took := winner != nil && !winner.Elected
	if took {
		winner.Elected = true
		if lowest == of && news == quiet {
			news = QuerierElected
		}
	}
	if by := q[l][of]; by != nil && news != quiet {
		list = append(list, by.event(at, news))
	}
	if took && lowest != of {
		list = append(list, winner.event(at, QuerierElected))
	}
	return list
}

// lowestOf returns who wins the election: the lowest address (RFC 9776, section
// 7.6.2, and RFC 9777).
func lowestOf(here map[netip.Addr]*querier) (lowest netip.Addr) {
	for a, by := range here {
		if by.Electable && (!lowest.IsValid() || a.Less(lowest)) {
			lowest = a
		}
	}
	return lowest
}

// expire returns who is gone by now, link by link and in order of addresses, and then
// who is elected.
func (q queriers) expire(at time.Time) (list []Event) {
	for _, l := range slices.SortedFunc(maps.Keys(q), link.compare) {
		here := q[l]
		for _, a := range slices.SortedFunc(maps.Keys(here), netip.Addr.Compare) {
			by := here[a]
			if by.Gone.After(at) {
				continue
			}
			delete(here, a)
			by.Elected = false
			list = append(list, by.event(at, QuerierGone))
		}
		list = append(list, q.elect(l, at, netip.Addr{}, quiet)...)
		if len(here) == 0 {
			delete(q, l)
		}
	}
	return list
}

// compare puts links in order: by interface, IGMP first.
func (l link) compare(o link) int {
	switch {
	case l.index != o.index:
		return cmp.Compare(l.index, o.index)
	case l.igmp == o.igmp:
		return 0
	case l.igmp:
		return -1
	}
	return 1
}

// next returns when somebody is to be taken for gone; zero: nobody.
func (q queriers) next() (next time.Time) {
	for _, here := range q {
		for _, by := range here {
			if next.IsZero() || by.Gone.Before(next) {
				next = by.Gone
			}
		}
	}
	return next
}

// list returns who is there.
func (q queriers) list() (list []Querier) {
	for _, here := range q {
		for _, by := range here {
			list = append(list, by.Querier)
		}
	}
	slices.SortFunc(list, func(a, b Querier) int { return cmp.Or(cmp.Compare(a.Index, b.Index), a.Who.Compare(b.Who)) })
	return list
}

// forget forgets an interface.
func (q queriers) forget(index int) {
	delete(q, link{index, true})
	delete(q, link{index, false})
}

// event is something new about a querier.
func (by *querier) event(at time.Time, news Kind) Event {
	as := by.Querier // as it is now
	return Event{
		Kind: news, Time: at, Interface: by.Interface, Index: by.Index,
		Protocol: by.Protocol, Version: by.Version, Who: by.Who, Querier: &as,
	}
}
