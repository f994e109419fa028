package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"mcast/capture"
	"mcast/internal/view"
	"mcast/internal/view/json"
	"mcast/internal/view/text"
	"mcast/wire"
)

// sniffing is a running `mcast sniff`.
type sniffing struct {
	o     *sniffOptions
	stdio IO

	// ending is done when the capture is to end, for whatever reason, and end
	// has it be so.
	ending context.Context
	end    context.CancelFunc

	source frameSource
	access fileAccess
	packet wire.Packet
	sum    frameTally
	status *statusLine

	show  func(*view.Frame) error // nil: frames are not printed
	shown view.Frame              // what it is given: a new one would be allocated
	out   *promptOutput           // what is printed; nil: nothing is

	files     *capture.Files // nil: frames are not written
	unwritten unwritten
}

// frameSource is where frames come from: interfaces, or a file. It is opened with a
// context, after whose end it is read no more.
type frameSource interface {
	// read gets the next frame that the filter keeps. The error is io.EOF at
	// the end of a file, os.ErrDeadlineExceeded after a deadline, and
	// context.Canceled when the source's context is done.
	read(f *capture.Frame) error

	// setDeadline has read end at a time, about; zero: never.
	setDeadline(t time.Time)

	// interfaces are those that frames will come from, as far as that is known.
	interfaces() []*capture.Interface

	// dropped is how many frames the kernel dropped; nil: nobody counted.
	dropped() *view.Drops

	// statistics are for the file that is written.
	statistics(i *capture.Interface) (capture.Statistics, bool)

	// left is what has to be said at the end.
	left() error

	close()
}

// runSniff captures or reads, prints or writes, and sums up.
func runSniff(ctx context.Context, o *sniffOptions, stdio IO) (err error) {
	files, done, err := limitRights(ctx, o, stdio)
	if done || err != nil {
		return err
	}
	defer files.close()
	if o.from != "" {
		if o.expression, err = readExpression(ctx, files.open, o.from, stdio.In); err != nil {
			return err
		}
		if err := o.compiles(); err != nil {
			return err
		}
	}
	if o.readyFile != "" {
		if err := files.removeReady(o.readyFile); err != nil {
			return err
		}
	}
	run := &sniffing{o: o, stdio: stdio, access: files, sum: newFrameTally()}
	run.ending, run.end = context.WithCancel(ctx)
	defer run.end()
	if o.file == "" {
		return run.live(ctx)
	}
	return run.read(ctx)
}

// live captures from interfaces.
func (run *sniffing) live(ctx context.Context) error {
	source, err := openLiveSource(run.ending, run.o, run.stdio)
	if err != nil {
		return err
	}
	defer source.close()
	run.source = source
	if len(run.o.groups) > 0 {
		r, err := joinOnly(run.o)
		if err != nil {
			return err
		}
		defer r.Close()
	}
	if err := run.open(); err != nil {
		return err
	}
	if run.files != nil {
		source.appeared, source.gone = run.describe, run.files.Forget
	}
	source.announce()
	defer run.limit()()
	return run.run(ctx)
}

// read reads from a file.
func (run *sniffing) read(ctx context.Context) error {
	// The time counts from here on: a pipe may have nothing for long.
	defer run.limit()()
	source, err := openFileSource(run.ending, run.o, run.access, run.stdio)
	if run.stopped(err) && ctx.Err() == nil {
		return run.tooFew()
	}
	if err != nil {
		return err
	}
	defer source.close()
	run.source = source
	if err := run.open(); err != nil {
		return err
	}
	return run.run(ctx)
}

// limit ends the capture when the time of --timeout is over, unless what it returns
// is called before.
func (run *sniffing) limit() (stop func()) {
	if run.o.timeout == 0 {
		return func() {}
	}
	t := time.AfterFunc(run.o.timeout, run.end)
	return func() { t.Stop() }
}

// run does it all, with everything open.
func (run *sniffing) run(ctx context.Context) error {
	if run.o.readyFile != "" {
		if err := run.access.makeReady(run.o.readyFile); err != nil {
			return err
		}
	}
	return run.finish(run.capture(ctx))
}

