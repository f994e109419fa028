package membership

import (
	"net/netip"
	"slices"
	"unsafe"
)

// Each question to a socket is about one group on one interface, and most
// answers are no: 500 sockets and 10,000 groups would make five million
// questions, at 0.7 µs each (Linux 6.18, November 2026). So search asks in an
// order in which the first answers are likely to be yes, stops when what a
// socket's memberships take of its option memory is accounted for, and forgets
// a membership of which every user is found.

// finding is an answer.
type finding struct {
	entry  int // in the list that was searched
	filter Filter
}

// search is the search for the sockets behind the memberships of one family.
type search struct {
	entries []entry
	at      map[place]int
	left    []int // users that were not found yet
	next    []int // the entries with some left, as a ring around head
	prev    []int
	asked   []int // the number of the socket that was asked last
	socket  int
	last    []int // entries of the socket before, in order
}

func newSearch(entries []entry) *search {
	n := len(entries)
	s := &search{
		entries: entries, at: make(map[place]int, n), left: make([]int, n),
		next: make([]int, n+1), prev: make([]int, n+1), asked: make([]int, n),
	}
	for i, e := range entries {
		s.at[place{e.index, e.group}] = i
		s.left[i] = e.users
	}
	for i := range n + 1 {
		s.next[i], s.prev[i] = (i+1)%(n+1), (i+n)%(n+1)
	}
	return s
}

// head is the place in the ring that is no entry.
func (s *search) head() int { return len(s.entries) }

// pass takes an entry out: it is not asked about unless for a reason.
func (s *search) pass(i int) {
	s.left[i] = 0
	s.unlink(i)
}

func (s *search) unlink(i int) {
	// An entry that is out keeps its way on, for a walk that stands on it.
	s.next[s.prev[i]], s.prev[s.next[i]] = s.next[i], s.prev[i]
}

// inquiry is what one socket is asked.
type inquiry struct {
	memory int     // of its options, as far as not accounted for
	hints  []place // what it had joined a moment ago
	ask    func(group netip.Addr, index int) (Filter, bool)
}

// inquire asks one socket and returns its memberships. early says that it was
// not asked about all, since its memory was accounted for.
func (s *search) inquire(q *inquiry) (found []finding, early bool) {
	s.socket++
	try := func(i int) bool {
		if s.asked[i] == s.socket {
			return false
		}
		s.asked[i] = s.socket
		f, ok := q.ask(s.entries[i].group, s.entries[i].index)
		if !ok {
			return false
		}
		found = append(found, finding{i, f})
		q.memory -= cost(s.entries[i].group, len(f.Sources))
		if s.left[i] > 0 {
			if s.left[i]--; s.left[i] == 0 {
				s.unlink(i)
			}
		}
		return true
	}
	for _, p := range q.hints {
		if i, ok := s.at[p]; ok {
			try(i)
		}
	}
	// Programs share groups out in blocks or in turns, and the kernel lists them
	// as they were joined: look around the first membership of the socket before
	// and, from the first one found, in the same distances.
	r := s.head()
	if len(s.last) > 0 {
		r = s.last[0]
	}
	l, first := s.prev[r], true
	for q.memory >= leastCost && (r != s.head() || l != s.head()) {
		for _, i := range []int{r, l} {
			if i == s.head() || s.left[i] == 0 || !try(i) || !first {
				continue
			}
			first = false
			for _, j := range s.last {
				if j += i - s.last[0]; j >= 0 && j < len(s.entries) && q.memory >= leastCost {
					try(j)
				}
			}
		}
		r, l = s.onward(s.next, r), s.onward(s.prev, l)
	}
	if len(found) > 0 {
		s.last = s.last[:0]
		for _, f := range found {
			s.last = append(s.last, f.entry)
		}
		slices.Sort(s.last)
	}
	return found, q.memory < leastCost
}

// onward returns the next entry that has users left, or head.
func (s *search) onward(way []int, i int) int {
	if i == s.head() {
		return i
	}
	for i = way[i]; i != s.head() && s.left[i] == 0; {
		i = way[i]
	}
	return i
}

// What a membership takes of a socket's option memory: struct ip_mc_socklist or
// ipv6_mc_socklist and, with sources, ip_sf_socklist or ip6_sf_socklist, which
// has room for at least as many. A 32-bit program on a 64-bit kernel assumes
// less than it is, and asks more than it needs to.
const (
	wordSize  = int(unsafe.Sizeof(uintptr(0)))
	listHead  = 8 + 2*wordSize
	leastCost = 16 + 4*wordSize // for IPv4, which has the smaller ones
)

func cost(group netip.Addr, sources int) int {
	own, source := leastCost, 4
	if group.Is6() {
		own, source = 24+4*wordSize, 16
	}
	if sources == 0 {
		return own
	}
	return own + listHead + sources*source
}
