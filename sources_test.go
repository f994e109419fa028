package mcast

import (
	"net/netip"
	"slices"
	"testing"
)

func include(sources ...string) sourceFilter { return sourceFilter{sources: makeAddrs(sources...)} }

func exclude(sources ...string) sourceFilter {
	return sourceFilter{exclude: true, sources: makeAddrs(sources...)}
}

// The rows are the rules of RFC 3376, section 3.2, which derive the state of an
// interface from those of its sockets.
func TestSourceFilterMerge(t *testing.T) {
	const a, b, c = "192.0.2.1", "192.0.2.2", "192.0.2.3"
	for _, test := range []struct {
		name    string
		x, y    sourceFilter
		want    sourceFilter
		nothing bool // want passes nothing
	}{
		{"INCLUDE {} and INCLUDE {}", include(), include(), include(), true},
		{"two INCLUDE: the union", include(a, b), include(b, c), include(a, b, c), false},
		{"two EXCLUDE: the intersection", exclude(a, b), exclude(b, c), exclude(b), false},
		{"two EXCLUDE with nothing in common", exclude(a), exclude(b), exclude(), false},
		{"EXCLUDE {} takes all", exclude(), exclude(a), exclude(), false},
		{"EXCLUDE less INCLUDE", exclude(a, b), include(b, c), exclude(a), false},
		{"EXCLUDE less INCLUDE of all it lists", exclude(a), include(a), exclude(), false},
		{"EXCLUDE and INCLUDE {}", exclude(a), include(), exclude(a), false},
		{"any source and one source", exclude(), include(a), exclude(), false},
		{"the same twice", include(a), include(a), include(a), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, got := range []sourceFilter{test.x.merge(test.y), test.y.merge(test.x)} {
				if !got.equal(test.want) {
					t.Errorf("merged to %+v, want %+v", got, test.want)
				}
				if got.empty() != test.nothing {
					t.Errorf("%+v is empty: %v", got, got.empty())
				}
				// What a merged filter is for: it passes what one of the two passes.
				for _, s := range makeAddrs(a, b, c, "192.0.2.9") {
					if want := test.x.passes(s) || test.y.passes(s); got.passes(s) != want {
						t.Errorf("%v passes: %v, want %v", s, got.passes(s), want)
					}
				}
			}
		})
	}
}

func TestSourceFilterPasses(t *testing.T) {
	const listed, other = "192.0.2.1", "192.0.2.2"
	for _, test := range []struct {
		name          string
		filter        sourceFilter
		listed, other bool
	}{
		{"any source", exclude(), true, true},
		{"EXCLUDE", exclude(listed), false, true},
		{"INCLUDE", include(listed), true, false},
		{"INCLUDE nothing", include(), false, false},
	} {
		if got := test.filter.passes(netip.MustParseAddr(listed)); got != test.listed {
			t.Errorf("%s: a listed source passes: %v", test.name, got)
		}
		if got := test.filter.passes(netip.MustParseAddr(other)); got != test.other {
			t.Errorf("%s: a source that is not listed passes: %v", test.name, got)
		}
	}
}

func TestNewSourceFilter(t *testing.T) {
	g := makeGroup("239.1.1.1", 0, "", 5000, "192.0.2.2", "192.0.2.1", "192.0.2.2")
	if got, want := newSourceFilter(g), include("192.0.2.1", "192.0.2.2"); !got.equal(want) {
		t.Errorf("the filter is %+v, want %+v: sorted, each once", got, want)
	}
	if g.Sources[0] != netip.MustParseAddr("192.0.2.2") {
		t.Error("the caller's list was sorted")
	}
	g = Group{Addr: g.Addr, Exclude: makeAddrs("192.0.2.1")}
	if got, want := newSourceFilter(g), exclude("192.0.2.1"); !got.equal(want) {
		t.Errorf("the filter is %+v, want %+v", got, want)
	}
	if got := newSourceFilter(Group{Addr: g.Addr}); !got.equal(exclude()) {
		t.Errorf("the filter of a plain group is %+v", got)
	}
}

// Filters share their lists, so none may be changed in place.
func TestSourceFilterIsNeverChanged(t *testing.T) {
	list := makeAddrs("192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4")
	f := sourceFilter{sources: list[:2:4]} // with room behind it, that is another's
	before := slices.Clone(list)
	f.with(makeAddrs("192.0.2.0", "192.0.2.9"))
	f.without(makeAddrs("192.0.2.1"))
	f.merge(include("192.0.2.7"))
	f.merge(exclude("192.0.2.1"))
	f.exclude = true
	f.merge(exclude("192.0.2.2"))
	f.merge(include("192.0.2.1"))
	if !slices.Equal(list, before) {
		t.Errorf("the list is now %v", list)
	}
	if got := f.with(makeAddrs("192.0.2.0")).without(makeAddrs("192.0.2.2")); !got.equal(exclude("192.0.2.0", "192.0.2.1")) {
		t.Errorf("with and without come to %+v", got)
	}
}
