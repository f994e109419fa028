package pace

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// The tests run in the fake time of testing/synctest, in which a sleep takes
// exactly as long as it says and computing takes no time. What a real machine
// adds, late wake-ups and slow sends, the simulation adds from a seeded random
// source. No test looks at a real clock.

// sim is a sender on a simulated machine. Its zero value is a perfect machine
// and a sender of single units with 4096 of them always waiting.
type sim struct {
	rate  float64
	last  time.Duration                               // how long to send
	size  func(i int) int64                           // of datagram i; nil: 1
	queue int                                         // datagrams waiting; 0: 4096
	late  func() time.Duration                        // how late a sleep ends
	cost  func(at time.Duration, n int) time.Duration // of sending n datagrams at a time
	idle  func() time.Duration                        // how long input takes before each send; nil: no input
}

// sent is one hand-out: what the kernel would get back to back.
type sent struct {
	at        time.Duration // since the first
	units     int64
	datagrams int
	allowed   int64 // what Wait returned
	size      int64 // of the first datagram
}

// newTestPacer returns a Pacer whose sleeps take fake time and end as late as
// late says; nil: in time.
func newTestPacer(rate float64, late func() time.Duration) *Pacer {
	p := New(rate)
	p.sleep = func(until time.Time) {
		d := time.Until(until)
		if late != nil {
			d += late()
		}
		time.Sleep(d)
	}
	return p
}

func (s sim) run(t *testing.T) (log []sent) {
	t.Helper()
	size := s.size
	if size == nil {
		size = func(int) int64 { return 1 }
	}
	queue := s.queue
	if queue == 0 {
		queue = 4096
	}
	synctest.Test(t, func(t *testing.T) {
		p := newTestPacer(s.rate, s.late)
		begin := time.Now()
		for i := 0; ; {
			if s.idle != nil {
				p.Idle()
				time.Sleep(s.idle())
			}
			var all int64
			for k := range queue {
				all += size(i + k)
			}
			next := size(i)
			n, err := p.Wait(t.Context(), next, all)
			if err != nil {
				t.Fatal(err)
			}
			if n < next || n > all {
				t.Fatalf("Wait(%d, %d) = %d", next, all, n)
			}
			e := sent{at: time.Since(begin), allowed: n, size: next}
			if e.at >= s.last {
				return
			}
			for e.datagrams < queue && e.units+size(i) <= n {
				e.units += size(i)
				e.datagrams++
				i++
			}
			if s.cost != nil {
				time.Sleep(s.cost(e.at, e.datagrams))
			}
			p.Sent(e.units)
			log = append(log, e)
		}
	})
	return log
}

// checkStart checks that the first datagram went at once, and alone.
func checkStart(t *testing.T, log []sent) {
	t.Helper()
	if len(log) == 0 || log[0].at != 0 || log[0].datagrams != 1 {
		t.Fatalf("the first hand-out is %+v, want one datagram at once", log[:min(1, len(log))])
	}
}

// checkBursts checks that no hand-out exceeds a millisecond of the rate or one
// datagram, and that hand-outs in a row keep to 1.5 times the rate with one
// such burst, so that none follows another back to back.
func checkBursts(t *testing.T, rate float64, log []sent) {
	t.Helper()
	var largest int64
	for _, e := range log {
		largest = max(largest, e.size)
	}
	burst := rate / 1000
	level, at := 0.0, time.Duration(0)
	for i, e := range log {
		if float64(e.allowed) > max(burst, float64(e.size)) {
			t.Fatalf("hand-out %d at %v allows %d units, more than a millisecond's %v", i, e.at, e.allowed, burst)
		}
		level = max(0, level-(e.at-at).Seconds()*1.5*rate) + float64(e.units)
		at = e.at
		if limit := max(burst, float64(largest)); level > limit*(1+1e-9) {
			t.Fatalf("at %v hand-out %d makes a burst of %v units, more than %v", e.at, i, level, limit)
		}
	}
}

// checkNeverAhead checks that at no time more was sent than was due.
func checkNeverAhead(t *testing.T, rate float64, log []sent) {
	t.Helper()
	var total int64
	for i, e := range log {
		total += e.units
		if due := rate*e.at.Seconds() + float64(e.size); float64(total) > due*(1+1e-9) {
			t.Fatalf("at %v, hand-out %d: %d units sent, but %v are due", e.at, i, total, due)
		}
	}
}

