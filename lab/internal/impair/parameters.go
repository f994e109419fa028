package impair

import (
	"errors"
	"fmt"
	"time"
)

// Parameters is what a link does to frames of one direction, in this order: loss,
// duplication, rate, delay. The zero value does nothing.
type Parameters struct {
	Loss      float64       // share that is lost: 0.1 is a tenth
	Duplicate float64       // share that arrives twice
	Reorder   float64       // share that is not delayed, and so overtakes
	Delay     time.Duration // of every frame
	Jitter    time.Duration // up to so much more or less, evenly, for each frame by itself: these overtake too
	Rate      uint64        // bits a second, counted from the Ethernet header on; 0: no limit
	Queue     time.Duration // how long a frame waits at most for its turn at that rate, or else is lost; 0: 100 ms
	Seed      uint64        // the same seed, the same fate of the n-th frame of a flow
}

const defaultQueue = 100 * time.Millisecond

// mostDelay keeps sums of times from overflowing.
const mostDelay = 24 * time.Hour

// Check says what is wrong with the parameters: a share that is none, a time below 0,
// jitter that is longer than the delay, reordering where there is no delay.
func (p *Parameters) Check() error {
	for _, s := range []struct {
		name  string
		share float64
	}{{"loss", p.Loss}, {"duplicate", p.Duplicate}, {"reorder", p.Reorder}} {
		if !(s.share >= 0 && s.share <= 1) { // NaN is neither
			return fmt.Errorf("%s %v is not a share: from 0 to 1, or 0%% to 100%%", s.name, s.share)
		}
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"delay", p.Delay}, {"jitter", p.Jitter}, {"queue", p.Queue}} {
		if d.value < 0 || d.value > mostDelay {
			return fmt.Errorf("%s %v is not from 0s to %v", d.name, d.value, mostDelay)
		}
	}
	switch {
	case p.Jitter > p.Delay:
		return fmt.Errorf("jitter %v is more than the delay, %v: no frame arrives before it was sent", p.Jitter, p.Delay)
	case p.Reorder > 0 && p.Delay == 0:
		return errors.New("reorder needs a delay: a frame overtakes others by not being delayed")
	case p.Queue > 0 && p.Rate == 0:
		return errors.New("queue needs a rate: without one no frame waits for its turn")
	}
	return nil
}
