package membership

import (
	"cmp"
	"net/netip"
	"slices"
)

// Mode is whether a list has the sources that are wanted or those that are not.
type Mode string

// The filter modes of RFC 3376, section 3.1.
const (
	ModeUnknown Mode = ""
	Include     Mode = "include"
	Exclude     Mode = "exclude" // with no sources: any source
)

// Filter is which sources a membership wants.
type Filter struct {
	Mode    Mode
	Sources []netip.Addr // in order
}

// Equal reports whether two filters are the same.
func (f Filter) Equal(g Filter) bool { return f.Mode == g.Mode && slices.Equal(f.Sources, g.Sources) }

// anySource reports whether a filter lets everything through.
func (f Filter) anySource() bool { return f.Mode == Exclude && len(f.Sources) == 0 }

// merge returns what an interface wants whose users want that (RFC 3376, section
// 3.2): all sources but those that somebody excludes and nobody wants, or those
// that somebody wants.
func merge(filters []Filter) Filter {
	if len(filters) == 0 {
		return Filter{}
	}
	var included []netip.Addr
	excluded := map[netip.Addr]int{} // by how many
	excluding := 0
	for _, f := range filters {
		if f.Mode == Include {
			included = append(included, f.Sources...)
			continue
		}
		excluding++
		for _, s := range f.Sources {
			excluded[s]++
		}
	}
	if excluding == 0 {
		return Filter{Include, sortSources(included)}
	}
	for _, s := range included {
		delete(excluded, s)
	}
	var sources []netip.Addr
	for s, n := range excluded {
		if n == excluding {
			sources = append(sources, s)
		}
	}
	return Filter{Exclude, sortSources(sources)}
}

// sortSources sorts sources, and takes out what is there twice.
func sortSources(s []netip.Addr) []netip.Addr {
	slices.SortFunc(s, netip.Addr.Compare)
	return slices.Compact(s)
}

// fill says of a membership what follows from its sockets, its kernel users and
// what is not known, and puts the sockets in order. The port comes first: it tells
// uses of a group apart, and is the same each time, whereas numbers of processes
// begin anew now and then.
func (m *Membership) fill() {
	var filters []Filter
	seen := map[uint64]bool{} // a socket that processes share counts once
	for _, s := range m.Sockets {
		if !seen[s.Inode] {
			seen[s.Inode] = true
			filters = append(filters, s.Filter)
		}
	}
	if m.Kernel > 0 {
		filters = append(filters, Filter{Mode: Exclude}) // the kernel wants any source
	}
	m.Filter = merge(filters)
	if m.Unknown > 0 && !m.Filter.anySource() {
		m.Filter = Filter{}
	} else {
		m.Listed = nil
	}
	slices.SortFunc(m.Sockets, func(a, b Socket) int {
		return cmp.Or(
			cmp.Compare(a.Local.Port(), b.Local.Port()), a.Local.Compare(b.Local), cmp.Compare(a.PID, b.PID), cmp.Compare(a.Inode, b.Inode),
		)
	})
}
