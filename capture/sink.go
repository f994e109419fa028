package capture

import (
	"fmt"
	"io"
)

// sink gathers records and writes them, only whole ones.
type sink struct {
	w    io.Writer
	name string
	buf  []byte // whole records, not written yet
	done int64  // bytes written
	// whole returns where the last record ends that ends within n bytes of b.
	// first says that b is the file's beginning.
	whole func(b []byte, n int, first bool) int
	err   error // for good
}

// sinkBuffer is how much is written at once: enough to make system calls cheap, and
// little enough to stay in the processor's cache.
const sinkBuffer = 128 << 10

func newSink(w io.Writer, name string, whole func(b []byte, n int, first bool) int) *sink {
	return &sink{w: w, name: name, buf: make([]byte, 0, sinkBuffer), whole: whole}
}

// room returns n bytes for the next record, which its caller fills at once.
func (s *sink) room(n int) ([]byte, error) {
	if len(s.buf)+n > sinkBuffer || s.err != nil {
		if err := s.flush(); err != nil {
			return nil, err
		}
		if n > cap(s.buf) {
			s.buf = make([]byte, 0, n)
		}
	}
	start := len(s.buf)
	s.buf = s.buf[:start+n]
	return s.buf[start:], nil
}

// fit is how many records of n bytes room returns at once without writing, but at
// least one.
func (s *sink) fit(n int) int {
	if k := (sinkBuffer - len(s.buf)) / n; k > 0 {
		return k
	}
	return max(1, sinkBuffer/n)
}

// size is how many bytes the file has, with those that are not written yet.
func (s *sink) size() int64 { return s.done + int64(len(s.buf)) }

// flush writes what was gathered. When that fails, it leaves whole records where
// it can, and fails from then on.
func (s *sink) flush() error {
	if s.err != nil || len(s.buf) == 0 {
		return s.err
	}
	n, err := s.w.Write(s.buf)
	n = min(max(n, 0), len(s.buf))
	if err == nil && n < len(s.buf) {
		err = io.ErrShortWrite
	}
	if err != nil {
		part := n - s.whole(s.buf, n, s.done == 0)
		s.err = &WriteError{Op: "write", Name: s.name, Err: bare(err), Cut: part > 0 && !takeBack(s.w, int64(part))}
	}
	s.done += int64(n)
	s.buf = s.buf[:0]
	return s.err
}

// takeBack takes the last n bytes that were written off a file, and says whether
// it could. It cannot where w is no file, or where somebody else has written
// behind them.
func takeBack(w io.Writer, n int64) bool {
	f, ok := w.(interface {
		io.Seeker
		Truncate(size int64) error
	})
	if !ok {
		return false
	}
	at, err := f.Seek(0, io.SeekCurrent)
	if err != nil || at < n {
		return false
	}
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil || end != at {
		return false
	}
	if err := f.Truncate(at - n); err != nil {
		return false
	}
	_, err = f.Seek(at-n, io.SeekStart)
	return err == nil
}

// unwritable says that a frame, or an interface, does not fit into the file.
func unwritable(advice, format string, args ...any) error {
	return &UnwritableError{Problem: fmt.Sprintf(format, args...), Advice: advice}
}
