package cli

import (
	"fmt"
	"io"
	"time"

	"mcast/internal/view"
	"mcast/internal/view/text"
)

// statusEvery is how often the status line is drawn anew.
const statusEvery = time.Second

// statusLine keeps one line at the foot of a terminal up to date while a
// command runs. On anything but a terminal it prints nothing.
type statusLine struct {
	w       io.Writer
	verb    string // what is done to things
	thing   string
	on      bool
	next    time.Time
	shown   bool
	before  view.Summary
	drawnAt time.Time
}

func newStatusLine(w io.Writer, verb, thing string, wanted bool) *statusLine {
	now := time.Now()
	return &statusLine{w: w, verb: verb, thing: thing, on: wanted && isTerminal(w), next: now.Add(statusEvery), drawnAt: now}
}

// due says whether the line is to be drawn.
func (l *statusLine) due(now time.Time) bool { return l.on && !now.Before(l.next) }

// draw draws the line.
func (l *statusLine) draw(now time.Time, s *view.Summary) {
	t := now.Sub(l.drawnAt).Seconds()
	line := text.Status(l.verb, l.thing, s, float64(s.Datagrams-l.before.Datagrams)/t, 8*float64(s.Bytes-l.before.Bytes)/t)
	_, _ = fmt.Fprintf(l.w, "\r%s\x1b[K", line)
	l.before, l.drawnAt, l.next, l.shown = *s, now, now.Add(statusEvery), true
}

// clear takes the line away.
func (l *statusLine) clear() {
	if l.shown {
		_, _ = fmt.Fprint(l.w, "\r\x1b[K")
		l.shown = false
	}
}
