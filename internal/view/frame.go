package view

import (
	"net/netip"
	"time"

	"mcast/wire"
)

// Frame is a captured frame as it is shown.
type Frame struct {
	Time      time.Time // zero where it is not known
	Interface string    // "" where it has no name
	Direction string    // in, out, other, or "" where that is not known
	Packet    *wire.Packet
	Comment   string

	// Superframe says that it carries several datagrams or segments as one, of
	// SegmentSize bytes of payload each but the last; 0 is not known.
	Superframe  bool
	SegmentSize int
}

// Capture sums a capture up.
type Capture struct {
	Captured uint64 // frames that passed the filter
	Bytes    uint64 // that these had on the wire
	Dropped  *Drops // by the kernel; nil where nobody counted
	First    time.Time
	Last     time.Time
	Groups   []GroupFrames
}

// GroupFrames is the part of one group by one interface.
type GroupFrames struct {
	Group     netip.Addr
	Port      uint16 // 0 where the frames have none
	Interface string
	Frames    uint64
	Bytes     uint64
}

// Seconds returns the time from the first frame to the last.
func (c *Capture) Seconds() float64 { return c.Last.Sub(c.First).Seconds() }
