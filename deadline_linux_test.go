//go:build !mcast_portable

package mcast

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"mcast/internal/nettest"
	"mcast/internal/sys"
)

// What had arrived by the deadline is read after it, from more sockets than the
// kernel tells of at once; a deadline long past ends reads although there is more.
func TestReadDeadlineLosesNothing(t *testing.T) {
	a, b := twoHosts(t)
	const sockets = sys.PollerKeys + 36
	var groups []string
	for i := range sockets {
		groups = append(groups, fmt.Sprintf("239.1.1.1:%d", 5000+i))
	}
	r := receiverOn(t, b, ReceiverConfig{}, groups...)
	for i := range sockets {
		sendText(t, senderOn(t, a, SenderConfig{}, fmt.Sprintf("239.1.1.1%%eth0:%d", 5000+i)), "hello")
	}
	arrived := map[int32]bool{}
	nettest.Eventually(t, "a datagram on each socket", 10*time.Second, func() bool {
		keys, err := r.poller.Look()
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			arrived[key] = true
		}
		return len(arrived) == sockets
	})
	messages := NewMessages(1)
	_ = r.SetReadDeadline(time.Unix(1, 0))
	if n, err := r.ReadBatch(messages); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a deadline long past: %d, %v", n, err)
	}
	_ = r.SetReadDeadline(time.Now())
	for i := range sockets {
		if _, err := r.ReadBatch(messages); err != nil {
			t.Fatalf("after %d of %d: %v", i, sockets, err)
		}
	}
	if n, err := r.ReadBatch(messages); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("all is read: %d, %v", n, err)
	}
}

// However much comes, and on however many sockets: a deadline of now ends reading.
func TestReadDeadlineEndsInAFlood(t *testing.T) {
	a, b := twoHosts(t)
	r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000", "239.1.1.1:5001")
	s := senderOn(t, a, SenderConfig{}, "239.1.1.1%eth0:5000", "239.1.1.1%eth0:5001")
	awaitStamps(t, r, s)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for payload := make([]byte, 1000); ctx.Err() == nil; {
			_, _ = s.WriteBatch(ctx, 0, [][]byte{payload})
			_, _ = s.WriteBatch(ctx, 1, [][]byte{payload})
		}
	}()
	t.Cleanup(func() { stop(); <-done })
	messages := NewMessages(8)
	for range 10 {
		_ = r.SetReadDeadline(time.Time{})
		if _, err := r.ReadBatch(messages); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_ = r.SetReadDeadline(start)
		for {
			n, err := r.ReadBatch(messages)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			// The datagram that shows that no earlier one is left may come too.
			for _, m := range messages[:n] {
				if m.Time.After(start.Add(longestCatchUp)) {
					t.Fatalf("reading goes on %v after the deadline", m.Time.Sub(start))
				}
			}
		}
	}
}
