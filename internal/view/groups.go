package view

import (
	"net/netip"
	"time"
)

// Membership is a group that an interface has joined.
type Membership struct {
	Interface     string
	Group         netip.Addr
	Wants         Sources
	Version       string // "IGMPv3", "MLDv2"; "": unknown
	VersionSource string // how it is known: "told", "forced", "inferred", "": unknown
	Users         int    // sockets, and times that the kernel itself has joined
	Kernel        int    // of these, the kernel
	Unknown       int    // of these, those that the rights at hand do not show
	Sockets       []MemberSocket
	Listed        []ListedSource // by the kernel for the interface, where Wants is unknown: perhaps not all
}

// Sources are which sources are wanted.
type Sources struct {
	Mode string // "include" or "exclude"; "": unknown
	List []netip.Addr
}

// Equal reports whether two are the same.
func (s Sources) Equal(o Sources) bool {
	if s.Mode != o.Mode || len(s.List) != len(o.List) {
		return false
	}
	for i := range s.List {
		if s.List[i] != o.List[i] {
			return false
		}
	}
	return true
}

// MemberSocket is a socket that has joined, in a process that has it open.
type MemberSocket struct {
	PID      int
	Command  string // any bytes: the process chose it
	Inode    uint64
	Protocol string // "udp", "raw" …
	Local    netip.AddrPort
	Wants    Sources
}

// ListedSource is a source with how many sockets want it and how many do not.
type ListedSource struct {
	Source           netip.Addr
	Include, Exclude int
}

// MembershipEvent is something that happened to memberships.
type MembershipEvent struct {
	Time      time.Time
	Event     string // "join", "leave", "change", "query", "querier"
	Where     string // "host", "wire"
	Interface string
	Who       string // on the wire an address, on the host a process or "kernel"; "": not known
	Group     netip.Addr
	Wants     Sources
	Version   string
	Seen      string // on the host how it is known: "announced", "rescan"
	Socket    *MemberSocket
	Querier   *Querier // of a "querier"
}

// Querier is what there is to say of a querier.
type Querier struct {
	State    string        // what is new: "seen", "elected", "changed" (version or interval), "gone"
	Interval time.Duration // between its general queries; 0: unknown
	Elected  *bool         // nil: of IGMPv1, which has no election
}
