package capture

import "time"

// Statistics is how a capture fared on an interface, from its beginning on.
type Statistics struct {
	// Time is when that was so. When it is zero, a Writer takes the time
	// of the last frame.
	Time time.Time

	// Received is how many frames arrived there that the filter let pass,
	// with those that were dropped.
	Received uint64

	// Dropped is how many of them are missing, since the capture was too slow
	// or short of memory.
	Dropped uint64
}

// Statistics returns what the file has said so far of an interface that came with
// a frame; false means nothing. Only pcapng has them, and usually at its end.
// Files of several sections count anew in each.
func (r *Reader) Statistics(i *Interface) (Statistics, bool) {
	if i.statistics == nil {
		return Statistics{}, false
	}
	return *i.statistics, true
}
