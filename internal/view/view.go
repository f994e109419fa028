// Package view has the reports that commands print; its sub-packages print
// them, for people (text) and for programs (json). They open no socket and
// know no command.
package view

import (
	"net/netip"
	"time"
)

// Datagram is a datagram as it is shown.
type Datagram struct {
	Time         time.Time
	Group        netip.AddrPort
	Source       netip.AddrPort
	Interface    string
	HopLimit     int
	TrafficClass int
	Payload      []byte
}

// Summary tells what was received or sent.
type Summary struct {
	Datagrams uint64
	Bytes     uint64
	First     time.Time // of the first datagram; zero where there was none
	Last      time.Time
	Dropped   *Drops // nil: not a matter of this command
	Groups    []GroupSummary
}

// Drops counts what the kernel dropped for want of room.
type Drops struct {
	Count   uint64
	AtLeast bool // runs that the kernel had joined count once
}

// GroupSummary is the part of one group by one interface.
type GroupSummary struct {
	Group     netip.AddrPort
	Interface string
	Datagrams uint64
	Bytes     uint64
	Dropped   *uint64 // nil: cannot be told apart from the other groups' or interfaces'
}

// Seconds returns the time from the first datagram to the last.
func (s *Summary) Seconds() float64 { return s.Last.Sub(s.First).Seconds() }

// Rates returns datagrams and bits a second between the first datagram and the
// last; false where there is no such time.
func (s *Summary) Rates() (datagrams, bits float64, ok bool) {
	t := s.Seconds()
	if s.Datagrams < 2 || t <= 0 {
		return 0, 0, false
	}
	return float64(s.Datagrams) / t, 8 * float64(s.Bytes) / t, true
}
