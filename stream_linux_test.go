//go:build !mcast_portable

package mcast

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
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
	lost := 0
	for _, s := range seen {
		if !s {
			lost++
		}
	}
	if lost > 0 || repeated > 0 {
		t.Errorf("of %d datagrams %d were lost, number %d first, and %d repeated", st.sent, lost, slices.Index(seen, false), repeated)
	}
}

// readToMark returns all that a receiver has received up to now: up to marks
// that the sender sends. There are three of them, because a receiver has
// several sockets, which take turns: between the first mark and the third each
// has had one.
func readToMark(t *testing.T, r *Receiver, s *Sender) []string {
	t.Helper()
	const mark = "a mark"
	var texts []string
	for range 3 {
		sendText(t, s, mark)
		for {
			d := received(t, r)
			if string(d.Payload) == mark {
				break
			}
			texts = append(texts, string(d.Payload))
		}
	}
	return texts
}
