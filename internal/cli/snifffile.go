package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"mcast/capture"
	"mcast/filter"
	"mcast/internal/view"
)

// fileSource is frames of a file.
type fileSource struct {
	ctx      context.Context
	in       io.ReadCloser
	r        *capture.Reader
	snapLen  int
	reads    uint64
	deadline time.Time // zero: there is none

	filter *fileFilter
	all    bool                       // it keeps everything, whatever the link type
	fits   map[*capture.Interface]fit // of those seen
	of     *capture.Interface         // of the last frame
	fit                               // of that one

	fitting uint64 // frames that the filter was for
}

// fit is what a filter is for frames of an interface: a program, or the reason why
// there is none. With neither it keeps every frame.
type fit struct {
	program *filter.Program
	unfit   *misfit
}

// openFileSource opens a file and reads its header, for which it waits if the file
// is a pipe.
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
		ctx: ctx, in: in, r: r, snapLen: o.snapLen,
		filter: &fileFilter{file: name, expression: o.expressionFor, options: o.compile()},
		all:    o.filtered && strings.TrimSpace(o.expression) == "",
		fits:   map[*capture.Interface]fit{},
	}, nil
}

// lookEvery is after how many frames a file that is read at full speed looks
// whether it is to end.
const lookEvery = 1024

func (s *fileSource) read(f *capture.Frame) error {
	for {
		if s.reads++; s.reads%lookEvery == 0 {
			if err := s.ctx.Err(); err != nil {
				return err
			}
			if !s.deadline.IsZero() && !time.Now().Before(s.deadline) {
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
		if f.Interface != s.of {
			s.of, s.fit = f.Interface, s.fitFor(f.Interface)
		}
		if s.unfit != nil {
			s.unfit.frames++
			continue
		}
		s.fitting++
		if s.program != nil && !s.program.Match(f.Data, f.Length) {
			continue
		}
		if s.snapLen > 0 && len(f.Data) > s.snapLen {
			f.Data = f.Data[:s.snapLen]
		}
		return nil
	}
}

func (s *fileSource) fitFor(i *capture.Interface) fit {
	is, known := s.fits[i]
	if !known {
		if !s.all {
			is.program, is.unfit = s.filter.choose(i)
		}
		s.fits[i] = is
	}
	return is
}

func (s *fileSource) setDeadline(t time.Time) { s.deadline = t }

// interfaces are known by their frames only.
func (s *fileSource) interfaces() []*capture.Interface { return nil }

// dropped adds up what the file says.
func (s *fileSource) dropped() (d *view.Drops) {
	for i := range s.fits {
		if stats, ok := s.r.Statistics(i); ok {
			if d == nil {
				d = &view.Drops{}
			}
			d.Count += stats.Dropped
		}
	}
	return d
}

func (s *fileSource) statistics(i *capture.Interface) (capture.Statistics, bool) {
	return s.r.Statistics(i)
}

func (s *fileSource) left() error { return s.filter.left(s.fitting) }

func (s *fileSource) close() { _ = s.in.Close() }
