//go:build !mcast_portable

package mcast

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"mcast/internal/rtnl"
	"mcast/internal/sys"
)

// receiveMessages is how many messages one system call receives.
const receiveMessages = 64

// reception is how a Receiver receives on Linux. Receiver.mu guards it down to
// dropped: who reads holds that for reading while it receives, so that no
// socket is closed under it; who waits does not hold it.
type reception struct {
	sockets   map[int32]*receiveSocket
	lastKey   int32
	offload   bool
	noOffload error
	dropped   uint64 // by sockets that are closed

	poller   *sys.Poller
	monitor  *rtnl.Monitor
	follower sync.WaitGroup
	followed []Interface       // as the follower last saw them
	lost     map[int]loss      // by index: memberships to be joined anew
	failing  map[string]string // by name: why joins failed, as told
	deadline readDeadline

	turn  sync.Mutex // of those who read; taken before mu
	batch *sys.ReceiveBatch
	ready []*receiveSocket // may have something to read
	round int              // how many of them are read before it is asked who else has
	busy  bool             // the last wait was short
}

func (r *Receiver) openReception() (err error) {
	r.sockets = map[int32]*receiveSocket{}
	r.lost = map[int]loss{}
	r.batch = sys.NewReceiveBatch(receiveMessages)
	r.offload = r.config.Offload.enabled()
	if r.poller, err = sys.NewPoller(); err != nil {
		return err
	}
	// Listen before the interfaces are listed, so that no change falls between.
	r.monitor, err = rtnl.OpenMonitor()
	return err
}

// startFollowing follows the interfaces as they were listed before the first
// join: what has changed since is news.
func (r *Receiver) startFollowing(listed []Interface) {
	r.followed = listed
	r.follower.Add(1)
	go r.follow()
}

// endWaits ends what waits and waits for it to let go.
func (r *Receiver) endWaits() {
	if r.monitor != nil {
		_ = r.monitor.Close()
	}
	if r.poller != nil {
		_ = r.poller.Close()
	}
	r.follower.Wait()
}

// openSocket opens a socket in the receiver's network namespace, from whichever
// the calling thread is in: that of the follower's is anybody's.
func (r *Receiver) openSocket(family sys.Family) (*sys.Socket, error) {
	s, err := sys.OpenUDP(family)
	if err != nil || s.NetnsCookie() == r.host.conn.NetnsCookie() {
		return s, err
	}
	_ = s.Close()
	return r.host.openUDP(family)
}

// drop closes a receiving socket.
func (r *Receiver) drop(s *receiveSocket) {
	_ = r.countDrops(s) // what it counted before stays counted
	r.dropped += s.drops
	delete(r.sockets, s.key)
	r.ready = slices.DeleteFunc(r.ready, func(o *receiveSocket) bool { return o == s })
	_ = s.Close()
}

func (r *Receiver) closePort(p *port) {
	for _, s := range r.sockets {
		if s.port == p {
			r.drop(s)
		}
	}
	// The newest first, as the kernel lists memberships: in the other order it
	// would search its whole list for each (10,000 groups on three interfaces:
	// 8 s against 0.2 s).
	for _, h := range slices.Backward(p.holders) {
		_ = h.socket.Close()
	}
}

// countDrops asks a socket for its drops; the kernel counts modulo 2³².
func (r *Receiver) countDrops(s *receiveSocket) error {
	n, err := s.Drops()
	if err != nil {
		return err
	}
	s.drops += uint64(n - s.lastDrops)
	s.lastDrops = n
	return nil
}

func (r *Receiver) stats() (ReceiverStats, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	stats := ReceiverStats{Dropped: r.dropped, Exact: !r.offload, DroppedByGroup: map[netip.AddrPort]uint64{}}
	if r.closed.Load() {
		return stats, nil
	}
	for _, s := range r.sockets {
		if err := r.countDrops(s); err != nil {
			return stats, fmt.Errorf("count drops: %w", err)
		}
		stats.Dropped += s.drops
		if s.group.IsValid() && s.port.wild == nil {
			stats.DroppedByGroup[netip.AddrPortFrom(s.group, s.port.number)] = s.drops
		}
	}
	return stats, nil
}

func (r *Receiver) offloadError() error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.noOffload
}

func (r *Receiver) readBatch(messages []Message) (int, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	n := min(len(messages), r.batch.Cap())
	if n == 0 {
		return 0, nil
	}
	for i := range messages[:n] {
		if n := len(messages[i].Buffer); 0 < n && n < BufferSize && r.config.Offload.enabled() {
			return 0, fmt.Errorf("read: %w: %d bytes, and unless Offload is off the kernel may hand over %d", ErrShortBuffer, len(messages[i].Buffer), BufferSize)
		}
		r.batch.SetBuffer(i, messages[i].Buffer)
	}
	for {
		if r.closed.Load() {
			return 0, ErrClosed
		}
		if ago, passed := r.deadline.passed(); passed {
			if err := r.catchUp(ago); err != nil {
				return 0, err
			}
		}
		taken, empty, err := r.receive(messages[:n])
		if taken > 0 || err != nil {
			return taken, err
		}
		if empty {
			if err := r.wait(); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				return 0, err
			}
		}
	}
}

