//go:build !linux

package membership

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
)

// UnsupportedError says that memberships cannot be listed on this system.
// errors.Is(err, errors.ErrUnsupported) is true of it.
type UnsupportedError struct{ platform string }

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("list who has joined what: not supported on %s", e.platform)
}

// Unwrap returns errors.ErrUnsupported.
func (e *UnsupportedError) Unwrap() error { return errors.ErrUnsupported }

// Host is a network namespace that is looked into.
type Host struct{}

// Open fails with an *UnsupportedError.
func Open(Config) (*Host, error) { return nil, unsupported() }

// Close does nothing.
func (h *Host) Close() error { return nil }

// List fails with an *UnsupportedError.
func (h *Host) List() (*Report, error) { return nil, unsupported() }

// ListOf fails with an *UnsupportedError.
func (h *Host) ListOf(func(netip.Addr, string, int) bool) (*Report, error) { return nil, unsupported() }

// Interfaces fails with an *UnsupportedError.
func (h *Host) Interfaces() ([]Interface, error) { return nil, unsupported() }

// Groups fails with an *UnsupportedError.
func (h *Host) Groups() (map[Joined]int, error) { return nil, unsupported() }

// Do fails with an *UnsupportedError.
func (h *Host) Do(func() error) error { return unsupported() }

// Follow fails with an *UnsupportedError.
func (h *Host) Follow(context.Context, func(*Report) error, func(Event) error) error {
	return unsupported()
}

func unsupported() error { return &UnsupportedError{runtime.GOOS} }

// Enter fails with an *UnsupportedError.
func Enter(int) error { return unsupported() }