// open opens what the frames go to.
func (run *sniffing) open() error {
	o := run.o
	if err := run.openFiles(); err != nil {
		return err
	}
	silent := o.silent()
	if !silent || o.json {
		run.out = newPromptOutput(run.stdio.Out, run.end)
	}
	switch {
	case silent:
	case o.json:
		run.show = json.NewFramePrinter(run.out).Frame
	default:
		run.show = text.NewFramePrinter(run.out, text.FrameFormat{Scapy: o.format == "scapy", Tree: o.tree, Hexdump: o.hexdump}).Frame
	}
	run.status = newStatusLine(run.stdio.Err, "captured", "frame", silent || !isTerminal(run.stdio.Out))
	return nil
}

// capture reads frames until the end that was asked for, which is nil.
func (run *sniffing) capture(ctx context.Context) error {
	if run.files != nil {
		over := make(chan struct{})
		defer close(over)
		go func() { // writing may fail while no frame comes
			select {
			case <-run.files.Failed():
				run.end()
			case <-over:
			}
		}()
	}
	if run.status.on {
		run.source.setDeadline(run.status.next)
	}
	var f capture.Frame
	for {
		switch err := run.source.read(&f); {
		case err == nil:
			if err := run.take(&f); err != nil {
				return err
			}
			if run.o.count > 0 && run.sum.frames >= run.o.count {
				return nil
			}
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			run.drawStatus()
			run.source.setDeadline(run.status.next)
		case run.stopped(err):
			if err := ctx.Err(); err != nil {
				return err // interrupted
			}
			// Or the time is over; or it cannot be written, as finish says.
			return run.out.failed()
		default:
			return err
		}
	}
}

// stopped says that an error of reading is the end that run.end has made.
func (run *sniffing) stopped(err error) bool {
	return errors.Is(err, context.Canceled) && run.ending.Err() != nil
}

func (run *sniffing) drawStatus() {
	run.status.draw(time.Now(), &view.Summary{Datagrams: run.sum.frames, Bytes: run.sum.bytes, Dropped: run.source.dropped()})
}

// take counts, writes and prints a frame.
func (run *sniffing) take(f *capture.Frame) error {
	run.sum.add(f)
	if run.files != nil {
		if err := run.write(f); err != nil {
			return err
		}
	}
	if run.show == nil {
		return nil
	}
	run.packet.Decode(wire.LinkType(f.Interface.LinkType), f.Data, f.Length, wire.Options{ChecksumNotReady: f.ChecksumPending})
	run.shown = view.Frame{
		Time: f.Time, Interface: f.Interface.Name, Direction: f.Direction.String(), Packet: &run.packet, Comment: f.Comment,
		Superframe: f.Superframe, SegmentSize: f.SegmentSize,
	}
	return run.show(&run.shown)
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
	run.source.close() // what is counted stays so
	if run.files != nil {
		keep(run.files.Close())
	}
	if isClosedPipe(end) {
		return end // whoever read has seen enough
	}
	if run.o.json {
		keep(json.CaptureSummary(run.out, sum))
	}
	if run.out != nil {
		keep(run.out.close())
	}
	if isClosedPipe(end) {
		return end
	}
	if !run.o.json {
		_ = text.CaptureSummary(run.stdio.Err, sum)
	}
	if end != nil {
		return end
	}
	if err := run.unwritten.error(run.o.output); err != nil {
		return err
	}
	if err := run.source.left(); err != nil {
		return err
	}
	if run.o.timeout > 0 && run.sum.frames < max(run.o.count, 1) {
		return run.tooFew()
	}
	return nil
}

// tooFew says that less was captured than expected.
func (run *sniffing) tooFew() error {
	hint := "mcast groups shows what is joined here; a switch that snoops sends only what was joined: --join"
	switch {
	case run.o.file != "":
		hint = "mcast filter -r counts what a filter keeps"
	case len(run.o.groups) > 0:
		hint = "with '' as the filter everything that arrives is shown"
	}
	switch n := run.sum.frames; n {
	case 0:
		return &missingError{"no frame was captured", hint}
	case 1:
		return &missingError{fmt.Sprintf("1 frame was captured, and %d were expected", run.o.count), hint}
	default:
		return &missingError{fmt.Sprintf("%d frames were captured, and %d were expected", n, run.o.count), hint}
	}
}
