package lab

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"mcast/capture"
)

const (
	// settling is how long a frame may be on its way from the kernel, which hands
	// them over by the block (see package capture).
	settling = 50 * time.Millisecond
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

// errGone ends the capture of a link one end of which a program has removed. That is no
// failure: there is all that was on it.
var errGone = errors.New("the interface is gone")

// cut is a time up to which somebody wants everything to be read.
type cut struct {
	at   time.Time
	done func()
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
			Name: filepath.Join(dir, t.name+".pcapng"), Live: true,
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
		case errors.Is(err, io.EOF):
			t.failed(errGone)
			return
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

// failed notes why the capture has ended, and has nobody wait for it. What is expected of
// frames cannot be known any more then, unless none can come.
func (t *tapped) failed(err error) {
	t.mu.Lock()
	t.err = err
	t.mu.Unlock()
	t.reach(time.Now().Add(24 * time.Hour))
	if !errors.Is(err, errGone) {
		t.r.tell(func() {
			if !t.r.over {
				t.r.fail(&Failure{Problem: fmt.Sprintf("the run was ended: capture on %s: %v", t.name, err)})
			}
		})
	}
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
	if errors.Is(err, errGone) {
		err = nil
	}
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
