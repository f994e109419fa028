//go:build !linux || mcast_portable

package mcast

import "runtime"

// unsupported returns the error for a feature that this operating system lacks
// or that mcast has no code for.
func unsupported(feature string) error {
	return &UnsupportedError{Feature: feature, Platform: runtime.GOOS}
}
