package cli

import (
	"net/netip"
	"slices"
	"time"

	"mcast/internal/view"
	"mcast/wire"
)

// mostMembers is how many memberships of other hosts are kept, and mostSources how
// many sources of one. Beyond, the former are forgotten and told anew, and the
// latter are unknown. Linux lets a socket have 10 or 64 (igmp_max_msf, mld_max_msf).
const (
	mostMembers = 1 << 13
	mostSources = 1 << 7
)

// member is a host in a group.
type member struct {
	index int // of the interface
	who   netip.Addr
	group netip.Addr
}

// members are what hosts have said they want. Hosts say the same several times: lest
// a message is lost, and whenever a querier asks. A group that a host has left is
// kept, without sources, for that reason.
type members map[member]view.Sources

// take notes a record, and returns what it is to the one who knows what was before:
// a join, a leave, a change, or "" for nothing new. The sources are those from now
// on; of a leave, those until now.
func (m members) take(at member, r *wire.Membership) (event string, wants view.Sources) {
	before, known := m[at]
	after, ok := apply(before, r, wire.IsSSM(at.group))
	if !ok {
		return "", after
	}
	if len(after.List) > mostSources {
		after = view.Sources{}
	}
	if !known && len(m) >= mostMembers {
		clear(m)
	}
	m[at] = after
	was, is := wanted(before), wanted(after)
	switch {
	case known && before.Equal(after):
		return "", after
	case !is && known:
		return "leave", before
	case !is:
		if r.Type == wire.BlockOldSources {
			return "leave", include(r.Sources)
		}
		return "leave", view.Sources{}
	case after.Mode == "" || known && was:
		return "change", after
	}
	return "join", after
}

// forget forgets an interface.
func (m members) forget(index int) {
	for at := range m {
		if at.index == index {
			delete(m, at)
		}
	}
}

// wanted reports whether it is a membership: any but that in no source at all.
func wanted(s view.Sources) bool { return s.Mode != "include" || len(s.List) > 0 }

// apply returns what a host wants that wanted something else before, and has sent a
// record (RFC 9776, section 4.2.12). Mode "" is what is not known. false: the record
// is of no known type.
func apply(before view.Sources, r *wire.Membership, ssm bool) (after view.Sources, ok bool) {
	switch r.Type {
	case wire.ModeIsInclude, wire.ChangeToInclude:
		return include(r.Sources), true
	case wire.ModeIsExclude, wire.ChangeToExclude:
		return view.Sources{Mode: "exclude", List: sorted(r.Sources)}, true
	case wire.AllowNewSources:
		if before.Mode == "exclude" {
			return view.Sources{Mode: "exclude", List: without(before.List, r.Sources)}, true
		}
		// Of who was not known until now, these are what it wants at least.
		return include(slices.Concat(before.List, r.Sources)), true
	case wire.BlockOldSources:
		switch {
		case before.Mode == "include":
			return view.Sources{Mode: "include", List: without(before.List, r.Sources)}, true
		case before.Mode == "exclude":
			return view.Sources{Mode: "exclude", List: sorted(slices.Concat(before.List, r.Sources))}, true
		case ssm: // there is nothing to block there but what was joined
			return include(nil), true
		}
		return view.Sources{}, true
	}
	return before, false
}

func include(list []netip.Addr) view.Sources {
	return view.Sources{Mode: "include", List: sorted(list)}
}

// sorted returns a copy of addresses, in order, each once; nil for none.
func sorted(list []netip.Addr) []netip.Addr {
	if len(list) == 0 {
		return nil
	}
	list = slices.Clone(list)
	slices.SortFunc(list, netip.Addr.Compare)
	return slices.Compact(list)
}

// without returns the addresses of an ordered list that are in no other.
func without(list, other []netip.Addr) []netip.Addr {
	other = sorted(other)
	var left []netip.Addr
	for _, a := range list {
		if _, there := slices.BinarySearchFunc(other, a, netip.Addr.Compare); !there {
			left = append(left, a)
		}
	}
	return left
}

// hearing makes events of the IGMP and MLD messages that are on the wire.
type hearing struct {
	queriers queriers
	members  members
	query    wire.Query
	report   wire.Report
}

func newHearing() *hearing { return &hearing{queriers: queriers{}, members: members{}} }

// heard is where and when a frame was heard.
type heard struct {
	name  string // of the interface
	index int
	own   bool      // this host has sent it
	at    time.Time // when it came
	now   time.Time // by which queriers grow old
}

// take returns what a frame tells. Reports of this host are left out, for what is
// behind them is known better; its queries are not, for it may be the querier.
func (h *hearing) take(p *wire.Packet, on heard) (list []view.MembershipEvent) {
	l, ok := messageOf(p)
	if !ok {
		return nil
	}
	if h.query.Parse(p, l) {
		q := &h.query
		e := view.MembershipEvent{
			Time: on.at, Event: "query", Where: "wire", Interface: on.name, Who: q.Source.String(), Version: versionName(q.Source, q.Version),
		}
		if !q.Group.IsUnspecified() {
			e.Group = q.Group
		}
		if len(q.Sources) > 0 {
			e.Wants = view.Sources{Mode: "include", List: slices.Clone(q.Sources)}
		}
		return append([]view.MembershipEvent{e}, h.queriers.take(link{on.index, q.Source.Is4()}, on.name, q, on.at, on.now)...)
	}
	if on.own || !h.report.Parse(p, l) {
		return nil
	}
	r := &h.report
	for i := range r.Records {
		m := &r.Records[i]
		if !m.Group.IsMulticast() {
			continue
		}
		event, wants := h.members.take(member{on.index, r.Source, m.Group}, m)
		if event == "" {
			continue
		}
		list = append(list, view.MembershipEvent{
			Time: on.at, Event: event, Where: "wire", Interface: on.name, Who: r.Source.String(), Group: m.Group,
			Wants: view.Sources{Mode: wants.Mode, List: slices.Clone(wants.List)}, Version: versionName(r.Source, r.Version),
		})
	}
	return list
}

// forget forgets an interface that is gone.
func (h *hearing) forget(index int) {
	h.queriers.forget(index)
	h.members.forget(index)
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
