package privilege

import (
	"errors"
	"io/fs"
	"syscall"
)

// AskError is what was wrong in the helper.
type AskError struct {
	Problem string
	Advice  string        // what to do about it, one line; may be empty
	Errno   syscall.Errno // of the system call that failed; 0: none did
}

// Error returns one line.
func (e *AskError) Error() string { return e.Problem }

// Hint returns what to do about it, one line, or "".
func (e *AskError) Hint() string { return e.Advice }

// Unwrap returns the error of the system call, if one failed.
func (e *AskError) Unwrap() error {
	if e.Errno == 0 {
		return nil
	}
	return e.Errno
}

// asked makes an error that can cross over out of any. Of a *fs.PathError it takes what
// was wrong: who asked knows for which file.
func asked(err error) *AskError {
	if path, ok := err.(*fs.PathError); ok { //nolint:errorlint // only where it is the whole error
		err = path.Err
	}
	e := &AskError{Problem: err.Error()}
	var hint interface{ Hint() string }
	if errors.As(err, &hint) {
		e.Advice = hint.Hint()
	}
	_ = errors.As(err, &e.Errno)
	return e
}
