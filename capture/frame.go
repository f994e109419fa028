package capture

import (
	"time"

	"mcast/filter"
	"mcast/wire"
)

// MaxFrame is the largest frame that is read, in bytes: 16 MiB. It is far more
// than any network carries, and than libpcap reads (256 KiB).
const MaxFrame = 16 << 20

// Frame is a frame as it was captured.
type Frame struct {
	// Data is what was captured of it, from the first byte of the link
	// layer's header on. It is lent until the next call.
	Data []byte

	// Length is how many bytes the frame had on the wire, which may be more
	// than were captured. It is never less than there are in Data.
	Length int

	// Time is when it was captured, as exactly as that is known, up to a
	// nanosecond. It is zero where it is not known.
	Time time.Time

	// Interface is where it was captured. It is never nil, and the same for
	// all frames of an interface.
	Interface *Interface

	// Direction is which way it went, where that is known.
	Direction Direction

	// ChecksumPending says that the checksum of its transport layer is left to
	// the network card, so that what is in the frame is not it.
	ChecksumPending bool

	// Superframe says that it carries several datagrams or TCP segments as one, as
	// segmentation offload makes them, and did not travel so. SegmentSize is how
	// many bytes of payload each of them has but the last; 0 where that is
	// not known.
	Superframe  bool
	SegmentSize int

	// Datagrams, if it is not nil, makes the datagrams that a superframe stands for:
	// Live.ReadRun hands such frames over. It is lent as Data is. Writer and Files
	// write the datagrams.
	Datagrams *wire.Superframe

	// Comment is what somebody has written about the frame, with newlines
	// between several remarks; usually "". Making it allocates.
	Comment string
}

// Count returns how many frames it is, and how many bytes they had on the wire: the
// datagrams, if it stands for several.
func (f *Frame) Count() (frames, bytes int) {
	if f.Datagrams != nil {
		return f.Datagrams.Len(), f.Datagrams.WireLen()
	}
	return 1, f.Length
}

// Interface is where frames were captured, as the capture describes it.
type Interface struct {
	// ID is its number in the capture, from 0. A file of several sections
	// counts anew in each.
	ID int

	// Index is the number by which the system knows it, with which it was
	// captured live; 0 in files.
	Index int

	// Name is what the system called it, "eth0", and Description what
	// people do. Both may be "": pcap files have neither.
	Name, Description string

	// LinkType is what its frames begin with, as a number of
	// https://www.tcpdump.org/linktypes.html: 1 is Ethernet.
	LinkType int

	// SnapLen is how many bytes of a frame were captured at most; 0 means
	// that there was no limit, or that it is not known.
	SnapLen int

	// Filter is the expression by which its frames were chosen, if that is
	// known.
	Filter string

	// BigEndian says that the file was written by a machine of that byte
	// order, as the first four bytes of frames of link type 0 (NULL) are.
	BigEndian bool

	clock      clock
	statistics *Statistics // as far as it was read
}

// FilterLinkType returns what filters for its frames are to be compiled for; false
// means that package filter does not know the link type.
func (i *Interface) FilterLinkType() (filter.LinkType, bool) {
	return filter.LinkTypeOf(i.LinkType, i.BigEndian)
}
