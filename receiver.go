package mcast

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"sync"
	"time"
)

// ReceiverConfig configures a receiver. The zero value is good for most uses.
type ReceiverConfig struct {
	// Interfaces on which groups that name none themselves are joined: names,
	// indexes, addresses that an interface owns, AllInterfaces or
	// RouteInterface. Empty means AllInterfaces.
	Interfaces []string

	// ReceiveBuffer is the room in bytes for datagrams that have arrived and
	// were not read yet, a socket. 0 means 128 MiB, at which a fast sender was
	// measured to lose nothing. What exceeds the system's limit
	// (net.core.rmem_max) needs CAP_NET_ADMIN; without it, and on other systems
	// than Linux, what the system grants is taken.
	// Receiver.ReceiveBuffer tells what was granted.
	ReceiveBuffer int

	// Offload: see its values. The zero value uses what the kernel has.
	Offload Offload

	// MulticastAll makes the receiver hear what a plain socket bound to its
	// groups hears, which is also what other sockets of the host have joined
	// on other interfaces or from other sources (IP_MULTICAST_ALL in ip(7)).
	// It is there for programs that want the classic behaviour. Linux only.
	MulticastAll bool

	// Notify is called when the receiver joins an interface after its start,
	// loses one, or fails to join one that came later. It is called on a
	// goroutine of the receiver's, one event at a time, must not call the
	// receiver, and must return: Close waits for it. nil means not at all. Only Linux has such events.
	Notify func(Event)
}

// An Event tells of a change that a receiver made, or could not make, when the
// host's interfaces changed.
type Event struct {
	Kind      EventKind
	Interface string // its name
	Err       error  // with JoinFailed: why
}

// EventKind is what has happened.
type EventKind int

// Kinds of events.
const (
	Joined     EventKind = iota // groups were joined on an interface that appeared or came up
	Lost                        // an interface disappeared, with the memberships on it
	JoinFailed                  // groups could not be joined on an interface
)

// defaultReceiveBuffer is what ReceiverConfig.ReceiveBuffer's 0 means.
const defaultReceiveBuffer = 128 << 20

// A Receiver has joined groups and receives what is sent to them, and nothing
// else: no other groups on its ports, no unicast, nothing by interfaces or
// from sources that it did not ask for, whatever other programs of the host
// have joined. A datagram that arrives on two of its interfaces is received
// twice. (On Windows, which does not tell where a datagram was sent to, unicast
// to its ports is heard too.)
//
// Its methods may be called from any goroutine; two that read take turns.
type Receiver struct {
	config ReceiverConfig
	receiver

	// The easy call reads batches into messages of its own.
	easy     sync.Mutex
	messages []Message
	next     []Message // received and not handed out yet
	datagram int       // of next[0]
}

// NewReceiver joins the groups and returns when every membership is in place:
// what is sent from then on arrives. Every group needs a port. Groups can be
// added and dropped later.
//
// Interfaces that appear or come up later, or are deleted and made again, are
// joined when they do. An interface that is down is joined and waited for; one
// named that does not exist is an error.
//
// On other systems than Linux what is there at the time of the join is joined,
// where "all" leaves out interfaces without an address of the group's family,
// and no more; source lists and MulticastAll fail with an *UnsupportedError.
func NewReceiver(groups []Group, config ReceiverConfig) (*Receiver, error) {
	r := &Receiver{config: config}
	if len(r.config.Interfaces) == 0 {
		r.config.Interfaces = []string{AllInterfaces}
	}
	if r.config.ReceiveBuffer == 0 {
		r.config.ReceiveBuffer = defaultReceiveBuffer
	}
	if err := r.open(groups); err != nil {
		return nil, err
	}
	return r, nil
}

// Join adds a group, or sources to the list of one that is joined already on
// the same interfaces: to its include list (Group.Sources) or its exclude list
// (Group.Exclude). When it fails, everything is as it was.
func (r *Receiver) Join(g Group) error { return r.join(g) }

// Leave drops a group that was joined under the same interfaces. With Sources
// or Exclude it takes only these off its list; with the last source of an
// include list the group is left.
func (r *Receiver) Leave(g Group) error { return r.leave(g) }

