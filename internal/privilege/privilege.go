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
package privilege

import (
	"context"
	"os"
)

// Keep is what a program keeps.
type Keep int

const (
	// Nothing is for who reads files.
	Nothing Keep = iota
	// NetRaw is for who captures: CAP_NET_RAW, which opens packet sockets.
	NetRaw
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
}

// Reduce gives up all rights but those of c. A program calls it at its beginning,
// before it has read or written anything. Where there is something to be given up,
// the program begins anew; its state tells Reduce, called there again, that it
// is done. In the helper, Reduce returns when that has done its duty: served is
// true, and there is nothing left to do but to exit.
//
// It returns whom to ask for what needs rights that were given up; nil: nobody, and
// what this process may not do cannot be done.
//
// Where the right to be kept is missing, Reduce leaves things as they are: what
// needs it fails before there are bytes from anybody. It does the same where there
// is nothing to be given up, and on other systems than Linux.
//
// The rights are: capabilities, a user and a group that come from a setuid or setgid file,
// and whatever running a program could add to them (no_new_privs). There is a helper
// only where the process has capabilities that concern files, and has them not
// from its own file: then they are not those of whoever runs it.
func Reduce(ctx context.Context, c Config) (client *Client, served bool, err error) {
	return reduce(ctx, c)
}
