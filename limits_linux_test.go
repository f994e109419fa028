//go:build !mcast_portable

package mcast

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"mcast/internal/nettest"
)

// limitDescriptors lets the process have no descriptor of that number or above
// until the function that it returns is called. Tests of this package do not
// run in parallel.
func limitDescriptors(t *testing.T, n uint64) (restore func()) {
	t.Helper()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	set := func(l syscall.Rlimit) {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
			t.Error(err)
		}
	}
	set(syscall.Rlimit{Cur: n, Max: old.Max})
	return func() { set(old) }
}

// leaveDescriptors leaves the process just n descriptors to open until the
// function that it returns is called.
func leaveDescriptors(t *testing.T, n int) (restore func()) {
	t.Helper()
	unlimit := limitDescriptors(t, 1024)
	var taken []int
	for {
		fd, err := syscall.Dup(0)
		if err != nil {
			break
		}
		taken = append(taken, fd)
	}
	for _, fd := range taken[:n] {
		_ = syscall.Close(fd)
	}
	return func() {
		for _, fd := range taken[n:] {
			_ = syscall.Close(fd)
		}
		unlimit()
	}
}

// descriptors counts those that the process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list) - 1 // that of the directory itself
}

// One receiver joins ten thousand groups within the descriptors that an
// ordinary process may have, far past what the kernel lets one socket join.
//
//	a ── eth0 ────── eth0 ── b
func TestTenThousandGroups(t *testing.T) {
	const n = 10_000
	for _, test := range []struct {
		name, block string
		most        int // descriptors for it
	}{
		{"IPv4", "239.1.0.0", n/20 + 10},
		{"IPv6", "ff15::1:0", n/20 + 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, b := sources(t)
			defer limitDescriptors(t, 1024)()
			before := descriptors(t)
			block := Group{Addr: netip.MustParseAddr(test.block), Count: n, Port: 5000, Interface: "eth0"}
			r := receiverOn(t, b, ReceiverConfig{}, block.String())
			if opened := descriptors(t) - before; opened > test.most {
				t.Errorf("%d groups took %d descriptors, want at most %d", n, opened, test.most)
			}
			if got := len(r.Memberships()); got != n {
				t.Errorf("%d memberships", got)
			}
			if got := len(kernelGroups(t, b, "eth0")); got != n {
				t.Errorf("the kernel has %d groups", got)
			}
			all := slices.Collect(block.Addrs())
			for _, group := range []netip.Addr{all[0], all[n-1], all[n/2]} {
				sendText(t, senderOn(t, a, SenderConfig{}, groupText(group.String(), "eth0")), group.String())
				if d := received(t, r); d.Group.Addr() != group || string(d.Payload) != group.String() {
					t.Errorf("received %q to %v, want what was sent to %v", d.Payload, d.Group, group)
				}
			}

			// The next one is not among them, nor is one that was dropped.
			next := all[n-1].Next().String()
			plainSocket(t, b, "eth0", groupText(next, ""))
			sendText(t, senderOn(t, a, SenderConfig{}, groupText(next, "eth0")), "unwanted")
			mustLeave(t, b, r, block.String())
			mustJoin(t, b, r, groupText(all[7].String(), "eth0"))
			sendText(t, senderOn(t, a, SenderConfig{}, groupText(all[8].String(), "eth0")), "dropped")
			sendText(t, senderOn(t, a, SenderConfig{}, groupText(all[7].String(), "eth0")), "wanted")
			checkReceives(t, r, "wanted")
			if got := kernelGroups(t, b, "eth0"); len(got) != 2 {
				t.Errorf("with one group left and one of another program, the kernel has %d", len(got))
			}
		})
	}
}

// A group joined on more interfaces than one socket may is held by several; what
// is heard does not change by that.
//
//	a ── eth0 ────── eth0 ── b   a socket of b may hold one membership
//	  └─ eth1 ────── eth1 ─┘
func TestMembershipsSpreadOverSockets(t *testing.T) {
	a, b := twoHosts(t)
	b.Sysctl("net/ipv4/igmp_max_memberships", "1")
	r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000", "192.0.2.1@232.1.1.1:5000")
	checkMemberships(t, r, "232.1.1.1 lo", "232.1.1.1 eth0", "232.1.1.1 eth1", "239.1.1.1 lo", "239.1.1.1 eth0", "239.1.1.1 eth1")
	one := receiverOn(t, b, ReceiverConfig{Interfaces: []string{"lo", "eth1"}}, "239.1.1.1:5000")

	for _, name := range []string{"eth0", "eth1"} {
		sendText(t, senderOn(t, a, SenderConfig{}, "239.1.1.1%"+name+":5000"), name)
		checkReceives(t, r, name)
	}
	checkReceives(t, one, "eth1") // not by eth0, although another receiver has joined there

	// Another source is not heard, although another program wants it.
	other := plainSocket(t, b, "eth1", "232.1.1.1:5000")
	sendText(t, senderOn(t, a, SenderConfig{}, "232.1.1.1%eth1:5000"), "unwanted")
	hearsPlain(t, other, "unwanted")
	sendText(t, senderOn(t, a, SenderConfig{}, "192.0.2.1@232.1.1.1%eth0:5000"), "wanted")
	checkReceives(t, r, "wanted")

	// Memberships that are dropped make room again.
	mustLeave(t, b, r, "239.1.1.1:5000")
	mustJoin(t, b, r, "239.1.1.2:5000")
	checkKernelGroups(t, b, "eth0", "232.1.1.1", "239.1.1.2")
}

