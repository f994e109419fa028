package nettest

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// HeedSignals sees to it that the processes that a test starts do not ignore
// SIGINT, SIGQUIT and SIGHUP even if this one does, as a shell's jobs in the background
// do: what a process has a handler for is not inherited.
func HeedSignals(t *testing.T) {
	t.Helper()
	unread := make(chan os.Signal, 1)
	signal.Notify(unread, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(unread) })
}

// Forever is what a program does that waits for its end. Where there is no other goroutine, the
// runtime ends one that waits for nothing at all.
func Forever() {
	for {
		time.Sleep(time.Hour)
	}
}
