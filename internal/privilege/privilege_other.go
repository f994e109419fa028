//go:build !linux

package privilege

import "context"

// reduce does nothing: there are no capabilities.
func reduce(context.Context, Config) (*Client, bool, error) { return nil, false, nil }
