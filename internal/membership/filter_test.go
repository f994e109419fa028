package membership

import (
	"net/netip"
	"slices"
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

// Sockets are in an order that does not depend on when a process was started.
func TestFillOrder(t *testing.T) {
	at := func(pid int, inode uint64, local string) Socket {
		s := Socket{PID: pid, Inode: inode}
		if local != "" {
			s.Local = netip.MustParseAddrPort(local)
		}
		return s
	}
	want := []Socket{
		at(9, 4, ""), at(1, 9, "0.0.0.0:0"), at(7, 1, "0.0.0.0:5000"), at(7, 2, "0.0.0.0:5000"), at(8, 1, "0.0.0.0:5000"),
		at(3, 5, "239.1.1.1:5000"), at(2, 6, "239.1.1.1:6000"), at(1, 7, "[::]:6000"),
	}
	m := Membership{Sockets: slices.Clone(want)}
	slices.Reverse(m.Sockets)
	m.fill()
	if !slices.EqualFunc(m.Sockets, want, func(a, b Socket) bool { return a.PID == b.PID && a.Inode == b.Inode }) {
		t.Errorf("the order is %+v", m.Sockets)
	}
}
