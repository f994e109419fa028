// Package privilege has a program give up all rights but those that it needs,
// before it looks at bytes from strangers.
//
// On Linux, capabilities and no_new_privs belong to threads, and a Go program
// has several before its main function runs. So one thread gives up what is
// not needed and then replaces the program by itself, with the same arguments
// (execve(2)): what runs from then on has the remaining rights alone, in all
// threads, however it was built. It is the same process to all others.
//
// Some of what is given up may be needed to open files: root writes into anybody's
// directories. That is left to a helper, a process that keeps the rights which
// concern files and no others. It is asked for files, opens those that it
// finds right to open and hands them over. It looks at no other bytes, and ends
// when nobody is left to ask it.
//
//	the program, all rights
//	   │
//	   ├──fork, exec──▶ the helper, file rights
//	  exec                   │
//	   │                     │
//	the program, CAP_NET_RAW │
//	   │                     │
//	   ├── open this file ──▶│
//	   │◀── a descriptor ────┤
//
// A third process may do what the command line says is to be done with all rights
// of whoever runs the program, such as running another one: see Config.Beside.
package privilege

import (
	"context"
	"io"
	"os"
	"os/exec"
)

// Keep is what a program keeps.
type Keep int

const (
	// Nothing is for who reads files.
	Nothing Keep = iota
	// NetRaw is for who captures: CAP_NET_RAW, which opens packet sockets.
	NetRaw
	// Inspection is for who looks into other processes, and captures if he may: of
	// CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH (/proc/PID/fd is its owner's) and
	// CAP_NET_RAW those that there are.
	Inspection
)

// Config says what a program keeps and what is done for it.
type Config struct {
	Keep Keep

	// Serve does, in the helper, what Client.Ask asks for, and returns a file to
	// hand over, or nil if there is none. It is called by one goroutine at a
	// time. Whoever asks may have been taken over by those whose bytes he looks
	// at, so it does nothing that the command line does not say. nil: there is
	// nothing to do, and so no helper.
	Serve func(what, name string) (*os.File, error)

	// Check is called before anything is given up, if something is: for what only the
	// rights that go can tell. Its error ends Reduce. nil: nothing is checked.
	Check func() error

	// Beside does, in a process that has all rights of whoever runs the program, what
	// the command line says is to be done with what comes. It reads what is
	// written to Helpers.Beside until that is closed. nil: there is no such process.
	Beside func(in io.Reader)

	// Enter moves the calling thread into a namespace in which the program goes on.
	// It is called with the rights that are given up then, in no helper, and not at
	// all where Beside is wanted and has no process of its own. Without it, and where it
	// fails, the program stays where it is.
	Enter func() error
}

// Helpers are the processes that have what a program has given up.
type Helpers struct {
	// Files is whom to ask for files; nil: nobody, and what this process may not open
	// cannot be opened.
	Files *Client
	// Beside is what Config.Beside reads; nil: it has no process, and is for
	// this one to do.
	Beside *Beside
}

// Reduce gives up all rights but those of c. A program calls it at its beginning,
// before it has read or written anything. Where there is something to be given up,
// the program begins anew; its state tells Reduce, called there again, that it
// is done. In a helper, Reduce returns when that has done its duty: served is
// true, and there is nothing left to do but to exit.
//
// Where the right to be kept is missing, Reduce leaves things as they are: what
// needs it fails before there are bytes from anybody. It does the same where there
// is nothing to be given up, and on other systems than Linux.
//
// The rights are: capabilities, a user and a group that come from a setuid or setgid file,
// and whatever running a program could add to them (no_new_privs). There are helpers
// only where the process has its capabilities not from its own file: else they are not
// those of whoever runs it. For files there is one only where some of these
// capabilities concern files.
func Reduce(ctx context.Context, c Config) (h Helpers, served bool, err error) {
	return reduce(ctx, c)
}

// Start starts a program as [exec.Cmd.Start] does, without any capability: those that
// this process has are its own, and perhaps not those of whoever runs it.
func Start(cmd *exec.Cmd) error { return start(cmd) }
