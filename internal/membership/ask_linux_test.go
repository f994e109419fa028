package membership

import (
	"errors"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"testing"

	"mcast/internal/nettest"
	"mcast/internal/sys"
)

// A question that is answered no, as most are, allocates nothing.
func TestAskAllocs(t *testing.T) {
	s := socket(t, nettest.NewHost(t, "h"), sys.IPv4)
	p, err := sys.OpenProcess(os.Getpid())
	must(t, err)
	defer p.Close()
	b, err := p.Borrow(s.FD())
	if errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.EPERM) {
		nettest.Skip(t, "sockets cannot be borrowed: "+err.Error())
	}
	must(t, err)
	defer b.Close()
	if k, err := b.Kind(); err != nil || k != (sys.SocketKind{Family: sys.IPv4, Protocol: syscall.IPPROTO_UDP}) {
		t.Errorf("it is %+v, %v", k, err)
	}
	ask := filterOf(b)
	if n := testing.AllocsPerRun(100, func() {
		if _, joined := ask(group, 1); joined {
			t.Error("it has joined")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
	found := false
	must(t, sys.Sockets(os.Getpid(), func(fd int, inode uint64) { found = found || fd == s.FD() && inode == b.Inode() }))
	if !found {
		t.Error("the socket is not among the files of this process")
	}
}

// A socket that is bound to a group is asked about that first, whatever form the address has.
func TestHints(t *testing.T) {
	const inode = 17
	before := place{1, ssm}
	s := &scan{h: newHost(), names: map[int]string{1: "lo", 2: "eth0"}}
	s.h.hints[inode] = []place{before}
	for local, want := range map[string][]place{
		"0.0.0.0": {before}, "192.0.2.1": {before}, "::": {before},
		"239.1.1.1": {before, {1, group}, {2, group}}, "::ffff:239.1.1.1": {before, {1, group}, {2, group}},
		"ff02::1234%2": {before, {1, local6}, {2, local6}},
	} {
		got := s.hints(inode, netip.MustParseAddr(local))
		slices.SortFunc(got[1:], func(a, b place) int { return a.index - b.index })
		if !slices.Equal(got, want) {
			t.Errorf("bound to %s it has probably joined %v, want %v", local, got, want)
		}
	}
	if got := s.hints(inode+1, netip.Addr{}); len(got) != 0 {
		t.Errorf("of nothing is made %v", got)
	}
	if !slices.Equal(s.h.hints[inode], []place{before}) {
		t.Error("what was known is changed")
	}
}
