package lab

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"mcast/capture"
	"mcast/filter"
	"mcast/wire"
)

const (
	// settling is how long a frame may be on its way from the kernel, which hands
	// them over by the block (see package capture).
	settling = 50 * time.Millisecond
	// mostFrames is how many frames of an expectation are told.
	mostFrames = 100
	// mostShown is how many frames are shown of a link where something else was
	// expected.
	mostShown = 6
	// ring is how many bytes the kernel may be ahead of the reader, and smallRing
	// where many links are captured.
	ring, smallRing = 4 << 20, 1 << 20
	manyLinks       = 32
)

// tapped is a link on which frames are captured.
type tapped struct {
	r     *run
	name  string // "host.interface"
	live  *capture.Live
	files *capture.Files // nil: not written
	own   capture.Interface
	ended chan struct{} // closed when its reader has ended

	counters []*counter

	mu     sync.Mutex
	cuts   []cut
	recent []shown // the last frames
	err    error   // why it could not be captured or written to its end
}

// cut is a time up to which somebody wants everything to be read.
type cut struct {
	at   time.Time
	done func()
}

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
	e.link = e.r.tap(x.Link)
	e.counter = &counter{link: e.link, program: p, want: x.Frames}
	e.link.counters = append(e.link.counters, e.counter)
	e.within = cmp.Or(x.Within, stepPatience)
	if x.Frames != nil && *x.Frames == 0 {
		e.within = cmp.Or(x.Within, stillFor)
	}
	e.expect(framesWanted(x), part{e.counter.judge, e.counter.evidence})
	return nil
}

// tap returns the capture of a link, which is not opened yet.
func (r *run) tap(name string) *tapped {
	for _, t := range r.links {
		if t.name == name {
			return t
		}
	}
	t := &tapped{r: r, name: name, ended: make(chan struct{})}
	r.links = append(r.links, t)
	return t
}

// openLinks begins to capture.
func (r *run) openLinks() error {
	if dir := r.c.Captures; dir != "" {
		if err := os.MkdirAll(dir, 0o777); err != nil { //nolint:gosec // the umask is the user's
			return fmt.Errorf("make the directory of the captures: %w", err)
		}
		for _, h := range r.l.topology.Hosts {
			for _, i := range h.Interfaces {
				r.tap(h.Name + "." + i.Name)
			}
		}
	}
	return r.forLinks((*tapped).open)
}

// forLinks does something with all links, several at once, because the kernel takes its
// time to open and to close a ring. It returns the first error in their order.
func (r *run) forLinks(do func(*tapped) error) error {
	errs := make([]error, len(r.links))
	turns := make(chan struct{}, manyLinks)
	var wg sync.WaitGroup
	for i, t := range r.links {
		turns <- struct{}{}
		wg.Go(func() {
			if err := do(t); err != nil {
				errs[i] = fmt.Errorf("capture on %s: %w", t.name, err)
			}
			<-turns
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tapped) open() error {
	link, err := t.r.l.Link(t.name)
	if err != nil {
		return err
	}
	size := ring
	if len(t.r.links) > manyLinks {
		size = smallRing
	}
	err = link.Node.Do(func() (err error) {
		t.live, err = capture.OpenLive(capture.LiveConfig{Interfaces: []string{link.Interface}, RingSize: size})
		return err
	})
	if err != nil {
		return err
	}
	t.own = *t.live.Interfaces()[0]
	t.own.Name = t.name
	if dir := t.r.c.Captures; dir != "" {
		t.files, err = capture.NewFiles(capture.FilesConfig{
			Name: filepath.Join(dir, fileName(t.name)+".pcapng"), Live: true,
			Writer: capture.WriterConfig{Application: t.r.c.Application, Statistics: t.statistics},
		})
		if err == nil {
			err = t.files.Describe(&t.own)
		}
		if err != nil {
			_ = t.live.Close()
			t.live = nil
			return err
		}
	}
	go t.read()
	return nil
}

// fileName keeps a link's name from being more than a name.
func fileName(link string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("._-", r):
			return r
		}
		return '_'
	}, link)
	if strings.HasPrefix(name, ".") {
		return "_" + name // no hidden file
	}
	return name
}

