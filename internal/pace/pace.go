// Package pace spreads what a sender sends over time, at a rate.
//
// It counts in units whose meaning is the caller's: one for each datagram when
// the rate is in datagrams per second, eight times its length when the rate is
// in bits of payload per second.
//
// A sender asks how much may go, sends that, and says how much it really sent:
//
//	p := pace.New(rate)
//	for {
//		p.Idle() // only if what follows may wait for input
//		batch := read()
//		for len(batch) > 0 {
//			n, err := p.Wait(ctx, 1, int64(len(batch)))
//			if err != nil {
//				return err
//			}
//			sent, err := send(batch[:n])
//			p.Sent(int64(sent))
//			if err != nil {
//				return err
//			}
//			batch = batch[sent:]
//		}
//	}
//
// What Wait promises:
//
//   - The first datagram goes at once. At no time has more been sent than the
//     rate times the time since then, and one datagram.
//   - No more than a millisecond of the rate, or one datagram if that is more,
//     is handed out at once. What follows it comes no faster than 1.5 times
//     the rate.
//   - Time lost by the sender (the process was not scheduled, a system call
//     was slow) is made up for, at 1.5 times the rate, so that the average
//     stays exact. What has been due for more than a second is given up: a
//     sender that cannot reach its rate does not collect debts for ever.
//   - Time in which there was nothing to send is not made up for, beyond a
//     millisecond. Idle tells the one from the other.
package pace

import (
	"context"
	"errors"
	"math"
	"time"

	"mcast/internal/sys"
)

const (
	// burstTime limits a burst: what it is worth at the rate.
	burstTime = time.Millisecond

	// stepTime is how much of the rate is worth waking up for, if the
	// caller has that much. A sleep ends about 75 µs late (sys.SleepUntil),
	// so a hand-out is 0.28 ms of the rate: at 5,000,000 datagrams per
	// second 1400, which fill ten GSO sends. That is 3600 wake-ups per
	// second, and each costs up to 50 µs of CPU time on a virtual machine
	// (half of it is the machine's), so that it should not be shorter.
	stepTime = 200 * time.Microsecond

	// catchUp is how much faster than the rate a backlog is sent. It is a
	// compromise: the faster, the less of the lost time is still missing
	// when the next is lost, but the harder for the queues on the way.
	catchUp = 1.5

	// debtTime is how long what is due is owed before it is given up.
	debtTime = time.Second

	// A wait longer than timerFrom begins with a Go timer, which can be
	// cancelled, up to timerMargin before its end, because such a timer is
	// up to a millisecond late. The rest is a sleep that is exact and that
	// nothing ends early: a cancellation thus takes up to timerFrom.
	timerFrom   = 5 * time.Millisecond
	timerMargin = 2 * time.Millisecond

	// longest is how long to wait before looking at the clock again: it
	// keeps the wait of an absurdly low rate within a time.Duration.
	longest = time.Hour
)

// ErrInterrupted is what Wait returns after Interrupt.
var ErrInterrupted = errors.New("pacing interrupted")

// Pacer says when how much may be sent. It belongs to one goroutine, except
// for Interrupt. Make one with New.
//
// It is two token buckets. One is the schedule: it fills at the rate, and what
// is in it is due. The other limits bursts: it fills at 1.5 times the rate, up
// to a millisecond of the rate. The first alone would send a backlog at once;
// the second alone would send too much.
type Pacer struct {
	rate  float64 // units per nanosecond
	burst float64 // units in burstTime
	step  float64 // units in stepTime
	debt  float64 // units in debtTime

	// The buckets, in units, as of last. A next datagram is due when owed
	// reaches 0, which is when its first unit is due: after it was sent,
	// owed is less by its size, and that much time passes until the next.
	owed float64   // below 0: nothing is due yet
	room float64   // at most burst; below 0 after a datagram larger than that
	last time.Time // zero before the first Wait

	idle   float64 // the part of owed that became due while idle; at most burst
	idling bool    // since last, until the next Wait

	timer     *time.Timer // nil until the first long wait
	interrupt chan struct{}

	sleep func(until time.Time) // other than sys.SleepUntil only in tests
}

// New returns a Pacer for a rate in units per second, which must be positive
// and finite. Its time begins with the first Wait.
func New(rate float64) *Pacer {
	if !(rate > 0) || math.IsInf(rate, 1) {
		panic("pace: a rate must be positive and finite")
	}
	p := &Pacer{
		rate:      rate / float64(time.Second),
		interrupt: make(chan struct{}, 1),
		sleep:     sys.SleepUntil,
	}
	p.burst = p.rate * float64(burstTime)
	p.step = p.rate * float64(stepTime)
	p.debt = p.rate * float64(debtTime)
	p.room = p.burst
	return p
}

