package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/term"
)

// output gathers records and writes whole ones. To a regular file that cannot
// take a record to its end, it leaves the records before it and nothing of it.
type output struct {
	w     io.Writer
	name  string
	file  *os.File // made by -o; nil: not ours
	buf   []byte   // records not written yet
	whole int64    // bytes of the file that hold whole records
}

// outputBuffer is how much is gathered before it is written in any case.
const outputBuffer = 64 << 10

// openOutput returns an output to the file of that name, or to w without one.
func openOutput(name string, w io.Writer) (*output, error) {
	if name == "" || name == "-" {
		return &output{w: w, name: "standard output"}, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("create the output: %w", err)
	}
	return &output{w: f, name: name, file: f}, nil
}

// Write gathers a record, or several whole ones.
func (o *output) Write(record []byte) (int, error) {
	if len(o.buf)+len(record) > outputBuffer {
		if err := o.flush(); err != nil {
			return 0, err
		}
	}
	o.buf = append(o.buf, record...)
	return len(record), nil
}

// flush writes what is gathered.
func (o *output) flush() error {
	if len(o.buf) == 0 {
		return nil
	}
	n, err := o.w.Write(o.buf)
	if err != nil {
		o.buf = o.buf[:0] // not to be tried again at the end
		err = o.failed(err)
		if o.file != nil && n > 0 {
			err = errors.Join(err, o.file.Truncate(o.whole))
		}
		return err
	}
	o.whole += int64(n)
	o.buf = o.buf[:0]
	return nil
}

func (o *output) failed(err error) error {
	var e error = fmt.Errorf("write %s: %w", o.name, cause(err))
	switch {
	case errors.Is(err, syscall.ENOSPC):
		e = &hinted{e, "the disk is full; what was written before is whole"}
	case errors.Is(err, syscall.EFBIG):
		e = &hinted{e, "the file may not grow further (ulimit -f); what was written before is whole"}
	}
	return e
}

// cause takes the operation and the path, which are said already, off an error.
func cause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// close writes what is left and closes the file.
func (o *output) close() error {
	err := o.flush()
	if o.file != nil {
		if e := o.file.Close(); e != nil && err == nil {
			err = o.failed(e)
		}
	}
	return err
}

// isTerminal says whether a writer, or reader, is a terminal.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
