package lab

import (
	"context"
	"time"
)

// RunConfig says how a lab is run. The zero value runs it and says nothing until it
// is over.
type RunConfig struct {
	// Events is told what happens, one event after the other, in the goroutine of
	// Run, which waits meanwhile. It may keep the event. nil: nobody is.
	Events func(*Event)

	// Timeout is how long the run may take, from its beginning. 0: as long as the
	// steps and the expectations say, which is never for ever.
	Timeout time.Duration

	// Captures is a directory, which is made if need be, in which each link is
	// captured: in files of the format pcapng that are named "host.interface.pcapng". Empty: nothing is
	// written.
	Captures string

	// Application is noted in these files: which program wrote them, "mcast 1.2".
	Application string

	// Programs are programs that are found by their names before those on the PATH, with
	// the files that they are. They are in a directory of their own on every host. nil: none.
	Programs map[string]string

	// Keep has a run that failed stand until the context is done: programs that run
	// go on, and what happens is still told. False: they end with the run.
	Keep bool
}

// Run runs the steps of the lab's topology, one after the other, judges the
// expectations, each as soon as it is certain, and ends the programs that still run
// when nothing has to be waited for any more (SIGTERM; after 2 s SIGKILL).
//
// That expectations are not met is no error: the Result says so. The error is that
// captures cannot be made or written, or the cause of the context's end; the Result is
// then nil or what there was until then. A program that cannot be run is the Result's
// Failure.
func (l *Lab) Run(ctx context.Context, c RunConfig) (*Result, error) {
	r, err := newRun(l, c)
	if err != nil {
		return nil, err
	}
	return r.run(ctx)
}
