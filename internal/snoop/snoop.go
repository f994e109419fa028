package snoop

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"mcast/wire"
)

// Snooper keeps what was heard on any number of interfaces. The zero value has heard
// nothing. Not for concurrent use.
type Snooper struct {
	queriers queriers
	members  members
	query    wire.Query
	report   wire.Report
}

// Heard is where and when a frame was heard.
type Heard struct {
	Interface string // its name
	Index     int    // its index, by which everything is kept
	// Own says that this host has sent the frame. Its reports are left out then,
	// for its sockets tell more; its queries are not, for it may be the querier.
	Own bool
	At  time.Time // when the frame came: the time of events
	Now time.Time // by which queriers grow old; of frames from a file, At
}

// Event is something new.
type Event struct {
	Kind      Kind
	Time      time.Time
	Interface string
	Index     int
	Protocol  wire.Protocol // wire.IGMP or wire.MLD
	Version   uint8         // of the message; of a querier that is gone, of its last one
	Who       netip.Addr    // who sent it
	Group     netip.Addr    // not valid: every group
	// Wants is, of a join or a change, what the host wants from now on; of a
	// leave, what it wanted until now; of a query, the sources that are asked for.
	Wants   Wants
	Querier *Querier // of a QuerierSeen, QuerierElected, QuerierChanged or QuerierGone
}

// Kind is what an event tells.
type Kind int

// The kinds of events.
const (
	Join   Kind = iota // a host is in a group, and was not, as far as is known
	Leave              // it is in it no more
	Change             // it wants other sources
	Query              // somebody asks

	QuerierSeen    // it was not there before
	QuerierElected // it won the election, for another one went or has lost it
	QuerierChanged // its version or its interval is another one
	QuerierGone    // it has not asked for so long that others take it for gone
)

// ProtocolVersion returns "IGMPv3".
func (e *Event) ProtocolVersion() string { return fmt.Sprintf("%vv%d", e.Protocol, e.Version) }

func protocolOf(source netip.Addr) wire.Protocol {
	if source.Is4() {
		return wire.IGMP
	}
	return wire.MLD
}

// Hear returns what a frame tells, in the order in which it tells it. A frame that is no
// IGMP or MLD message, or that a host would drop, tells nothing; nor does one in a
// VLAN, which is another interface's.
func (s *Snooper) Hear(p *wire.Packet, on Heard) (list []Event) {
	l, ok := messageOf(p)
	if !ok {
		return nil
	}
	if s.query.Parse(p, l) {
		q := &s.query
		e := Event{
			Kind: Query, Time: on.At, Interface: on.Interface, Index: on.Index,
			Protocol: protocolOf(q.Source), Version: q.Version, Who: q.Source,
		}
		if !q.Group.IsUnspecified() {
			e.Group = q.Group
		}
		if len(q.Sources) > 0 {
			e.Wants = Wants{Include, slices.Clone(q.Sources)}
		}
		if s.queriers == nil {
			s.queriers = queriers{}
		}
		return append([]Event{e}, s.queriers.take(q, &on)...)
	}
	if on.Own || !s.report.Parse(p, l) {
		return nil
	}
	if s.members == nil {
		s.members = members{}
	}
	r := &s.report
	for i := range r.Records {
		m := &r.Records[i]
		if !m.Group.IsMulticast() {
			continue
		}
		kind, wants, news := s.members.take(membership{on.Index, r.Source, m.Group}, m)
		if !news {
			continue
		}
		list = append(list, Event{
			Kind: kind, Time: on.At, Interface: on.Interface, Index: on.Index,
			Protocol: protocolOf(r.Source), Version: r.Version, Who: r.Source, Group: m.Group,
			Wants: Wants{wants.Mode, slices.Clone(wants.Sources)},
		})
	}
	return list
}

// Expire returns which queriers are gone by now, and who is elected in their place.
func (s *Snooper) Expire(now time.Time) []Event { return s.queriers.expire(now) }

// NextExpiry returns when Expire will have something to tell unless somebody asks
// before; zero: not at all.
func (s *Snooper) NextExpiry() time.Time { return s.queriers.next() }

// Queriers returns those that are there, by interface, IGMP first, and by address.
func (s *Snooper) Queriers() []Querier { return s.queriers.list() }

// Members returns who is in which group, by interface, group and address. Hosts of
// IGMPv1, and of IGMPv2 and MLDv1 whose report another host sent, are missing, and so
// is whoever joined before and was not asked since. Who has gone without a word is
// still there.
func (s *Snooper) Members() []Member { return s.members.list() }

// Forget forgets all that was heard on an interface.
func (s *Snooper) Forget(index int) {
	s.queriers.forget(index)
	s.members.forget(index)
}

// messageOf returns the IGMP or MLD layer of a frame that a host would not drop:
// whole, not damaged, and in no VLAN, whose messages are those of another
// interface.
func messageOf(p *wire.Packet) (wire.Layer, bool) {
	for _, l := range p.Layers() {
		if h := p.Header(l); (l.Protocol == wire.Dot1Q || l.Protocol == wire.Dot1AD) && (len(h) < 2 || h[0]&0xf|h[1] != 0) {
			return wire.Layer{}, false
		}
	}
	l, mld := p.Find(wire.MLD)
	if !mld {
		var igmp bool
		if l, igmp = p.Find(wire.IGMP); !igmp {
			return l, false
		}
	}
	for _, f := range p.Faults() {
		switch f.Kind {
		case wire.Cut, wire.Truncated, wire.BadLength, wire.BadCount, wire.BadChecksum, wire.TooDeep:
			return l, false
		case wire.BadHopLimit, wire.BadSource, wire.NoRouterAlert:
			if mld { // of IGMP, hosts take them all the same (Linux 6.18)
				return l, false
			}
		}
	}
	return l, true
}
