package lab

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"mcast/capture"
	"mcast/filter"
	"mcast/wire"
)

const (
	// mostFrames is how many frames of an expectation are told.
	mostFrames = 100
	// mostShown is how many frames are shown of a link where something else was
	// expected.
	mostShown = 6
)

// shown is a frame that may be shown.
type shown struct {
	time      time.Time
	direction capture.Direction
	length    int
	data      []byte
	pending   bool
}

// counter counts the frames of an expectation.
type counter struct {
	link    *tapped
	program *filter.Program
	want    *int // nil: at least one

	mu       sync.Mutex
	deadline time.Time // frames after it do not count; zero: all do
	count    int
	first    []shown // of those that counted
}

// ofLink prepares an expectation of frames on a link.
func (e *claim) ofLink(x *Expectation) error {
	p, err := filter.Compile(x.Filter, e.r.l.topology.filterOptions())
	if err != nil {
		return err
	}
	e.verdict.Host = hostOf(x.Link)
	t := e.r.tap(x.Link)
	e.counter = &counter{link: t, program: p, want: x.Frames}
	t.counters = append(t.counters, e.counter)
	e.expect(framesWanted(x), part{e.counter.judge, e.counter.evidence})
	return nil
}

// keepLast keeps the last frames in memory that is used again.
func keepLast(list []shown, f *capture.Frame) []shown {
	s := shown{}
	if len(list) == mostShown {
		s = list[0]
		list = slices.Delete(list, 0, 1)
	}
	s.set(f)
	return append(list, s)
}

func (s *shown) set(f *capture.Frame) {
	s.time, s.direction, s.length, s.pending = f.Time, f.Direction, f.Length, f.ChecksumPending
	s.data = append(s.data[:0], f.Data...)
}

// line is the frame in a line.
func (s *shown) line() string {
	var p wire.Packet
	p.Decode(wire.LinkEthernet, s.data, s.length, wire.Options{ChecksumNotReady: s.pending})
	b := s.time.AppendFormat(nil, "15:04:05.000000 ")
	if d := s.direction.String(); d != "" {
		b = append(append(b, d...), ' ')
	}
	return string(p.AppendLine(b))
}

func (c *counter) take(f *capture.Frame) {
	if !c.program.Match(f.Data, f.Length) {
		return
	}
	c.mu.Lock()
	if !c.deadline.IsZero() && f.Time.After(c.deadline) {
		c.mu.Unlock()
		return
	}
	c.count++
	n := c.count
	if len(c.first) < mostShown {
		var s shown
		s.set(f)
		c.first = append(c.first, s)
	}
	c.mu.Unlock()
	switch {
	case n <= mostFrames:
		own := *f
		own.Data, own.Datagrams = slices.Clone(f.Data), nil
		t := c.link
		t.r.tell(func() { t.r.event(&Event{Kind: Seen, Time: own.Time, Host: hostOf(t.name), Link: t.name, Frame: &own}) })
	case c.want != nil && (n == *c.want || n == *c.want+1):
		c.link.r.tell(func() {}) // it looks
	}
}

func hostOf(link string) string {
	host, _, _ := strings.Cut(link, ".")
	return host
}

// judge judges the count; last says that it is final.
func (c *counter) judge(last bool) (Outcome, string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.want == nil && c.count > 0, c.want != nil && last && c.count == *c.want:
		return Met, ""
	case !last:
		return "", ""
	}
	switch c.count {
	case 0:
		return NotMet, "none was seen"
	case 1:
		return NotMet, "one was seen"
	}
	return NotMet, fmt.Sprintf("%d were seen", c.count)
}

// exceeded says that there are more than are expected.
func (c *counter) exceeded() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.want != nil && c.count > *c.want
}

// rightSoFar says that the count is what is expected, if nothing comes any more. That
// there is no frame has to be so for a time.
func (c *counter) rightSoFar() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.want != nil && *c.want > 0 && c.count == *c.want
}

// evidence shows what was seen: the frames that were too many, or what there was in
// place of those that are missing.
func (c *counter) evidence() (list []string) {
	c.mu.Lock()
	count, frames := c.count, c.first
	c.mu.Unlock()
	tooMany := c.want != nil && count > *c.want
	t := c.link
	t.mu.Lock()
	defer t.mu.Unlock()
	if !tooMany {
		frames = t.recent
		if len(frames) == 0 {
			list = append(list, "no frame at all was on "+t.name)
		} else {
			list = append(list, "the last frames on "+t.name+":")
		}
	}
	for i := range frames {
		list = append(list, frames[i].line())
	}
	if tooMany && count > len(frames) {
		list = append(list, fmt.Sprintf("and %d more", count-len(frames)))
	}
	if s, ok := t.statistics(nil); ok && s.Dropped > 0 {
		list = append(list, fmt.Sprintf("the capture missed %d frames: it was too slow", s.Dropped))
	}
	if t.err != nil {
		list = append(list, "the capture ended early: "+t.err.Error())
	}
	return list
}

// countUntil has frames count up to a time.
func (c *counter) countUntil(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deadline.IsZero() || at.Before(c.deadline) {
		c.deadline = at
	}
}
