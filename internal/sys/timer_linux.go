package sys

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Timer ends the wait of a Poller that watches it, at a time (timerfd_create(2)). A
// timer of Go is up to a millisecond late in a process that has nothing else to do.
// Not for concurrent use.
type Timer struct {
	fd int
}

// NewTimer returns a Timer that is not set.
func NewTimer() (*Timer, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("timerfd_create", err)
	}
	return &Timer{fd: fd}, nil
}

// Set sets the timer to go off after d, or not at all if d is 0 or less. A timer that
// went off is as new.
func (t *Timer) Set(d time.Duration) error {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(max(0, d.Nanoseconds()))}
	return os.NewSyscallError("timerfd_settime", unix.TimerfdSettime(t.fd, 0, &spec, nil))
}

// Close closes the descriptor.
func (t *Timer) Close() error { return os.NewSyscallError("close", unix.Close(t.fd)) }

// AddTimer is Add of a timer, which can be read when it went off.
func (p *Poller) AddTimer(t *Timer, key int32) error { return p.add(t.fd, key) }