// worstSecond returns by how much the units in a second are off, over all
// windows of a second that begin or end at a hand-out.
func worstSecond(rate float64, log []sent, from, to time.Duration) float64 {
	// What was sent by a moment is compared with what was due by then; the
	// second from a to b is off by what that difference changes.
	off := func(sum int64, at time.Duration) float64 { return float64(sum) - rate*at.Seconds() }
	before := make([]int64, len(log)+1) // before[i]: what went before hand-out i
	for i, e := range log {
		before[i+1] = before[i] + e.units
	}
	worst := 0.0
	j := 0
	for i, e := range log {
		if e.at < from {
			continue
		}
		end := e.at + time.Second
		if end > to {
			break
		}
		for j < len(log) && log[j].at < end {
			j++
		}
		// With hand-out i and without it.
		worst = max(worst, math.Abs(off(before[j], end)-off(before[i], e.at)))
		worst = max(worst, math.Abs(off(before[j], end)-off(before[i+1], e.at)))
	}
	// A window that ends just before or after a hand-out.
	i := 0
	for j, e := range log {
		begin := e.at - time.Second
		if begin < from {
			continue
		}
		if e.at > to {
			break
		}
		for log[i].at < begin {
			i++
		}
		worst = max(worst, math.Abs(off(before[j], e.at)-off(before[i], begin)))
		worst = max(worst, math.Abs(off(before[j+1], e.at)-off(before[i], begin)))
	}
	return worst
}

// machine is a busy one: a sleep ends about 60 µs late, sending a datagram takes
// 100 ns, and every 40 to 140 ms everything stands still for up to 9 ms, in a
// sleep or in a send.
type machine struct {
	*rand.Rand
	next time.Time // of the stalls
}

func newMachine(seed float64) *machine {
	return &machine{Rand: rand.New(rand.NewPCG(1, math.Float64bits(seed)))}
}

func (m *machine) stall() time.Duration {
	now := time.Now()
	if now.Before(m.next) || m.IntN(2) == 0 {
		return 0
	}
	d := m.upTo(9 * time.Millisecond)
	m.next = now.Add(d + 40*time.Millisecond + m.upTo(100*time.Millisecond))
	return d
}

func (m *machine) upTo(d time.Duration) time.Duration { return time.Duration(m.Int64N(int64(d))) }

func (m *machine) late() time.Duration {
	return 40*time.Microsecond + m.upTo(40*time.Microsecond) + m.stall()
}

func (m *machine) cost(_ time.Duration, n int) time.Duration {
	return time.Duration(n)*100 + m.stall()
}

func TestRate(t *testing.T) {
	for _, rate := range []float64{100, 101.7, 999, 1000, 1001, 1500, 2999.5, 10_000, 33_333, 100_000, 1_000_000, 3e6 + 1, 5_000_000} {
		for _, queue := range []int{1, 10, 4096} {
			if rate/float64(queue) > 200_000 {
				continue // slow to simulate, and no sender does it
			}
			t.Run(fmt.Sprintf("%v by %d", rate, queue), func(t *testing.T) {
				const last = 3 * time.Second
				m := newMachine(rate)
				log := sim{rate: rate, last: last, queue: queue, late: m.late, cost: m.cost}.run(t)
				checkStart(t, log)
				checkBursts(t, rate, log)
				checkNeverAhead(t, rate, log)
				// A count can be off by one, even of a perfect sender.
				if worst := worstSecond(rate, log, 0, last); worst > rate/100+1 {
					t.Errorf("a second is off by %v units", worst)
				}
			})
		}
	}
}

// Datagrams at up to 1000 per second go one by one, each at its time.
func TestEachAtItsTime(t *testing.T) {
	for _, rate := range []float64{0.01, 0.5, 1, 7, 30, 99, 100, 250, 1000} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			m := newMachine(rate)
			late := func() time.Duration { return m.upTo(300 * time.Microsecond) }
			log := sim{rate: rate, last: time.Duration(50.5 / rate * float64(time.Second)), late: late}.run(t)
			checkStart(t, log)
			if len(log) != 51 {
				t.Fatalf("%d datagrams, want 51", len(log))
			}
			for i, e := range log {
				due := time.Duration(float64(i) / rate * float64(time.Second))
				if e.datagrams != 1 || e.at < due || e.at > due+time.Millisecond {
					t.Fatalf("datagram %d: %d at %v, want 1 at %v", i, e.datagrams, e.at, due)
				}
			}
		})
	}
}

