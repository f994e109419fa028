package membership

import (
	"errors"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"

	"mcast/internal/sys"
)

// scan is one look at the sockets of all processes.
type scan struct {
	h      *Host
	v4, v6 *supply
	names  map[int]string // of interfaces
	bound  map[uint64]sys.DiagSocket

	mu      sync.Mutex
	asked   map[uint64]*member // by inode; with no filters if it has joined nothing
	dull    map[uint64]struct{}
	refused map[int][]lent // by process
	hidden  Hidden
}

// member is a socket that was asked.
type member struct {
	socket  Socket
	holders []holder
	kind    sys.SocketKind
	filters map[place]Filter
	early   bool // it was not asked about everything
}

// holder is a process that has a socket open.
type holder struct{ pid, fd int }

// lent is a socket that a process has lent, or is to lend.
type lent struct {
	fd    int
	inode uint64
}

// batch is sockets of a process that are asked one after another: so many that
// what one has joined hints at what the next has.
type batch struct {
	pid     int
	sockets []lent
}

const (
	batchSize = 32
	// mostAskers is how many ask at the same time; more processors than
	// these have better to do.
	mostAskers = 4
)

// run looks at every process.
func (s *scan) run() error {
	dir, err := os.Open("/proc")
	if err != nil {
		return &Error{Op: "list processes", Err: err}
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return &Error{Op: "list processes", Err: err}
	}
	// This process itself comes first, while it has no borrowed sockets.
	var own []batch
	s.process(os.Getpid(), func(b batch) { own = append(own, b) })
	batches := make(chan batch)
	var askers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), mostAskers) {
		askers.Go(func() {
			a := &asker{scan: s, v4: newSearch(s.v4), v6: newSearch(s.v6)}
			for b := range batches {
				a.batch(b)
			}
		})
	}
	for _, b := range own {
		batches <- b
	}
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil && pid != os.Getpid() {
			s.process(pid, func(b batch) { batches <- b })
		}
	}
	close(batches)
	askers.Wait()
	s.complete()
	s.settle()
	return nil
}

// process hands the sockets of one process out to be asked.
func (s *scan) process(pid int, hand func(batch)) {
	if s.h.cookie == 0 && !s.h.houses(pid) {
		return
	}
	b := batch{pid: pid}
	err := sys.Sockets(pid, func(fd int, inode uint64) {
		if b.sockets = append(b.sockets, lent{fd, inode}); len(b.sockets) == batchSize {
			hand(b)
			b.sockets = nil
		}
	})
	if len(b.sockets) > 0 {
		hand(b)
	}
	if forbidden(err) && hasFiles(pid) {
		s.mu.Lock()
		s.hidden.Processes++
		s.mu.Unlock()
	}
}

func forbidden(err error) bool {
	return errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM)
}

// asker asks sockets, beside others.
type asker struct {
	*scan
	v4, v6 *search
}

// batch asks some sockets of a process.
func (a *asker) batch(b batch) {
	p, err := sys.OpenProcess(b.pid)
	if err == nil {
		defer p.Close()
	}
	for i, l := range b.sockets {
		if err == nil {
			err = a.look(p, holder{b.pid, l.fd}, l.inode)
		}
		switch {
		case errors.Is(err, syscall.ENOSYS), forbidden(err):
			// The same answer would come for all.
			a.mu.Lock()
			a.hidden.NoBorrow = a.hidden.NoBorrow || errors.Is(err, syscall.ENOSYS)
			a.refused[b.pid] = append(a.refused[b.pid], b.sockets[i:]...)
			a.mu.Unlock()
			return
		case errors.Is(err, syscall.ESRCH):
			return // it has ended
		}
		err = nil // this one was closed
	}
}

// look borrows a socket and asks it.
func (a *asker) look(p *sys.Process, by holder, inode uint64) error {
	if a.settled(by, inode) {
		return nil
	}
	b, err := p.Borrow(by.fd)
	if err != nil {
		return err
	}
	defer b.Close()
	memory, err := b.OptionMemory()
	kind, notKnown := b.Kind()
	if b.Inode() != inode { // another one has the number by now
		return nil
	}
	m := &member{holders: []holder{by}, kind: kind, socket: Socket{Inode: inode}}
	a.mu.Lock()
	if other := a.asked[inode]; other != nil { // just now, by another asker
		other.holders = append(other.holders, by)
		a.mu.Unlock()
		return nil
	}
	a.asked[inode] = m
	if notKnown == nil && !canJoin(kind) {
		a.dull[inode] = struct{}{}
	}
	a.mu.Unlock()
	if err != nil || notKnown != nil || memory == 0 || !canJoin(kind) || a.h.cookie != 0 && b.NetnsCookie() != a.h.cookie {
		return nil
	}
	a.ask(b, m, memory)
	return nil
}

