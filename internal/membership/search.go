package membership

import (
	"net/netip"
	"slices"
	"sync/atomic"
	"unsafe"
)

// Each question to a socket is about one group on one interface, and most
// answers are no: 500 sockets and 10,000 groups would make five million
// questions, at 0.7 µs each (Linux 6.18, November 2026). So search asks in an
// order in which the first answers are likely to be yes, stops when what a
// socket's memberships take of its option memory is accounted for, and forgets
// a membership of which every user is found.
//
// Groups that were shared out at random have no such order: a group is as likely with
// any of the sockets that are left, which makes 2.4 million questions. To ask about one
// group after the other, and those sockets first that have most memberships left,
// would take 2.1 million, and all sockets open at a time. What a question costs is
// the system call (0.2 µs) and the kernel's locks; to call it without telling Go's
// scheduler gained a twelfth on an idle machine, and on a busy one nothing, for those
// who ask then spin for the lock.

// finding is an answer.
type finding struct {
	entry  int // in the list that was searched
	filter Filter
}

// supply is what several searches for one family share.
type supply struct {
	entries []entry
	at      map[place]int
	left    []atomic.Int32 // users that were not found yet
}

func newSupply(entries []entry) *supply {
	p := &supply{entries: entries, at: make(map[place]int, len(entries)), left: make([]atomic.Int32, len(entries))}
	for i, e := range entries {
		p.at[place{e.index, e.group}] = i
		p.left[i].Store(int32(e.users))
	}
	return p
}

// pass takes an entry out: it is not asked about unless for a reason.
func (p *supply) pass(i int) { p.left[i].Store(0) }

// search is one of the searches for the sockets behind memberships.
type search struct {
	*supply
	next   []int // the entries with some left, as a ring around head
	prev   []int
	asked  []int // the number of the socket that was asked last
	socket int
	last   []int // entries of the socket before, in order
}

func newSearch(p *supply) *search {
	n := len(p.entries)
	s := &search{supply: p, next: make([]int, n+1), prev: make([]int, n+1), asked: make([]int, n)}
	for i := range n + 1 {
		s.next[i], s.prev[i] = (i+1)%(n+1), (i+n)%(n+1)
	}
	return s
}

// head is the place in the ring that is no entry.
func (s *search) head() int { return len(s.entries) }

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
		s.left[i].Add(-1) // below 0 if more have joined since
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
			if i == s.head() || s.left[i].Load() <= 0 || !try(i) || !first {
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

// onward returns the next entry that has users left, or head, and takes those
// that have none out of the ring.
func (s *search) onward(way []int, i int) int {
	if i == s.head() {
		return i
	}
	for i = way[i]; i != s.head() && s.left[i].Load() <= 0; i = way[i] {
		s.next[s.prev[i]], s.prev[s.next[i]] = s.next[i], s.prev[i]
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
