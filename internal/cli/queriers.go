package cli

import (
	"net/netip"
	"time"

	"mcast/internal/view"
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

// link is one protocol, IGMP or MLD, on one interface.
type link struct {
	index int
	igmp  bool
}

// querier is a router, or a switch, that asks who is in which group.
type querier struct {
	name     string // of the interface
	version  uint8
	interval time.Duration // between general queries; 0: not known
	general  time.Time     // when the last general query came
	gone     time.Time     // when it is taken for gone, unless it asks again
	elected  bool          // as told last
}

// queriers are the queriers of all links.
type queriers map[link]map[netip.Addr]*querier

// take notes a query, and returns what is new about queriers. at is when the query
// came, and now is the time by which queriers grow old.
func (q queriers) take(l link, name string, m *wire.Query, at, now time.Time) []view.MembershipEvent {
	here := q[l]
	if here == nil {
		here = map[netip.Addr]*querier{}
		q[l] = here
	}
	state := ""
	by, known := here[m.Source]
	switch {
	case !known && len(here) >= mostQueriers && !makeRoom(here, m.Source):
		return nil
	case !known:
		by = &querier{version: m.Version}
		here[m.Source] = by
		state = "seen"
	case by.version != m.Version:
		by.version, by.general, by.interval = m.Version, time.Time{}, 0
		state = "changed"
	}
	by.name = name
	if by.ask(m, at) && state == "" {
		state = "changed"
	}
	by.gone = now.Add(presence(by, m))
	return q.elect(l, at, m.Source, state)
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
	before := by.interval
	if m.Version == newestVersion(m.Source) {
		by.interval = m.Interval
		return by.interval != before
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
	if by.interval = d.Round(100 * time.Millisecond); d > 10*time.Second {
		by.interval = d.Round(time.Second)
	}
	if (by.interval - before).Abs() <= max(before/10, time.Second) {
		by.interval = before
	}
	return by.interval != before
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
	robustness, interval, response := time.Duration(m.Robustness), by.interval, defaultMaxResponse
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

// elect finds out who is elected on a link, and returns what is new: of one querier
// something, if it is not "", and of another one that it is elected now.
func (q queriers) elect(l link, at time.Time, of netip.Addr, state string) (list []view.MembershipEvent) {
	lowest := lowestOf(q[l])
	for a, by := range q[l] {
		if a != lowest {
			by.elected = false
		}
	}
	winner := q[l][lowest]
	took := winner != nil && !winner.elected
	if took {
		winner.elected = true
		if lowest == of && state == "" {
			state = "elected"
		}
	}
	if by := q[l][of]; by != nil && state != "" {
		list = append(list, by.event(at, of, state))
	}
	if took && lowest != of {
		list = append(list, winner.event(at, lowest, "elected"))
	}
	return list
}

// lowestOf returns who wins the election: the lowest address (RFC 9776, section
// 7.6.2, and RFC 9777). Queriers of IGMPv1 hold none, and switches that ask from
// 0.0.0.0 take no part (RFC 4541, section 2.1.1).
func lowestOf(here map[netip.Addr]*querier) (lowest netip.Addr) {
	for a, by := range here {
		if by.electable(a) && (!lowest.IsValid() || a.Less(lowest)) {
			lowest = a
		}
	}
	return lowest
}

func (by *querier) electable(a netip.Addr) bool {
	return !a.IsUnspecified() && (a.Is6() || by.version > 1)
}

// expire returns who is gone by now.
func (q queriers) expire(at time.Time) (list []view.MembershipEvent) {
	for l, here := range q {
		for a, by := range here {
			if by.gone.After(at) {
				continue
			}
			delete(here, a)
			by.elected = false
			list = append(list, by.event(at, a, "gone"))
		}
		list = append(list, q.elect(l, at, netip.Addr{}, "")...)
		if len(here) == 0 {
			delete(q, l)
		}
	}
	return list
}

// next returns when somebody is to be taken for gone; zero: nobody.
func (q queriers) next() (next time.Time) {
	for _, here := range q {
		for _, by := range here {
			if next.IsZero() || by.gone.Before(next) {
				next = by.gone
			}
		}
	}
	return next
}

// forget forgets an interface.
func (q queriers) forget(index int) {
	delete(q, link{index, true})
	delete(q, link{index, false})
}

func (by *querier) event(at time.Time, who netip.Addr, state string) view.MembershipEvent {
	v := &view.Querier{State: state, Interval: by.interval}
	if who.Is6() || by.version > 1 {
		v.Elected = &[]bool{by.elected}[0]
	}
	return view.MembershipEvent{
		Time: at, Event: "querier", Where: "wire", Interface: by.name, Who: who.String(),
		Version: versionName(who, by.version), Querier: v,
	}
}

// versionName returns "IGMPv3", of a message by its source and version.
func versionName(source netip.Addr, version uint8) string {
	if source.Is4() {
		return "IGMPv" + string('0'+rune(version))
	}
	return "MLDv" + string('0'+rune(version))
}
