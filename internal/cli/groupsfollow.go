package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"mcast/internal/membership"
	"mcast/internal/view"
	"mcast/internal/view/json"
	"mcast/internal/view/text"
)

// eventSource brings events until its context is done or emit fails, and returns
// that error. It may bring them from any goroutine.
type eventSource func(ctx context.Context, emit func(*view.MembershipEvent) error) error

// errFollowed ends following in time.
var errFollowed = errors.New("followed long enough")

// follow shows who has joined what, and then what changes on the host, mixed
// with what other sources bring.
func follow(outer context.Context, o *groupsOptions, access *followAccess, host *membership.Host, c *choice, stdio IO, others ...eventSource) error {
	if o.readyFile != "" {
		if err := access.removeReady(o.readyFile); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancelCause(outer)
	defer cancel(nil)
	f := &follower{o: o, access: access, out: &output{w: stdio.Out, name: "standard output"}, io: stdio}
	f.printer = json.New(f.out)
	var err error
	if f.command, err = access.command(outer, o, stdio); err != nil {
		return err
	}
	if o.timeout > 0 {
		timer := time.AfterFunc(o.timeout, func() { cancel(errFollowed) })
		defer timer.Stop()
	}
	var running sync.WaitGroup
	begin := func(r *membership.Report) error {
		if err := f.begin(r, c); err != nil {
			return err
		}
		for _, source := range others {
			running.Go(func() {
				if err := source(ctx, func(e *view.MembershipEvent) error { return f.event(ctx, e) }); err != nil {
					cancel(err)
				}
			})
		}
		return nil
	}
	err = host.Follow(ctx, begin, func(e membership.Event) error {
		if !c.has(e.Group, e.Interface, e.Index) {
			return nil
		}
		return f.event(ctx, hostEvent(&e))
	})
	if errors.Is(err, context.Canceled) && outer.Err() == nil {
		err = context.Cause(ctx) // the time, or a source that failed
	}
	cancel(nil)
	running.Wait()
	if f.command != nil {
		f.command.end()
	}
	if errors.Is(err, errFollowed) {
		return nil
	}
	return err
}

// hostEvent is an event of this host as it is shown.
func hostEvent(e *membership.Event) *view.MembershipEvent {
	v := &view.MembershipEvent{
		Time: e.Time, Event: string(e.Kind), Where: "host", Interface: e.Interface, Group: e.Group,
		Version: e.Version.String(), Seen: string(e.Seen),
	}
	switch {
	case e.Socket != nil:
		v.Socket = memberSocket(e.Socket)
		v.Wants = v.Socket.Wants
		v.Who = text.Who(e.Socket.Command, e.Socket.PID)
	case e.Kernel:
		v.Who = "kernel"
		v.Wants = wants(membership.Filter{Mode: membership.Exclude}) // it wants any source
	}
	return v
}

// follower prints events and hands them to a command.
type follower struct {
	o       *groupsOptions
	access  *followAccess
	io      IO
	command eventTaker // nil: none

	mu      sync.Mutex // one event at a time
	out     *output
	printer *json.Printer
	line    []byte
	table   bool // on a terminal
}

// begin shows who has joined what at the beginning.
func (f *follower) begin(r *membership.Report, c *choice) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.table = isTerminal(f.out.w)
	if err := printMemberships(f.out, f.o, c.memberships(r), f.io); err != nil {
		return err
	}
	if f.table && !f.o.json {
		if _, err := fmt.Fprintf(f.out, "\n%s", text.EventHeadline); err != nil {
			return err
		}
	}
	if err := f.out.flush(); err != nil {
		return err
	}
	warnHidden(f.io.Err, r, c)
	if f.o.readyFile != "" {
		return f.access.makeReady(f.o.readyFile)
	}
	return nil
}

// event prints an event and hands it on.
func (f *follower) event(ctx context.Context, e *view.MembershipEvent) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var err error
	if f.o.json {
		err = f.printer.Event(e)
	} else {
		f.line = text.AppendEvent(f.line[:0], e, f.table)
		_, err = f.out.Write(f.line)
	}
	if err == nil {
		err = f.out.flush()
	}
	if err == nil && f.command != nil {
		err = f.command.give(ctx, e)
	}
	return err
}
