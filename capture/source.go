package capture

import (
	"errors"
	"fmt"
	"io"
)

// source lends pieces of a stream.
type source struct {
	r       io.Reader
	buf     []byte
	at, end int    // of buf: what was read and not lent yet
	before  int64  // bytes of the stream before buf
	large   []byte // for pieces that do not fit into buf
	err     error  // of r, after what is in buf
}

// sourceBuffer is how much is read at once. Frames that fit are lent from there,
// and not copied.
const sourceBuffer = 256 << 10

func newSource(r io.Reader) *source {
	return &source{r: r, buf: make([]byte, sourceBuffer)}
}

// offset is where in the stream the next piece begins.
func (s *source) offset() int64 { return s.before + int64(s.at) }

// take lends the next n bytes, until the next call. If there are none at all the
// error is io.EOF, and if there are fewer io.ErrUnexpectedEOF.
func (s *source) take(n int) ([]byte, error) {
	if n > s.end-s.at {
		return s.wait(n)
	}
	b := s.buf[s.at : s.at+n]
	s.at += n
	return b, nil
}

// wait is take of what has to be read first. It waits for no more than that.
func (s *source) wait(n int) ([]byte, error) {
	if n > len(s.buf) {
		return s.takeLarge(n)
	}
	if err := s.fill(n); err != nil {
		left := s.end - s.at
		s.at = s.end
		return nil, s.failed(err, left)
	}
	b := s.buf[s.at : s.at+n]
	s.at += n
	return b, nil
}

// peek lends up to n bytes, which take lends again. The error is that of reading
// more, bare.
func (s *source) peek(n int) ([]byte, error) {
	err := s.fill(n)
	return s.buf[s.at:min(s.at+n, s.end)], err
}

// fill reads until n bytes are in buf, which has room for so many.
func (s *source) fill(n int) error {
	if s.at+n > len(s.buf) || s.at == s.end {
		copy(s.buf, s.buf[s.at:s.end])
		s.before += int64(s.at)
		s.at, s.end = 0, s.end-s.at
	}
	for s.end-s.at < n {
		m, err := s.read(s.buf[s.end:])
		s.end += m
		if err != nil {
			return err
		}
	}
	return nil
}

// read reads something, or returns an error; never both.
func (s *source) read(b []byte) (int, error) {
	const patience = 100 // as bufio's
	for range patience {
		if s.err != nil {
			return 0, s.err
		}
		var n int
		n, s.err = s.r.Read(b)
		if n > 0 {
			return n, nil
		}
	}
	if s.err == nil {
		s.err = io.ErrNoProgress
	}
	return 0, s.err
}

// takeLarge takes what does not fit into the buffer. It takes memory as bytes
// come, and not as they are promised.
func (s *source) takeLarge(n int) ([]byte, error) {
	b := append(s.large[:0], s.buf[s.at:s.end]...)
	s.before += int64(s.end)
	s.at, s.end = 0, 0
	for len(b) < n {
		if len(b) == cap(b) {
			grown := make([]byte, len(b), min(n, max(2*cap(b), 2*sourceBuffer)))
			copy(grown, b)
			b = grown
		}
		m, err := s.read(b[len(b):min(n, cap(b))])
		b = b[:len(b)+m]
		s.before += int64(m)
		if err != nil {
			s.large = b
			return nil, s.failed(err, len(b))
		}
	}
	s.large = b
	return b, nil
}

// skip passes over n bytes.
func (s *source) skip(n int64) error {
	for {
		here := min(n, int64(s.end-s.at))
		s.at += int(here)
		if n -= here; n == 0 {
			return nil
		}
		if err := s.fill(1); err != nil {
			return s.failed(err, 1)
		}
	}
}

// failed returns what has to be said of an error after n bytes.
func (s *source) failed(err error, n int) error {
	switch {
	case !errors.Is(err, io.EOF):
		return fmt.Errorf("byte %d: %w", s.offset(), err)
	case n > 0:
		return io.ErrUnexpectedEOF
	}
	return io.EOF
}

// takeAll is take of what has to be there: if it is not, something is cut that
// begins at start.
func (s *source) takeAll(n int, what string, start int64) ([]byte, error) {
	b, err := s.take(n)
	if err != nil {
		return nil, cut(err, what, start)
	}
	return b, nil
}

// cut turns the end of the stream into a CutError.
func cut(err error, what string, start int64) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &CutError{start, what}
	}
	return err
}

// partly does so only for an end in the middle of something; io.EOF passes.
func partly(err error, what string, start int64) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &CutError{start, what}
	}
	return err
}
