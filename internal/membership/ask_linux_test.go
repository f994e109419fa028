package membership

import (
	"errors"
	"os"
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
