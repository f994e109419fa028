//go:build !linux || mcast_portable

package mcast

import (
	"errors"
	"testing"
)

// What is Linux's alone answers with an error that names it.
func TestUnsupported(t *testing.T) {
	group, err := ParseGroup("239.1.1.1%127.0.0.1:5000")
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, err error) {
		t.Helper()
		var e *UnsupportedError
		if !errors.As(err, &e) || e.Feature == "" || e.Platform == "" || !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err = NewReceiver([]Group{group}, ReceiverConfig{MulticastAll: true})
	check("MulticastAll", err)

	r, err := NewReceiver([]Group{group}, ReceiverConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	_, err = r.Stats()
	check("Stats", err)
	sourced, err := ParseGroup("192.0.2.1@232.1.1.1%127.0.0.1:5000")
	if err != nil {
		t.Fatal(err)
	}
	check("Join with a source", r.Join(sourced))
}
