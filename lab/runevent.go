package lab

import (
	"fmt"
	"time"

	"mcast/capture"
)

// Event is something that happened in a run.
type Event struct {
	Kind EventKind
	Time time.Time

	// Of a step: which one, and on which host.
	Step, Host string

	Command []string // Started, Exited: what is run
	PID     int      // Started: the number of its process, as those in the lab see it

	Output *Output // of that kind
	Ending *Ending // Exited

	// Frame is a frame that an expectation is about, on Link, "host.interface". It
	// is the receiver's.
	Link  string
	Frame *capture.Frame

	Verdict *Verdict // Judged
	Result  *Result  // Summed
}

// EventKind is what happened.
type EventKind string

// The kinds of events. Summed is the last one of a run, unless that stands
// (RunConfig.Keep).
const (
	Started EventKind = "started"     // a program
	Printed EventKind = "output"      // a program has printed a line
	Seen    EventKind = "frame"       // a frame was on a link; of each expectation, the first hundred
	Exited  EventKind = "exited"      // a program has ended
	Judged  EventKind = "expectation" // an expectation is met, or not
	Summed  EventKind = "summary"     // the run is over
)

// Stream is where a program prints.
type Stream string

// The streams.
const (
	Stdout Stream = "stdout"
	Stderr Stream = "stderr"
)

// Output is a line that a program has printed.
type Output struct {
	Stream Stream
	Text   string // without the newline, as it came
	Open   bool   // no newline came after it: the output ended there, or the line is longer than 64 KiB and goes on
}

// Ending is how a program ended.
type Ending struct {
	// Status is its exit status. For one that a signal has killed, it is 128 and
	// the signal's number, and Signal its name, "killed".
	Status int
	Signal string

	Stopped bool          // because the run was over
	After   time.Duration // it ran so long
}

// String says it in words: "ended with status 1 after 12 ms".
func (e *Ending) String() string {
	how := fmt.Sprintf("ended with status %d", e.Status)
	if e.Signal != "" {
		how = fmt.Sprintf("was ended by a signal (%s, status %d)", e.Signal, e.Status)
	}
	return how + " after " + inWords(e.After)
}

// inWords rounds a time to what people want to know of it.
func inWords(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= 10*time.Millisecond:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(10 * time.Microsecond).String()
}