// Wait blocks until the next datagram may go and returns how many units may
// be sent now, in one go: at least next and at most all.
//
// Next is the size of the next datagram, at least 1, and all is the size of
// everything that waits to be sent, it included. When much waits, Wait does
// not return for every datagram but for a fifth of a millisecond of the rate.
//
// The error is ctx.Err() or ErrInterrupted, within 5 ms of the event. After an
// error, as after sending less than Wait allowed, Wait may be called again.
func (p *Pacer) Wait(ctx context.Context, next, all int64) (int64, error) {
	size := float64(next)
	want := max(size, min(p.step, float64(all)))

	now := time.Now()
	switch {
	case p.last.IsZero():
		p.last = now
		want = size // the first datagram does not wait for company
	case p.idling:
		p.endIdle(now, size, want)
	}
	for {
		if err := p.stopped(ctx); err != nil {
			return 0, err
		}
		p.advance(now)
		d := p.delay(size, want)
		if d <= 0 {
			break
		}
		if err := p.pause(ctx, now, d); err != nil {
			return 0, err
		}
		now = time.Now()
	}

	n := math.Floor(p.owed) + size
	n = min(n, max(math.Floor(p.room), size))
	return max(next, min(int64(n), all)), nil
}

// Sent tells that units were sent, which may be less than Wait allowed. It is
// to be called right after sending.
func (p *Pacer) Sent(units int64) {
	// Time passes in the buckets first: if the process was stopped between
	// Wait and the send, this burst has only just left, and the room that
	// is full by now has to pay for it.
	p.advance(time.Now())
	p.owed -= float64(units)
	p.room -= float64(units)
	p.idle = max(0, min(p.idle, p.owed))
}

// Idle tells that the sender now waits for something to send. The time from
// here to the next Wait is then nobody's debt: only a millisecond of it is made
// up for. Time that would have been spent in Wait anyway does not count, so
// Idle may be called before every read, whether it will block or not.
func (p *Pacer) Idle() {
	if p.last.IsZero() || p.idling {
		return
	}
	p.advance(time.Now())
	p.idling = true
}

// Interrupt makes the Wait that is in progress, or else the next one, return
// ErrInterrupted. It may be called from any goroutine and does not block. It is
// for events that are not a context's: a caller that is being closed, say, sets
// what says so and then interrupts.
func (p *Pacer) Interrupt() {
	select {
	case p.interrupt <- struct{}{}:
	default: // one is already pending
	}
}

// advance fills the buckets for the time since the last call.
func (p *Pacer) advance(now time.Time) {
	units := float64(now.Sub(p.last)) * p.rate
	p.last = now
	p.owed = min(p.owed+units, p.debt)
	p.room = min(p.room+units*catchUp, p.burst)
}

// delay returns how many nanoseconds after last it is until want units may go,
// of which size are the next datagram; 0 or less if they may go now.
func (p *Pacer) delay(size, want float64) float64 {
	due := want - size - p.owed
	// A datagram larger than a burst needs a full bucket and overdraws it.
	room := min(want, p.burst) - p.room
	return max(due, room/catchUp) / p.rate
}

// endIdle takes the time between Idle and now out of what is owed, except for
// up to a millisecond.
func (p *Pacer) endIdle(now time.Time, size, want float64) {
	p.idling = false
	idle := float64(now.Sub(p.last)) - max(0, p.delay(size, want))
	if idle <= 0 {
		return
	}
	// Idle credit is counted apart from owed, and not just capped by a
	// millisecond each time: many short waits must not add up to a long
	// burst, and a backlog from before must not be forgotten.
	p.idle += idle * p.rate
	if over := p.idle - p.burst; over > 0 {
		p.idle = p.burst
		p.owed -= over // before advance, which caps owed
	}
}

// pause waits from now for about d nanoseconds. It may end too soon.
func (p *Pacer) pause(ctx context.Context, now time.Time, d float64) error {
	// One more than rounding up: if the buckets lacked a rounding error at
	// the end of the sleep, there would have to be another, and none is
	// shorter than about 75 µs.
	wait := time.Duration(min(math.Ceil(d)+1, float64(longest)))
	if wait <= timerFrom {
		p.sleep(now.Add(wait))
		return nil
	}
	wait -= timerMargin
	if p.timer == nil {
		p.timer = time.NewTimer(wait)
	} else {
		p.timer.Reset(wait)
	}
	select {
	case <-p.timer.C:
		return nil
	case <-ctx.Done():
		p.timer.Stop()
		return ctx.Err()
	case <-p.interrupt:
		p.timer.Stop()
		return ErrInterrupted
	}
}

// stopped returns why Wait has to end, or nil.
func (p *Pacer) stopped(ctx context.Context) error {
	select {
	case <-p.interrupt:
		return ErrInterrupted
	default:
		return ctx.Err()
	}
}
