//go:build !mcast_portable

package mcast

import (
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mcast/internal/sys"
)

// longestCatchUp is how long after its deadline a receiver still reads what had
// arrived before: clocks are set back, and a deadline long past is there to end
// reads at once.
const longestCatchUp = 2 * time.Second

// epoch is what readDeadline counts from, so that a clock that is set moves no deadline.
var epoch = time.Now()

// readDeadline is when reads end.
type readDeadline struct {
	mu sync.Mutex   // the poller is told what at says
	at atomic.Int64 // since epoch; 0: never
}

// passed says whether the deadline has passed, and how long ago.
func (d *readDeadline) passed() (ago time.Duration, passed bool) {
	at := d.at.Load()
	if at == 0 {
		return 0, false
	}
	ago = time.Since(epoch) - time.Duration(at)
	return ago, ago >= 0
}

func (r *Receiver) setReadDeadline(t time.Time) error {
	d := &r.deadline
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at.Store(0)
	const century = 100 * 365 * 24 * time.Hour
	if left := time.Until(t); !t.IsZero() && left < century {
		at := time.Since(epoch) + max(left, -century)
		if at == 0 {
			at--
		}
		d.at.Store(int64(at))
	}
	if err := r.poller.SetDeadline(t); err != nil {
		return ErrClosed // the one reason there is
	}
	return nil
}

// catchUp makes it the turn of a socket that may still have what arrived before
// the deadline, which was that long ago. Without one it fails with
// os.ErrDeadlineExceeded.
func (r *Receiver) catchUp(ago time.Duration) error {
	if ago > longestCatchUp {
		return os.ErrDeadlineExceeded
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.closed.Load() {
		return ErrClosed
	}
	deadline := time.Now().Add(-ago)
	early := func(s *receiveSocket) bool { return !s.latest.After(deadline) }
	i := slices.IndexFunc(r.ready, early)
	if i < 0 {
		for range len(r.sockets)/sys.PollerKeys + 1 {
			keys, err := r.poller.Look()
			if err != nil || len(keys) == 0 {
				break
			}
			r.enlist(keys)
		}
		if i = slices.IndexFunc(r.ready, early); i < 0 {
			return os.ErrDeadlineExceeded
		}
	}
	s := r.ready[i]
	copy(r.ready[1:], r.ready[:i])
	r.ready[0], r.round = s, 1
	return nil
}
