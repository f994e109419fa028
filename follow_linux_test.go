//go:build !mcast_portable

package mcast

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"mcast/internal/nettest"
)

// events collects what a receiver tells.
type events struct {
	mu   sync.Mutex
	list []string
	errs []error
}

func (e *events) notify(ev Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	kind := map[EventKind]string{Joined: "joined", Lost: "lost", JoinFailed: "failed"}[ev.Kind]
	e.list = append(e.list, kind+" "+ev.Interface)
	if (ev.Err != nil) != (ev.Kind == JoinFailed) {
		e.errs = append(e.errs, fmt.Errorf("event %+v", ev))
	}
}

// check waits for the events since the last check, and fails the test if they
// are others.
func (e *events) check(t *testing.T, want ...string) {
	t.Helper()
	nettest.Eventually(t, fmt.Sprintf("the events %q", want), 10*time.Second, func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return len(e.list) >= len(want)
	})
	e.mu.Lock()
	defer e.mu.Unlock()
	if !slices.Equal(e.list, want) {
		t.Errorf("the events are %q, want %q", e.list, want)
	}
	for _, err := range e.errs {
		t.Error(err)
	}
	e.list = nil
}

// follower is a receiver on host b whose interfaces change, and the sending
// host a at the other end of the cable.
type follower struct {
	a, b   *nettest.Host
	r      *Receiver
	events events
	group  string
	sent   int
}

// plug connects eth0 of b to an interface of a.
func (f *follower) plug(t *testing.T) {
	t.Helper()
	nettest.Pair(t, f.a.NIC("eth0", "192.0.2.1/24", "2001:db8::1/64"), f.b.NIC("eth0", "192.0.2.2/24", "2001:db8::2/64"))
}

// joined waits until the receiver has joined on that interface alone.
func (f *follower) joined(t *testing.T, name string) {
	t.Helper()
	nettest.Eventually(t, "a membership on "+name, 10*time.Second, func() bool {
		return slices.Equal(memberships(f.r), []string{f.group + " " + name})
	})
	nettest.Eventually(t, "the kernel's membership on "+name, 10*time.Second, func() bool {
		return len(kernelGroups(t, f.b, name)) == 1
	})
}

// left waits until the receiver has joined nowhere.
func (f *follower) left(t *testing.T) {
	t.Helper()
	nettest.Eventually(t, "no membership", 10*time.Second, func() bool { return len(f.r.Memberships()) == 0 })
}

// hears fails the test unless what a sends by eth0 arrives at b by that
// interface.
func (f *follower) hears(t *testing.T, by string) {
	t.Helper()
	f.a.WaitUp("eth0")
	s := senderOn(t, f.a, SenderConfig{}, groupText(f.group, "eth0"))
	f.sent++
	text := fmt.Sprint("number ", f.sent)
	sendText(t, s, text)
	if d := received(t, f.r); string(d.Payload) != text || d.Interface != by {
		t.Fatalf("received %q by %s, want %q by %s", d.Payload, d.Interface, text, by)
	}
}

// follow runs a test for both families, and with a socket for the group or one
// for all.
func follow(t *testing.T, interfaces []string, plugged bool, test func(t *testing.T, f *follower)) {
	for _, family := range sourceFamilies {
		t.Run(family.name, func(t *testing.T) {
			f := &follower{a: nettest.NewHost(t, "a"), b: nettest.NewHost(t, "b"), group: family.group}
			if plugged {
				f.plug(t)
			}
			f.b.Down("lo") // else "all" would join there, too
			f.r = receiverOn(t, f.b, ReceiverConfig{Interfaces: interfaces, Notify: f.events.notify}, groupText(f.group, ""))
			test(t, f)
		})
	}
}

// An interface that appears is joined by a receiver on all.
//
//	a ── eth0 ────── eth0 ── b   plugged in after the start
func TestFollowAppears(t *testing.T) {
	follow(t, nil, false, func(t *testing.T, f *follower) {
		f.left(t)
		f.plug(t)
		f.joined(t, "eth0")
		f.events.check(t, "joined eth0")
		f.hears(t, "eth0")
	})
}

