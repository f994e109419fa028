package lab

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// stillFor is how long that nothing happens has to be so.
const stillFor = time.Second

// claim is an expectation, with what came of it.
type claim struct {
	r       *run
	verdict *Verdict
	parts   []part

	within   time.Duration
	deadline time.Time // zero: the last step has not begun

	step    *step    // that it is of, or else
	counter *counter // of a link

	settling bool // what the program has printed, or the link had, so far is being read
	settled  bool // it was: what is not so now, was not in time
}

// part is one thing that is expected. It is judged as soon as that is certain, and last
// says that it has to be now.
type part struct {
	judge    func(last bool) (o Outcome, seen string) // "": not certain
	evidence func() []string
}

func newClaim(r *run, i int, x *Expectation) (*claim, error) {
	patience := stepPatience
	if x.Running || x.Frames != nil && *x.Frames == 0 {
		patience = stillFor
	}
	e := &claim{r: r, within: cmp.Or(x.Within, patience), verdict: &Verdict{Number: i + 1, Expectation: *x}}
	if x.Link != "" {
		return e, e.ofLink(x)
	}
	e.ofStep(x)
	return e, nil
}

// expect adds a part.
func (e *claim) expect(want string, p part) {
	e.verdict.Findings = append(e.verdict.Findings, Finding{Want: want})
	e.parts = append(e.parts, p)
}

func (e *claim) ofStep(x *Expectation) {
	s := e.r.steps[slices.IndexFunc(e.r.steps, func(s *step) bool { return s.name == x.Step })]
	e.step, e.verdict.Host = s, s.On
	tail := func() []string { return slices.Clone(s.tail) }
	if x.Stdout != nil {
		e.expect("it prints "+just(*x.Stdout), part{func(last bool) (Outcome, string) {
			return s.printed(&s.stdout, *x.Stdout, last)
		}, tail})
		s.stdout.limit = max(s.stdout.limit, len(*x.Stdout)+1)
	}
	if x.Stderr != nil {
		e.expect("on standard error it prints "+just(*x.Stderr), part{func(last bool) (Outcome, string) {
			return s.printed(&s.stderr, *x.Stderr, last)
		}, tail})
		s.stderr.limit = max(s.stderr.limit, len(*x.Stderr)+1)
	}
	if x.Line != "" {
		w := &watch{text: x.Line}
		s.watches = append(s.watches, w)
		e.expect("it prints a line with "+quoted(x.Line), part{func(last bool) (Outcome, string) {
			switch {
			case w.found:
				return Met, ""
			case s.ending != nil && s.stdout.ended && s.stderr.ended, last:
				return NotMet, "it has printed no such line" + s.andEnded()
			}
			return "", ""
		}, tail})
	}
	if x.Exit != nil {
		e.expect(fmt.Sprintf("it ends with status %d", *x.Exit), part{func(last bool) (Outcome, string) {
			switch {
			case s.ending != nil && s.ending.Status == *x.Exit:
				return Met, ""
			case s.ending != nil:
				return NotMet, "it " + s.ending.String()
			case last:
				return NotMet, "it still runs"
			}
			return "", ""
		}, tail})
	}
	if x.Running {
		e.expect("it still runs", part{func(last bool) (Outcome, string) {
			switch {
			case s.ending != nil:
				return NotMet, "it " + s.ending.String()
			case last:
				return Met, ""
			}
			return "", ""
		}, tail})
	}
}

// printed compares what a program prints with what it should.
func (s *step) printed(t *transcript, want string, last bool) (Outcome, string) {
	same, never := t.compare(want)
	complete := s.ending != nil && t.ended
	switch {
	case same && (complete || last):
		return Met, ""
	case never, complete, last:
		seen := "it has printed nothing"
		if t.length > 0 {
			seen = "it has printed " + quoted(string(t.kept))
		}
		return NotMet, seen + s.andEnded()
	}
	return "", ""
}

// andEnded says how the program ended, or that it has not.
func (s *step) andEnded() string {
	if s.ending == nil {
		return ", and still runs"
	}
	return ", and " + s.ending.String()
}

