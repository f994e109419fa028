package mroute

import (
	"net/netip"
	"time"

	"mcast/wire"
)

// port is an interface on which memberships of one family are asked for and kept.
type port struct {
	name    string
	index   int // of the interface
	vif     int
	address netip.Addr // from which it asks: for MLD a link-local one
	version uint8      // by which it asks
	own     timing     // as was asked for
	t       timing     // as the elected querier has it

	groups map[netip.Addr]*group
	due    time.Time // when something is to be done about a group, or before

	query   time.Time // when to ask for all groups
	startup int       // so many queries are sent at short intervals
	other   time.Time // until when another querier is taken to be there; the zero time: there is none

	send    func(q *wire.Query)
	changed func(group netip.Addr) // what is wanted of it, or who forwards it, may be something else now
}

// v4 tells IGMP from MLD.
func (p *port) v4() bool { return p.address.Is4() }

// old tells whether it asks by a version that has no sources.
func (p *port) old() bool { return p.version < 2 || p.v4() && p.version < 3 }

// start begins to ask. The first queries come sooner (RFC 9776, section 8.6).
func (p *port) start(now time.Time) {
	p.groups = map[netip.Addr]*group{}
	p.t = p.own
	p.startup = p.t.robustness
	p.query = now
}

// routed tells whether a group is one that goes beyond a link.
func routed(g netip.Addr) bool {
	if g.Is4() {
		return !g.IsLinkLocalMulticast() // 224.0.0.0/24
	}
	return g.As16()[1]&0xf > 2 // the scope: interface-local and link-local
}

// report notes what a host says. One that has no address yet may report, but for switches only
// (RFC 9777, section 5.2.14); of IGMP, that is heard too (RFC 9776, section 4.2.14).
func (p *port) report(r *wire.Report, now time.Time) {
	if !p.v4() && r.Source.IsUnspecified() {
		return
	}
	for i := range r.Records {
		m := &r.Records[i]
		if !routed(m.Group) || !m.Group.IsMulticast() {
			continue
		}
		anySource := m.Type == wire.ModeIsExclude || m.Type == wire.ChangeToExclude
		if wire.IsSSM(m.Group) && (anySource || r.Version < newest(p.v4())) {
			continue // RFC 4604, sections 2.2.2 to 2.2.4
		}
		g := p.groups[m.Group]
		if g == nil {
			g = &group{sources: map[netip.Addr]time.Time{}}
			p.groups[m.Group] = g
		}
		if old := r.Version < newest(p.v4()); !old || m.Type != wire.ChangeToInclude { // who leaves is not there
			version := r.Version
			if !p.v4() {
				version++ // MLDv1 is like IGMPv2
			}
			g.older(version, now, &p.t)
		}
		askGroup, askSources := g.take(m.Type, m.Sources, now, &p.t, p.old())
		if p.old() {
			askSources = nil
		}
		if (askGroup || len(askSources) > 0) && p.querier() {
			g.leave(askGroup, askSources, now, &p.t)
		}
		p.attend(m.Group, g, now)
		p.changed(m.Group)
	}
}

func newest(igmp bool) uint8 {
	if igmp {
		return 3
	}
	return 2
}

// querier tells whether this router is the one that asks.
func (p *port) querier() bool { return p.other.IsZero() }

// forwards tells whether what a source sends to a group leaves by the interface. Of several
// proxies on a link only the querier forwards, or else everything would come there more than once
// (RFC 4605, section 4.2).
func (p *port) forwards(source, group netip.Addr) bool {
	return p.querier() && p.filter(group).wants(source)
}

// heard notes that another router asks. The one with the lowest address is elected;
// one without an address is a switch, and takes no part (RFC 4541, section 2.1.1).
func (p *port) heard(q *wire.Query, now time.Time) {
	if q.Source.IsUnspecified() || q.Source == p.address {
		return
	}
	if q.Source.Less(p.address) {
		response := p.t.response // what was said last of all groups
		p.t = p.own
		p.t.response = response
		if q.Version == newest(p.v4()) && q.Interval > 0 {
			p.t.interval = q.Interval
		}
		if q.Robustness > 0 {
			p.t.robustness = int(q.Robustness)
		}
		if q.Group.IsUnspecified() && q.MaxResponse > 0 {
			p.t.response = q.MaxResponse
		}
		if p.querier() {
			p.allChanged()
		}
		p.other = now.Add(p.t.otherQuerier())
		p.query = p.other
		p.startup = 0
	}
	if g := p.groups[q.Group]; g != nil && !q.Suppress {
		g.lower(len(q.Sources) == 0, q.Sources, now.Add(time.Duration(p.t.robustness)*q.MaxResponse))
		p.due = sooner(p.due, g.next())
	}
}

func (p *port) allChanged() {
	for at := range p.groups {
		p.changed(at)
	}
}

// attend sends what is to be asked about a group now, and forgets what is over.
func (p *port) attend(at netip.Addr, g *group, now time.Time) {
	for _, q := range g.questions(now, &p.t) {
		if p.querier() {
			p.ask(&wire.Query{Group: at, Sources: q.sources, Suppress: q.suppress && !p.old(), MaxResponse: p.t.lastMember})
		}
	}
	g.expire(now)
	if g.filter().none() {
		delete(p.groups, at)
		return
	}
	p.due = sooner(p.due, g.next())
}

// tick does what is to be done by now, and returns when there is something next.
func (p *port) tick(now time.Time) time.Time {
	if !p.query.After(now) {
		if !p.other.IsZero() {
			p.other, p.t = time.Time{}, p.own // it is gone
			p.allChanged()
		}
		p.ask(&wire.Query{MaxResponse: p.t.response})
		p.query = now.Add(p.t.interval)
		if p.startup--; p.startup > 0 {
			p.query = now.Add(p.t.interval / 4)
		}
	}
	if !p.due.IsZero() && !p.due.After(now) {
		p.due = time.Time{}
		for at, g := range p.groups {
			if next := g.next(); next.After(now) {
				p.due = sooner(p.due, next)
				continue
			}
			p.attend(at, g, now)
			p.changed(at)
		}
	}
	return sooner(p.query, p.due)
}

// ask sends a query with what is in all of them.
func (p *port) ask(q *wire.Query) {
	q.Source, q.Version = p.address, p.version
	if !p.old() {
		q.Robustness, q.Interval = uint8(p.t.robustness), p.t.interval
	}
	p.send(q)
}

// filter returns what is wanted of a group on the interface.
func (p *port) filter(at netip.Addr) Filter {
	if g := p.groups[at]; g != nil {
		return g.filter()
	}
	return Filter{}
}
