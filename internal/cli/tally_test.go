package cli

import (
	"net/netip"
	"reflect"
	"strconv"
	"testing"
	"time"

	"mcast/internal/view"
)

func TestTally(t *testing.T) {
	at := func(ms int) time.Time { return time.UnixMilli(1_000_000 + int64(ms)) }
	group := netip.MustParseAddrPort
	name := func(index int) string { return "eth" + strconv.Itoa(index) }
	tests := []struct {
		name string
		add  func(*tally)
		want view.Summary
	}{
		{"nothing", func(*tally) {}, view.Summary{}},
		{
			"one group by two interfaces, in turn",
			func(c *tally) {
				c.add(place{group("239.1.1.1:5000"), 1}, name, 1, 10, at(0))
				c.add(place{group("239.1.1.1:5000"), 0}, name, 2, 30, at(1))
				c.add(place{group("239.1.1.1:5000"), 1}, name, 4, 50, at(2))
			},
			view.Summary{Datagrams: 7, Bytes: 90, First: at(0), Last: at(2), Groups: []view.GroupSummary{
				{Group: group("239.1.1.1:5000"), Interface: "eth0", Datagrams: 2, Bytes: 30},
				{Group: group("239.1.1.1:5000"), Interface: "eth1", Datagrams: 5, Bytes: 60},
			}},
		},
		{
			"by port, then by group",
			func(c *tally) {
				c.add(place{group("239.1.1.1:6000"), 0}, name, 1, 0, at(0))
				c.add(place{group("[ff15::1]:5000"), 0}, name, 1, 0, at(0))
				c.add(place{group("239.1.1.10:5000"), 0}, name, 1, 0, at(0))
				c.add(place{group("239.1.1.9:5000"), 0}, name, 1, 0, at(0))
			},
			view.Summary{Datagrams: 4, First: at(0), Last: at(0), Groups: []view.GroupSummary{
				{Group: group("239.1.1.9:5000"), Interface: "eth0", Datagrams: 1},
				{Group: group("239.1.1.10:5000"), Interface: "eth0", Datagrams: 1},
				{Group: group("[ff15::1]:5000"), Interface: "eth0", Datagrams: 1},
				{Group: group("239.1.1.1:6000"), Interface: "eth0", Datagrams: 1},
			}},
		},
		{
			"sockets are read in turn, so times go back",
			func(c *tally) {
				c.total(1, 1, at(5))
				c.total(1, 1, at(3))
				c.total(1, 1, at(4))
			},
			view.Summary{Datagrams: 3, Bytes: 3, First: at(3), Last: at(5)},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newTally()
			tt.add(c)
			if got := *c.summary(); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// Counting is on the way of every message.
func TestTallyAllocates(t *testing.T) {
	c := newTally()
	now := time.Now()
	name := func(int) string { return "eth0" }
	places := []place{{netip.MustParseAddrPort("239.1.1.1:5000"), 1}, {netip.MustParseAddrPort("239.1.1.2:5000"), 1}}
	n := testing.AllocsPerRun(100, func() {
		for _, p := range places {
			c.add(p, name, 1, 64, now)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
