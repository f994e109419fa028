package cli

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"mcast/internal/view"
)

// tally counts datagrams by group and interface.
type tally struct {
	datagrams, bytes uint64
	first, last      time.Time
	places           map[place]*count
	recent           place // datagrams come in runs
	at               *count
}

type place struct {
	group netip.AddrPort
	index int // interface
}

type count struct {
	datagrams, bytes uint64
	name             string // of the interface
}

func newTally() *tally { return &tally{places: map[place]*count{}} }

// add counts datagrams of one group that came by one interface.
func (t *tally) add(p place, name func(index int) string, datagrams, bytes uint64, when time.Time) {
	if t.at == nil || t.recent != p {
		c := t.places[p]
		if c == nil {
			c = &count{name: name(p.index)}
			t.places[p] = c
		}
		t.recent, t.at = p, c
	}
	t.at.datagrams += datagrams
	t.at.bytes += bytes
	t.total(datagrams, bytes, when)
}

// total counts datagrams without saying where.
func (t *tally) total(datagrams, bytes uint64, when time.Time) {
	t.datagrams += datagrams
	t.bytes += bytes
	if t.first.IsZero() || when.Before(t.first) {
		t.first = when
	}
	if when.After(t.last) {
		t.last = when
	}
}

// summary returns what was counted, by port, group and interface.
func (t *tally) summary() *view.Summary {
	s := &view.Summary{Datagrams: t.datagrams, Bytes: t.bytes, First: t.first, Last: t.last}
	for p, c := range t.places {
		s.Groups = append(s.Groups, view.GroupSummary{Group: p.group, Interface: c.name, Datagrams: c.datagrams, Bytes: c.bytes})
	}
	slices.SortFunc(s.Groups, func(a, b view.GroupSummary) int {
		return cmp.Or(cmp.Compare(a.Group.Port(), b.Group.Port()), a.Group.Addr().Compare(b.Group.Addr()), cmp.Compare(a.Interface, b.Interface))
	})
	return s
}
