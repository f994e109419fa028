//go:build !linux

package cli

import (
	"runtime"

	"mcast"
	"mcast/filter"
)

// interfaceLinkType is for Linux only, whose programs are the only ones that ask
// for what the kernel knows of a frame.
func interfaceLinkType(*mcast.Interface) (filter.LinkType, error) {
	return 0, &mcast.UnsupportedError{Feature: "filters for live capture", Platform: runtime.GOOS}
}
