package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"unicode"

	"mcast"
	"mcast/filter"
	"mcast/lab"
)

// The exit statuses of every command, but for the two of lab exec, which are a shell's. The
// manual's table is made from the one below.
const (
	exitOK          = 0
	exitRefused     = 1
	exitUsage       = 2
	exitMissing     = 3
	exitNotRun      = 126
	exitNotFound    = 127
	exitHungUp      = 129
	exitInterrupted = 130
	exitTerminated  = 143
)

// ExitStatus is a line of the table of exit statuses.
type ExitStatus struct {
	Status  int
	Meaning string
}

// ExitStatuses returns the table, for the manual.
func ExitStatuses() []ExitStatus {
	return []ExitStatus{
		{exitOK, "done, and what was expected came; also when the reader of the output closed its pipe"},
		{exitRefused, "the machine refused: no such interface or file, no route, no permission, a full disk"},
		{exitUsage, "wrong without looking at the machine: a unicast address, a port left out, a filter that does not compile, a topology with mistakes, an unknown flag"},
		{exitMissing, "expected traffic did not arrive: a timeout, or fewer datagrams than demanded; or an expectation of a lab is not met"},
		{exitHungUp, "the terminal was closed (SIGHUP)"},
		{exitInterrupted, "interrupted (SIGINT, Ctrl-C)"},
		{exitTerminated, "terminated (SIGTERM)"},
	}
}

// usageError is wrong without looking at the machine.
type usageError struct {
	problem, hint string
}

func (e *usageError) Error() string { return e.problem }
func (e *usageError) Hint() string  { return e.hint }

func usagef(hint, format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...), hint}
}

// hinted adds a hint to an error.
type hinted struct {
	error
	hint string
}

func (e *hinted) Hint() string  { return e.hint }
func (e *hinted) Unwrap() error { return e.error }

// statusError is an error with an exit status of its own.
type statusError struct {
	error
	status int
}

func (e *statusError) Unwrap() error { return e.error }

// missingError says that what was expected did not arrive.
type missingError struct{ problem, hint string }

func (e *missingError) Error() string { return e.problem }
func (e *missingError) Hint() string  { return e.hint }

// interruption is the cause with which a signal cancels the context.
type interruption struct{ signal syscall.Signal }

func (e *interruption) Error() string { return e.signal.String() }

// status returns the exit status for what a command came to.
func status(ctx context.Context, err error) int {
	var (
		usage   *usageError
		group   *mcast.GroupError
		missing *missingError
		wrong   *filter.Error
		lab     *lab.TopologyError
		signal  *interruption
		ended   *endedError
		own     *statusError
	)
	switch {
	case errors.As(err, &ended):
		return ended.status
	case errors.As(err, &own):
		return own.status
	case isClosedPipe(err):
		return exitOK
	case err != nil && errors.As(context.Cause(ctx), &signal) && errors.Is(err, context.Canceled):
		return 128 + int(signal.signal)
	case err == nil:
		return exitOK
	case errors.As(err, &usage), errors.As(err, &group), errors.As(err, &lab), errors.As(err, &wrong) && wrong.Err == nil:
		return exitUsage // an expression with wrong.Err has a name that the machine does not know
	case errors.As(err, &missing):
		return exitMissing
	}
	return exitRefused
}

func isClosedPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }

// report prints an error as two lines: what is wrong with what, and a hint. Between
// them comes what the error has to show: where in something that was typed.
func report(w io.Writer, name string, err error) {
	var ended *endedError
	if isClosedPipe(err) || errors.Is(err, context.Canceled) || errors.As(err, &ended) {
		return
	}
	var many *lab.TopologyError
	if errors.As(err, &many) && len(many.Problems) > 1 {
		for _, p := range many.Problems {
			report(w, name, p)
		}
		if many.More > 0 {
			_, _ = fmt.Fprintf(w, "%s: and %d problems more\n", name, many.More)
		}
		return
	}
	_, _ = fmt.Fprintf(w, "%s: %s\n", name, oneLine(plain(err)))
	var s interface{ Show() string }
	if errors.As(err, &s) {
		for line := range strings.Lines(s.Show()) {
			_, _ = fmt.Fprintf(w, "  %s\n", oneLine(strings.TrimRight(line, "\n")))
		}
	}
	var h interface{ Hint() string }
	if errors.As(err, &h) && h.Hint() != "" {
		_, _ = fmt.Fprintf(w, "hint: %s\n", oneLine(h.Hint()))
	}
}

// advise gives an error that has no hint one that follows from its kind.
func advise(err error, command string) error {
	var (
		own   interface{ Hint() string }
		usage *usageError
		group *mcast.GroupError
		wrong *filter.Error
	)
	switch {
	case errors.As(err, &own) && own.Hint() != "":
		return err
	case errors.As(err, &wrong) && wrong.Err != nil:
		return &hinted{err, "see whether the name is right, or write an address or a number in its place"}
	case errors.As(err, &wrong):
		return &hinted{err, "man 7 pcap-filter describes the language"}
	case errors.As(err, &usage), errors.As(err, &group):
		return &hinted{err, command + " --help says how it is used"}
	case errors.Is(err, syscall.ENOSPC):
		return &hinted{err, "the disk is full"}
	case errors.Is(err, syscall.EMFILE):
		return &hinted{err, "this process may have no more files and sockets open: raise the limit (ulimit -n)"}
	}
	return err
}

// plain returns an error's text as people say it.
func plain(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) && err == error(path) { //nolint:errorlint // only where it is the whole error
		return fmt.Sprintf("%s %s: %v", path.Op, path.Path, path.Err)
	}
	return err.Error()
}

// oneLine keeps an error that quotes something odd on its line.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '�'
		}
		return r
	}, s)
}
