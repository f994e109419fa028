package membership

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"mcast/internal/nettest"
	"mcast/internal/sys"
)

// record is the events that a Follow has told so far.
type record struct {
	mu     sync.Mutex
	events []Event
}

func (r *record) of(group netip.Addr) []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []Event
	for _, e := range r.events {
		if e.Group == group {
			list = append(list, e)
		}
	}
	return list
}

// kinds returns the kinds of the events of a group.
func (r *record) kinds(group netip.Addr) (list []EventKind) {
	for _, e := range r.of(group) {
		list = append(list, e.Kind)
	}
	return list
}

// followed follows a host until the test ends. It returns once nothing is missed.
func followed(t testing.TB, m *Host) *record {
	t.Helper()
	r := &record{}
	ctx, cancel := context.WithCancel(t.Context())
	first, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- m.Follow(ctx, func(*Report) error { close(first); return nil }, func(e Event) error {
			r.mu.Lock()
			r.events = append(r.events, e)
			r.mu.Unlock()
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("following ended with %v", err)
		}
	})
	select {
	case <-first:
	case err := <-ended:
		ended <- err
		t.Fatalf("following ended at once: %v", err)
	}
	return r
}

const patience = 20 * time.Second

func TestFollow(t *testing.T) {
	t.Run("announced", func(t *testing.T) {
		h := oneHost(t)
		var err error
		h.Do(func() {
			var nl *sys.Netlink
			if nl, err = sys.SubscribeMulticast(); err == nil {
				err = nl.Close()
			}
		})
		if err != nil {
			nettest.Skip(t, "this kernel does not announce memberships: "+err.Error())
		}
		testFollow(t, h, open(t, h), true)
	})
	t.Run("polled", func(t *testing.T) {
		h := oneHost(t)
		m := open(t, h)
		m.polls = true
		testFollow(t, h, m, false)
	})
}

func testFollow(t *testing.T, h *nettest.Host, m *Host, announced bool) {
	index := h.Interface("eth0").Index
	r := followed(t, m)
	waits := func(what string, group netip.Addr, want ...EventKind) {
		t.Helper()
		defer func() {
			if t.Failed() {
				t.Logf("%v was told of %v, want %v", told(r.of(group)), group, want)
			}
		}()
		nettest.Eventually(t, what, patience, func() bool { return slices.Equal(r.kinds(group), want) })
	}

	pid, end := startMember(t, h, "comes and goes", "eth0", group, group6)
	waits("a join", group, Join)
	waits("a join of IPv6", group6, Join)
	for _, g := range []netip.Addr{group, group6} {
		e := r.of(g)[0]
		if e.Socket == nil || e.Socket.PID != pid || e.Socket.Command != "comes and goes" || !e.Socket.Filter.anySource() || e.Interface != "eth0" {
			t.Errorf("the join is %+v", e)
		}
		if announced != (e.Seen == Announced) {
			t.Errorf("the join was seen by %q", e.Seen)
		}
	}
	if e := r.of(group)[0]; e.Version.String() != "IGMPv3" {
		t.Errorf("the join is %+v", e)
	}
	second := socket(t, h, sys.IPv4)
	must(t, second.JoinGroup(group, index))
	waits("the join of a second socket", group, Join, Join)
	must(t, second.SetSourceFilter(group, index, true, []netip.Addr{source}))
	waits("a change", group, Join, Join, Change)
	if e := r.of(group)[2]; e.Seen != Rescan || e.Socket == nil || !e.Socket.Filter.Equal(Filter{Exclude, []netip.Addr{source}}) {
		t.Errorf("the change is %+v", e)
	}
	end()
	waits("the first to leave", group, Join, Join, Change, Leave)
	if e := r.of(group)[3]; e.Socket == nil || e.Socket.PID != pid || e.Seen != Rescan {
		t.Errorf("the leave is %+v", e)
	}
	waits("the leave of IPv6", group6, Join, Leave)
	must(t, second.LeaveGroup(group, index))
	waits("the second to leave", group, Join, Join, Change, Leave, Leave)

	// An interface that goes takes its memberships along.
	must(t, second.JoinGroup(ssm, index))
	waits("a join", ssm, Join)
	h.DelLink("eth0")
	waits("the interface to go", ssm, Join, Leave)
	nettest.Eventually(t, "the kernel to leave", patience, func() bool {
		kinds := r.kinds(allHosts)
		return len(kinds) > 0 && kinds[len(kinds)-1] == Leave
	})
	if e := r.of(ssm)[1]; e.Interface != "eth0" {
		t.Errorf("the leave is %+v", e)
	}
}

// Announcements that come faster than they are read are lost, and yet nothing is
// told twice, nor left out in the end.
func TestFollowFlood(t *testing.T) {
	h := oneHost(t)
	index := h.Interface("eth0").Index
	m := open(t, h)
	r := followed(t, m)
	h.Sysctl("net/ipv4/igmp_max_memberships", "100000")
	s := socket(t, h, sys.IPv4)
	var groups []netip.Addr
	for i := range 3000 {
		groups = append(groups, netip.AddrFrom4([4]byte{239, 5, byte(i >> 8), byte(i)}))
	}
	// A socket's options may take so much and no more (net.core.optmem_max).
	joined := 0
	for _, g := range groups {
		if err := s.JoinGroup(g, index); err != nil {
			s = socket(t, h, sys.IPv4)
			must(t, s.JoinGroup(g, index))
		}
		joined++
	}
	count := func(kind EventKind) int {
		n := 0
		for _, g := range groups {
			for _, k := range r.kinds(g) {
				if k == kind {
					n++
				}
			}
		}
		return n
	}
	nettest.Eventually(t, "all joins", patience, func() bool { return count(Join) >= joined })
	if n := count(Join); n != joined || count(Leave) != 0 {
		t.Errorf("%d joins and %d leaves were told of %d joins", n, count(Leave), joined)
	}
	for _, g := range groups {
		if e := r.of(g); len(e) != 1 {
			t.Fatalf("of %v was told %v", g, e)
		}
	}
}

// A call that fails ends it.
func TestFollowFails(t *testing.T) {
	h := oneHost(t)
	m := open(t, h)
	boom := errors.New("boom")
	if err := m.Follow(t.Context(), func(*Report) error { return boom }, nil); !errors.Is(err, boom) {
		t.Errorf("the error is %v", err)
	}
	joined := false
	err := m.Follow(t.Context(), func(*Report) error {
		joined = true
		return socket(t, h, sys.IPv4).JoinGroup(group, h.Interface("eth0").Index)
	}, func(e Event) error {
		if e.Group == group {
			return boom
		}
		return nil
	})
	if !errors.Is(err, boom) || !joined {
		t.Errorf("the error is %v", err)
	}
}

func FuzzAnnouncement(f *testing.F) {
	b := make([]byte, 8)
	b[4] = 2
	f.Add(uint16(sys.NewMulticast), sys.AppendAttribute(b, sys.AttrMulticast, []byte{239, 1, 1, 1}))
	f.Add(uint16(sys.DelMulticast), sys.AppendAttribute(b, sys.AttrMulticast, group6.AsSlice()))
	f.Add(uint16(sys.NewMulticast), []byte{1})
	f.Fuzz(func(t *testing.T, kind uint16, b []byte) {
		if a, ok := parseAnnouncement(kind, b); ok && !a.at.group.IsValid() {
			t.Errorf("%+v", a)
		}
	})
}
