//go:build !linux

package lab

import "context"

type run struct{}

func newRun(*Lab, RunConfig) (*run, error) { return nil, unsupported() }

func (r *run) run(context.Context) (*Result, error) { return nil, unsupported() }
