package capture

import (
	"time"

	"mcast"
	"mcast/filter"
)

// LiveConfig configures a live capture. The zero value captures every frame of
// all interfaces, as the host sees it.
type LiveConfig struct {
	// Interfaces are what to capture on: names, indexes, addresses that an
	// interface owns, or mcast.AllInterfaces. Empty means all: every
	// interface that is up, loopback included, and those that come up later.
	Interfaces []string

	// Filter is a filter expression (see package filter). Empty keeps every
	// frame. It is compiled for each interface and holds from the first
	// frame on.
	Filter string

	// FilterFor, if it is not nil, is asked for the expression in place of
	// Filter, for what has to be written in another way for another link type.
	FilterFor func(filter.LinkType) string

	// FilterOptions are for compiling it: how names are looked up, and Strict.
	// What depends on the interface (LinkType, SnapLen, Live, Netmask) is
	// filled in; a nil InterfaceIndex knows the interfaces that there are
	// when the capture begins.
	FilterOptions filter.Options

	// SnapLen is how many bytes of a frame are handed over at most. 0 means all.
	SnapLen int

	// Promiscuous asks the interfaces for frames to other hosts and to groups
	// that nobody here has joined. False shows what arrives here anyway:
	// promiscuous mode hides faults.
	Promiscuous bool

	// AllMulticast asks the interfaces for frames to all multicast groups
	// (IFF_ALLMULTI), and not to other hosts. It is for what is sent to groups that
	// nobody here has joined and yet concerns this link, as reports of IGMPv3 and
	// MLDv2 are (224.0.0.22, ff02::16): a network card drops these. It ends with the
	// capture, or when that of an interface ends. False shows what arrives here
	// anyway: a card that wrongly drops a group goes unnoticed with it.
	AllMulticast bool

	// Superframes leaves frames of UDP segmentation offload as they are. False
	// splits them into the datagrams that they carry. Those of TCP are never
	// split.
	Superframes bool

	// RingSize is how many bytes the kernel can be ahead of the reader, by
	// interface. 0 means 128 MiB for those that are named together, but at
	// least 16 MiB for each, and 4 MiB for each if it is all of them.
	RingSize int

	// Notify is told what becomes of interfaces, if it is not nil. OpenLive,
	// Next and Read call it; it must not call Next, Read or Close.
	Notify func(LiveEvent)
}

// LiveEvent is something that happened to an interface during a live capture.
type LiveEvent struct {
	Kind      LiveEventKind
	Interface *Interface
	Err       error // with LiveFailed: why
}

// LiveEventKind is what has happened.
type LiveEventKind int

// Kinds of events.
const (
	LiveStarted LiveEventKind = iota // it appeared, or came up, and is captured on from now on
	LiveDown                         // it is down, so that no frames come; the capture waits
	LiveUp                           // it is up again
	LiveEnded                        // it is gone, and its last frame was handed over
	LiveFailed                       // it appeared, and cannot be captured on
)

// InterfaceStats are counts of an interface in a live capture.
type InterfaceStats struct {
	Interface *Interface

	// Received is how many frames the kernel's filter kept, those that were
	// dropped included, and Dropped how many of these found no room because the
	// reader was too slow. A superframe counts as one in both.
	Received, Dropped uint64

	// Splits says that superframes are told apart and, but for
	// LiveConfig.Superframes, split. Where the kernel does not describe them
	// (before Linux 6.2; on interfaces whose frames have no link layer known here) they are left whole, and marked if
	// they are longer than the interface's MTU.
	Splits bool

	// KernelFilter says that the filter runs in the kernel, if only to keep a little more than it should, the rest of
	// which is left out here. False is for programs that are too long for the
	// kernel, and for cooked interfaces.
	KernelFilter bool
}

// Live captures frames from network interfaces, as they come and go. Linux
// only, with CAP_NET_RAW.
//
// Each interface has a socket and a ring of its own. Its frames come in order;
// between interfaces the order is that of time as far as frames have come already.
//
// One goroutine at a time may call Next. The other methods may be called beside
// it.
type Live struct {
	config LiveConfig
	live
}

// OpenLive starts a live capture in the network namespace of the calling thread.
// From then on no frame is missing that passes the filter.
//
// Where the process may not, the error is a *mcast.Error whose hint says how to
// grant it, and errors.Is(err, os.ErrPermission) is true. A filter that does not
// compile gives a *filter.Error. Systems other than Linux give a
// *mcast.UnsupportedError.
func OpenLive(config LiveConfig) (*Live, error) {
	l := &Live{config: config}
	if err := l.open(); err != nil {
		return nil, err
	}
	return l, nil
}

// Next waits for the next frame, whose bytes are lent until the next call of Next, as long as the Live is
// in use; Close does not take them away. It does not allocate.
//
// On loopback, where each frame is sent and received, only the latter is
// returned. A VLAN tag that the kernel has taken out is back in the frame, at the
// cost of the bytes before it: so the frame may be written over.
//
// An interface that disappears ends there, and the rest goes on. When none is left and
// none can come (LiveConfig.Interfaces names them) the error is io.EOF. After the
// deadline it is os.ErrDeadlineExceeded, and after Close mcast.ErrClosed.
func (l *Live) Next() (f Frame, err error) {
	err = l.read(&f, false)
	return f, err
}

// Read is Next without copying the frame's description. When it fails, f is not to
// be used.
func (l *Live) Read(f *Frame) error { return l.read(f, false) }

// ReadRun is Read, but for that it may leave a superframe together that Read would
// split, all of whose datagrams pass the filter: Frame.Datagrams makes them. To
// a Writer, or to Files, that is three times as fast. A call of it after a call of Read
// gives what is left of a superframe one by one.
func (l *Live) ReadRun(f *Frame) error { return l.read(f, true) }

// SetReadDeadline makes the present Next and later ones fail from t on; the zero
// time takes the deadline away.
func (l *Live) SetReadDeadline(t time.Time) error { return l.setReadDeadline(t) }

// Interfaces returns the interfaces that are captured on, and those that were, in
// the order of their IDs.
func (l *Live) Interfaces() []*Interface {
	var list []*Interface
	stats, _ := l.Stats() // the list is whole, whatever the error
	for _, s := range stats {
		list = append(list, s.Interface)
	}
	return list
}

// Stats returns the counts of all interfaces that Interfaces returns, also after
// Close.
func (l *Live) Stats() ([]InterfaceStats, error) { return l.stats() }

// Close ends the capture, and a Next that waits.
func (l *Live) Close() error { return l.close() }

// filterFor returns the filter for a link type.
func (c *LiveConfig) filterFor(l filter.LinkType) string {
	if c.FilterFor != nil {
		return c.FilterFor(l)
	}
	return c.Filter
}

// failed returns the error of something that could not be done to capture on an
// interface.
func failed(name string, err error, advice string) error {
	return &mcast.Error{Op: "capture", Interface: name, Err: err, Advice: advice}
}