// settled reports whether a socket need not be asked, or was.
func (a *asker) settled(by holder, inode uint64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, dull := a.h.dull[inode]; dull {
		a.dull[inode] = struct{}{}
		return true
	}
	if m := a.asked[inode]; m != nil {
		m.holders = append(m.holders, by)
		return true
	}
	b, bound := a.bound[inode]
	return bound && b.OptionMemory == 0
}

// ask asks a socket what it has joined.
func (a *asker) ask(b *sys.Borrowed, m *member, memory int) {
	m.filters = map[place]Filter{}
	local, err := b.LocalAddr()
	if err == nil {
		m.socket.Local = a.named(local)
	}
	q := &inquiry{memory: memory, hints: a.hints(m.socket.Inode, local.Addr()), ask: filterOf(b)}
	if m.kind.Family == sys.IPv6 {
		m.early = a.v6.inquireInto(m, q)
	}
	if joinsIPv4(m.kind) {
		m.early = a.v4.inquireInto(m, q)
	}
	m.socket.Protocol = protocolName(m.kind)
}

// hints returns what a socket has probably joined: what it had a moment ago, and the group
// that it is bound to, for a program that has a socket a group binds it to that.
func (s *scan) hints(inode uint64, local netip.Addr) []place {
	list := s.h.hints[inode]
	if !local.IsMulticast() {
		return list
	}
	list = slices.Clone(list)
	for index := range s.names {
		list = append(list, place{index, local.Unmap().WithZone("")})
	}
	return list
}

// inquireInto asks about one family.
func (s *search) inquireInto(m *member, q *inquiry) (early bool) {
	found, early := s.inquire(q)
	for _, f := range found {
		e := &s.entries[f.entry]
		m.filters[place{e.index, e.group}] = f.filter
	}
	return early
}

// complete asks the sockets that were not asked about everything about the
// entries that still have users left: that the memory of a socket is accounted
// for is likely, and no proof.
func (s *scan) complete() {
	var open []entry
	for _, list := range []*supply{s.v4, s.v6} {
		for i, e := range list.entries {
			if list.left[i].Load() > 0 {
				open = append(open, e)
			}
		}
	}
	if len(open) == 0 {
		return
	}
	for _, m := range s.asked {
		if m.early {
			s.completeOne(m, open)
		}
	}
}

func (s *scan) completeOne(m *member, open []entry) {
	by := m.holders[0]
	p, err := sys.OpenProcess(by.pid)
	if err != nil {
		return
	}
	defer p.Close()
	b, err := p.Borrow(by.fd)
	if err != nil {
		return
	}
	defer b.Close()
	if b.Inode() != m.socket.Inode {
		return
	}
	ask := filterOf(b)
	for _, e := range open {
		at := place{e.index, e.group}
		if _, known := m.filters[at]; known || e.group.Is6() && m.kind.Family != sys.IPv6 || e.group.Is4() && !joinsIPv4(m.kind) {
			continue
		}
		if f, ok := ask(e.group, e.index); ok {
			m.filters[at] = f
		}
	}
}

// settle says of each process that lent no sockets whether one may matter that
// no other process lent.
func (s *scan) settle() {
	for pid, list := range s.refused {
		unseen := false
		for _, l := range list {
			if m := s.asked[l.inode]; m != nil {
				m.holders = append(m.holders, holder{pid, l.fd})
			}
			unseen = unseen || s.mayHaveJoined(l.inode)
		}
		if unseen {
			s.hidden.Processes++
		}
	}
}

// mayHaveJoined reports whether a socket that was not lent may have joined
// something.
func (s *scan) mayHaveJoined(inode uint64) bool {
	if _, dull := s.h.dull[inode]; dull {
		return false
	}
	if _, asked := s.asked[inode]; asked {
		return false
	}
	b, bound := s.bound[inode]
	return !bound || b.OptionMemory > 0
}

// filterOf returns how a socket is asked.
func filterOf(b *sys.Borrowed) func(netip.Addr, int) (Filter, bool) {
	return func(group netip.Addr, index int) (Filter, bool) {
		exclude, sources, err := b.SourceFilter(group, index)
		if err != nil {
			return Filter{}, false
		}
		f := Filter{Include, sortSources(sources)}
		if exclude {
			f.Mode = Exclude
		}
		return f, true
	}
}

// named writes the zone of an address as the name of the interface.
func (s *scan) named(a netip.AddrPort) netip.AddrPort {
	if index, err := strconv.Atoi(a.Addr().Zone()); err == nil && s.names[index] != "" {
		return netip.AddrPortFrom(a.Addr().WithZone(s.names[index]), a.Port())
	}
	return a
}
