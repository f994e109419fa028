package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
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
	ends  []int    // where in buf they end
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
		return nil, unwritable("create", name, err)
	}
	return &output{w: f, name: name, file: f}, nil
}

// unwritable says that a file could not be made, or be removed.
func unwritable(op, name string, err error) error {
	return &hinted{fmt.Errorf("%s %s: %w", op, name, cause(err)), "name a file in a directory that is there and that you may write to"}
}

// Write gathers a record.
func (o *output) Write(record []byte) (int, error) {
	if len(o.buf)+len(record) > outputBuffer {
		if err := o.flush(); err != nil {
			return 0, err
		}
	}
	o.buf = append(o.buf, record...)
	o.ends = append(o.ends, len(o.buf))
	return len(record), nil
}

// flush writes what is gathered.
func (o *output) flush() error {
	if len(o.buf) == 0 {
		o.ends = o.ends[:0] // of raw datagrams without a byte
		return nil
	}
	n, err := o.w.Write(o.buf)
	if err == nil {
		o.whole += int64(n)
	} else {
		// What is left is not to be tried again at the end.
		end := 0
		if i, _ := slices.BinarySearch(o.ends, n+1); i > 0 {
			end = o.ends[i-1]
		}
		whole := end == n || o.file != nil && o.file.Truncate(o.whole+int64(end)) == nil
		err = o.failed(err, whole)
	}
	o.buf, o.ends = o.buf[:0], o.ends[:0]
	return err
}

// failed says that a write failed, and whether there are only whole records.
func (o *output) failed(err error, whole bool) error {
	e := fmt.Errorf("write %s: %w", o.name, cause(err))
	what := "what was written before is whole"
	if !whole {
		what = "the last record is cut off"
	}
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return &hinted{e, "the disk is full; " + what}
	case errors.Is(err, syscall.EFBIG):
		return &hinted{e, "the file may not grow further (ulimit -f); " + what}
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
			err = o.failed(e, false)
		}
	}
	return err
}

// isTerminal says whether a writer, or reader, is a terminal.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
