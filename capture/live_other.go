//go:build !linux

package capture

import (
	"runtime"
	"time"

	"mcast"
)

// live is nothing on systems other than Linux: open fails.
type live struct{}

func (l *Live) open() error {
	return &mcast.UnsupportedError{Feature: "live capture", Platform: runtime.GOOS}
}

func (l *Live) read(*Frame, bool) error          { return mcast.ErrClosed }
func (l *Live) setReadDeadline(time.Time) error  { return mcast.ErrClosed }
func (l *Live) stats() ([]InterfaceStats, error) { return nil, nil }
func (l *Live) close() error                     { return nil }