// An interface that comes up is joined by a receiver on all; one that goes down
// and comes up again has kept its memberships.
//
//	a ── eth0 ────── eth0 ── b
func TestFollowUpAndDown(t *testing.T) {
	follow(t, nil, true, func(t *testing.T, f *follower) {
		f.hears(t, "eth0")
		for range 3 {
			f.b.Down("eth0")
			nettest.Eventually(t, "a membership that is down", 10*time.Second, func() bool {
				m := f.r.Memberships()
				return len(m) == 1 && !m[0].Up
			})
			f.b.Up("eth0")
			f.b.WaitUp("eth0")
			f.hears(t, "eth0")
		}
		f.events.check(t)
	})
}

// An interface that is deleted and made again, with another index, is joined
// again: by a receiver on all and by one on its name.
//
//	a ── eth0 ────── eth0 ── b
func TestFollowDeletedAndMadeAgain(t *testing.T) {
	for _, interfaces := range [][]string{nil, {"eth0"}, {"192.0.2.2"}, {"2001:db8::2"}} {
		t.Run(fmt.Sprint(interfaces), func(t *testing.T) {
			follow(t, interfaces, true, func(t *testing.T, f *follower) {
				f.hears(t, "eth0")
				for range 2 {
					before := f.r.Memberships()[0].Index
					f.b.DelLink("eth0")
					f.left(t)
					f.events.check(t, "lost eth0")
					nettest.Pair(t, f.b.NIC("eth7"), f.a.NIC("eth7")) // takes the index
					f.plug(t)
					nettest.Eventually(t, "a membership on eth0", 10*time.Second, func() bool {
						return slices.Contains(memberships(f.r), f.group+" eth0")
					})
					m := f.r.Memberships()
					if at := m[len(m)-1]; at.Interface != "eth0" || at.Index == before {
						t.Errorf("joined on %+v, which was index %d before", at, before)
					}
					f.hears(t, "eth0")
					f.b.DelLink("eth7")
					f.joined(t, "eth0")
					if interfaces == nil {
						f.events.check(t, "joined eth7", "joined eth0", "lost eth7")
					} else {
						f.events.check(t, "joined eth0")
					}
				}
			})
		})
	}
}

// unseen runs fn while the receiver's follower has to wait. A fn that fails the
// test lets it go too: the receiver could not be closed otherwise.
func (f *follower) unseen(fn func()) {
	f.r.mu.Lock()
	defer f.r.mu.Unlock()
	fn()
}

// One that is made again with the same index, name and addresses looks as if
// nothing had happened, but the kernel has dropped its memberships.
//
//	a ── eth0 ────── eth0 ── b
func TestFollowMadeAgainWithTheSameIndex(t *testing.T) {
	follow(t, []string{"eth0"}, true, func(t *testing.T, f *follower) {
		f.hears(t, "eth0")
		index := f.b.Interface("eth0").Index
		// The receiver gets to see it only when all is over.
		f.unseen(func() {
			f.b.DelLink("eth0")
			nettest.Pair(t, f.b.NIC("eth0", "192.0.2.2/24", "2001:db8::2/64").WithIndex(index), f.a.NIC("eth0", "192.0.2.1/24", "2001:db8::1/64"))
		})
		f.events.check(t, "lost eth0", "joined eth0")
		checkKernelGroups(t, f.b, "eth0", f.group)
		f.hears(t, "eth0")
	})
}

// A change that a Join comes to see first is followed all the same.
//
//	a ── eth0 ────── eth0 ── b   plugged in after the start
func TestFollowWhatJoinHasSeen(t *testing.T) {
	follow(t, nil, false, func(t *testing.T, f *follower) {
		f.unseen(func() {
			f.plug(t)
			if err := f.r.look(); err != nil { // as Join does
				t.Fatal(err)
			}
		})
		f.joined(t, "eth0")
		f.events.check(t, "joined eth0")
	})
}

