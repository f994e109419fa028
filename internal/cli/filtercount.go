package cli

import (
	"context"
	"errors"
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
	if err := wrongAnyway(o.expression, o.compile); err != nil {
		return err
	}
	in, name, err := openInterruptible(ctx, os.Open, o.file, stdio.In, captureHint)
	if err != nil {
		return err
	}
	defer in.Close()
	c := &frameCount{filter: &fileFilter{
		file:       name,
		expression: func(filter.LinkType) string { return o.expression },
		options:    o.compile,
		made:       func(p *filter.Program) { o.warnConstant(p, stdio) },
	}}
	end := c.count(ctx, in)
	if end == nil {
		end = c.filter.left(c.frames)
	}
	if end != nil && c.frames == 0 && !zeroIsWhole(end) {
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

// frameCount is a running count.
type frameCount struct {
	filter *fileFilter
	kept   uint64
	frames uint64
}

// zeroIsWhole says that, in spite of an error, no frames may be all that there were.
func zeroIsWhole(err error) bool {
	var cut *capture.CutError
	return errors.As(err, &cut) || errors.Is(err, context.Canceled)
}

// count reads to the end of the file.
func (c *frameCount) count(ctx context.Context, in io.Reader) error {
	r, err := capture.NewReader(in)
	if err != nil {
		return unreadableCapture(c.filter.file, err)
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
			return unreadableCapture(c.filter.file, err)
		}
		if f.Interface != of {
			of = f.Interface
			program, unfit = c.filter.choose(of)
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
