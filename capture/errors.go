package capture

import (
	"fmt"
	"io"
)

// FormatError says that a file is not what it should be, or that this package
// cannot read it.
type FormatError struct {
	Offset  int64  // where in the file, in bytes
	Problem string // what is wrong there
	Advice  string // what to do about it, one line; may be empty
}

// Error returns one line.
func (e *FormatError) Error() string {
	if e.Offset == 0 {
		return e.Problem
	}
	return fmt.Sprintf("byte %d: %s", e.Offset, e.Problem)
}

// Hint returns what to do about it, one line, or "".
func (e *FormatError) Hint() string { return e.Advice }

// CutError says that a file ends in the middle of something: whoever wrote it was
// stopped, or it was not copied to its end. All frames before that were whole,
// and have been returned. errors.Is(err, io.ErrUnexpectedEOF) is true of it.
type CutError struct {
	Offset int64  // where what is cut begins, in bytes
	What   string // what is cut: "a frame", "the header" …
}

// Error returns one line.
func (e *CutError) Error() string {
	return fmt.Sprintf("the capture is cut off in %s that begins at byte %d", e.What, e.Offset)
}

// Unwrap returns io.ErrUnexpectedEOF.
func (e *CutError) Unwrap() error { return io.ErrUnexpectedEOF }

// Hint returns what to do about it, one line.
func (e *CutError) Hint() string {
	return "whoever wrote it was stopped, or it was not copied to its end; what is before that is whole"
}
