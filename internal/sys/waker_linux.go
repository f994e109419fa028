package sys

import (
	"encoding/binary"
	"os"

	"golang.org/x/sys/unix"
)

// Waker ends the wait of a Poller that watches it (eventfd(2)).
type Waker struct{ fd int }

// NewWaker returns a Waker.
func NewWaker() (*Waker, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("eventfd", err)
	}
	return &Waker{fd}, nil
}

// Wake wakes the poller, now or at its next wait.
func (w *Waker) Wake() {
	// It fails only when 2⁶⁴-1 wakes are waiting already.
	_, _ = unix.Write(w.fd, binary.NativeEndian.AppendUint64(nil, 1))
}

// Rest takes all wakes so far back.
func (w *Waker) Rest() {
	var n [8]byte
	_, _ = unix.Read(w.fd, n[:])
}

// Close closes the descriptor.
func (w *Waker) Close() error { return os.NewSyscallError("close", unix.Close(w.fd)) }
