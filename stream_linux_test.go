//go:build !mcast_portable

package mcast

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"mcast/internal/nettest"
)

// stream is a sender that counts, in the background. It is never further ahead of the receiver
// than the smallest receive buffer that an ordinary user gets has room for.
type stream struct {
	sender *Sender
	cancel context.CancelFunc
	done   sync.WaitGroup
	sent   int
	err    error
	seen   map[int]int   // how often the receiver has had a number
	ahead  chan struct{} // has one for each datagram that the receiver has not had
}

const mostAhead = 200

// startStream sends numbers, by a sender to one group, until the stream is
// checked.
func startStream(t *testing.T, s *Sender) *stream {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	st := &stream{sender: s, cancel: cancel, seen: map[int]int{}, ahead: make(chan struct{}, mostAhead)}
	st.done.Go(func() {
		for ctx.Err() == nil {
			select {
			case st.ahead <- struct{}{}:
			case <-ctx.Done():
				return
			}
			if st.err = s.Send(context.Background(), fmt.Appendf(nil, "%d", st.sent)); st.err != nil {
				return
			}
			st.sent++
		}
	})
	t.Cleanup(func() {
		cancel()
		st.done.Wait()
	})
	return st
}

// receive notes a number.
func (st *stream) receive(t *testing.T, text string) {
	t.Helper()
	var n int
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatalf("received %q", text)
	}
	st.seen[n]++
	select {
	case <-st.ahead:
	default: // it was had before
	}
}

// during does something, and has the receiver receive meanwhile.
func (st *stream) during(t *testing.T, r *Receiver, do func() error) {
	t.Helper()
	st.receive(t, string(received(t, r).Payload)) // it flows
	done := make(chan error, 1)
	go func() { done <- do() }()
	for {
		st.receive(t, string(received(t, r).Payload))
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			return
		default:
		}
	}
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
	// What a busy machine has on its way may come after the mark.
	for deadline := time.Now().Add(5 * time.Second); len(st.seen) < st.sent && time.Now().Before(deadline); {
		for _, text := range readToMark(t, r, st.sender) {
			st.receive(t, text)
		}
	}
	var lost []int
	repeated := 0
	for n := range st.sent {
		switch times := st.seen[n]; times {
		case 0:
			lost = append(lost, n)
		default:
			repeated += times - 1
		}
	}
	if len(lost) > 0 || repeated > 0 {
		t.Errorf("of %d datagrams %d were lost, the first and last of them %v and %v, and %d repeated; the kernel says that it dropped %d",
			st.sent, len(lost), lost[:min(1, len(lost))], lost[max(0, len(lost)-1):], repeated, stats(t, r).Dropped)
	}
}

// awaitStamps waits until the kernel stamps datagrams when they arrive. It begins
// to in the background when the first socket of the machine asks for it, and
// until then gives them the time at which they are read (Linux 6.18).
func awaitStamps(t *testing.T, r *Receiver, s *Sender) {
	t.Helper()
	nettest.Eventually(t, "time stamps", 10*time.Second, func() bool {
		sendText(t, s, "stamp")
		arrived := time.Now()
		d := received(t, r)
		return d.Time.Before(arrived)
	})
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
