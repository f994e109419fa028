package mcast

import (
	"net/netip"
	"slices"
)

// sourceFilter says from which sources a group is wanted: the filter mode and
// source list of RFC 3376, section 3.
type sourceFilter struct {
	exclude bool         // EXCLUDE mode: all sources but those listed; else INCLUDE: only those
	sources []netip.Addr // sorted, each once; shared, so never changed in place
}

// newSourceFilter returns the filter that a group asks for.
func newSourceFilter(g Group) sourceFilter {
	f := sourceFilter{exclude: len(g.Sources) == 0, sources: g.Sources}
	if f.exclude {
		f.sources = g.Exclude
	}
	f.sources = slices.Clone(f.sources)
	slices.SortFunc(f.sources, netip.Addr.Compare)
	f.sources = slices.Compact(f.sources)
	return f
}

// empty says that the filter passes nothing: there is no membership to be had.
func (f sourceFilter) empty() bool { return !f.exclude && len(f.sources) == 0 }

func (f sourceFilter) lists(source netip.Addr) bool {
	_, found := slices.BinarySearchFunc(f.sources, source, netip.Addr.Compare)
	return found
}

// passes says whether a datagram from that source is wanted.
func (f sourceFilter) passes(source netip.Addr) bool {
	return len(f.sources) == 0 && f.exclude || f.lists(source) != f.exclude
}

func (f sourceFilter) equal(g sourceFilter) bool {
	return f.exclude == g.exclude && slices.Equal(f.sources, g.sources)
}

// with returns the filter with sources added to its list.
func (f sourceFilter) with(sources []netip.Addr) sourceFilter {
	list := slices.Concat(f.sources, sources)
	slices.SortFunc(list, netip.Addr.Compare)
	f.sources = slices.Compact(list)
	return f
}

// without returns the filter with sources taken off its list.
func (f sourceFilter) without(sources []netip.Addr) sourceFilter {
	f.sources = slices.DeleteFunc(slices.Clone(f.sources), func(a netip.Addr) bool { return slices.Contains(sources, a) })
	return f
}

// merge returns the filter that passes what either of two passes, as an
// interface's state follows from its sockets' (RFC 3376, section 3.2).
func (f sourceFilter) merge(g sourceFilter) sourceFilter {
	switch {
	case f.equal(g):
		return f
	case !f.exclude && !g.exclude:
		return f.with(g.sources)
	case f.exclude && g.exclude:
		f.sources = slices.DeleteFunc(slices.Clone(f.sources), func(a netip.Addr) bool { return !g.lists(a) })
		return f
	case f.exclude:
		return f.without(g.sources)
	default:
		return g.without(f.sources)
	}
}
