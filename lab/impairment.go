package lab

import "time"

// Inflicted is what a bad link has really done to the frames of one direction.
type Inflicted struct {
	Frames     uint64 // that came in
	Lost       uint64 // as asked
	Duplicated uint64 // as asked; each came out twice, or the queue was full for one
	Overtook   uint64 // came out before one that had come in before
	QueueFull  uint64 // lost, for too many were waiting for their turn, or more than 64 MiB were on their way
	Sent       uint64 // that came out, duplicates too

	// Delay between coming in and going out.
	LeastDelay, MeanDelay, MostDelay time.Duration

	// What nobody asked for.

	Missed  uint64 // lost, for this program did not read them in time; one of segmentation offload counts once
	Refused uint64 // lost, for the kernel did not take them, or the interface at the far end was down
	Whole   uint64 // superframes of TCP that were treated as one frame: segmentation offload was turned on again
}

// Inflicted returns what was done so far to the frames towards the host, and to those from
// it: nothing if the topology asks for nothing. After Lab.Close it is all.
func (l *Link) Inflicted() (toward, from Inflicted) { return l.inflicted() }
