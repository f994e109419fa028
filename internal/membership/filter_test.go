package membership

import (
	"net/netip"
	"testing"
)

func TestMerge(t *testing.T) {
	a, b, c := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3")
	in := func(s ...netip.Addr) Filter { return Filter{Include, s} }
	ex := func(s ...netip.Addr) Filter { return Filter{Exclude, s} }
	tests := []struct {
		filters []Filter
		want    Filter
	}{
		{nil, Filter{}},
		{[]Filter{in(a)}, in(a)},
		{[]Filter{in(b), in(a, b)}, in(a, b)},
		{[]Filter{ex()}, ex()},
		{[]Filter{ex(a, b), ex(b, c)}, ex(b)},
		{[]Filter{ex(a, b), ex()}, ex()},
		{[]Filter{ex(a, b), in(b, c)}, ex(a)}, // the examples of RFC 3376, section 3.2
		{[]Filter{ex(a, b, c), ex(b, c), in(b)}, ex(c)},
	}
	for _, tt := range tests {
		if got := merge(tt.filters); !got.Equal(tt.want) {
			t.Errorf("%v make %v, want %v", tt.filters, got, tt.want)
		}
	}
}

// Where users are unknown, the filter is too, unless one wants every source.
func TestFill(t *testing.T) {
	a := netip.MustParseAddr("192.0.2.1")
	listed := []ListedSource{{a, 1, 0}}
	only := Socket{Inode: 1, Filter: Filter{Include, []netip.Addr{a}}}
	any := Socket{Inode: 2, Filter: Filter{Mode: Exclude}}
	tests := []struct {
		m      Membership
		want   Filter
		listed bool
	}{
		{Membership{Sockets: []Socket{only}}, only.Filter, false},
		{Membership{Sockets: []Socket{only}, Unknown: 1}, Filter{}, true},
		{Membership{Sockets: []Socket{any}, Unknown: 1}, any.Filter, false},
		{Membership{Sockets: []Socket{only}, Kernel: 1}, any.Filter, false},
		{Membership{Unknown: 1}, Filter{}, true},
	}
	for _, tt := range tests {
		m := tt.m
		m.Listed = listed
		m.fill()
		if !m.Filter.Equal(tt.want) || (m.Listed != nil) != tt.listed {
			t.Errorf("%+v has %v and %v, want %v", tt.m, m.Filter, m.Listed, tt.want)
		}
	}
}
