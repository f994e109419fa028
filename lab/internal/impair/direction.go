package impair

import (
	"math/bits"
	"time"

	"mcast/internal/sys"
)

// direction is one direction of a link: frames come in by enter, and go out by
// leave, when they are due. It does no input or output, and asks for no time: times are since
// some beginning.
type direction struct {
	Parameters
	flows  flows
	counts Counts
	delays time.Duration // of all that was sent together
	came   time.Duration // when the last frame came in
	busy   time.Duration // until when frames that came in are being sent at the rate
	latest time.Duration // when the latest one so far is due
	number uint64        // of frames that were held
	held   []held        // a heap: the first is due next
	bytes  int           // of memory in held
	spare  [classes][][]byte
}

// held is a frame on its way.
type held struct {
	due, entered time.Duration
	number       uint64
	frame        []byte
	offload      sys.OffloadHeader
}

// mostBytes may be on their way at once.
const mostBytes = 64 << 20

func newDirection(p Parameters) *direction {
	if p.Queue == 0 {
		p.Queue = defaultQueue
	}
	return &direction{Parameters: p, flows: flows{seed: p.Seed}}
}

// enter takes a frame that has come in. It is front and then rest, which are copied. None comes
// before one that was taken before, whatever the clock says: only those overtake that are
// asked to.
func (d *direction) enter(now time.Duration, front, rest []byte, offload sys.OffloadHeader) {
	now = max(now, d.came)
	d.came = now
	n := len(front) + len(rest)
	frame := d.take(n)
	copy(frame[copy(frame, front):], rest)
	d.counts.Frames++
	fate := d.fateOf(d.flows.next(frame))
	if fate.lost {
		d.counts.Lost++
		d.giveBack(frame)
		return
	}
	d.hold(now, frame, offload, fate.overtakes, fate.jitter[0])
	if fate.twice {
		d.counts.Duplicated++
		second := d.take(n)
		copy(second, frame)
		d.hold(now, second, offload, fate.overtakes, fate.jitter[1])
	}
}

// hold has a frame leave when it is due, if there is room for it until then.
func (d *direction) hold(now time.Duration, frame []byte, offload sys.OffloadHeader, overtakes bool, jitter float64) {
	due := now
	if d.Rate > 0 {
		due = max(due, d.busy)
		if due-now > d.Queue {
			d.counts.QueueFull++
			d.giveBack(frame)
			return
		}
		d.busy = due + d.transmission(len(frame))
		due = d.busy
	}
	if d.bytes+cap(frame) > mostBytes {
		d.counts.QueueFull++
		d.giveBack(frame)
		return
	}
	if !overtakes {
		due += d.Delay + time.Duration(jitter*float64(d.Jitter))
	}
	if due < d.latest {
		d.counts.Overtook++
	}
	d.latest = max(d.latest, due)
	d.number++
	d.bytes += cap(frame)
	d.push(held{due: due, entered: now, number: d.number, frame: frame, offload: offload})
}

// transmission is how long a frame takes at the rate.
func (d *direction) transmission(n int) time.Duration {
	hi, lo := bits.Mul64(uint64(n)*8, uint64(time.Second))
	if hi >= d.Rate {
		return mostDelay
	}
	t, _ := bits.Div64(hi, lo, d.Rate)
	return time.Duration(min(t, uint64(mostDelay)))
}

// due says when the next frame is to leave.
func (d *direction) due() (time.Duration, bool) {
	if len(d.held) == 0 {
		return 0, false
	}
	return d.held[0].due, true
}

// leave hands over the next frame, which must be due. The caller calls left for it.
func (d *direction) leave() held {
	h := d.pop()
	d.bytes -= cap(h.frame)
	return h
}

// left says that a frame went out, and gives it back.
func (d *direction) left(now time.Duration, h held) {
	c := &d.counts
	delay := max(0, now-h.entered)
	if c.Sent == 0 || delay < c.LeastDelay {
		c.LeastDelay = delay
	}
	c.MostDelay = max(c.MostDelay, delay)
	d.delays += delay
	c.Sent++
	d.giveBack(h.frame)
}

// refused says that the kernel did not take a frame, and gives it back.
func (d *direction) refused(h held) {
	d.counts.Refused++
	d.giveBack(h.frame)
}

func (d *direction) snapshot() Counts {
	c := d.counts
	if c.Sent > 0 {
		c.MeanDelay = d.delays / time.Duration(c.Sent)
	}
	return c
}
