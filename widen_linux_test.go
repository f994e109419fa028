//go:build !mcast_portable

package mcast

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
)

// A port on which more groups are joined than have a socket each changes over
// to one socket for all. While traffic flows, that loses nothing and repeats
// nothing.
//
//	a ── eth0 ────── eth0 ── b
func TestChangeOfModeUnderTraffic(t *testing.T) {
	for _, f := range sourceFamilies {
		for _, sourced := range []bool{false, true} {
			name, sources1 := f.name+"/any source", []string(nil)
			if sourced {
				name, sources1 = f.name+"/one source", []string{f.prefix + "1"}
			}
			t.Run(name, func(t *testing.T) {
				a, b := sources(t)
				// Several times over: a race that is lost seldom. Other groups
				// besides make the change take longer.
				extra := mustGroup(t, f.extra)
				others := extra
				others.Count = mostBound - 1
				for range 20 {
					r := receiverOn(t, b, ReceiverConfig{Offload: OffloadOff}, groupText(f.group, "", sources1...), others.String())
					s := senderOn(t, a, SenderConfig{Interfaces: []string{f.prefix + "1"}}, groupText(f.group, ""))
					awaitStamps(t, r, s)
					stream := startStream(t, s)
					stream.during(t, r, func() error { return r.Join(extra) })
					stream.check(t, r)
					if err := r.Close(); err != nil {
						t.Fatal(err)
					}
				}
			})
		}
	}
}

// What was received before the change, and not read yet, is read after it, and
// before what came later.
//
//	a ── eth0 ────── eth0 ── b
func TestChangeOfModeKeepsWhatIsQueued(t *testing.T) {
	for _, f := range sourceFamilies {
		t.Run(f.name, func(t *testing.T) {
			a, b := sources(t)
			r := receiverOn(t, b, ReceiverConfig{}, groupText(f.group, ""))
			s := senderOn(t, a, SenderConfig{}, groupText(f.group, "eth0"))
			awaitStamps(t, r, s)
			var want []string
			for i := range 100 {
				want = append(want, fmt.Sprint("before ", i))
				sendText(t, s, want[i])
			}
			mustJoin(t, b, r, f.extra)
			for i := range 100 {
				want = append(want, fmt.Sprint("after ", i))
				sendText(t, s, want[100+i])
			}
			checkReceives(t, r, want...)
		})
	}
}

// The change leaves no membership behind: a group that is dropped after it is
// left, and the filter of one that changes after it is in force, whether or
// not traffic has come in between.
//
//	b ── eth0 ────── eth0 ── a
func TestChangeOfModeLeavesNoMembership(t *testing.T) {
	for _, f := range sourceFamilies {
		t.Run(f.name, func(t *testing.T) {
			_, b := sources(t)
			r := receiverOn(t, b, ReceiverConfig{}, groupText(f.group, "eth0"))
			mustJoin(t, b, r, f.extra)
			group := netip.MustParseAddr(f.group)
			if got := kernelGroups(t, b, "eth0"); !slices.Contains(got, group) {
				t.Errorf("after the change the host is a member of %v", got)
			}
			mustLeave(t, b, r, groupText(f.group, "eth0"))
			if got := kernelGroups(t, b, "eth0"); slices.Contains(got, group) {
				t.Errorf("dropped after the change, the host is a member of %v", got)
			}
			mustLeave(t, b, r, f.extra)
			checkKernelGroups(t, b, "eth0")
			checkMemberships(t, r)
		})
	}
}

// Sixteen groups have a socket each; the seventeenth changes that, and it does
// not matter whether they come one at a time or as a block, or on other ports.
func TestMostBound(t *testing.T) {
	_, b := sources(t)
	sockets := func(r *Receiver) int {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.sockets)
	}
	r := receiverOn(t, b, ReceiverConfig{})
	for i := range mostBound {
		mustJoin(t, b, r, fmt.Sprintf("239.1.1.%d%%eth0:5000", i))
		mustJoin(t, b, r, fmt.Sprintf("239.1.1.%d%%eth0:5001", i))
	}
	if n := sockets(r); n != 2*mostBound {
		t.Errorf("%d groups on each of two ports have %d sockets", mostBound, n)
	}
	block := receiverOn(t, b, ReceiverConfig{}, fmt.Sprintf("239.1.1.0+%d%%eth0:5000", mostBound+1))
	if n := sockets(block); n != 1 {
		t.Errorf("%d groups have %d sockets", mostBound+1, n)
	}
	mustJoin(t, b, block, fmt.Sprintf("239.1.1.0+%d%%lo:5000", mostBound+1))
	if n := sockets(block); n != 1 {
		t.Errorf("the same groups, joined again, have %d sockets", n)
	}
}
