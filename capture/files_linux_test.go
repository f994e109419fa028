package capture_test

import (
	"errors"
	"syscall"
	"testing"

	"mcast/capture"
)

// TestDevFull: the device of which every disk that fills is a copy.
func TestDevFull(t *testing.T) {
	var failed *capture.WriteError
	_, err := capture.NewFiles(capture.FilesConfig{Name: "/dev/full"})
	if !errors.As(err, &failed) || !errors.Is(err, syscall.ENOSPC) || err.Error() != "write /dev/full: no space left on device" || failed.Cut {
		t.Error(err)
	}
	full, err := capture.Create("/dev/full", false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = full.Close() })
	w, err := capture.NewWriter(full, capture.WriterConfig{Name: "full.pcap"})
	if err != nil {
		t.Fatal(err)
	}
	eth0 := &capture.Interface{LinkType: 1}
	for range 10_000 { // until it is written
		if err = w.Write(&capture.Frame{Data: make([]byte, 100), Interface: eth0}); err != nil {
			break
		}
	}
	if !errors.As(err, &failed) || !errors.Is(err, syscall.ENOSPC) || failed.Cut {
		t.Error(err)
	}
}
