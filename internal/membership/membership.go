// Package membership tells who has joined which multicast group: each interface's
// memberships as the kernel keeps them, and the sockets behind them with mode
// and sources, as far as the rights at hand allow to look.
//
// The kernel's lists (/proc/net/igmp and igmp6) say for everybody which groups an
// interface has joined, and how many users a membership has: sockets, and the
// kernel itself. Which socket, and which sources it wants, only the socket can
// tell. A copy of it is borrowed from its process (pidfd_getfd(2)) and asked
// (MCAST_MSFILTER, RFC 3678); that takes the right to trace the process.
// /proc/net/mcfilter, which lists an interface's sources, decides nothing: one
// join from any source makes the whole list vanish from it (Linux 6.18).
//
// What may not be looked into is told as unknown, never left out.
package membership

import (
	"fmt"
	"net/netip"
)

// Report is who has joined what in one network namespace.
type Report struct {
	Memberships []Membership // by index of the interface, IPv4 first, then by group
	Hidden      Hidden
}

// Membership is one group on one interface.
type Membership struct {
	Interface string
	Index     int // of the interface
	Group     netip.Addr
	Version   Version  // in use on the interface
	Users     int      // sockets, and times that the kernel itself has joined
	Kernel    int      // users that are the kernel itself
	Unknown   int      // users that the rights at hand do not show
	Sockets   []Socket // by port, then by address, process and inode
	// Filter is what the interface as a whole wants. Where users are unknown it
	// is known only if a known one wants every source.
	Filter Filter
	// Listed is what mcfilter has of the interface where Filter is unknown.
	Listed []ListedSource
}

// Joined is a group on an interface.
type Joined struct {
	Interface string
	Group     netip.Addr
}

// Socket is a socket that has joined a group, in one of the processes that have
// it open: a socket that several share is there for each, with the same inode.
type Socket struct {
	PID      int
	Command  string // as in /proc/PID/comm: up to 15 bytes that the process chose, any but 0
	Inode    uint64
	Protocol string         // "udp", "udplite", "icmp", "raw"; a number for others
	Local    netip.AddrPort // the port is 0 if it is not bound, the protocol if it is raw; the zone is a name
	Filter   Filter
}

// Hidden is what the rights at hand do not show, wherever it may be: a process
// in another namespace may have sockets in this one.
type Hidden struct {
	Processes int  // that may not be looked into
	Others    bool // there may be processes that are not even listed: /proc hides them, or they are in another PID namespace
	NoBorrow  bool // the kernel lets nobody borrow sockets: Linux before 5.6, or something forbids the call
	// Candidates are sockets in such processes that may have joined something.
	// Only bound ones can be seen.
	Candidates []Candidate
}

// Any reports whether anything is hidden.
func (h *Hidden) Any() bool { return h.Processes > 0 || h.Others || h.NoBorrow }

// Candidate is a socket that may have joined something, for it has options that
// take memory, and that cannot be asked.
type Candidate struct {
	Inode    uint64
	UID      uint32 // of its owner
	Protocol string
	Local    netip.AddrPort
}

// Version is the version of IGMP or MLD that an interface uses: that of the
// oldest querier heard lately.
type Version struct {
	Protocol Protocol
	Number   int // 0: unknown
	Source   VersionSource
}

// Protocol is IGMP or MLD.
type Protocol string

// The two protocols by which hosts report memberships.
const (
	IGMP Protocol = "IGMP" // of IPv4: RFC 1112, 2236 and 3376
	MLD  Protocol = "MLD"  // of IPv6: RFC 2710 and 3810
)

// VersionSource is how a version is known.
type VersionSource string

// How versions are known.
const (
	VersionUnknown  VersionSource = ""
	VersionTold     VersionSource = "told"     // the kernel tells it
	VersionForced   VersionSource = "forced"   // a setting forces it
	VersionInferred VersionSource = "inferred" // from which reports the interface has sent
)

// String returns "IGMPv3", or "" for an unknown version.
func (v Version) String() string {
	if v.Number == 0 {
		return ""
	}
	return fmt.Sprintf("%sv%d", v.Protocol, v.Number)
}

func protocolOf(group netip.Addr) Protocol {
	if group.Is4() {
		return IGMP
	}
	return MLD
}

// ListedSource is a line of /proc/net/mcfilter or mcfilter6.
type ListedSource struct {
	Source  netip.Addr
	Include int // sockets that want it
	Exclude int // sockets that do not
}

// Interface is an interface of the namespace.
type Interface struct {
	Index int
	Name  string
	Addrs []netip.Addr // its own
}

// Config says where to look. The zero value is the network namespace of the
// calling thread.
type Config struct {
	PID int // look into the network namespace of this process; 0: that of the calling thread
}

// Error says what was being done, and why it failed.
type Error struct {
	Op     string // "look into process 17" …
	Err    error
	Advice string // what to do about it, one line; may be empty
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %v", e.Op, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint returns what to do about it, one line, or "".
func (e *Error) Hint() string { return e.Advice }
