//go:build !mcast_portable

package mcast

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"mcast/internal/nettest"
)

// stream is a sender that counts, in the background.
type stream struct {
	sender *Sender
	cancel context.CancelFunc
	done   sync.WaitGroup
	sent   int
	err    error

	received int // numbers from 0 on that the test has received itself
}

// startStream sends numbers, by a sender to one group, until the stream is
// checked.
func startStream(t *testing.T, s *Sender) *stream {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	st := &stream{sender: s, cancel: cancel}
	st.done.Go(func() {
		for ctx.Err() == nil {
			if st.err = s.Send(context.Background(), fmt.Appendf(nil, "%d", st.sent)); st.err != nil {
				return
			}
			st.sent++
			time.Sleep(20 * time.Microsecond) // lets others run; nothing depends on it
		}
	})
	t.Cleanup(func() {
		cancel()
		st.done.Wait()
	})
	return st
}

// check ends the stream and fails the test unless the receiver has every
// number, once.
func (st *stream) check(t *testing.T, r *Receiver) {
	t.Helper()
	st.cancel()
	st.done.Wait()
	if st.err != nil {
		t.Fatal(st.err)
	}
	seen := make([]bool, st.sent)
	for n := range st.received {
		seen[n] = true
	}
	repeated := 0
	nettest.Eventually(t, "the last datagrams", 10*time.Second, func() bool {
		for _, text := range readToMark(t, r, st.sender) {
			var n int
			if _, err := fmt.Sscan(text, &n); err != nil || n >= st.sent {
				t.Fatalf("received %q", text)
			}
			if seen[n] {
				repeated++
			}
			seen[n] = true
		}
		return !slices.Contains(seen, false)
	})
	if repeated > 0 {
		t.Errorf("of %d datagrams %d were repeated", st.sent, repeated)
	}
}

// readToMark returns all that a receiver has received up to now. A mark that
// the sender sends wakes the receiver, and comes last on its socket; others may
// have more.
func readToMark(t *testing.T, r *Receiver, s *Sender) []string {
	t.Helper()
	const mark = "a mark"
	var texts []string
	for {
		sendText(t, s, mark)
		for {
			d := received(t, r)
			if string(d.Payload) == mark {
				break
			}
			texts = append(texts, string(d.Payload))
		}
		if emptied(t, r) {
			return texts
		}
	}
}

// emptied says whether everything was read that has come.
func emptied(t *testing.T, r *Receiver) bool {
	t.Helper()
	r.turn.Lock()
	defer r.turn.Unlock()
	keys, err := r.poller.Look()
	if err != nil {
		t.Fatal(err)
	}
	return len(keys) == 0 && len(r.next) == 0
}
