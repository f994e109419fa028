package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"mcast/capture"
	"mcast/filter"
	"mcast/internal/view"
	"mcast/internal/view/json"
	"mcast/internal/view/text"
)

// countFrames counts the frames of a file that the filter keeps.
func countFrames(ctx context.Context, o *filterOptions, stdio IO) error {
	// What is wrong whatever the frames are is told before one is waited for.
	if err := wrongAnyway(o); err != nil {
		return err
	}
	in, name, err := openCapture(ctx, o.file, stdio.In)
	if err != nil {
		return err
	}
	defer in.Close()
	c := &frameCount{o: o, name: name, stdio: stdio, programs: map[filter.LinkType]*filter.Program{}}
	end := c.count(ctx, in)
	if end != nil && !c.whole(end) {
		return end
	}
	v := view.Count{Expression: o.expression, Kept: c.kept, Frames: c.frames}
	if o.json {
		err = json.New(stdio.Out).Count(&v)
	} else {
		err = text.Count(stdio.Out, &v)
	}
	if end != nil {
		return end
	}
	return written(err)
}

// wrongAnyway returns what is wrong with an expression if it is wrong for every
// link type.
func wrongAnyway(o *filterOptions) error {
	var first error
	for l := filter.LinkType(0); l.Number() >= 0; l++ {
		c := o.compile
		c.LinkType = l
		_, err := filter.Compile(o.expression, c)
		var long *filter.TooLongError
		if err == nil || errors.As(err, &long) {
			return nil
		}
		if first == nil {
			first = filterError(err)
		}
	}
	return first
}

// frameCount is a running count.
type frameCount struct {
	o        *filterOptions
	name     string // of the file
	stdio    IO
	programs map[filter.LinkType]*filter.Program
	kept     uint64
	frames   uint64
}

// whole says that an error does not make what was counted before it worthless.
func (c *frameCount) whole(err error) bool {
	var cut *capture.CutError
	return errors.As(err, &cut) || errors.Is(err, context.Canceled)
}

// count reads to the end of the file.
func (c *frameCount) count(ctx context.Context, in io.Reader) error {
	r, err := capture.NewReader(in)
	if err != nil {
		return c.failed(err)
	}
	var (
		program *filter.Program
		of      *capture.Interface
		f       capture.Frame
	)
	for {
		err := r.Read(&f)
		switch {
		case errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return c.failed(err)
		}
		if f.Interface != of {
			if program, err = c.program(f.Interface); err != nil {
				return err
			}
			of = f.Interface
		}
		c.frames++
		if program.Match(f.Data, f.Length) {
			c.kept++
		}
		if c.frames%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// program returns the program for the frames of an interface. Files may have
// several, of different link types.
func (c *frameCount) program(i *capture.Interface) (*filter.Program, error) {
	l, ok := i.FilterLinkType()
	if !ok {
		which := "its frames are"
		if i.Name != "" {
			which = "frames of " + i.Name + " are"
		}
		return nil, &hinted{
			fmt.Errorf("read %s: %s of link type %d, for which there are no filters here", c.name, which, i.LinkType),
			"filters are for " + listed(linkTypeNames()),
		}
	}
	if p := c.programs[l]; p != nil {
		return p, nil
	}
	o := c.o.compile
	o.LinkType = l
	p, err := filter.Compile(c.o.expression, o)
	var long *filter.TooLongError
	if err != nil && !errors.As(err, &long) { // that is a matter of the kernel, which is not asked
		return nil, filterError(err)
	}
	c.o.warnConstant(p, l, c.stdio)
	c.programs[l] = p
	return p, nil
}

// failed says of which file an error is.
func (c *frameCount) failed(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	e := fmt.Errorf("read %s: %w", c.name, cause(err))
	var own interface{ Hint() string }
	if errors.As(err, &own) && own.Hint() != "" {
		return e
	}
	return &hinted{e, captureHint}
}

const captureHint = "-r takes a pcap or pcapng file that you may read, or - for standard input"

// openCapture opens a capture file. What it returns can be waited for in vain: the
// end of ctx ends a read.
func openCapture(ctx context.Context, name string, stdin io.Reader) (r io.ReadCloser, shown string, err error) {
	if name == "-" {
		return newPatient(ctx, io.NopCloser(stdin)), "standard input", nil
	}
	type opened struct {
		f   *os.File
		err error
	}
	// Opening a named pipe waits for somebody who writes to it.
	done := make(chan opened, 1)
	go func() {
		f, err := os.Open(name)
		done <- opened{f, err}
	}()
	select {
	case <-ctx.Done():
		return nil, "", ctx.Err()
	case o := <-done:
		if o.err != nil {
			return nil, "", &hinted{fmt.Errorf("open %s: %w", name, cause(o.err)), captureHint}
		}
		if info, err := o.f.Stat(); err == nil && info.Mode().IsRegular() {
			return o.f, name, nil
		}
		return newPatient(ctx, o.f), name, nil
	}
}
