package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"mcast"
	"mcast/capture"
	"mcast/filter"
	"mcast/internal/view"
	"mcast/internal/view/json"
	"mcast/internal/view/text"
	"mcast/wire"
)

// sniffing is a running `mcast sniff`.
type sniffing struct {
	o      *sniffOptions
	stdio  IO
	source frameSource
	access fileAccess
	files  *capture.Files // nil: nothing is written
	show   func(*view.Frame) error
	out    *promptOutput // what is printed; nil: nothing is
	packet wire.Packet
	sum    frameTally
	status *statusLine
}

// frameSource is where frames come from: interfaces, or a file.
type frameSource interface {
	// read gets the next frame that the filter keeps. The error is io.EOF at
	// the end of a file, and os.ErrDeadlineExceeded after a deadline.
	read(f *capture.Frame) error

	// setDeadline has read end at a time; zero: never.
	setDeadline(t time.Time)

	// dropped is how many frames the kernel dropped; nil: nobody counted.
	dropped() *view.Drops

	// statistics are for the file that is written.
	statistics(i *capture.Interface) (capture.Statistics, bool)

	// left is what has to be said at the end, given how many frames there were.
	left(frames uint64) error

	close() error
}

// runSniff captures or reads, prints or writes, and sums up.
func runSniff(ctx context.Context, o *sniffOptions, stdio IO) (err error) {
	files, done, err := limitRights(ctx, o, stdio)
	if done || err != nil {
		return err
	}
	if o.from != "" {
		if o.expression, err = readExpression(ctx, files.open, o.from, stdio.In); err != nil {
			return err
		}
	}
	if o.readyFile != "" {
		if err := files.removeReady(o.readyFile); err != nil {
			return err
		}
	}
	run := &sniffing{o: o, stdio: stdio, access: files, sum: newFrameTally()}
	if o.file != "" {
		run.source, err = openFileSource(ctx, o, files, stdio)
	} else {
		run.source, err = openLiveSource(o, stdio)
	}
	if err != nil {
		return err
	}
	defer run.source.close()
	if len(o.groups) > 0 {
		r, err := joinOnly(o)
		if err != nil {
			return err
		}
		defer r.Close()
	}
	if err := run.open(); err != nil {
		return err
	}
	if l, ok := run.source.(*liveSource); ok {
		l.announce()
	}
	if o.readyFile != "" {
		if err := files.makeReady(o.readyFile); err != nil {
			return err
		}
	}
	end := run.capture(ctx)
	return run.finish(end)
}

// joinOnly joins the groups of --join. What arrives on its sockets is not read: the
// kernel drops it when their small buffers are full.
func joinOnly(o *sniffOptions) (*mcast.Receiver, error) {
	return mcast.NewReceiver(o.groups, mcast.ReceiverConfig{Interfaces: o.interfaces, ReceiveBuffer: 4096})
}

// open opens what the frames go to.
func (run *sniffing) open() error {
	o := run.o
	if o.output != "" {
		c := capture.FilesConfig{
			Name: o.output, Rotation: o.rotation, Live: o.file == "",
			Writer: capture.WriterConfig{Application: "mcast " + version(), Statistics: run.source.statistics},
			Create: run.access.create, Remove: run.access.remove,
		}
		if o.output == "-" {
			if isTerminal(run.stdio.Out) {
				return usagef("write to a file (-w FILE) or a pipe", "a capture is not for a terminal")
			}
			c.Name, c.Output = "standard output", run.stdio.Out
		}
		var err error
		if run.files, err = capture.NewFiles(c); err != nil {
			return err
		}
	}
	silent := o.quiet || o.output != "" && !o.print
	if !silent || o.json {
		run.out = newPromptOutput(run.stdio.Out, func() { run.source.setDeadline(time.Unix(1, 0)) })
	}
	switch {
	case silent:
	case o.json:
		run.show = json.NewFramePrinter(run.out).Frame
	default:
		run.show = text.NewFramePrinter(run.out, text.FrameFormat{Scapy: o.format == "scapy", Tree: o.tree, Hexdump: o.hexdump}).Frame
	}
	run.status = newStatusLine(run.stdio.Err, "captured", o.file != "" || !silent && isTerminal(run.stdio.Out))
	return nil
}

// capture reads frames until the end that was asked for, which is nil.
func (run *sniffing) capture(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { run.source.setDeadline(time.Unix(1, 0)) })
	defer stop()
	var over time.Time
	if run.o.timeout > 0 {
		over = time.Now().Add(run.o.timeout)
	}
	var f capture.Frame
	for {
		next := over
		if run.status.on && (next.IsZero() || run.status.next.Before(next)) {
			next = run.status.next
		}
		run.source.setDeadline(next)
		if run.files != nil { // the deadline of its failure may have been taken away
			select {
			case <-run.files.Failed():
				return nil // finish says why
			default:
			}
		}
		if err := run.out.failed(); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for {
			err := run.source.read(&f)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				break
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := run.take(&f); err != nil {
				return err
			}
			if run.o.count > 0 && run.sum.frames >= run.o.count {
				return nil
			}
		}
		now := time.Now()
		if run.status.due(now) {
			run.status.draw(now, &view.Summary{Datagrams: run.sum.frames, Bytes: run.sum.bytes})
		}
		if !over.IsZero() && !now.Before(over) {
			return nil
		}
	}
}

