//go:build !mcast_portable

package mcast

import (
	"testing"
	"time"

	"mcast/internal/nettest"
)

// A receiver stays in the network namespace in which it was made, whichever
// thread uses it: the test, and the receiver's own goroutine, run in another
// one, which has no eth0.
//
//	a ── eth0 ────── eth0 ── b
func TestReceiverStaysInItsNamespace(t *testing.T) {
	for _, group := range []string{"239.1.1.1", "ff15::1"} {
		t.Run(group, func(t *testing.T) {
			a, b := sources(t)
			r := receiverOn(t, b, ReceiverConfig{}) // no group yet, so no socket
			if err := r.Join(mustGroup(t, groupText(group, "eth0"))); err != nil {
				t.Fatal(err)
			}
			checkMemberships(t, r, group+" eth0")
			checkKernelGroups(t, b, "eth0", group)
			s := senderOn(t, a, SenderConfig{}, groupText(group, "eth0"))
			sendText(t, s, "joined from outside")
			checkReceives(t, r, "joined from outside")
			if err := r.Leave(mustGroup(t, groupText(group, "eth0"))); err != nil {
				t.Fatal(err)
			}
			checkKernelGroups(t, b, "eth0")
		})
	}
}

// What comes up later is joined by the receiver's own goroutine, which then
// needs a socket for it.
//
//	a ── eth0 ────── eth0 ── b   b's end is down at first
func TestFollowerStaysInItsNamespace(t *testing.T) {
	for _, group := range []string{"239.1.1.1", "ff15::1"} {
		t.Run(group, func(t *testing.T) {
			a, b := sources(t)
			b.Down("eth0")
			b.Down("lo")
			r := receiverOn(t, b, ReceiverConfig{}, groupText(group, ""))
			checkMemberships(t, r)
			b.Up("eth0")
			b.WaitUp("eth0")
			nettest.Eventually(t, "a membership on eth0", 5*time.Second, func() bool { return len(r.Memberships()) == 1 })
			checkKernelGroups(t, b, "eth0", group)
			sendText(t, senderOn(t, a, SenderConfig{}, groupText(group, "eth0")), "hello")
			checkReceives(t, r, "hello")
		})
	}
}

// A sender and the list of interfaces are of the calling thread's namespace.
//
//	a ── eth0 ────── eth0 ── b
func TestSenderStaysInItsNamespace(t *testing.T) {
	a, b := sources(t)
	r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000")
	s := senderOn(t, a, SenderConfig{}, "239.1.1.1%eth0:5000")
	sendText(t, s, "from the namespace of the test")
	checkReceives(t, r, "from the namespace of the test")
	b.Rename("eth0", "lan0")
	names := func(h *nettest.Host) (list []string) {
		for _, i := range interfacesOf(t, h) {
			if i.up() {
				list = append(list, i.Name)
			}
		}
		return list
	}
	if got := names(a); len(got) != 2 || got[1] != "eth0" {
		t.Errorf("a has %v", got)
	}
	if got := names(b); len(got) != 2 || got[1] != "lan0" {
		t.Errorf("b has %v", got)
	}
}