// Steps are large enough for full GSO sends and small enough to be smooth.
func TestStep(t *testing.T) {
	tests := []struct {
		rate     float64
		min, max int
	}{
		{1000, 1, 1},
		{5000, 1, 2},
		{10_000, 2, 3},
		{100_000, 20, 28},
		{1_000_000, 200, 280},
		{5_000_000, 1000, 1400},
	}
	for _, tt := range tests {
		m := newMachine(tt.rate)
		late := func() time.Duration { return 40*time.Microsecond + m.upTo(30*time.Microsecond) }
		log := sim{rate: tt.rate, last: time.Second, late: late}.run(t)
		for _, e := range log[1:] {
			if e.datagrams < tt.min || e.datagrams > tt.max {
				t.Errorf("%v/s: a step of %d datagrams, want %d to %d", tt.rate, e.datagrams, tt.min, tt.max)
				break
			}
		}
	}
}

// A batch smaller than a step does not wait for the time of a step.
func TestSmallBatchDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTestPacer(100_000, nil)
		for i := range 100 {
			begin := time.Now()
			n, err := p.Wait(t.Context(), 1, 2)
			if want := min(int64(i)+1, 2); err != nil || n != want {
				t.Fatalf("Wait = %d, %v, want %d", n, err, want)
			}
			if d := time.Since(begin); d > 21*time.Microsecond {
				t.Fatalf("two datagrams waited %v", d)
			}
			p.Sent(n)
		}
	})
}

func TestUnequalSizesInBits(t *testing.T) {
	for _, rate := range []float64{20e3, 1e6, 10e6, 100e6, 1e9, 10e9} {
		t.Run(fmt.Sprintf("%v bit per second", rate), func(t *testing.T) {
			m := newMachine(rate)
			sizes := make([]int64, 10007)
			for i := range sizes {
				sizes[i] = 8 * (1 + m.Int64N(1472))
				if m.IntN(50) == 0 {
					sizes[i] = 8 * 65507
				}
			}
			const last = 3 * time.Second
			log := sim{
				rate: rate, last: last, queue: 64,
				size: func(i int) int64 { return sizes[i%len(sizes)] },
				late: m.late,
				cost: m.cost,
			}.run(t)
			checkStart(t, log)
			checkBursts(t, rate, log)
			checkNeverAhead(t, rate, log)
			if worst := worstSecond(rate, log, 0, last); worst > rate/100+8*65507 {
				t.Errorf("a second is off by %v bits", worst)
			}
		})
	}
}

// Lost time is made up for, with no burst: 20 ms in a sleep, then 100 ms in a
// send, and then the schedule is met again as if nothing had been.
func TestCatchUp(t *testing.T) {
	for _, rate := range []float64{50, 1000, 12_345, 100_000, 5_000_000} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			sleeps, stalled := 0, false
			log := sim{
				rate: rate, last: 3 * time.Second,
				late: func() time.Duration {
					if sleeps++; sleeps == 20 {
						return 20 * time.Millisecond
					}
					return 50 * time.Microsecond
				},
				cost: func(at time.Duration, n int) time.Duration {
					d := time.Duration(n) * 50
					if at > time.Second && !stalled {
						stalled = true
						d += 100 * time.Millisecond
					}
					return d
				},
			}.run(t)
			checkBursts(t, rate, log)
			checkNeverAhead(t, rate, log)
			// A stall of 100 ms is paid back in 200 ms, and then what
			// was sent by a moment is what was due by then.
			var total float64
			met := 0
			for _, e := range log {
				behind := rate*e.at.Seconds() - total
				total += float64(e.units)
				if e.at < time.Second+400*time.Millisecond {
					continue
				}
				met++
				if limit := rate*400e-6 + 1e-3; behind > limit {
					t.Fatalf("at %v still %v units behind", e.at, behind)
				}
			}
			if !stalled || met < 50 {
				t.Fatalf("stalled: %v; %d hand-outs compared", stalled, met)
			}
		})
	}
}