// take counts, prints and writes a frame.
func (run *sniffing) take(f *capture.Frame) error {
	run.packet.Decode(wire.LinkType(f.Interface.LinkType), f.Data, f.Length, wire.Options{ChecksumNotReady: f.ChecksumPending})
	run.sum.add(&run.packet, f)
	if run.files != nil {
		if err := run.files.Write(f); err != nil {
			return err
		}
	}
	if run.show == nil {
		return nil
	}
	return run.show(&view.Frame{
		Time: f.Time, Interface: f.Interface.Name, Direction: f.Direction.String(), Packet: &run.packet, Comment: f.Comment,
		Superframe: f.Superframe, SegmentSize: f.SegmentSize,
	})
}

// finish writes what is left and sums up. end is what ended the capture.
func (run *sniffing) finish(end error) error {
	run.status.clear()
	keep := func(err error) {
		if end == nil || errors.Is(end, context.Canceled) && err != nil {
			end = err
		}
	}
	sum := run.sum.summary()
	sum.Dropped = run.source.dropped()
	_ = run.source.close()
	if run.files != nil {
		keep(run.files.Close())
	}
	if isClosedPipe(end) {
		return end // whoever read has seen enough
	}
	if run.o.json && run.out != nil {
		keep(json.New(run.out).Capture(sum))
	}
	if run.out != nil {
		keep(run.out.close())
	}
	if !run.o.json && !isClosedPipe(end) {
		_ = text.CaptureSummary(run.stdio.Err, sum)
	}
	keep(run.source.left(run.sum.frames))
	missing := run.o.timeout > 0 && (run.sum.frames == 0 || run.sum.frames < run.o.count)
	if end == nil && missing {
		return run.o.tooFew(run.sum.frames)
	}
	return end
}

// promptOutput is an output that is flushed soon after something was written, also
// while no frame comes.
type promptOutput struct {
	mu    sync.Mutex
	o     *output
	timer *time.Timer
	armed bool
	err   error
	wake  func() // called when flushing fails while nobody writes
}

// flushAfter is how long something printed waits for company.
const flushAfter = 20 * time.Millisecond

func newPromptOutput(w io.Writer, wake func()) *promptOutput {
	o, _ := openOutput("", w) // only opening a file fails
	p := &promptOutput{o: o, wake: wake}
	p.timer = time.AfterFunc(time.Hour, p.flush)
	p.timer.Stop()
	return p
}

func (p *promptOutput) Write(record []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return 0, p.err
	}
	n, err := p.o.Write(record)
	if err != nil {
		p.err = err
		return n, err
	}
	if !p.armed {
		p.armed = true
		p.timer.Reset(flushAfter)
	}
	return n, nil
}

// flush writes what is gathered, when its time has come.
func (p *promptOutput) flush() {
	p.mu.Lock()
	p.armed = false
	err := p.o.flush()
	if p.err == nil {
		p.err = err
	}
	p.mu.Unlock()
	if err != nil {
		p.wake()
	}
}

// failed returns the error that has ended printing.
func (p *promptOutput) failed() error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// close writes what is left.
func (p *promptOutput) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer.Stop()
	if p.err == nil {
		p.err = p.o.flush()
	}
	return p.err
}

// liveSource is frames of interfaces.
type liveSource struct {
	o     *sniffOptions
	stdio IO
	l     *capture.Live
}

func openLiveSource(o *sniffOptions, stdio IO) (*liveSource, error) {
	s := &liveSource{o: o, stdio: stdio}
	var err error
	s.l, err = capture.OpenLive(capture.LiveConfig{
		Interfaces: o.interfaces, FilterFor: o.expressionFor, FilterOptions: o.compile(),
		SnapLen: o.snapLen, Promiscuous: o.promisc, Superframes: o.superframe, Notify: s.changed,
	})
	if err != nil {
		return nil, filterError(err)
	}
	return s, nil
}

// announce says what is captured on.
func (s *liveSource) announce() {
	var names []string
	for _, i := range s.l.Interfaces() {
		names = append(names, text.Name(i.Name))
	}
	what := "multicast, and IGMP, MLD and PIM"
	if s.o.filtered {
		what = "every frame"
		if s.o.expression != "" {
			what = s.o.expression
		}
	}
	where := "no interface yet"
	if len(names) > 0 {
		where = strings.Join(names, ", ")
	}
	_, _ = fmt.Fprintf(s.stdio.Err, "capturing on %s: %s\n", where, oneLine(what))
}

