package wire

import (
	"net/netip"
	"time"
)

// Query asks who is in a group: an IGMP query (RFC 9776) or an MLD query
// (RFC 9777), by the family of Source.
type Query struct {
	// Source is who asks: 0.0.0.0, for IGMP, is an asker without an address.
	Source netip.Addr

	// Version is that of the protocol: 1 to 3 of IGMP, 1 or 2 of MLD. When
	// encoding, 0 is the newest.
	Version uint8

	// Group is the group that is asked for; 0.0.0.0 and :: are any group.
	// When encoding, so is the zero Addr.
	Group netip.Addr

	// Sources are those that are asked for; none are any. Only IGMPv3 and
	// MLDv2 have them, and what follows but MaxResponse.
	Sources []netip.Addr

	// MaxResponse is within which time answers are wanted. IGMPv1 has none,
	// and in IGMPv2 it is not 0. IGMP counts tenths of a second, MLD
	// milliseconds; times past 12.8 s (IGMPv3; it ends at 3174.4 s) or
	// 32.768 s (MLDv2; 8387.584 s) are counted ever more coarsely. Encoding
	// takes the next shorter time that can be said.
	MaxResponse time.Duration

	// Suppress tells other routers to leave their timers alone: the S flag.
	Suppress bool

	// Robustness is how many messages are sent where one would do, 0 to 7;
	// 0 stands for more than 7. It is the QRV field.
	Robustness uint8

	// Interval is the time between general queries: the QQIC field. It has
	// whole seconds, and ever coarser ones from 128 s to 31,744 s.
	Interval time.Duration
}

// Report says what a host has joined or left: an IGMP or MLD report, an IGMPv2
// leave or an MLDv1 done, by the family of Source.
type Report struct {
	// Source is who reports. A host that has no address yet has 0.0.0.0
	// or ::.
	Source netip.Addr

	// Version is as in Query.
	Version uint8

	// Records are a record for each group. Before IGMPv3 and MLDv2 there is
	// exactly one, without sources: a report is a ModeIsExclude, and a leave
	// or done a ChangeToInclude (RFC 9776, section 7.3.2).
	Records []Membership
}

// Membership is what a host says of a group: a group record.
type Membership struct {
	Type      RecordType
	Group     netip.Addr
	Sources   []netip.Addr
	Auxiliary []byte // in whole words of 4 bytes, up to 255; no use is defined
}

// RecordType is what a record says (RFC 9776, section 4.2.12). Together with the
// sources, it is a join or a leave: a ChangeToInclude without sources leaves, a
// ChangeToExclude without sources joins from any source.
type RecordType uint8

// The types of records. The first two answer a query, and the others tell of a
// change as it happens.
const (
	ModeIsInclude   RecordType = 1 // is in the group from these sources
	ModeIsExclude   RecordType = 2 // from any but these
	ChangeToInclude RecordType = 3 // from now on from these sources
	ChangeToExclude RecordType = 4 // from now on from any but these
	AllowNewSources RecordType = 5 // from these too
	BlockOldSources RecordType = 6 // from these no more
)

var recordTypes = []name{
	{1, "mode is include"}, {2, "mode is exclude"}, {3, "change to include mode"}, {4, "change to exclude mode"},
	{5, "allow new sources"}, {6, "block old sources"},
}

// String returns "mode is include" and so on, or "".
func (t RecordType) String() string { return nameOf(recordTypes, uint64(t)) }
