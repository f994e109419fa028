package capture

import (
	"fmt"
	"math/bits"
	"time"
)

// clock says what a file's time stamps count.
type clock struct {
	unit   uint64 // of them are a second
	offset int64  // seconds that are to be added
}

// microseconds is what files count that say nothing else.
const (
	microseconds = 1_000_000
	nanoseconds  = 1_000_000_000
)

// sum returns the time of so many seconds and units.
func (c clock) sum(seconds, rest uint32) time.Time {
	if uint64(rest) < c.unit {
		switch c.unit {
		case nanoseconds:
			return time.Unix(int64(seconds)+c.offset, int64(rest))
		case microseconds:
			return time.Unix(int64(seconds)+c.offset, int64(rest)*1000)
		}
	}
	return c.time(uint64(seconds)*c.unit + uint64(rest))
}

// time returns the time of a stamp. The customary units have cases of their own, as
// dividing by a constant is several times faster.
func (c clock) time(stamp uint64) time.Time {
	switch c.unit {
	case nanoseconds:
		return time.Unix(int64(stamp/nanoseconds)+c.offset, int64(stamp%nanoseconds))
	case microseconds:
		return time.Unix(int64(stamp/microseconds)+c.offset, int64(stamp%microseconds)*1000)
	}
	seconds, rest := stamp/c.unit, stamp%c.unit
	hi, lo := bits.Mul64(rest, uint64(time.Second))
	nanoseconds, _ := bits.Div64(hi, lo, c.unit)
	return time.Unix(int64(seconds)+c.offset, int64(nanoseconds))
}

// unitOf returns how many units are a second, for the resolution as pcapng writes
// it: a negative power of 10 or, with the highest bit set, of 2.
func unitOf(resolution byte) (uint64, error) {
	const (
		most10 = 19 // more do not fit into 64 bits
		most2  = 63
	)
	n := resolution & 0x7f
	if resolution&0x80 != 0 {
		if n > most2 {
			return 0, fmt.Errorf("times in units of 2^-%d s, and 2^-%d is the finest that can be read", n, most2)
		}
		return 1 << n, nil
	}
	if n > most10 {
		return 0, fmt.Errorf("times in units of 10^-%d s, and 10^-%d is the finest that can be read", n, most10)
	}
	unit := uint64(1)
	for range n {
		unit *= 10
	}
	return unit, nil
}
