package lab

import "time"

// Result is what a run came to.
type Result struct {
	Lab        string // the topology's name
	Begin, End time.Time

	Steps    []StepResult
	Verdicts []Verdict // of the expectations, in their order
	BadLinks []BadLink // what was really done on them

	// Failure is why the run ended early: not all steps began, or not all
	// expectations were judged. nil: it did not.
	Failure *Failure
}

// OK reports whether the run was one to its end and every expectation is met.
func (r *Result) OK() bool {
	met, _, _ := r.Count()
	return r.Failure == nil && met == len(r.Verdicts)
}

// Count counts the expectations by what came of them.
func (r *Result) Count() (met, notMet, notJudged int) {
	for i := range r.Verdicts {
		switch r.Verdicts[i].Outcome {
		case Met:
			met++
		case NotMet:
			notMet++
		default:
			notJudged++
		}
	}
	return met, notMet, notJudged
}

// StepResult is what came of a step.
type StepResult struct {
	Name, Host string
	Command    []string
	Started    time.Time // zero: it was not
	Ending     *Ending   // nil: it runs, or was not started

	// Stdout and Stderr are what it printed, up to a mebibyte of each. Cut says that
	// there was more.
	Stdout, Stderr []byte
	Cut            bool
}

// BadLink is a link on which something is done to frames.
type BadLink struct {
	Link         string     // "host.interface"
	Toward, From *Inflicted // the host; nil: nothing is asked for in that direction
}

// Failure is why a run ended early.
type Failure struct {
	Step     string   // that did not come as far as it should; empty: it is about the whole run
	Problem  string   // one line
	Advice   string   // what to do about it, one line; may be empty
	Evidence []string // what was seen instead
	Err      error    // the machine refused to run the program; nil: it was not that
}

// Error returns the problem.
func (f *Failure) Error() string { return f.Problem }

// Hint returns what to do about it, one line, or "".
func (f *Failure) Hint() string { return f.Advice }

// Unwrap returns Err.
func (f *Failure) Unwrap() error { return f.Err }

// Outcome is what came of an expectation.
type Outcome string

// The outcomes.
const (
	Met       Outcome = "met"
	NotMet    Outcome = "not met"
	NotJudged Outcome = "not judged" // the run ended before that was certain
)

// Verdict is what came of an expectation.
type Verdict struct {
	Number      int // of the expectation, from 1
	Expectation Expectation
	Host        string // of its step or link
	Outcome     Outcome
	Time        time.Time     // when that was certain
	After       time.Duration // the same, from the beginning of the last step; negative: before that

	Findings []Finding // each thing that was expected

	// Evidence is what else there is to see of it, if it is not met: the end of
	// the output, or frames, each in a line. What a program printed is as it came.
	Evidence []string
}

// Finding is one thing that was expected, and what was seen.
type Finding struct {
	Outcome Outcome
	Want    string // "it ends with status 0"
	Seen    string // "it still runs"; empty as long as that is not certain
}
