package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

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
	in, name, err := openInterruptible(ctx, o.file, stdio.In, captureHint)
	if err != nil {
		return err
	}
	defer in.Close()
	c := &frameCount{o: o, name: name, stdio: stdio, programs: map[filter.LinkType]*filter.Program{}}
	end := c.count(ctx, in)
	if end == nil {
		end = c.left()
	}
	if end != nil && c.frames == 0 && !c.whole(end) {
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
	for _, l := range filter.LinkTypes() {
		c := o.compile
		c.LinkType = l
		_, err := filter.Compile(o.expression, c)
		if err == nil {
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
	misfits  []*misfit
}

// misfit is an interface that the filter cannot be compiled for.
type misfit struct {
	of     *capture.Interface
	frames uint64
	err    error
}

// left returns what has to be said of frames that were not looked at.
func (c *frameCount) left() error {
	if len(c.misfits) == 0 {
		return nil
	}
	m := c.misfits[0]
	if c.frames == 0 {
		return m.err
	}
	var n uint64
	for _, m := range c.misfits {
		n += m.frames
	}
	if n == 1 {
		return fmt.Errorf("1 frame was not looked at: %w", m.err)
	}
	return fmt.Errorf("%d frames were not looked at: %w", n, m.err)
}

// whole says that an error is none of the file: 0 frames may be all that there are.
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
		unfit   *misfit
		n       uint64
		f       capture.Frame
	)
	for {
		err := r.Read(&f)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return c.failed(err)
		}
		if f.Interface != of {
			of = f.Interface
			program, unfit = c.choose(of)
		}
		if n++; n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if unfit != nil {
			unfit.frames++
			continue
		}
		c.frames++
		if program.Match(f.Data, f.Length) {
			c.kept++
		}
	}
}

// choose returns the program for the frames of an interface, or says why there is
// none.
func (c *frameCount) choose(i *capture.Interface) (*filter.Program, *misfit) {
	for _, m := range c.misfits {
		if m.of == i {
			return nil, m
		}
	}
	p, err := c.program(i)
	if err == nil {
		return p, nil
	}
	m := &misfit{of: i, err: err}
	c.misfits = append(c.misfits, m)
	return nil, m
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
	if err != nil {
		if i.Name != "" {
			return nil, fmt.Errorf("frames of %s: %w", i.Name, filterError(err))
		}
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
