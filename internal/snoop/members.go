package snoop

import (
	"cmp"
	"net/netip"
	"slices"

	"mcast/wire"
)

// mostMembers is how many memberships of other hosts are kept, and mostSources how
// many sources of one, 50 MB at worst. Beyond, the former are forgotten and told anew,
// and the latter are unknown. Linux lets a socket have 10 or 64 (igmp_max_msf, mld_max_msf).
const (
	mostMembers = 1 << 14
	mostSources = 1 << 7
)

// Wants are the sources that a host wants to hear in a group.
type Wants struct {
	Mode    Mode
	Sources []netip.Addr // in order
}

// Mode says what the sources are.
type Mode string

// The modes of RFC 9776, section 3.1.
const (
	Unknown Mode = ""        // what is wanted cannot be told of the messages heard
	Include Mode = "include" // these
	Exclude Mode = "exclude" // all but these
)

// Equal reports whether two are the same.
func (w Wants) Equal(o Wants) bool { return w.Mode == o.Mode && slices.Equal(w.Sources, o.Sources) }

// something reports whether it is a membership: any but that in no source at all.
func (w Wants) something() bool { return w.Mode != Include || len(w.Sources) > 0 }

// Member is a host in a group.
type Member struct {
	Index int // of the interface
	Group netip.Addr
	Who   netip.Addr
	Wants Wants
}

// membership is what a host and a group make on an interface.
type membership struct {
	index int
	who   netip.Addr
	group netip.Addr
}

// members are what hosts have said they want. A group that a host has left is kept,
// without sources, for it says so several times.
type members map[membership]Wants

// take notes a record, and returns what it is to the one who knows what was before: a
// Join, a Leave or a Change, if it is news. The sources are those from now on; of a
// leave, those until now.
func (m members) take(at membership, r *wire.Membership) (kind Kind, wants Wants, news bool) {
	before, known := m[at]
	after, ok := apply(before, r, wire.IsSSM(at.group))
	if !ok {
		return 0, after, false
	}
	if len(after.Sources) > mostSources {
		after = Wants{}
	}
	if !known && len(m) >= mostMembers {
		m.makeRoom()
	}
	m[at] = after
	was, is := before.something(), after.something()
	switch {
	case known && before.Equal(after):
		return 0, after, false
	case !is && known:
		return Leave, before, true
	case !is:
		if r.Type == wire.BlockOldSources {
			return Leave, include(r.Sources), true
		}
		return Leave, Wants{}, true
	case after.Mode == Unknown || known && was:
		return Change, after, true
	}
	return Join, after, true
}

// makeRoom forgets the groups that hosts have left, or all if that is not enough for a
// while.
func (m members) makeRoom() {
	for at, wants := range m {
		if !wants.something() {
			delete(m, at)
		}
	}
	if len(m) > mostMembers/4*3 {
		clear(m)
	}
}

// list returns who is in which group.
func (m members) list() (list []Member) {
	for at, wants := range m {
		if wants.something() {
			list = append(list, Member{at.index, at.group, at.who, Wants{wants.Mode, slices.Clone(wants.Sources)}})
		}
	}
	slices.SortFunc(list, func(a, b Member) int {
		return cmp.Or(cmp.Compare(a.Index, b.Index), a.Group.Compare(b.Group), a.Who.Compare(b.Who))
	})
	return list
}

// forget forgets an interface.
func (m members) forget(index int) {
	for at := range m {
		if at.index == index {
			delete(m, at)
		}
	}
}

// apply returns what a host wants that wanted something else before, and has sent a
// record (RFC 9776, section 4.2.12). false: the record is of no known type.
func apply(before Wants, r *wire.Membership, ssm bool) (after Wants, ok bool) {
	switch r.Type {
	case wire.ModeIsInclude, wire.ChangeToInclude:
		return include(r.Sources), true
	case wire.ModeIsExclude, wire.ChangeToExclude:
		return Wants{Mode: Exclude, Sources: sorted(r.Sources)}, true
	case wire.AllowNewSources:
		if before.Mode == Exclude {
			return Wants{Mode: Exclude, Sources: without(before.Sources, r.Sources)}, true
		}
		// Of who was not known until now, these are what it wants at least.
		return include(slices.Concat(before.Sources, r.Sources)), true
	case wire.BlockOldSources:
		switch {
		case before.Mode == Include:
			return Wants{Mode: Include, Sources: without(before.Sources, r.Sources)}, true
		case before.Mode == Exclude:
			return Wants{Mode: Exclude, Sources: sorted(slices.Concat(before.Sources, r.Sources))}, true
		case ssm: // there is nothing to block there but what was joined
			return include(nil), true
		}
		return Wants{}, true
	}
	return before, false
}

func include(list []netip.Addr) Wants {
	return Wants{Mode: Include, Sources: sorted(list)}
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