// refused is a join that fails for want of something.
type refused struct {
	name  string
	want  error
	hint  string // a part of it
	limit func(t *testing.T, b *nettest.Host) (restore func())
	group Group
}

// When the kernel refuses a join the error says what it lacks, and all is as it
// was: with nothing joined before, with another group, and with the same group
// on another interface.
//
//	a ── eth0 ────── eth0 ── b
//	  └─ eth1 ────── eth1 ─┘
func TestJoinRefused(t *testing.T) {
	manySources := func(group string, n int) Group {
		g := Group{Addr: netip.MustParseAddr(group), Port: 5000, Interface: "eth0"}
		s := netip.MustParseAddr("192.0.2.1")
		if g.Addr.Is6() {
			s = netip.MustParseAddr("2001:db8::1")
		}
		for range n {
			g.Sources = append(g.Sources, s)
			s = s.Next()
		}
		return g
	}
	exclude := func(g Group) Group {
		g.Sources, g.Exclude = nil, g.Sources
		return g
	}
	block := func(g Group, n int) Group {
		g.Count = n
		return g
	}
	type limit = func(*testing.T, *nettest.Host) func()
	set := func(path, value string) limit {
		return func(_ *testing.T, b *nettest.Host) func() {
			b.Sysctl(path, value)
			return func() {}
		}
	}
	descriptors := func(more int) limit {
		return func(t *testing.T, _ *nettest.Host) func() { return leaveDescriptors(t, more) }
	}
	none := func(*testing.T, *nettest.Host) func() { return func() {} }
	for _, test := range []refused{
		{"no memberships", ErrTooManyMemberships, "sysctl -w net.ipv4.igmp_max_memberships=20", set("net/ipv4/igmp_max_memberships", "0"), mustGroup(t, "239.1.1.1%eth0:5000")},
		{"no memberships, of a block", ErrTooManyMemberships, "sysctl -w net.ipv4.igmp_max_memberships=20", set("net/ipv4/igmp_max_memberships", "0"), mustGroup(t, "239.1.1.0+100%eth0:5000")},
		{"no memberships, of one source", ErrTooManyMemberships, "sysctl -w net.ipv4.igmp_max_memberships=20", set("net/ipv4/igmp_max_memberships", "0"), mustGroup(t, "192.0.2.1@239.1.1.1%eth0:5000")},
		{"eleven sources", ErrTooManySources, "raise net.ipv4.igmp_max_msf, which is 10", none, manySources("232.1.1.1", 11)},
		{"eleven sources to exclude", ErrTooManySources, "raise net.ipv4.igmp_max_msf, which is 10", none, exclude(manySources("232.1.1.1", 11))},
		{"eleven sources, of a block", ErrTooManySources, "raise net.ipv4.igmp_max_msf, which is 10", none, block(manySources("232.1.1.1", 11), 30)},
		{"65 IPv6 sources", ErrTooManySources, "raise net.ipv6.mld_max_msf", none, manySources("ff35::1", 65)},
		{"65 IPv6 sources to exclude", ErrTooManySources, "raise net.ipv6.mld_max_msf", none, exclude(manySources("ff35::1", 65))},
		{"no descriptor", syscall.EMFILE, "ulimit -n", descriptors(0), mustGroup(t, "239.1.1.1%eth0:5000")},
		{"no descriptor for IPv6", syscall.EMFILE, "ulimit -n", descriptors(0), mustGroup(t, "[ff15::1]%eth0:5000")},
		{"one descriptor for IPv6", syscall.EMFILE, "ulimit -n", descriptors(1), mustGroup(t, "[ff15::1]%eth0:5000")},
		{"no descriptor for a block", syscall.EMFILE, "ulimit -n", descriptors(0), mustGroup(t, "239.1.1.0+100%eth0:5000")},
		{"a few descriptors for a block", syscall.EMFILE, "ulimit -n", descriptors(3), mustGroup(t, "239.1.1.0+100%eth0:5000")},
		{"a few descriptors for sixteen", syscall.EMFILE, "ulimit -n", descriptors(5), mustGroup(t, "239.1.2.0+14%eth0:5000")},
	} {
		befores := []string{"", "239.1.1.9%eth0:4000", "239.1.1.9%eth0:5000", "[ff15::9]%eth0:5000", groupText(test.group.Addr.String(), "eth1")}
		if errors.Is(test.want, syscall.EMFILE) {
			befores = befores[:2] // the others may leave a socket that has room
		}
		for _, before := range befores {
			t.Run(test.name+"/after "+before, func(t *testing.T) {
				_, b := twoHosts(t)
				groups, joined := []string{}, map[string][]string{}
				if before != "" {
					g := mustGroup(t, before)
					groups = append(groups, before)
					joined[g.Interface] = []string{g.Addr.String()}
				}
				r := receiverOn(t, b, ReceiverConfig{}, groups...)
				was := memberships(r)
				var err error
				b.Do(func() {
					// Within Do, which takes descriptors itself.
					defer test.limit(t, b)()
					err = r.Join(test.group)
				})
				var e *Error
				switch {
				case !errors.Is(err, test.want):
					t.Errorf("the join failed with %v, want %v", err, test.want)
				case !errors.As(err, &e) || !strings.Contains(e.Hint(), test.hint):
					t.Errorf("the hint of %+v is not %q", e, test.hint)
				}
				if strings.ContainsAny(fmt.Sprint(err), "\n") {
					t.Errorf("the error has several lines: %q", err)
				}
				checkMemberships(t, r, was...)
				checkKernelGroups(t, b, "eth0", joined["eth0"]...)
				checkKernelGroups(t, b, "eth1", joined["eth1"]...)
			})
		}
	}
}

