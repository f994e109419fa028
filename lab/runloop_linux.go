package lab

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"mcast/internal/sys"
)

// grace is how long a program may take to end when it was told to.
const grace = 2 * time.Second

// run is a run of a lab. All of it belongs to the goroutine that calls run; what
// others find out reaches it by news.
type run struct {
	l      *Lab
	c      RunConfig
	steps  []*step
	links  []*tapped
	claims []*claim // by expectation

	news chan func()
	done chan struct{} // closed when nobody takes news any more

	begin   time.Time
	begun   int       // steps that began
	last    time.Time // when the last one did; zero: it has not
	failure *Failure
	over    bool // the result is certain
}

// newRun prepares steps and expectations; nothing begins yet.
func newRun(l *Lab, c RunConfig) (*run, error) {
	t := l.topology
	if l.closed() {
		return nil, fmt.Errorf("run lab %s: %w", t.Name, os.ErrClosed)
	}
	r := &run{l: l, c: c, news: make(chan func()), done: make(chan struct{})}
	for i := range t.Steps {
		r.steps = append(r.steps, newStep(r, i, &t.Steps[i]))
	}
	for i := range t.Expect {
		e, err := newClaim(r, i, &t.Expect[i])
		if err != nil {
			return nil, fmt.Errorf("expectation %d: %w", i+1, err)
		}
		r.claims = append(r.claims, e)
	}
	return r, nil
}

// tell hands news to the goroutine of run, and waits until they are taken. After the
// run, there is nobody to tell.
func (r *run) tell(news func()) {
	select {
	case r.news <- news:
	case <-r.done:
	}
}

func (r *run) event(e *Event) {
	if r.c.Events != nil {
		if e.Time.IsZero() {
			e.Time = time.Now()
		}
		r.c.Events(e)
	}
}

func (r *run) run(ctx context.Context) (result *Result, err error) {
	defer close(r.done)
	if err := r.openLinks(); err != nil {
		_ = r.closeLinks()
		return nil, err
	}
	r.begin = time.Now()
	wake := time.NewTimer(0)
	defer wake.Stop()
	for !r.over {
		now := time.Now()
		r.judge(now) // before anything new begins
		r.advance(now)
		r.judge(now)
		if r.over {
			break
		}
		wake.Reset(time.Until(r.next()))
		select {
		case news := <-r.news:
			news()
		case <-wake.C:
		case <-ctx.Done():
			err = context.Cause(ctx)
			r.fail(&Failure{Problem: "the run was ended" + r.awaited()})
		}
	}
	keep := r.c.Keep && ctx.Err() == nil && !r.result().OK()
	if keep {
		result = r.sum()
		err = r.stand(ctx)
	}
	r.stop()
	if e := r.closeLinks(); e != nil && err == nil {
		err = e
	}
	if !keep {
		result = r.sum()
	}
	return result, err
}

// advance begins the steps whose turn it is.
func (r *run) advance(now time.Time) {
	for !r.over {
		if r.begun > 0 {
			s := r.steps[r.begun-1]
			if s.looks() {
				s.look()
			}
			if !s.reached {
				if !now.Before(s.deadline) {
					r.fail(s.late())
				}
				break
			}
		}
		if r.begun == len(r.steps) {
			break
		}
		s := r.steps[r.begun]
		r.begun++
		if err := s.start(); err != nil {
			r.fail(err)
			break
		}
		if r.begun == len(r.steps) {
			r.lastBegan(s.started)
		}
	}
	if len(r.steps) == 0 && r.last.IsZero() {
		r.lastBegan(now)
	}
	if r.c.Timeout > 0 && now.Sub(r.begin) >= r.c.Timeout {
		r.fail(&Failure{
			Problem: "the run took longer than " + r.c.Timeout.String() + r.awaited(),
			Advice:  "give it more time, or have it wait for less: see timeout of the steps, and within of what is expected",
		})
	}
}

// lastBegan has the times of expectations run.
func (r *run) lastBegan(at time.Time) {
	r.last = at
	for _, e := range r.claims {
		e.deadline = at.Add(e.within)
		if e.counter != nil {
			e.counter.countUntil(e.deadline)
		}
	}
}

// stepsReached says that every step has come as far as it should.
func (r *run) stepsReached() bool {
	return r.begun == len(r.steps) && (r.begun == 0 || r.steps[r.begun-1].reached)
}

// next is when something is due though nothing happens.
func (r *run) next() time.Time {
	next := time.Now().Add(time.Hour)
	soonest := func(t time.Time) {
		if !t.IsZero() && t.Before(next) {
			next = t
		}
	}
	if r.begun > 0 {
		if s := r.steps[r.begun-1]; !s.reached {
			soonest(s.deadline)
			if s.looks() {
				soonest(time.Now().Add(lookEvery))
			}
		}
	}
	if r.c.Timeout > 0 {
		soonest(r.begin.Add(r.c.Timeout))
	}
	if !r.last.IsZero() {
		for _, e := range r.claims {
			if e.outcome() == "" && !e.settling {
				soonest(e.deadline)
			}
		}
	}
	return next
}

// fail ends the run early. The first reason counts.
func (r *run) fail(f *Failure) {
	if r.failure == nil {
		r.failure = f
	}
	r.over = true
	now := time.Now()
	for _, e := range r.claims {
		e.judge(now, false)
		e.giveUp(now)
	}
}

// awaited says what is waited for.
func (r *run) awaited() string {
	var list []string
	if r.begun > 0 && !r.steps[r.begun-1].reached {
		s := r.steps[r.begun-1]
		list = append(list, fmt.Sprintf("%s, until %s", s, s.condition()))
	}
	for _, e := range r.claims {
		if e.outcome() == "" {
			list = append(list, fmt.Sprintf("expectation %d", e.verdict.Number))
		}
	}
	if list == nil {
		return ""
	}
	const most = 4
	if n := len(list); n > most {
		list = append(list[:most], fmt.Sprintf("%d more", n-most))
	}
	return "; it still waited for " + strings.Join(list, ", and for ")
}

// stand has everything go on until the context is done.
func (r *run) stand(ctx context.Context) error {
	r.until(ctx.Done())
	return context.Cause(ctx)
}

// stop ends the programs that still run, and what they have left behind.
func (r *run) stop() {
	for _, s := range r.steps {
		if s.running() {
			s.stopped = true
			_ = sys.SignalGroup(s.pid, syscall.SIGTERM)
		}
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	for r.anyRuns() {
		select {
		case news := <-r.news:
			news()
		case <-late.C:
			for _, s := range r.steps {
				if s.running() {
					_ = sys.SignalGroup(s.pid, syscall.SIGKILL)
				}
			}
		}
	}
	for _, s := range r.steps {
		if s.pid > 0 {
			_ = sys.SignalGroup(s.pid, syscall.SIGKILL)
		}
		s.forget()
	}
}

func (r *run) anyRuns() bool {
	for _, s := range r.steps {
		if s.running() {
			return true
		}
	}
	return false
}

// result is what the run came to so far.
func (r *run) result() *Result {
	res := &Result{Lab: r.l.topology.Name, Begin: r.begin, End: time.Now(), Failure: r.failure}
	for _, s := range r.steps {
		res.Steps = append(res.Steps, s.result())
	}
	for _, e := range r.claims {
		res.Verdicts = append(res.Verdicts, *e.verdict)
	}
	res.BadLinks = r.l.badLinks()
	return res
}

// sum tells the result.
func (r *run) sum() *Result {
	res := r.result()
	r.event(&Event{Kind: Summed, Time: res.End, Result: res})
	return res
}
