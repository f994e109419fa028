package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"

	"mcast/internal/membership"
	"mcast/internal/privilege"
)

// followAccess is how `mcast groups --follow` reaches what it has no rights for.
type followAccess struct {
	fileAccess
	beside *privilege.Beside // runs the command; nil: this process does, by start
	start  func(*exec.Cmd) error
}

// limitFollowing gives up all rights but those to look into processes and to capture,
// before there is a byte that somebody else has written. done says that this
// process was there for another one, which has ended.
func limitFollowing(ctx context.Context, o *groupsOptions, stdio IO) (access followAccess, done bool, err error) {
	access.start = (*exec.Cmd).Start
	if !stdio.own {
		return access, false, nil // a test runs several in one process
	}
	c := privilege.Config{Keep: privilege.Inspection}
	if o.readyFile != "" {
		c.Serve = o.serveReady
	}
	if o.exec != "" {
		c.Check = func() error { return findCommand(o.exec) }
		c.Beside = func(in io.Reader) { runBeside(in, o.exec, stdio.Err) }
	}
	if o.pid != 0 {
		c.Enter = func() error { return membership.Enter(o.pid) }
	}
	h, done, err := privilege.Reduce(ctx, c)
	return followAccess{fileAccess{h.Files}, h.Beside, privilege.Start}, done, err
}

// serveReady does what the process without rights asks for, with the one file that the
// command line names.
func (o *groupsOptions) serveReady(what, name string) (*os.File, error) {
	switch {
	case what == askRemoveReady && name == o.readyFile:
		return nil, removeReadyFile(name)
	case what == askMakeReady && name == o.readyFile:
		return nil, makeReadyFile(name)
	}
	return nil, fmt.Errorf("%s %s: the command line does not say so", what, name)
}

// command returns who is handed events; nil: nobody.
func (a *followAccess) command(ctx context.Context, o *groupsOptions, stdio IO) (eventTaker, error) {
	switch {
	case o.exec == "":
		return nil, nil
	case a.beside != nil:
		return feedCommand(ctx, a.beside), nil
	}
	if err := findCommand(o.exec); err != nil {
		return nil, err
	}
	return startCommand(ctx, o.exec, stdio.Err, a.start), nil
}
