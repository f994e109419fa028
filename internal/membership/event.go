package membership

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// Event is something that changed.
type Event struct {
	Time      time.Time
	Kind      EventKind
	Interface string
	Index     int // of the interface
	Group     netip.Addr
	Socket    *Socket // that joined, left or changed, with its filter from now on, for a leave that until now; nil: none, or not known
	Kernel    bool    // the kernel itself joined or left
	Version   Version // in use on the interface
	Seen      Seen
}

// EventKind is what happened.
type EventKind string

// The kinds of events.
const (
	Join   EventKind = "join"
	Leave  EventKind = "leave"
	Change EventKind = "change" // of mode or sources
)

// Seen is how an event came to be known.
type Seen string

// How events are known.
const (
	Announced Seen = "announced" // by the kernel, at once
	Rescan    Seen = "rescan"    // by looking again: up to a second late, and what came and went between two looks is missing
)

// announcement is what the kernel says of the first membership of an interface in
// a group, or the last.
type announcement struct {
	time time.Time
	join bool
	at   place
}

// tracker turns announcements and reports into events, each thing that happened
// into one. A report is made after all announcements until then were taken, so
// it may be ahead by those that came meanwhile. The next ones then begin with
// them. Announcements of a place alternate: one that says what is so already was
// told by the report, and those after it are news. Where some were lost the
// report mends it.
type tracker struct {
	now   map[place]*Membership
	names map[int]string // of interfaces, those that are gone included
	seen  []Event
}

func newTracker(r *Report) *tracker {
	t := &tracker{now: byPlace(r), names: map[int]string{}}
	t.name(r)
	return t
}

func (t *tracker) name(r *Report) {
	for i := range r.Memberships {
		t.names[r.Memberships[i].Index] = r.Memberships[i].Interface
	}
}

func byPlace(r *Report) map[place]*Membership {
	at := make(map[place]*Membership, len(r.Memberships))
	for i := range r.Memberships {
		m := &r.Memberships[i]
		at[place{m.Index, m.Group}] = m
	}
	return at
}

// update returns what happened until a report, which is younger than the
// announcements. Of those that came while it was made, which are the first of the
// next update, it only takes the time and that they are there.
func (t *tracker) update(news, meanwhile []announcement, r *Report, when time.Time) []Event {
	t.seen = nil
	t.name(r)
	next := byPlace(r)
	last := map[place]int{} // the last announcement
	for i, a := range news {
		last[a.at] = i
	}
	for i, a := range news {
		m, there := t.now[a.at]
		switch {
		case a.join == there: // a report said so before
		case a.join:
			m = next[a.at]
			if m == nil || last[a.at] > i {
				m = t.bare(a.at, r) // and gone by now: nobody knows whose it was
			}
			t.now[a.at] = m
			t.all(Join, m, a.time, Announced)
		default:
			delete(t.now, a.at)
			t.all(Leave, m, a.time, Announced)
		}
	}
	places := make([]place, 0, len(next))
	for at := range next {
		places = append(places, at)
	}
	for at := range t.now {
		if next[at] == nil {
			places = append(places, at)
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.index, b.index), a.group.Compare(b.group))
	})
	announced := map[place]announcement{} // the first of each place
	for _, a := range slices.Backward(meanwhile) {
		announced[a.at] = a
	}
	for _, at := range places {
		before, after := t.now[at], next[at]
		time, seen := when, Rescan
		if a, ok := announced[at]; ok && a.join == (before == nil) {
			time, seen = a.time, Announced
		}
		switch {
		case before == nil:
			t.all(Join, after, time, seen)
		case after == nil:
			t.all(Leave, before, time, seen)
		case before != after:
			t.compare(before, after, when)
		}
	}
	t.now = next
	return t.seen
}

// bare is a membership of which nothing else is known, and so without users.
func (t *tracker) bare(at place, r *Report) *Membership {
	m := &Membership{Interface: t.names[at.index], Index: at.index, Group: at.group, Unknown: 1, Version: Version{Protocol: protocolOf(at.group)}}
	for i := range r.Memberships {
		if o := &r.Memberships[i]; o.Index == at.index && o.Group.Is4() == at.group.Is4() {
			m.Version = o.Version
			break
		}
	}
	return m
}

func (t *tracker) add(kind EventKind, m *Membership, s *Socket, when time.Time, seen Seen) {
	t.seen = append(t.seen, Event{
		Time: when, Kind: kind, Interface: m.Interface, Index: m.Index, Group: m.Group, Socket: s,
		Kernel: s == nil && m.Kernel > 0 && m.Unknown == 0, Version: m.Version, Seen: seen,
	})
}

// all says of all users of a membership that they came or went: an event a
// socket, and one for those that are not known, as many as there are.
func (t *tracker) all(kind EventKind, m *Membership, when time.Time, seen Seen) {
	sockets := inodes(m)
	for _, s := range sockets {
		t.add(kind, m, s, when, seen)
	}
	for range m.Unknown {
		t.add(kind, m, nil, when, seen)
	}
	if len(sockets) == 0 && m.Unknown == 0 {
		t.add(kind, m, nil, when, seen)
	}
}

// compare says what changed in a membership that went on. A socket that is seen
// no more while as many users more are not known has not left: its process is
// ending, say, or has handed it to another. It is kept until users are fewer.
// The reverse is a user that was told of before, and whose name is known now.
func (t *tracker) compare(before, after *Membership, when time.Time) {
	if before.Users == 0 { // an announcement between was lost
		return
	}
	was, is := inodes(before), inodes(after)
	old := map[uint64]*Socket{}
	for _, s := range was {
		old[s.Inode] = s
	}
	var came []*Socket
	for _, s := range is {
		switch o := old[s.Inode]; {
		case o == nil:
			came = append(came, s)
		case !o.Filter.Equal(s.Filter):
			t.add(Change, after, s, when, Rescan)
		}
		delete(old, s.Inode)
	}
	unseen := after.Unknown + after.Kernel - before.Unknown - before.Kernel
	for _, s := range was {
		switch {
		case old[s.Inode] == nil:
		case unseen > 0:
			unseen--
			after.keep(s)
		default:
			t.add(Leave, before, s, when, Rescan)
		}
	}
	for _, s := range came {
		if unseen < 0 {
			unseen++
			continue
		}
		t.add(Join, after, s, when, Rescan)
	}
	for ; unseen > 0; unseen-- {
		t.add(Join, after, nil, when, Rescan)
	}
	for ; unseen < 0; unseen++ {
		t.add(Leave, before, nil, when, Rescan)
	}
}

// keep takes a socket that is seen no more for one of the users that are not
// known.
func (m *Membership) keep(s *Socket) {
	if m.Unknown > 0 {
		m.Unknown--
	} else {
		m.Kernel--
	}
	m.Sockets = append(m.Sockets, *s)
}

// inodes returns the sockets of a membership, each once.
func inodes(m *Membership) []*Socket {
	var list []*Socket
	for i := range m.Sockets {
		s := &m.Sockets[i]
		if !slices.ContainsFunc(list, func(o *Socket) bool { return o.Inode == s.Inode }) {
			list = append(list, s)
		}
	}
	return list
}