// changed tells of interfaces that come and go.
func (s *liveSource) changed(e capture.LiveEvent) {
	name := text.Name(e.Interface.Name)
	switch e.Kind {
	case capture.LiveStarted:
		warn(s.stdio.Err, "capturing on %s too", name)
	case capture.LiveDown:
		warn(s.stdio.Err, "%s is down: nothing comes until it is up", name)
	case capture.LiveUp:
		warn(s.stdio.Err, "%s is up again", name)
	case capture.LiveEnded:
		warn(s.stdio.Err, "%s has gone", name)
	case capture.LiveFailed:
		warn(s.stdio.Err, "%v", e.Err)
	}
}

func (s *liveSource) read(f *capture.Frame) error {
	err := s.l.Read(f)
	if errors.Is(err, io.EOF) {
		return &hinted{errors.New("no interface is left to capture on"), "the ones that were named have gone"}
	}
	return err
}

func (s *liveSource) setDeadline(t time.Time) { _ = s.l.SetReadDeadline(t) }

func (s *liveSource) dropped() *view.Drops {
	stats, err := s.l.Stats()
	if err != nil {
		return nil
	}
	d := &view.Drops{}
	for _, i := range stats {
		d.Count += i.Dropped
		d.AtLeast = d.AtLeast || i.Splits && i.Dropped > 0 // each may be a superframe
	}
	return d
}

func (s *liveSource) statistics(of *capture.Interface) (capture.Statistics, bool) {
	stats, _ := s.l.Stats()
	for _, i := range stats {
		if i.Interface == of {
			return capture.Statistics{Time: time.Now(), Received: i.Received, Dropped: i.Dropped}, true
		}
	}
	return capture.Statistics{}, false
}

func (s *liveSource) left(uint64) error { return nil }
func (s *liveSource) close() error      { return s.l.Close() }

// fileSource is frames of a file.
type fileSource struct {
	ctx     context.Context
	in      io.ReadCloser
	r       *capture.Reader
	filter  *fileFilter
	of      *capture.Interface
	seen    []*capture.Interface
	program *filter.Program
	unfit   *misfit
	all     bool // the filter keeps everything, whatever the link type
	looked  uint64
	snapLen int

	mu       sync.Mutex
	deadline time.Time
}

func openFileSource(ctx context.Context, o *sniffOptions, files fileAccess, stdio IO) (*fileSource, error) {
	in, name, err := openInterruptible(ctx, files.open, o.file, stdio.In, captureHint)
	if err != nil {
		return nil, err
	}
	r, err := capture.NewReader(in)
	if err != nil {
		_ = in.Close()
		return nil, unreadableCapture(name, err)
	}
	return &fileSource{
		ctx: ctx, in: in, r: r, snapLen: o.snapLen, all: o.filtered && strings.TrimSpace(o.expression) == "",
		filter: &fileFilter{file: name, expression: o.expressionFor, options: o.compile()},
	}, nil
}

func (s *fileSource) read(f *capture.Frame) error {
	for {
		if s.looked&0xfff == 0 {
			if s.ctx.Err() != nil {
				return s.ctx.Err()
			}
			if s.expired() {
				return os.ErrDeadlineExceeded
			}
		}
		err := s.r.Read(f)
		if errors.Is(err, io.EOF) {
			return err
		}
		if err != nil {
			return unreadableCapture(s.filter.file, err)
		}
		s.looked++
		if f.Interface != s.of {
			s.begin(f.Interface)
		}
		switch {
		case s.unfit != nil:
			s.unfit.frames++
			continue
		case s.program != nil && !s.program.Match(f.Data, f.Length):
			continue
		}
		if s.snapLen > 0 && len(f.Data) > s.snapLen {
			f.Data = f.Data[:s.snapLen]
		}
		return nil
	}
}

// begin makes an interface the one whose frames come.
func (s *fileSource) begin(i *capture.Interface) {
	s.of = i
	s.seen = append(s.seen, i)
	if !s.all {
		s.program, s.unfit = s.filter.choose(i)
	}
}

func (s *fileSource) expired() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.deadline.IsZero() && !time.Now().Before(s.deadline)
}

func (s *fileSource) setDeadline(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deadline = t
}

// dropped adds up what the file says.
func (s *fileSource) dropped() (d *view.Drops) {
	counted := map[*capture.Interface]bool{}
	for _, i := range s.seen {
		stats, ok := s.r.Statistics(i)
		if !ok || counted[i] {
			continue
		}
		counted[i] = true
		if d == nil {
			d = &view.Drops{}
		}
		d.Count += stats.Dropped
	}
	return d
}

func (s *fileSource) statistics(i *capture.Interface) (capture.Statistics, bool) {
	return s.r.Statistics(i)
}
func (s *fileSource) left(frames uint64) error { return s.filter.left(frames) }
func (s *fileSource) close() error             { return s.in.Close() }
