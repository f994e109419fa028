//go:build !linux

package privilege

import (
	"context"
	"os/exec"
)

// reduce does nothing: there are no capabilities.
func reduce(context.Context, Config) (Helpers, bool, error) { return Helpers{}, false, nil }

func start(cmd *exec.Cmd) error { return cmd.Start() }
