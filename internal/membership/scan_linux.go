package membership

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"

	"mcast/internal/sys"
)

// scan is one look at the sockets of all processes.
type scan struct {
	h       *Host
	v4, v6  *search
	names   map[int]string     // of interfaces
	asked   map[uint64]*member // by inode; nil: it has joined nothing
	members []*member
	early   []*member           // those that were not asked about everything
	dull    map[uint64]struct{} // for the next scan
	bound   map[uint64]sys.DiagSocket
	refused map[int][]refusal // by process
	hidden  Hidden
}

// member is a socket that was asked.
type member struct {
	socket  Socket
	holders []holder
	kind    sys.SocketKind
	filters map[place]Filter
}

// holder is a process that has a socket open.
type holder struct{ pid, fd int }

// refusal is a socket that the process did not lend.
type refusal struct {
	fd    int
	inode uint64
}

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
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			s.process(pid)
		}
	}
	return nil
}

// process asks the sockets of one process.
func (s *scan) process(pid int) {
	if s.h.cookie == 0 && !s.h.houses(pid) {
		return
	}
	p, err := sys.OpenProcess(pid)
	switch {
	case errors.Is(err, syscall.ENOSYS), errors.Is(err, syscall.EPERM):
		s.hidden.NoBorrow = true
		return
	case err != nil:
		return // it has ended
	}
	defer p.Close()
	refused := false
	err = p.Sockets(func(fd int, inode uint64) {
		if !refused {
			err := s.look(p, holder{pid, fd}, inode)
			s.hidden.NoBorrow = s.hidden.NoBorrow || errors.Is(err, syscall.ENOSYS)
			refused = errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES)
		}
		if refused {
			s.refused[pid] = append(s.refused[pid], refusal{fd, inode})
		}
	})
	if (errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM)) && hasFiles(pid) {
		s.hidden.Processes++
	}
}

// settle says of each process that lent no sockets whether one may matter that
// no other process lent.
func (s *scan) settle() {
	for pid, list := range s.refused {
		unseen := false
		for _, r := range list {
			if m := s.asked[r.inode]; m != nil {
				m.holders = append(m.holders, holder{pid, r.fd})
			}
			unseen = unseen || s.mayHaveJoined(r.inode)
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

// look borrows a socket and asks it.
func (s *scan) look(p *sys.Process, by holder, inode uint64) error {
	if _, dull := s.h.dull[inode]; dull {
		s.dull[inode] = struct{}{}
		return nil
	}
	if m, before := s.asked[inode]; before {
		if m != nil {
			m.holders = append(m.holders, by)
		}
		return nil
	}
	if b, bound := s.bound[inode]; bound && b.OptionMemory == 0 {
		return nil
	}
	b, err := p.Borrow(by.fd)
	if err != nil {
		return err
	}
	defer b.Close()
	memory, err := b.OptionMemory()
	if err == nil && memory == 0 {
		if k, err := b.Kind(); err == nil && !canJoin(k) {
			s.dull[inode] = struct{}{}
		}
		s.asked[inode] = nil
		return nil
	}
	if b.Inode() != inode { // another one has the number by now
		return nil
	}
	s.asked[inode] = nil
	if s.h.cookie != 0 && b.NetnsCookie() != s.h.cookie {
		return nil
	}
	kind, err := b.Kind()
	if err != nil || !canJoin(kind) {
		return nil
	}
	s.ask(b, by, inode, kind, memory)
	return nil
}

// ask asks a socket what it has joined.
func (s *scan) ask(b *sys.Borrowed, by holder, inode uint64, kind sys.SocketKind, memory int) {
	m := &member{holders: []holder{by}, kind: kind, filters: map[place]Filter{}}
	q := &inquiry{memory: memory, hints: s.h.hints[inode], ask: filterOf(b)}
	early := false
	if kind.Family == sys.IPv6 {
		early = s.v6.inquireInto(m, q)
	}
	if joinsIPv4(kind) {
		early = s.v4.inquireInto(m, q)
	}
	m.socket = Socket{Inode: inode, Protocol: protocolName(kind)}
	if local, err := b.LocalAddr(); err == nil {
		m.socket.Local = s.named(local)
	}
	s.members = append(s.members, m)
	s.asked[inode] = m
	if early {
		s.early = append(s.early, m)
	}
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
	for _, list := range []*search{s.v4, s.v6} {
		for i, e := range list.entries {
			if list.left[i] > 0 {
				open = append(open, e)
			}
		}
	}
	if len(open) == 0 {
		return
	}
	for _, m := range s.early {
		s.completeOne(m, open)
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
			list := s.v4
			if e.group.Is6() {
				list = s.v6
			}
			list.left[list.at[at]]--
		}
	}
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

// canJoin reports whether a socket can join groups of IP. TCP cannot, nor can
// anything of other families.
func canJoin(k sys.SocketKind) bool {
	return (k.Family == sys.IPv4 || k.Family == sys.IPv6) && k.Protocol != syscall.IPPROTO_TCP
}

// joinsIPv4 reports whether a socket can join groups of IPv4: one of IPv6 can
// too, but for raw ones.
func joinsIPv4(k sys.SocketKind) bool { return k.Family == sys.IPv4 || !k.Raw }

func protocolName(k sys.SocketKind) string {
	if k.Raw {
		return "raw"
	}
	switch k.Protocol {
	case syscall.IPPROTO_UDP:
		return "udp"
	case syscall.IPPROTO_UDPLITE:
		return "udplite"
	case syscall.IPPROTO_ICMP, syscall.IPPROTO_ICMPV6:
		return "icmp"
	}
	return strconv.Itoa(k.Protocol)
}

// named writes the zone of an address as the name of the interface.
func (s *scan) named(a netip.AddrPort) netip.AddrPort {
	if index, err := strconv.Atoi(a.Addr().Zone()); err == nil && s.names[index] != "" {
		return netip.AddrPortFrom(a.Addr().WithZone(s.names[index]), a.Port())
	}
	return a
}

// houses reports whether a process is in the namespace, as far as that can be
// known. It is asked where sockets do not tell theirs.
func (h *Host) houses(pid int) bool {
	id, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/ns/net")
	return err != nil || h.id == "" || id == h.id
}

// hasFiles reports whether a process can have files open: one that has ended and
// waits for its parent has none, nor has a thread of the kernel.
func hasFiles(pid int) bool {
	const kernelThread = 0x00200000 // PF_KTHREAD in linux/sched.h
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	// "17 (any name)) S 1 17 17 0 -1 4194304 …": state, parent, group, session,
	// terminal, its group, flags.
	_, rest, _ := bytes.Cut(text[bytes.LastIndexByte(text, ')')+1:], []byte{' '})
	f := bytes.Fields(rest)
	if len(f) < 7 {
		return true
	}
	flags, err := strconv.ParseUint(string(f[6]), 10, 64)
	return err != nil || string(f[0]) != "Z" && flags&kernelThread == 0
}

// command returns the name of a process, "" if it has ended.
func command(pid int) string {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(text), "\n")
}