// quoted is text that a program has printed, or should, in a sentence.
func quoted(text string) string {
	const most = 120
	if len(text) > most {
		return fmt.Sprintf("%q… (%d bytes)", text[:most], len(text))
	}
	return fmt.Sprintf("%q", text)
}

// just is all that a program is to print.
func just(text string) string {
	if text == "" {
		return "nothing"
	}
	return "just " + quoted(text)
}

// outcome is what came of the expectation; "" as long as that is not certain.
func (e *claim) outcome() Outcome { return e.verdict.Outcome }

// judge judges the parts that are not judged yet. last says that they have to be.
func (e *claim) judge(now time.Time, last bool) {
	if e.outcome() != "" {
		return
	}
	open, wrong := 0, -1
	for i, p := range e.parts {
		f := &e.verdict.Findings[i]
		if f.Outcome == "" {
			f.Outcome, f.Seen = p.judge(last)
		}
		switch f.Outcome {
		case "":
			open++
		case NotMet:
			wrong = i
		}
	}
	switch {
	case wrong >= 0:
		e.verdict.Outcome = NotMet
		e.verdict.Evidence = e.parts[wrong].evidence()
	case open == 0:
		e.verdict.Outcome = Met
	default:
		return
	}
	e.conclude(now)
}

// giveUp says that the run ended before the expectation was judged.
func (e *claim) giveUp(now time.Time) {
	if e.outcome() == "" {
		e.verdict.Outcome = NotJudged
		e.conclude(now)
	}
}

// conclude tells the verdict.
func (e *claim) conclude(now time.Time) {
	for i := range e.verdict.Findings {
		if f := &e.verdict.Findings[i]; f.Outcome == "" {
			f.Outcome = NotJudged
		}
	}
	e.verdict.Time = now
	if !e.r.last.IsZero() {
		e.verdict.After = now.Sub(e.r.last)
	}
	v := *e.verdict
	e.r.event(&Event{Kind: Judged, Time: now, Step: v.Expectation.Step, Host: v.Host, Link: v.Expectation.Link, Verdict: &v})
}

// judge judges all expectations, and finds out whether the run is over.
func (r *run) judge(now time.Time) {
	if r.over {
		return
	}
	open := 0
	final := !r.last.IsZero() && r.stepsReached() // nothing is open but counts that are right so far
	for _, e := range r.claims {
		late := !e.deadline.IsZero() && !now.Before(e.deadline)
		switch {
		case e.outcome() != "":
			continue
		case e.settled:
			e.judge(now, true)
		case late:
			e.judge(now, false)
			if e.outcome() == "" {
				r.settle(e, e.deadline)
			}
		case e.counter != nil && e.counter.exceeded() && r.stepsReached():
			r.settle(e, now) // it is certain, but not how many there are
		default:
			e.judge(now, false)
		}
		if e.outcome() == "" {
			open++
			final = final && e.counter != nil && e.counter.rightSoFar()
		}
	}
	if open > 0 && final {
		for _, e := range r.claims {
			if e.outcome() == "" {
				r.settle(e, now)
			}
		}
	}
	r.over = open == 0 && r.stepsReached()
}

// settle has the link or the output of an expectation read up to what was there at a time,
// after which it can be judged for good.
func (r *run) settle(e *claim, cut time.Time) {
	if e.settling {
		return
	}
	e.settling = true
	done := func() { r.tell(func() { e.settled = true }) }
	if e.counter == nil {
		e.step.catchUp(done)
		return
	}
	e.counter.countUntil(cut)
	e.counter.link.catchUp(cut, done)
}

// framesWanted says in words how many frames are expected.
func framesWanted(x *Expectation) string {
	kept := ""
	if strings.TrimSpace(x.Filter) != "" {
		kept = fmt.Sprintf(" that %q keeps", x.Filter)
	}
	switch {
	case x.Frames == nil:
		return "at least one frame" + kept + " is seen"
	case *x.Frames == 0:
		return "no frame" + kept + " is seen"
	case *x.Frames == 1:
		return "one frame" + kept + " is seen"
	}
	return fmt.Sprintf("%d frames%s are seen", *x.Frames, kept)
}
