package capture

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// source lends pieces of a stream.
type source struct {
	r      *bufio.Reader
	lent   int    // bytes at the beginning of r's buffer
	large  []byte // for pieces that do not fit there
	offset int64  // of the next piece
}

// sourceBuffer is how much is read at once. Frames that fit are lent from there,
// and not copied.
const sourceBuffer = 256 << 10

func newSource(r io.Reader) *source {
	return &source{r: bufio.NewReaderSize(r, sourceBuffer)}
}

// take lends the next n bytes, until the next call. If there are none at all the
// error is io.EOF, and if there are fewer io.ErrUnexpectedEOF.
func (s *source) take(n int) ([]byte, error) {
	s.giveBack()
	var (
		b   []byte
		err error
	)
	if n <= sourceBuffer {
		b, err = s.r.Peek(n)
		s.lent = len(b)
	} else {
		b, err = s.takeLarge(n)
	}
	s.offset += int64(len(b))
	return b, s.failed(err, len(b))
}

// takeLarge reads what does not fit into the buffer. It takes memory as bytes
// come, and not as they are promised.
func (s *source) takeLarge(n int) ([]byte, error) {
	b := s.large[:0]
	for len(b) < n {
		if len(b) == cap(b) {
			grown := make([]byte, len(b), min(n, max(2*cap(b), 2*sourceBuffer)))
			copy(grown, b)
			b = grown
		}
		room := b[len(b):min(n, cap(b))]
		m, err := io.ReadFull(s.r, room)
		b = b[:len(b)+m]
		if err != nil {
			s.large = b
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = io.EOF
			}
			return b, err
		}
	}
	s.large = b
	return b, nil
}

// skip passes over n bytes.
func (s *source) skip(n int64) error {
	s.giveBack()
	for skipped := 0; n > 0; n -= int64(skipped) {
		var err error
		skipped, err = s.r.Discard(int(min(n, 1<<30)))
		s.offset += int64(skipped)
		if err != nil {
			return s.failed(err, 1)
		}
	}
	return nil
}

func (s *source) giveBack() {
	_, _ = s.r.Discard(s.lent) // these are in the buffer
	s.lent = 0
}

// failed returns what has to be said of an error after n bytes.
func (s *source) failed(err error, n int) error {
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, io.EOF):
		return fmt.Errorf("byte %d: %w", s.offset, err)
	case n > 0:
		return io.ErrUnexpectedEOF
	}
	return io.EOF
}

// takeAll is take of what has to be there: if it is not, something is cut that
// begins at start.
func (s *source) takeAll(n int, what string, start int64) ([]byte, error) {
	b, err := s.take(n)
	return b, cut(err, what, start)
}

// cut makes a CutError of what says that the stream has ended.
func cut(err error, what string, start int64) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &CutError{start, what}
	}
	return err
}

// partly makes a CutError of what says that the stream has ended in the middle,
// and leaves the end itself.
func partly(err error, what string, start int64) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &CutError{start, what}
	}
	return err
}
