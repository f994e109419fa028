//go:build !mcast_portable

package mcast

import (
	"net/netip"
	"testing"
)

// readAll reads all that has been received, and returns how many datagrams it
// was. There is at least one.
func readAll(t *testing.T, r *Receiver) int {
	t.Helper()
	n := 0
	messages := NewMessages(64)
	for {
		for _, m := range readBatch(t, r, messages) {
			n += m.Len()
		}
		if emptied(t, r) {
			return n
		}
	}
}

// What the kernel dropped for want of room is counted: exactly, when datagrams
// come one by one; at least once, when they come in runs.
//
//	a ── eth0 ────── eth0 ── b
func TestDropped(t *testing.T) {
	a, b := sources(t)
	for _, test := range []struct {
		name    string
		offload Offload
		exact   bool
	}{
		{"offload", OffloadAuto, false},
		{"no offload", OffloadOff, true},
	} {
		for _, group := range []string{"239.1.1.1", "ff15::1"} {
			t.Run(test.name+"/"+group, func(t *testing.T) {
				if !test.exact {
					needOffload(t)
				}
				const buffer = 64 << 10
				r := receiverOn(t, b, ReceiverConfig{Offload: test.offload, ReceiveBuffer: buffer}, groupText(group, ""))
				if got := r.ReceiveBuffer(); got != buffer {
					t.Errorf("the receive buffer has %d bytes, want %d", got, buffer)
				}
				s := senderOn(t, a, SenderConfig{Offload: test.offload}, groupText(group, "eth0"))
				const n = 2000
				for round := uint64(1); round <= 2; round++ {
					was := stats(t, r)
					write(t, s, lengths(numbers(n, 1000)...))
					got := readAll(t, r)
					now := stats(t, r)
					dropped, lost := now.Dropped-was.Dropped, uint64(n-got)
					switch {
					case got == n:
						t.Errorf("all of %d bytes fitted into a buffer of %d", n*1000, buffer)
					case now.Exact != test.exact:
						t.Errorf("the count is exact: %v", now.Exact)
					case test.exact && dropped != lost:
						t.Errorf("%d datagrams were dropped, says the receiver that received %d of %d", dropped, got, n)
					case dropped < 1 || dropped > lost:
						t.Errorf("%d datagrams were dropped, says the receiver that received %d of %d", dropped, got, n)
					}
					at := netip.AddrPortFrom(netip.MustParseAddr(group), 5000)
					if len(now.DroppedByGroup) != 1 || now.DroppedByGroup[at] != now.Dropped {
						t.Errorf("by group %v were dropped, in all %d", now.DroppedByGroup, now.Dropped)
					}
				}
			})
		}
	}
}

// numbers is a list of n times the same.
func numbers(n, value int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = value
	}
	return list
}

func stats(t *testing.T, r *Receiver) ReceiverStats {
	t.Helper()
	s, err := r.Stats()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Each group that has a socket of its own is counted alone, and what was
// dropped stays counted when the group is left and when one socket takes over
// from those of the groups.
//
//	a ── eth0 ────── eth0 ── b
func TestDroppedByGroup(t *testing.T) {
	a, b := sources(t)
	r := receiverOn(t, b, ReceiverConfig{Offload: OffloadOff, ReceiveBuffer: 64 << 10}, "239.1.1.1:5000", "239.1.1.2:5000", "239.1.1.3:5000")
	const n = 1000
	lost := map[string]int{}
	for _, group := range []string{"239.1.1.1", "239.1.1.2"} {
		write(t, senderOn(t, a, SenderConfig{Offload: OffloadOff}, groupText(group, "eth0")), lengths(numbers(n, 1000)...))
		lost[group+":5000"] = n - readAll(t, r)
	}
	sum := uint64(lost["239.1.1.1:5000"] + lost["239.1.1.2:5000"])
	s := stats(t, r)
	if len(s.DroppedByGroup) != 3 || s.Dropped != sum {
		t.Errorf("dropped %d, by group %v, want %d", s.Dropped, s.DroppedByGroup, sum)
	}
	for group, n := range s.DroppedByGroup {
		if n != uint64(lost[group.String()]) {
			t.Errorf("for %v %d were dropped, want %d", group, n, lost[group.String()])
		}
	}
	mustLeave(t, b, r, "239.1.1.1:5000")
	if s := stats(t, r); s.Dropped != sum || len(s.DroppedByGroup) != 2 {
		t.Errorf("after one is left %d were dropped, by group %v", s.Dropped, s.DroppedByGroup)
	}
	mustJoin(t, b, r, "239.9.0.0+40:5000")
	if s := stats(t, r); s.Dropped != sum || len(s.DroppedByGroup) != 0 {
		t.Errorf("after many are joined %d were dropped, by group %v", s.Dropped, s.DroppedByGroup)
	}
	write(t, senderOn(t, a, SenderConfig{Offload: OffloadOff}, "239.9.0.7%eth0:5000"), lengths(numbers(n, 1000)...))
	sum += uint64(n - readAll(t, r))
	if s := stats(t, r); s.Dropped != sum {
		t.Errorf("in all %d were dropped, want %d", s.Dropped, sum)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if s := stats(t, r); s.Dropped != sum || !s.Exact {
		t.Errorf("after Close %d were dropped, want %d", s.Dropped, sum)
	}
}

// A receiver that reads in time drops nothing.
//
//	a ── eth0 ────── eth0 ── b
func TestNothingDropped(t *testing.T) {
	a, b := sources(t)
	r := receiverOn(t, b, ReceiverConfig{ReceiveBuffer: 1 << 20}, "239.1.1.1:5000")
	s := senderOn(t, a, SenderConfig{}, "239.1.1.1%eth0:5000")
	for range 20 {
		write(t, s, lengths(numbers(20, 1000)...))
		got := 0
		for messages := NewMessages(8); got < 20; {
			for _, m := range readBatch(t, r, messages) {
				got += m.Len()
			}
		}
	}
	if s := stats(t, r); s.Dropped != 0 {
		t.Errorf("%d datagrams were dropped", s.Dropped)
	}
}

// The receive buffer is what was asked for, or what the system allows.
func TestReceiveBuffer(t *testing.T) {
	_, b := sources(t)
	r := receiverOn(t, b, ReceiverConfig{})
	if n := r.ReceiveBuffer(); n != 0 {
		t.Errorf("%d bytes before the first group", n)
	}
	mustJoin(t, b, r, "239.1.1.1:5000")
	if n := r.ReceiveBuffer(); n < 64<<10 || n > defaultReceiveBuffer {
		t.Errorf("%d bytes by default", n)
	}
}
