package sys

import (
	"encoding/binary"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Waker ends the wait of a Poller that watches it (eventfd(2)). Its methods may be
// called concurrently.
type Waker struct {
	mu sync.Mutex // a late Wake must not write into another file of that number
	fd int        // -1: closed
}

// NewWaker returns a Waker.
func NewWaker() (*Waker, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("eventfd", err)
	}
	return &Waker{fd: fd}, nil
}

// Wake wakes the poller, now or at its next wait. After Close it does nothing.
func (w *Waker) Wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fd >= 0 {
		// It fails only when 2⁶⁴-1 wakes are waiting already.
		_, _ = unix.Write(w.fd, binary.NativeEndian.AppendUint64(nil, 1))
	}
}

// Rest takes all wakes so far back.
func (w *Waker) Rest() {
	w.mu.Lock()
	defer w.mu.Unlock()
	var n [8]byte
	if w.fd >= 0 {
		_, _ = unix.Read(w.fd, n[:])
	}
}

// Close closes the descriptor.
func (w *Waker) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	fd := w.fd
	w.fd = -1
	return os.NewSyscallError("close", unix.Close(fd))
}
