package mroute

import (
	"errors"
	"fmt"
	"net/netip"
	"sort"

	"mcast/internal/netns"
	"mcast/internal/sys"
	"mcast/wire"
)

// membership is a group that the router itself is in, as a host is.
type membership struct {
	name  string // of the interface
	index int
	group netip.Addr
}

// members are the router's memberships, on sockets that receive nothing. The kernel
// grants a socket only so many (igmp_max_memberships), so there are as many as it
// takes.
type members struct {
	ns      *netns.NS
	family  sys.Family
	holders []*holder
	on      map[membership]*held
}

type holder struct {
	*sys.Socket
	full bool
}

type held struct {
	holder *holder
	filter Filter
}

// want has a membership be what is wanted, or end.
func (m *members) want(at membership, f Filter) error {
	err := m.change(at, f)
	if err == nil {
		return nil
	}
	if f.none() {
		return fmt.Errorf("leave %v on %s: %w", at.group, at.name, err)
	}
	return fmt.Errorf("join %v on %s: %w", at.group, at.name, err)
}

func (m *members) change(at membership, f Filter) error {
	h, there := m.on[at]
	switch {
	case !there && f.none() || there && h.filter.equal(f):
		return nil
	case f.none():
		delete(m.on, at)
		h.holder.full = false
		return h.holder.LeaveGroup(at.group, at.index)
	case !there:
		holder, err := m.join(at, f)
		if err != nil {
			return err
		}
		h = &held{holder: holder}
		m.on[at] = h
	}
	h.filter = f
	err := h.holder.SetSourceFilter(at.group, at.index, f.Exclude, f.Sources)
	switch {
	case !errors.Is(err, sys.ErrNoBuffers):
	case !f.Exclude && wire.IsSSM(at.group):
		// Routers upstream know these groups with sources only (RFC 4604, section 2.2).
		err = h.mostSources(at, f.Sources)
	default:
		// More sources than the kernel grants (igmp_max_msf, mld_max_msf): what
		// nobody wants is dropped by this router then.
		err = h.holder.SetSourceFilter(at.group, at.index, true, nil)
	}
	return err
}

// mostSources has a membership be of as many of the sources as the kernel grants.
func (h *held) mostSources(at membership, sources []netip.Addr) error {
	include := func(n int) error { return h.holder.SetSourceFilter(at.group, at.index, false, sources[:n]) }
	granted := sort.Search(len(sources), func(n int) bool { return errors.Is(include(n+1), sys.ErrNoBuffers) })
	return include(granted)
}

// join joins on a socket that has room.
func (m *members) join(at membership, f Filter) (*holder, error) {
	try := func(h *holder) error {
		if f.Exclude {
			return h.JoinGroup(at.group, at.index)
		}
		return h.JoinSource(at.group, f.Sources[0], at.index)
	}
	for _, h := range m.holders {
		if h.full {
			continue
		}
		err := try(h)
		if h.full = errors.Is(err, sys.ErrNoBuffers); !h.full {
			return h, err
		}
	}
	h, err := m.open()
	if err != nil {
		return nil, err
	}
	return h, try(h)
}

// open opens another socket, whichever namespace the thread is in.
func (m *members) open() (h *holder, err error) {
	err = m.ns.Do(func() error {
		s, err := sys.OpenUDP(m.family)
		if err == nil {
			h = &holder{Socket: s}
			m.holders = append(m.holders, h)
		}
		return err
	})
	return h, err
}

func (m *members) close() (err error) {
	for _, h := range m.holders {
		err = errors.Join(err, h.Close())
	}
	return err
}