// A name follows the interface that has it: one that is renamed is no longer
// meant, and one that gets the name is.
//
//	a ── eth0 ────── eth0 ── b
//	  └─ eth1 ────── eth1 ─┘
func TestFollowRenamed(t *testing.T) {
	follow(t, []string{"eth0"}, true, func(t *testing.T, f *follower) {
		f.hears(t, "eth0")
		f.b.Rename("eth0", "lan0")
		f.left(t)
		f.events.check(t, "lost eth0")
		checkKernelGroups(t, f.b, "lan0")
		f.b.Rename("lan0", "eth0")
		f.joined(t, "eth0")
		f.events.check(t, "joined eth0")
		f.hears(t, "eth0")
	})
	// On all it stays joined, and is known by its new name.
	follow(t, nil, true, func(t *testing.T, f *follower) {
		f.hears(t, "eth0")
		f.b.Rename("eth0", "lan0")
		f.joined(t, "lan0")
		f.hears(t, "lan0")
		f.events.check(t)
	})
}

// An address that moves to another interface takes the membership along.
//
//	a ── eth0 ────── eth0 ── b
//	  └─ eth1 ────── eth1 ─┘
func TestFollowAddress(t *testing.T) {
	for _, test := range []struct{ address, length, group string }{
		{"203.0.113.1", "/32", "239.1.1.1"},
		{"2001:db8:9::1", "/128", "ff15::1"},
	} {
		t.Run(test.group, func(t *testing.T) {
			_, b := twoHosts(t)
			b.AddAddr("eth0", test.address+test.length)
			var events events
			r := receiverOn(t, b, ReceiverConfig{Interfaces: []string{test.address}, Notify: events.notify}, groupText(test.group, ""))
			checkMemberships(t, r, test.group+" eth0")
			b.DelAddr("eth0", test.address+test.length)
			nettest.Eventually(t, "no membership", 10*time.Second, func() bool { return len(r.Memberships()) == 0 })
			b.AddAddr("eth1", test.address+test.length)
			nettest.Eventually(t, "a membership on eth1", 10*time.Second, func() bool {
				return slices.Equal(memberships(r), []string{test.group + " eth1"})
			})
			events.check(t, "lost eth0", "joined eth1")
			checkKernelGroups(t, b, "eth0")
			checkKernelGroups(t, b, "eth1", test.group)
		})
	}
}

// IPv6 leaves an interface whose MTU falls below 1280, and takes the groups
// along; when it is back they are joined anew, however short the time was. IPv4
// does not mind.
//
//	a ── eth0 ────── eth0 ── b
func TestFollowMTU(t *testing.T) {
	follow(t, nil, true, func(t *testing.T, f *follower) {
		for _, slow := range []bool{false, true, false, true} {
			f.hears(t, "eth0")
			f.b.SetMTU("eth0", 1000)
			if slow {
				nettest.Eventually(t, "the receiver to see it", 10*time.Second, func() bool {
					f.r.mu.Lock()
					defer f.r.mu.Unlock()
					return slices.ContainsFunc(f.r.followed, func(i Interface) bool { return i.MTU == 1000 })
				})
			}
			f.b.SetMTU("eth0", 1500)
			f.b.WaitUp("eth0")
			nettest.Eventually(t, "the kernel's membership", 10*time.Second, func() bool {
				return len(kernelGroups(t, f.b, "eth0")) == 1
			})
		}
		f.hears(t, "eth0")
		f.events.check(t)
	})
}

// All groups are joined on what comes later, and those dropped are not.
//
//	a ── eth0 ────── eth0 ── b   plugged in after the start
func TestFollowManyGroups(t *testing.T) {
	const n = 1000
	for _, block := range []string{"239.1.0.0", "ff15::1:0"} {
		t.Run(block, func(t *testing.T) {
			f := &follower{a: nettest.NewHost(t, "a"), b: nettest.NewHost(t, "b"), group: block}
			f.b.Down("lo")
			g := mustGroup(t, groupText(block, ""))
			g.Count = n
			f.r = receiverOn(t, f.b, ReceiverConfig{Notify: f.events.notify}, g.String())
			g.Count = 0
			mustLeave(t, f.b, f.r, g.String())
			f.plug(t)
			nettest.Eventually(t, "all groups", 10*time.Second, func() bool { return len(f.r.Memberships()) == n-1 })
			if got := len(kernelGroups(t, f.b, "eth0")); got != n-1 {
				t.Errorf("the kernel has %d groups, want %d", got, n-1)
			}
			f.events.check(t, "joined eth0")
			f.group = g.Addr.Next().String()
			f.hears(t, "eth0")
		})
	}
}