// A join that is refused takes back what it has changed of a group that was
// joined already.
//
//	a ── eth0 ────── eth0 ── b
func TestJoinRefusedKeepsTheSourceList(t *testing.T) {
	for _, f := range sourceFamilies {
		t.Run(f.name, func(t *testing.T) {
			a, b := sources(t)
			mark := "239.1.1.99"
			if f.name == "IPv6" {
				mark = "ff15::99"
			}
			r := receiverOn(t, b, ReceiverConfig{}, groupText(mark, ""), groupText(f.group, "", f.prefix+"1"))
			probe := newSourceProbe(t, a, r, f.group, f.prefix, mark)
			more := mustGroup(t, groupText(f.group, "", f.prefix+"2"))
			for s := netip.MustParseAddr(f.prefix + "3"); len(more.Sources) < 100; s = s.Next() {
				more.Sources = append(more.Sources, s)
			}
			if err := joinOn(b, r, more); !errors.Is(err, ErrTooManySources) {
				t.Fatalf("%d more sources: %v", len(more.Sources), err)
			}
			if got := probe.heard(t); !slices.Equal(got, []int{1}) {
				t.Errorf("after that the sources %v are heard, want 1", got)
			}
			mustJoin(t, b, r, groupText(f.group, "", f.prefix+"3"))
			if got := probe.heard(t); !slices.Equal(got, []int{1, 3}) {
				t.Errorf("with one more the sources %v are heard, want 1 and 3", got)
			}
		})
	}
}

// A receiver or sender that cannot be made for want of descriptors says so, and
// leaves none open, however far it got.
//
//	a ── eth0 ────── eth0 ── b
func TestOutOfDescriptors(t *testing.T) {
	_, b := sources(t)
	for _, test := range []struct {
		name string
		make func() (interface{ Close() error }, error)
	}{
		{"receiver", func() (interface{ Close() error }, error) {
			return NewReceiver([]Group{mustGroup(t, "239.1.1.1%eth0:5000"), mustGroup(t, "[ff15::1]%eth0:5000")}, ReceiverConfig{})
		}},
		{"receiver of many", func() (interface{ Close() error }, error) {
			return NewReceiver([]Group{mustGroup(t, "239.1.1.0+60%eth0:5000")}, ReceiverConfig{})
		}},
		{"sender", func() (interface{ Close() error }, error) {
			return NewSender([]Group{mustGroup(t, "239.1.1.1%eth0:5000"), mustGroup(t, "[ff15::1]%eth0:5000")}, SenderConfig{})
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b.Do(func() {
				before := descriptors(t)
				more := 0
				for {
					restore := leaveDescriptors(t, more)
					c, err := test.make()
					restore()
					if err == nil {
						_ = c.Close()
						break
					}
					if more == 20 {
						t.Fatalf("room for %d descriptors is not enough: %v", more, err)
					}
					var e *Error
					if !errors.Is(err, syscall.EMFILE) || !errors.As(err, &e) || !strings.Contains(e.Hint(), "ulimit -n") {
						t.Fatalf("with room for %d descriptors: %v, with no hint", more, err)
					}
					if now := descriptors(t); now != before {
						t.Fatalf("with room for %d descriptors, %d are left open", more, now-before)
					}
					more++
				}
				if more < 3 {
					t.Errorf("room for %d descriptors was enough", more)
				}
				if now := descriptors(t); now != before {
					t.Errorf("after Close %d descriptors are left open", now-before)
				}
			})
			checkKernelGroups(t, b, "eth0")
		})
	}
}
