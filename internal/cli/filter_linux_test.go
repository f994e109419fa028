package cli

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mcast/filter"
)

// TestOpenPipe opens a named pipe into which nobody writes.
func TestOpenPipe(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := openInterruptible(ctx, fifo, strings.NewReader(""), ""); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	// So that the goroutine that waits is waiting no more.
	fd, err := syscall.Open(fifo, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	_ = syscall.Close(fd)
}

func TestHardware(t *testing.T) {
	for arphrd, want := range map[uint16]string{1: "EN10MB", 772: "EN10MB", 0xfffe: "RAW", 776: "RAW", 803: "", 0: ""} {
		l, ok := linkTypeOfHardware(arphrd)
		if got := l.String(); ok != (want != "") || ok && got != want {
			t.Errorf("%d: %v, %v", arphrd, l, ok)
		}
	}
	if _, ok := filter.LinkTypeNamed("RAW"); !ok {
		t.Error("RAW has another name")
	}
}