// ReadBatch receives into the messages what is there, at least one, and
// returns how many it filled; it waits while there is nothing. On Linux it
// allocates nothing. It fails with os.ErrDeadlineExceeded at the deadline, and
// with ErrClosed after Close.
func (r *Receiver) ReadBatch(messages []Message) (int, error) { return r.readBatch(messages) }

// SetReadDeadline makes reads at t or later fail with os.ErrDeadlineExceeded,
// those that wait already too; the zero time takes the deadline away. On Linux
// what had arrived by t is still read, for 2 s after it: a deadline of now ends a
// reception and loses nothing, one long past ends reads at once.
func (r *Receiver) SetReadDeadline(t time.Time) error { return r.setReadDeadline(t) }

// Receive returns the next datagram, copied, with the name of its interface.
// It waits until one is there or ctx is done. Do not mix it with
// SetReadDeadline, which it uses itself, nor with ReadBatch, which would not
// see what Receive has read ahead.
func (r *Receiver) Receive(ctx context.Context) (Datagram, error) {
	r.easy.Lock()
	defer r.easy.Unlock()
	if len(r.next) == 0 {
		if err := r.fill(ctx); err != nil {
			return Datagram{}, err
		}
	}
	m := &r.next[0]
	d := Datagram{
		Payload: append([]byte{}, m.Datagram(r.datagram)...), Source: m.Source, Group: m.Group,
		Interface: r.InterfaceName(m.Interface), HopLimit: m.HopLimit, TrafficClass: m.TrafficClass, Time: m.Time,
	}
	if r.datagram++; r.datagram == m.Len() {
		r.next, r.datagram = r.next[1:], 0
	}
	return d, nil
}

// fill reads a batch for Receive.
func (r *Receiver) fill(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.messages == nil {
		r.messages = NewMessages(4)
	}
	if ctx.Done() != nil {
		// A deadline in the past wakes the read; it is taken away again once
		// the function that sets it can no longer run.
		done := make(chan struct{})
		stop := context.AfterFunc(ctx, func() {
			_ = r.setReadDeadline(time.Unix(1, 0))
			close(done)
		})
		defer func() {
			if !stop() {
				<-done
				_ = r.setReadDeadline(time.Time{})
			}
		}()
	}
	n, err := r.readBatch(r.messages)
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	r.next, r.datagram = r.messages[:n], 0
	return nil
}

// Membership is a group that is joined on an interface.
type Membership struct {
	Group     netip.AddrPort
	Interface string // its name
	Index     int
	Up        bool // whether the interface is up
}

// Memberships lists what is joined at this moment, by port, group and index.
func (r *Receiver) Memberships() []Membership { return r.memberships() }

// ReceiverStats counts what did not reach the caller.
type ReceiverStats struct {
	// Dropped counts what the kernel dropped for want of room in the receive
	// buffer. A run of datagrams that the kernel had joined (GRO) counts as
	// one, so the count is "at least", unless Exact says that Offload is off.
	Dropped uint64
	Exact   bool

	// DroppedByGroup has the part of each group that has a socket, and so a
	// buffer, of its own. Groups of a port on which many are joined share one
	// and are not in it.
	DroppedByGroup map[netip.AddrPort]uint64
}

// Stats counts anew. On other systems than Linux it fails with an
// *UnsupportedError.
func (r *Receiver) Stats() (ReceiverStats, error) { return r.stats() }

// ReceiveBuffer returns the size of the receive buffer that the system granted
// each socket, in bytes; 0 where that is not known, and before the first group
// is joined.
func (r *Receiver) ReceiveBuffer() int { return r.receiveBuffer() }

// InterfaceName returns the name of the interface of that index; for one that
// is gone, the name it had; for one never seen, its number.
func (r *Receiver) InterfaceName(index int) string { return r.interfaceName(index) }

// OffloadError says why the kernel's receive offload is not in use although it
// was asked for: an *UnsupportedError. nil means that it is in use or was
// turned off, or that the system is not Linux: it is never in use there.
func (r *Receiver) OffloadError() error { return r.offloadError() }

// Close leaves all groups. Reads that wait fail with ErrClosed.
func (r *Receiver) Close() error { return r.close() }
