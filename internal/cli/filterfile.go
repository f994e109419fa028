package cli

import (
	"context"
	"errors"
	"fmt"

	"mcast/capture"
	"mcast/filter"
)

// wrongAnyway returns what is wrong with an expression if it is wrong for every
// link type.
func wrongAnyway(expression string, o filter.Options) error {
	var first error
	for _, l := range filter.LinkTypes() {
		o.LinkType = l
		_, err := filter.Compile(expression, o)
		if err == nil {
			return nil
		}
		if first == nil {
			first = filterError(err)
		}
	}
	return first
}

// fileFilter is a filter for the frames of a file, whose interfaces may have
// different link types.
type fileFilter struct {
	file       string                       // its name, for errors
	expression func(filter.LinkType) string // for frames of that type
	options    filter.Options
	made       func(*filter.Program) // told of each program; nil: nobody is

	programs map[filter.LinkType]*filter.Program
	misfits  []*misfit
}

// misfit is an interface that the filter cannot be compiled for.
type misfit struct {
	of     *capture.Interface
	frames uint64 // that were not looked at
	err    error
}

// choose returns the program for the frames of an interface, or says why there is
// none.
func (f *fileFilter) choose(i *capture.Interface) (*filter.Program, *misfit) {
	for _, m := range f.misfits {
		if m.of == i {
			return nil, m
		}
	}
	p, err := f.program(i)
	if err == nil {
		return p, nil
	}
	m := &misfit{of: i, err: err}
	f.misfits = append(f.misfits, m)
	return nil, m
}

// program returns the program for the link type of an interface.
func (f *fileFilter) program(i *capture.Interface) (*filter.Program, error) {
	l, ok := i.FilterLinkType()
	if !ok {
		which := "its frames are"
		if i.Name != "" {
			which = "frames of " + i.Name + " are"
		}
		return nil, &hinted{
			fmt.Errorf("read %s: %s of link type %d, for which there are no filters here", f.file, which, i.LinkType),
			"filters are for " + listed(linkTypeNames()),
		}
	}
	if p := f.programs[l]; p != nil {
		return p, nil
	}
	o := f.options
	o.LinkType = l
	p, err := filter.Compile(f.expression(l), o)
	switch {
	case err != nil && i.Name != "":
		return nil, fmt.Errorf("frames of %s: %w", i.Name, filterError(err))
	case err != nil:
		return nil, filterError(err)
	}
	if f.made != nil {
		f.made(p)
	}
	if f.programs == nil {
		f.programs = map[filter.LinkType]*filter.Program{}
	}
	f.programs[l] = p
	return p, nil
}

// left returns what has to be said of frames that were not looked at, where others
// were.
func (f *fileFilter) left(looked uint64) error {
	if len(f.misfits) == 0 {
		return nil
	}
	m := f.misfits[0]
	if looked == 0 {
		return m.err
	}
	var n uint64
	for _, m := range f.misfits {
		n += m.frames
	}
	if n == 1 {
		return fmt.Errorf("1 frame was not looked at: %w", m.err)
	}
	return fmt.Errorf("%d frames were not looked at: %w", n, m.err)
}

// unreadableCapture says of which file an error is.
func unreadableCapture(file string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	e := fmt.Errorf("read %s: %w", file, cause(err))
	var own interface{ Hint() string }
	if errors.As(err, &own) && own.Hint() != "" {
		return e
	}
	return &hinted{e, captureHint}
}

const captureHint = "-r takes a pcap or pcapng file that you may read, or - for standard input"