func (t *tapped) statistics(*capture.Interface) (capture.Statistics, bool) {
	stats, err := t.live.Stats()
	if err != nil || len(stats) == 0 {
		return capture.Statistics{}, false
	}
	return capture.Statistics{Time: time.Now(), Received: stats[0].Received, Dropped: stats[0].Dropped}, true
}

// read reads frames until the capture is closed.
func (t *tapped) read() {
	defer close(t.ended)
	next := t.live.Read
	if len(t.counters) == 0 {
		next = t.live.ReadRun // nobody looks at each
	}
	var f capture.Frame
	dry := false // no frame was there when it looked last
	for {
		err := next(&f)
		switch {
		case err == nil:
			dry = false
			if err := t.take(&f); err != nil {
				t.failed(err)
				return
			}
			t.reach(f.Time)
		case !errors.Is(err, os.ErrDeadlineExceeded):
			t.failed(err)
			return
		case dry:
			t.reach(time.Now().Add(-settling))
			dry = false
			t.setDeadline()
		default:
			dry = true
			_ = t.live.SetReadDeadline(time.Now().Add(time.Millisecond))
		}
	}
}

// failed notes why the capture has ended, and has nobody wait for it.
func (t *tapped) failed(err error) {
	t.mu.Lock()
	t.err = err
	t.mu.Unlock()
	t.reach(time.Now().Add(24 * time.Hour))
}

func (t *tapped) take(f *capture.Frame) error {
	f.Interface = &t.own
	if t.files != nil {
		var unfit *capture.UnwritableError
		if err := t.files.Write(f); err != nil && !errors.As(err, &unfit) {
			return err
		}
	}
	for _, c := range t.counters {
		c.take(f)
	}
	if len(t.counters) > 0 {
		t.mu.Lock()
		t.recent = keepLast(t.recent, f)
		t.mu.Unlock()
	}
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

// setDeadlineOf has frames count up to a time.
func (t *tapped) setDeadlineOf(c *counter, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deadline.IsZero() || at.Before(c.deadline) {
		c.deadline = at
	}
}

// catchUp calls done once all frames up to a time were taken.
func (t *tapped) catchUp(at time.Time, done func()) {
	t.mu.Lock()
	t.cuts = append(t.cuts, cut{at, done})
	over := t.err != nil
	t.mu.Unlock()
	if over {
		go t.reach(at)
		return
	}
	t.setDeadline()
}

// setDeadline has read look up when the next cut is due.
func (t *tapped) setDeadline() {
	t.mu.Lock()
	defer t.mu.Unlock()
	var next time.Time
	for _, c := range t.cuts {
		if at := c.at.Add(settling); next.IsZero() || at.Before(next) {
			next = at
		}
	}
	_ = t.live.SetReadDeadline(next) // fails once it is closed
}

// reach says that all frames up to a time were taken.
func (t *tapped) reach(at time.Time) {
	t.mu.Lock()
	var done []func()
	t.cuts = slices.DeleteFunc(t.cuts, func(c cut) bool {
		if c.at.After(at) {
			return false
		}
		done = append(done, c.done)
		return true
	})
	t.mu.Unlock()
	for _, f := range done {
		f()
	}
}

// closeLinks ends the captures. Those that are written have all that there was.
func (r *run) closeLinks() error {
	end := time.Now()
	var waiting sync.WaitGroup
	for _, t := range r.links {
		if t.live != nil && t.files != nil {
			waiting.Add(1)
			t.catchUp(end, waiting.Done)
		}
	}
	read := make(chan struct{})
	go func() { waiting.Wait(); close(read) }()
	r.until(read)
	var failed error
	closed := make(chan struct{})
	go func() {
		failed = r.forLinks((*tapped).close)
		close(closed)
	}()
	r.until(closed)
	return failed
}

func (t *tapped) close() error {
	if t.live == nil {
		return nil
	}
	t.mu.Lock()
	err := t.err
	t.mu.Unlock()
	_ = t.live.Close()
	<-t.ended
	if t.files != nil {
		if e := t.files.Close(); err == nil {
			err = e
		}
	}
	return err
}

// until takes news until a channel is closed.
func (r *run) until(closed <-chan struct{}) {
	for {
		select {
		case <-closed:
			return
		case news := <-r.news:
			news()
		}
	}
}
