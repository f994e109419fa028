package impair

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"mcast/internal/netns"
	"mcast/internal/sys"
)

// Config is which frames are carried, and what is done to them.
//
//	host ── Host ═ forwarder ═ Segment ── bridge
type Config struct {
	// NS is where both interfaces are. They are up, and nothing else uses them: an
	// IP stack that answers on them would be a host on the link.
	//
	// Segmentation offload has to be off on the interfaces at their far ends
	// (IFLA_GSO_MAX_SEGS 1). A superframe that comes in all the same is taken apart if it is
	// one of UDP, but a few of these fill the socket's receive buffer, and the rest is missed.
	NS *netns.NS

	Host, Segment string

	Toward Parameters // frames to the host: from Segment to Host
	From   Parameters // frames from it

	// Ring is how many bytes of memory hold the frames, of each direction, that have come in
	// and are not read yet. A short frame takes as much as a long one. 0 is 16 MiB: 10,000
	// frames at an MTU of 1500, which is a tenth of a second at 100,000 a second.
	Ring int
}

const defaultRing = 16 << 20

// Forwarder carries frames between two interfaces until Close.
type Forwarder struct {
	poller *sys.Poller
	timer  *sys.Timer
	lanes  [2]*lane // toward the host, and from it
	began  time.Time
	done   chan struct{}
	batch  sys.FrameBatch

	closing atomic.Bool

	mu  sync.Mutex // of lanes' directions
	err error
}

// Start begins to carry frames. It needs CAP_NET_RAW and CAP_SYS_ADMIN over the namespace.
func Start(config Config) (*Forwarder, error) {
	if err := config.Toward.Check(); err != nil {
		return nil, fmt.Errorf("impair frames to the host: %w", err)
	}
	if err := config.From.Check(); err != nil {
		return nil, fmt.Errorf("impair frames from the host: %w", err)
	}
	if config.Ring == 0 {
		config.Ring = defaultRing
	}
	f := &Forwarder{began: time.Now(), done: make(chan struct{})}
	if err := config.NS.Do(func() error { return f.open(&config) }); err != nil {
		f.release()
		return nil, fmt.Errorf("carry frames between %s and %s: %w", config.Host, config.Segment, err)
	}
	go f.run()
	return f, nil
}

func (f *Forwarder) open(config *Config) (err error) {
	if f.poller, err = sys.NewPoller(); err != nil {
		return err
	}
	if f.timer, err = sys.NewTimer(); err != nil {
		return err
	}
	if err := f.poller.AddTimer(f.timer, 0); err != nil {
		return err
	}
	host, err := net.InterfaceByName(config.Host)
	if err != nil {
		return fmt.Errorf("find %s: %w", config.Host, err)
	}
	segment, err := net.InterfaceByName(config.Segment)
	if err != nil {
		return fmt.Errorf("find %s: %w", config.Segment, err)
	}
	f.lanes = [2]*lane{
		{direction: newDirection(config.Toward), closing: &f.closing},
		{direction: newDirection(config.From), closing: &f.closing},
	}
	if err := f.lanes[0].open(segment, host, config.Ring, f.poller); err != nil {
		return err
	}
	return f.lanes[1].open(host, segment, config.Ring, f.poller)
}

// run carries frames until the poller is closed.
func (f *Forwarder) run() {
	defer close(f.done)
	defer f.release()
	for {
		more, next := false, time.Duration(-1)
		f.mu.Lock()
		for _, l := range f.lanes {
			more = l.read(f.began) || more
			more = l.write(f.began, &f.batch) || more
			if due, ok := l.due(); ok && (next < 0 || due < next) {
				next = due
			}
		}
		f.mu.Unlock()
		wait := f.poller.Wait
		if more {
			wait = f.poller.Look
		} else if next >= 0 {
			if now := time.Since(f.began); next <= now {
				wait = f.poller.Look
			} else if err := f.timer.Set(next - now); err != nil {
				f.fail(err)
				return
			}
		}
		keys, err := wait()
		if errors.Is(err, os.ErrClosed) {
			return
		}
		if err == nil && len(keys) > 0 {
			err = f.timer.Set(0)
		}
		if err != nil {
			f.fail(err)
			return
		}
	}
}

func (f *Forwarder) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

// Counts returns what has been done so far to frames toward the host, and to those
// from it. After Close it is all.
func (f *Forwarder) Counts() (toward, from Counts) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lanes[0].snapshot(), f.lanes[1].snapshot()
}

// Close ends it. Frames on their way are lost. Its error is what has ended it before.
func (f *Forwarder) Close() error {
	f.closing.Store(true)
	_ = f.poller.Close()
	<-f.done
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// release closes what is open.
func (f *Forwarder) release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range f.lanes {
		if l != nil {
			l.release()
		}
	}
	if f.timer != nil {
		_ = f.timer.Close()
	}
	if f.poller != nil {
		_ = f.poller.Close()
	}
}