// receive receives from the socket whose turn it is and returns how many
// messages are wanted; empty says that no socket is known to have any.
func (r *Receiver) receive(messages []Message) (taken int, empty bool, err error) {
	r.mu.RLock()
	if r.closed.Load() || len(r.ready) == 0 {
		r.mu.RUnlock()
		return 0, true, nil
	}
	if r.round <= 0 && len(r.sockets) > 1 {
		// Each has had its turn. Sockets that always have something must not
		// keep out those that have it now and then.
		if keys, err := r.poller.Look(); err == nil {
			r.enlist(keys)
		}
	}
	r.round--
	s := r.ready[0]
	copy(r.ready, r.ready[1:])
	r.ready = r.ready[:len(r.ready)-1]
	s.ready = false
	got, err := r.batch.Receive(s.Socket, len(messages))
	if err != nil {
		err = &Error{Op: "read", Group: netip.AddrPortFrom(s.group, s.port.number), Err: err}
	}
	if got > 0 {
		taken = r.take(s, messages[:got])
		s.ready = true
		if s.older() {
			// Before its successor, so that datagrams keep their order.
			r.ready = slices.Insert(r.ready, 0, s)
		} else {
			r.ready = append(r.ready, s)
		}
	}
	if got == 0 && !s.from.IsZero() && time.Since(s.from) > grace {
		s.from = time.Time{} // all from before has been read, whatever the clock says
	}
	drained := !s.until.IsZero() && (got == 0 || !s.older())
	r.mu.RUnlock()
	if drained {
		r.retire(s)
	}
	return taken, false, err
}

// take fills messages from what the batch received, leaves out what is not
// wanted, and returns how many are left.
func (r *Receiver) take(s *receiveSocket, messages []Message) int {
	var info sys.Info
	taken := 0
	for i := range messages {
		r.batch.Info(i, &info)
		s.latest = info.Time
		if !s.takes(&info, r.config.MulticastAll) {
			continue
		}
		m := &messages[taken]
		m.Buffer, messages[i].Buffer = messages[i].Buffer, m.Buffer
		m.N = r.batch.Len(i)
		m.Truncated = m.Buffer != nil && info.Truncated
		if m.Truncated {
			m.N = len(m.Buffer)
		}
		if m.Size = info.Segment; m.Size == 0 {
			m.Size = m.N
		}
		m.Source, m.Group = info.Source, netip.AddrPortFrom(info.Destination, s.port.number)
		m.Interface, m.HopLimit, m.TrafficClass = info.Interface, info.HopLimit, info.TrafficClass
		m.Time = info.Time
		taken++
	}
	return taken
}

// older says that another socket has taken over from s, and that s may still
// have datagrams from before.
func (s *receiveSocket) older() bool { return s.latest.Before(s.until) }

// grace is how long a datagram that the kernel has stamped may take to arrive at
// a socket.
const grace = 10 * time.Millisecond

// retire closes a socket that another has taken over from, now that it has
// nothing from before. A datagram that the kernel had stamped before may take a
// moment more to arrive. A socket to which nothing more comes stays until its
// port is given up.
func (r *Receiver) retire(s *receiveSocket) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sockets[s.key] == s && time.Since(s.until) > grace {
		r.drop(s)
	}
}

// patience is how long a receiver that was kept busy looks for more before it
// sleeps. Waking it costs the sending processor, if that is on the same host,
// 1.5 µs of the 8 µs that a message of 64 KiB takes (Linux 6.18 on a virtual
// machine, November 2026), and a receiver that falls asleep after each message
// is woken for each.
const patience = 50 * time.Microsecond

// wait blocks until a socket can be read.
func (r *Receiver) wait() error {
	keys, err := r.await()
	if errors.Is(err, os.ErrClosed) {
		return ErrClosed
	}
	if err != nil {
		return err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	r.enlist(keys)
	return nil
}

// await waits for sockets that can be read. It is patient only while datagrams
// come so fast that patience pays: more than 20,000 times a second.
func (r *Receiver) await() ([]int32, error) {
	start := time.Now()
	for r.busy && time.Since(start) < patience {
		keys, err := r.poller.Look()
		if err != nil || len(keys) > 0 {
			return keys, err
		}
	}
	keys, err := r.poller.Wait()
	r.busy = time.Since(start) < patience && runtime.GOMAXPROCS(0) > 1
	return keys, err
}

// enlist puts sockets at the end of the line, and begins a round.
func (r *Receiver) enlist(keys []int32) {
	for _, key := range keys {
		s := r.sockets[key]
		switch {
		case s == nil || s.ready:
			continue
		case s.older():
			r.ready = slices.Insert(r.ready, 0, s)
		default:
			r.ready = append(r.ready, s)
		}
		s.ready = true
	}
	r.round = len(r.ready)
}
