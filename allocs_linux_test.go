//go:build !mcast_portable

package mcast

import (
	"context"
	"fmt"
	"testing"
)

// The batch calls allocate nothing, for one datagram or many, with offload or
// without, for the groups that have a socket each and for those that share one.
//
//	a ── eth0 ────── eth0 ── b
func TestBatchesDoNotAllocate(t *testing.T) {
	a, b := sources(t)
	ctx := context.Background()
	for _, group := range []string{"239.1.1.1", "ff15::1"} {
		for _, mode := range portModes {
			for _, offload := range []Offload{OffloadAuto, OffloadOff} {
				for _, n := range []int{1, 40} {
					t.Run(fmt.Sprintf("%s/%s/offload %d/%d", group, mode.name, offload, n), func(t *testing.T) {
						r := receiverOn(t, b, ReceiverConfig{Offload: offload}, groupText(group, "eth0"))
						if mode.extra > 0 {
							block := mustGroup(t, groupText(group, "eth0"))
							block.Count = mode.extra
							mustJoin(t, b, r, block.String())
						}
						s := senderOn(t, a, SenderConfig{Offload: offload}, groupText(group, "eth0"))
						datagrams, messages := numbered(numbers(n, 200)...), NewMessages(16)
						var failed error
						exchange := func() {
							if sent, err := s.WriteBatch(ctx, 0, datagrams); sent != n {
								failed = err
								return
							}
							for got := 0; got < n; {
								k, err := r.ReadBatch(messages)
								if err != nil {
									failed = err
									return
								}
								for i := range messages[:k] {
									got += messages[i].Len()
									for range messages[i].Datagrams() {
									}
								}
							}
						}
						exchange() // what grows once has grown
						if allocs := testing.AllocsPerRun(50, exchange); allocs != 0 || failed != nil {
							t.Errorf("%v allocations for %d datagrams sent and received: %v", allocs, n, failed)
						}
						_ = r.Close()
					})
				}
			}
		}
	}
}

// A read that has to wait allocates nothing either.
//
//	a ── eth0 ────── eth0 ── b
func TestWaitDoesNotAllocate(t *testing.T) {
	a, b := sources(t)
	r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000")
	s := senderOn(t, a, SenderConfig{}, "239.1.1.1%eth0:5000")
	datagrams, messages := numbered(1), NewMessages(1)
	turn := make(chan struct{})
	defer close(turn)
	go func() {
		for range turn {
			_, _ = s.WriteBatch(context.Background(), 0, datagrams)
		}
	}()
	var failed error
	exchange := func() {
		turn <- struct{}{} // the read most often begins before the datagram is there
		if _, err := r.ReadBatch(messages); err != nil {
			failed = err
		}
	}
	exchange()
	if allocs := testing.AllocsPerRun(50, exchange); allocs != 0 || failed != nil {
		t.Errorf("%v allocations for a datagram waited for: %v", allocs, failed)
	}
}
