//go:build !linux

package observe

import (
	"context"
	"net/netip"

	"mcast/lab"
)

type observation struct{}

// observe fails as everything does on a host: there are none here.
func observe(host *lab.Node, _ netip.AddrPort) (*Observation, error) {
	return nil, host.Do(func() error { return nil })
}

func (o *Observation) waitReport(context.Context) {}

func (o *Observation) ask() error { return nil }

func (o *Observation) end() (*Reception, error) { return &o.reception, nil }
