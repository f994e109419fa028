package observe

import (
	"context"
	"net/netip"

	"mcast/lab"
)

// Host begins to observe a host: it captures on all of its interfaces what concerns a group, and
// its port. End it by [Observation.End].
func Host(host *lab.Node, group netip.AddrPort) (*Observation, error) {
	return observe(host, group)
}

// Observation sees how a group reaches a host.
type Observation struct {
	reception Reception
	observation
}

// WaitReport waits until a membership report of the group has left, but no longer than
// the context lasts. A report leaves a few milliseconds after the join.
func (o *Observation) WaitReport(ctx context.Context) { o.waitReport(ctx) }

// Ask notes what the host's kernel says now: where the group is joined, and by which
// interface the route to it is.
func (o *Observation) Ask() error { return o.ask() }

// End ends the observation, when all that has been captured is noted, and returns what
// was seen. It is called once.
func (o *Observation) End() (*Reception, error) { return o.end() }