// A sender that cannot reach its rate owes a second at most: when it can
// again, it makes up for that and no more.
func TestOldDebtIsGivenUp(t *testing.T) {
	const rate = 100_000
	log := sim{
		rate: rate, last: 20 * time.Second,
		cost: func(at time.Duration, n int) time.Duration {
			if at < 10*time.Second {
				return time.Duration(n) * 20 * time.Microsecond // half the rate
			}
			return time.Duration(n)
		},
	}.run(t)
	checkBursts(t, rate, log)
	var total int64
	for _, e := range log {
		if e.at >= 10*time.Second {
			total += e.units
		}
	}
	if want := 11.0 * rate; math.Abs(float64(total)-want) > rate/100 {
		t.Errorf("%d units in ten seconds after the slow ones, want %v", total, want)
	}
	if worst := worstSecond(rate, log, 13*time.Second, 20*time.Second); worst > rate/100 {
		t.Errorf("a second long after the slow ones is off by %v units", worst)
	}
}

// Idle time is credit of a millisecond only.
func TestIdle(t *testing.T) {
	for _, rate := range []float64{10, 1000, 100_000, 5_000_000} {
		for _, wait := range []time.Duration{20 * time.Millisecond, 3 * time.Second, 3 * time.Hour} {
			t.Run(fmt.Sprintf("%v after %v", rate, wait), func(t *testing.T) {
				inputs := 0
				log := sim{
					rate: rate, last: wait + time.Second,
					idle: func() time.Duration {
						if inputs++; inputs == 50 {
							return wait
						}
						return 0
					},
				}.run(t)
				checkBursts(t, rate, log)
				checkNeverAhead(t, rate, log)
				if len(log) < 50 {
					return // 10 per second: too slow to get there
				}
				begin, total := log[49].at, 0.0
				for _, e := range log[49:] {
					// One step's worth may have been due before.
					due := rate*((e.at-begin).Seconds()+1.2e-3) + 1
					if total += float64(e.units); total > due {
						t.Fatalf("%v after the input came, %v units, want at most %v", e.at-begin, total, due)
					}
				}
			})
		}
	}
}

// Input that comes in single datagrams, each a bit too late, does not add up to
// a credit.
func TestManyShortIdlesAreNotACredit(t *testing.T) {
	const rate = 10_000
	inputs := 0
	input := func() time.Duration {
		if inputs++; inputs < 1000 {
			return 900 * time.Microsecond
		}
		return 0
	}
	log := sim{rate: rate, last: 2 * time.Second, queue: 1, idle: input}.run(t)
	checkBursts(t, rate, log)
	if inputs < 1000 {
		t.Fatal("the input never became fast")
	}
	var total float64
	var begin time.Duration
	for i, e := range log {
		if i < 1000 {
			begin = e.at
			continue
		}
		due := rate*((e.at-begin).Seconds()+1e-3) + 1
		if total += float64(e.units); total > due {
			t.Fatalf("%v after the input became fast, %v units, want at most %v", e.at-begin, total, due)
		}
	}
}

// A sender that reads its input in time and calls Idle before each read still
// makes up for the time that it loses elsewhere.
func TestIdleKeepsTheBacklog(t *testing.T) {
	for _, rate := range []float64{1000, 100_000, 1_000_000} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			const last = 3 * time.Second
			stalls := 0
			log := sim{
				rate: rate, last: last,
				late: func() time.Duration { return 55 * time.Microsecond },
				idle: func() time.Duration { return 20 * time.Microsecond },
				cost: func(at time.Duration, n int) time.Duration {
					if at > time.Duration(stalls+1)*200*time.Millisecond && stalls < 10 {
						stalls++
						return 20 * time.Millisecond
					}
					return 10 * time.Microsecond
				},
			}.run(t)
			checkBursts(t, rate, log)
			var total float64
			for _, e := range log {
				total += float64(e.units)
			}
			if want := rate * last.Seconds(); stalls != 10 || math.Abs(total-want) > rate/1000+1 {
				t.Errorf("%v units after %d stalls, want %v", total, stalls, want)
			}
		})
	}
}

