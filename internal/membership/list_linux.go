package membership

import (
	"cmp"
	"net/netip"
	"slices"

	"mcast/internal/sys"
)

// List tells who has joined what now. The errors are *Error.
func (h *Host) List() (*Report, error) { return h.ListOf(nil) }

// ListOf tells who has joined those groups that are wanted, on an interface of that name
// and index; nil wants all. Nobody is asked about others, of which there may be many.
func (h *Host) ListOf(wanted func(group netip.Addr, name string, index int) bool) (*Report, error) {
	choose := func(list []entry) []entry {
		if wanted == nil {
			return list
		}
		var chosen []entry
		for _, e := range list {
			if wanted(e.group, e.name, e.index) {
				chosen = append(chosen, e)
			}
		}
		return chosen
	}
	var r *Report
	for range 3 {
		v4, v6, err := h.entries()
		if err != nil {
			return nil, err
		}
		names := map[int]string{} // also those that addresses have as zones
		for _, e := range slices.Concat(v4, v6) {
			names[e.index] = e.name
		}
		if r, err = h.list(choose(v4), choose(v6), names); err != nil {
			return nil, err
		}
		h.v4, h.v6 = v4, v6
		// Sockets that came or went while the others were asked would be taken
		// for the kernel, or be missing.
		after4, after6, err := h.entries()
		if err != nil {
			return nil, err
		}
		if slices.Equal(v4, after4) && slices.Equal(v6, after6) {
			break
		}
	}
	return r, nil
}

// list finds the sockets behind the memberships given.
func (h *Host) list(v4, v6 []entry, names map[int]string) (*Report, error) {
	kernel, err := h.kernelUsers()
	if err != nil {
		return nil, err
	}
	s := &scan{
		h: h, v4: newSupply(v4), v6: newSupply(v6), names: names, bound: h.boundSockets(),
		asked: map[uint64]*member{}, dull: map[uint64]struct{}{}, refused: map[int][]lent{},
	}
	certain := map[place]bool{}
	for _, list := range []*supply{s.v4, s.v6} {
		for i := range list.entries {
			e := &list.entries[i]
			if kernel.certain(e) {
				certain[place{e.index, e.group}] = true
				list.pass(i)
			}
		}
	}
	if err := s.run(); err != nil {
		return nil, err
	}
	h.remember(s)
	s.hidden.Others = hidesProcesses()
	if s.hidden.Any() {
		s.candidates()
	}
	r := &Report{Hidden: s.hidden}
	sockets := s.sockets()
	listed := h.listed()
	versions := map[int]Version{} // MLD, by interface
	for _, e := range slices.Concat(v4, v6) {
		at := place{e.index, e.group}
		m := Membership{
			Interface: e.name, Index: e.index, Group: e.group, Users: e.users,
			Sockets: sockets[at], Listed: listed[at],
		}
		left := max(e.users-distinct(m.Sockets), 0)
		switch {
		case certain[at], !s.hidden.Any():
			m.Kernel = left
		default:
			m.Kernel = kernel.of(&e, left)
			m.Unknown = left - m.Kernel
		}
		m.Version = Version{IGMP, e.version, VersionTold}
		if e.group.Is6() {
			v, ok := versions[e.index]
			if !ok {
				v = h.mldVersion(e.index, e.name)
				versions[e.index] = v
			}
			m.Version = v
		}
		m.fill()
		r.Memberships = append(r.Memberships, m)
	}
	slices.SortFunc(r.Memberships, func(a, b Membership) int {
		return cmp.Or(cmp.Compare(a.Index, b.Index), a.Group.Compare(b.Group))
	})
	return r, nil
}

// remember keeps what makes the next scan faster.
func (h *Host) remember(s *scan) {
	h.hints, h.dull = map[uint64][]place{}, s.dull
	for _, m := range s.asked {
		if len(m.filters) == 0 {
			continue
		}
		list := make([]place, 0, len(m.filters))
		for p := range m.filters {
			list = append(list, p)
		}
		h.hints[m.socket.Inode] = list
	}
}

// sockets returns the sockets by membership, each once for every process.
func (s *scan) sockets() map[place][]Socket {
	commands := map[int]string{}
	sockets := map[place][]Socket{}
	for _, m := range s.asked {
		if len(m.filters) == 0 {
			continue
		}
		for i, by := range m.holders {
			if slices.ContainsFunc(m.holders[:i], func(h holder) bool { return h.pid == by.pid }) {
				continue // duplicated in the process itself
			}
			name, ok := commands[by.pid]
			if !ok {
				name = command(by.pid)
				commands[by.pid] = name
			}
			for at, f := range m.filters {
				own := m.socket
				own.PID, own.Command, own.Filter = by.pid, name, f
				sockets[at] = append(sockets[at], own)
			}
		}
	}
	return sockets
}

// distinct counts sockets that several processes may share.
func distinct(sockets []Socket) int {
	inodes := map[uint64]struct{}{}
	for _, s := range sockets {
		inodes[s.Inode] = struct{}{}
	}
	return len(inodes)
}

// listed reads mcfilter and mcfilter6. They add; so nothing fails without.
func (h *Host) listed() map[place][]ListedSource {
	list := map[place][]ListedSource{}
	if text, err := h.read("mcfilter"); err == nil {
		parseMcfilter(text, list)
	}
	if text, err := h.read("mcfilter6"); err == nil {
		parseMcfilter6(text, list)
	}
	return list
}

// boundSockets lists the bound sockets of the namespace, by inode: none if it
// cannot be entered.
func (h *Host) boundSockets() map[uint64]sys.DiagSocket {
	bound := map[uint64]sys.DiagSocket{}
	if h.ns == nil {
		return bound
	}
	var list []sys.DiagSocket
	_ = h.in(func() (err error) {
		list, err = sys.DiagSockets()
		return err
	})
	for _, s := range list {
		bound[s.Inode] = s
	}
	return bound
}

// candidates adds the sockets that may have joined something and could not be
// asked.
func (s *scan) candidates() {
	for inode, b := range s.bound {
		if _, asked := s.asked[inode]; asked || b.OptionMemory == 0 {
			continue
		}
		s.hidden.Candidates = append(s.hidden.Candidates, Candidate{
			Inode: inode, UID: b.UID, Protocol: protocolName(b.Kind), Local: s.named(b.Local),
		})
	}
	slices.SortFunc(s.hidden.Candidates, func(a, b Candidate) int { return cmp.Compare(a.Inode, b.Inode) })
}