// What cannot be joined later is told, and tried again at the next change.
//
//	a ── eth0 ────── eth0 ── b   plugged in after the start
func TestFollowJoinFailed(t *testing.T) {
	var failure Event
	var mu sync.Mutex
	a, b := nettest.NewHost(t, "a"), nettest.NewHost(t, "b")
	b.Down("lo")
	r := receiverOn(t, b, ReceiverConfig{Notify: func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		if e.Kind == JoinFailed {
			failure = e
		}
	}}, "239.1.1.1:5000")
	b.Sysctl("net/ipv4/igmp_max_memberships", "0")
	nettest.Pair(t, a.NIC("eth0", "192.0.2.1/24"), b.NIC("eth0", "192.0.2.2/24"))
	nettest.Eventually(t, "a failure", 10*time.Second, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return failure.Err != nil
	})
	mu.Lock()
	var e *Error
	if failure.Interface != "eth0" || !errors.Is(failure.Err, ErrTooManyMemberships) || !errors.As(failure.Err, &e) || e.Hint() == "" {
		t.Errorf("the event is %+v", failure)
	}
	mu.Unlock()
	b.Sysctl("net/ipv4/igmp_max_memberships", "20")
	b.AddAddr("eth0", "192.0.2.3/24") // a change
	nettest.Eventually(t, "a membership", 10*time.Second, func() bool { return len(r.Memberships()) == 1 })
}

// A receiver on what the routing table picks follows it when the interface is
// gone.
//
//	a ── eth0 ────── eth0 ── b   the route of b is by eth0
//	  └─ eth1 ────── eth1 ─┘
func TestFollowRoute(t *testing.T) {
	_, b := twoHosts(t)
	b.AddRoute("224.0.0.0/4", "eth0")
	var events events
	r := receiverOn(t, b, ReceiverConfig{Interfaces: []string{RouteInterface}, Notify: events.notify}, "239.1.1.1:5000")
	checkMemberships(t, r, "239.1.1.1 eth0")
	b.DelLink("eth0")
	nettest.Eventually(t, "no membership", 10*time.Second, func() bool { return len(r.Memberships()) == 0 })
	events.check(t, "lost eth0", "failed route")
	b.AddRoute("224.0.0.0/4", "eth1")
	b.AddAddr("eth1", "198.51.100.3/24") // a route alone is not announced
	nettest.Eventually(t, "a membership", 10*time.Second, func() bool { return slices.Equal(memberships(r), []string{"239.1.1.1 eth1"}) })
	events.check(t, "joined eth1")
}

// Interfaces that come and go in a hurry, with a reader and joins beside, end
// in order.
//
//	a ── eth0 ────── eth0 ── b
func TestFollowInAHurry(t *testing.T) {
	follow(t, nil, true, func(t *testing.T, f *follower) {
		reads := make(chan error, 1)
		go func() {
			messages := NewMessages(8)
			for {
				if _, err := f.r.ReadBatch(messages); err != nil {
					reads <- err
					return
				}
			}
		}()
		other := "239.1.1.7"
		if f.group != "232.1.1.1" {
			other = "ff15::7"
		}
		for range 10 {
			f.b.DelLink("eth0")
			f.plug(t)
			mustJoin(t, f.b, f.r, groupText(other, ""))
			f.b.SetMTU("eth0", 1000)
			f.b.Down("eth0")
			mustLeave(t, f.b, f.r, groupText(other, ""))
			f.b.SetMTU("eth0", 1500)
			f.b.Up("eth0")
		}
		f.b.WaitUp("eth0")
		f.joined(t, "eth0")
		if err := f.r.Close(); err != nil {
			t.Error(err)
		}
		if err := <-reads; !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
}