// What was allowed and not sent stays allowed.
func TestSentLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTestPacer(1000, nil)
		for range 3 {
			begin := time.Now()
			if n, err := p.Wait(t.Context(), 1, 10); n != 1 || err != nil || !time.Now().Equal(begin) {
				t.Fatalf("Wait = %d, %v after %v", n, err, time.Since(begin))
			}
			p.Sent(0)
		}
	})
}

func TestCancel(t *testing.T) {
	tests := []struct {
		name string
		stop func(p *Pacer, cancel context.CancelFunc)
		want error
	}{
		{"context", func(_ *Pacer, cancel context.CancelFunc) { cancel() }, context.Canceled},
		{"interrupt", func(p *Pacer, _ context.CancelFunc) { p.Interrupt(); p.Interrupt() }, ErrInterrupted},
	}
	for _, tt := range tests {
		for _, rate := range []float64{1e-12, 0.1, 10, 100, 250} {
			for _, after := range []time.Duration{0, 1, 3 * time.Millisecond, 50 * time.Millisecond} {
				t.Run(fmt.Sprintf("%s %v after %v", tt.name, rate, after), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						ctx, cancel := context.WithCancel(t.Context())
						defer cancel()
						p := newTestPacer(rate, nil)
						event := time.Now().Add(after)
						time.AfterFunc(after, func() { tt.stop(p, cancel) })
						if after == 0 {
							synctest.Wait()
						}
						var err error
						for err == nil {
							if _, err = p.Wait(ctx, 1, 1); err == nil {
								p.Sent(1)
							}
						}
						if late := time.Since(event); !errors.Is(err, tt.want) || late > 5*time.Millisecond {
							t.Errorf("%v, %v after the event; want %v within 5 ms", err, late, tt.want)
						}
					})
				})
			}
		}
	}
}

// After an interrupt the schedule goes on as if it had not been.
func TestWaitAfterInterrupt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTestPacer(1, nil)
		begin := time.Now()
		for i := range 3 {
			if i > 0 {
				time.AfterFunc(500*time.Millisecond, p.Interrupt)
				if _, err := p.Wait(t.Context(), 1, 1); !errors.Is(err, ErrInterrupted) {
					t.Fatalf("Wait: %v, want ErrInterrupted", err)
				}
			}
			_, err := p.Wait(t.Context(), 1, 1)
			if at := (time.Since(begin)).Round(time.Microsecond); err != nil || at != time.Duration(i)*time.Second {
				t.Fatalf("datagram %d at %v, %v", i, at, err)
			}
			p.Sent(1)
		}
	})
}

func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		p := newTestPacer(0.001, nil)
		if _, err := p.Wait(ctx, 1, 1); err != nil {
			t.Fatal(err)
		}
		p.Sent(1)
		begin := time.Now()
		if _, err := p.Wait(ctx, 1, 1); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Second {
			t.Errorf("Wait: %v after %v, want the deadline after 1s", err, time.Since(begin))
		}
	})
}

func TestNewPanics(t *testing.T) {
	for _, rate := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("New(%v) did not panic", rate)
				}
			}()
			New(rate)
		}()
	}
}

func TestDoesNotAllocate(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tests := []struct {
		name string
		rate float64
	}{
		{"never waits", 1e12},
		{"sleeps", 10_000},
		{"waits for a timer", 150},
	}
	for _, tt := range tests {
		p := New(tt.rate)
		once := func() {
			p.Idle()
			n, err := p.Wait(ctx, 1, 4096)
			if err != nil {
				t.Fatal(err)
			}
			p.Sent(n)
		}
		once() // the first wait by a timer makes it
		once()
		if n := testing.AllocsPerRun(20, once); n != 0 {
			t.Errorf("a sender that %s: %v allocations per hand-out, want 0", tt.name, n)
		}
	}
}

// BenchmarkPacer is what pacing costs a hand-out, on the real clock, at a rate
// so high that no hand-out ever waits.
func BenchmarkPacer(b *testing.B) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	p := New(1e13)
	b.ReportAllocs()
	for b.Loop() {
		n, err := p.Wait(ctx, 1, 128)
		if err != nil {
			b.Fatal(err)
		}
		p.Sent(n)
	}
}
