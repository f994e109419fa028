package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// WriteError says that a capture could not be written, and to which file.
// errors.Is reaches the cause: syscall.ENOSPC is a full disk, syscall.EPIPE a
// pipe from which nobody reads any more.
type WriteError struct {
	Op   string // what was being done: "write", "create", "close" or "remove"
	Name string // to which file
	Err  error  // why it failed

	// Cut says that the file ends in the middle of a frame, because what was
	// written of it could not be taken back: it is a pipe, for example. If
	// false, the file holds whole frames only.
	Cut bool
}

// Error returns one line.
func (e *WriteError) Error() string { return fmt.Sprintf("%s %s: %v", e.Op, e.Name, e.Err) }

// Unwrap returns the cause.
func (e *WriteError) Unwrap() error { return e.Err }

// Hint returns what to do about it, one line, or "".
func (e *WriteError) Hint() string {
	switch e.Op {
	case "create":
		return "name a file in a directory that is there and that you may write to"
	case "remove":
		return "older files are removed to make room: the directory must let you"
	}
	what := "what was written before is whole"
	if e.Cut {
		what = "the last frame is cut off, since it could not be taken back"
	}
	switch {
	case errors.Is(e.Err, syscall.ENOSPC):
		return "the disk is full; " + what
	case errors.Is(e.Err, syscall.EDQUOT):
		return "the quota is used up; " + what
	case errors.Is(e.Err, syscall.EFBIG):
		return "the file may not grow further (ulimit -f); " + what
	}
	return what
}

// bare takes the operation and the path, which WriteError says, off an error.
func bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		return call.Err
	}
	return err
}

// UnwritableError says that a format has no place for a frame or for an interface.
// Nothing of it was written, and others can still be.
type UnwritableError struct {
	Problem string // what does not fit
	Advice  string // what to do about it, one line; may be empty
}

// Error returns one line.
func (e *UnwritableError) Error() string { return e.Problem }

// Hint returns what to do about it, one line, or "".
func (e *UnwritableError) Hint() string { return e.Advice }
