package mcast

import "os"

// Offload says whether runs of datagrams may cross the kernel as one: UDP GSO
// on sending, UDP GRO on receiving. It is what makes mcast fast; it shows in
// captures on the host (one long frame in place of many) and makes counts of
// drops a lower bound.
type Offload int

const (
	// OffloadAuto uses what the kernel has, unless the environment variable
	// MCAST_OFFLOAD is "off". On systems other than Linux that is nothing.
	OffloadAuto Offload = iota
	// OffloadOff uses neither.
	OffloadOff
)

func (o Offload) enabled() bool {
	return o != OffloadOff && os.Getenv("MCAST_OFFLOAD") != "off"
}
