package sys

import (
	"time"

	"golang.org/x/sys/unix"
)

// SleepUntil sleeps until t, which should have a monotonic clock reading (see
// package time); a t in the past returns at once. It never ends early. It ends
// late by the timer slack of the thread, 50 µs unless that was changed
// (PR_SET_TIMERSLACK in prctl(2)), and by what waking up costs. In an idle
// process time.Sleep is late by up to a millisecond, because the runtime then
// waits in epoll_wait(2), which counts in milliseconds (Go 1.26).
//
// Nothing cancels the sleep and it holds a thread of the operating system, so
// it is for a few milliseconds.
func SleepUntil(t time.Time) {
	// The time left is computed anew in each round, so that interrupted
	// sleeps do not add up. TIMER_ABSTIME would do the same, but Go does not
	// reveal its monotonic clock as the kernel counts it, and reading that
	// through x/sys is a system call, 12 times as slow as time.Now.
	for d := time.Until(t); d > 0; d = time.Until(t) {
		ts := unix.NsecToTimespec(int64(d))
		// Not a raw system call, although that takes a third of the CPU
		// time: it would keep the P of the goroutine, and a few sleepers
		// would stop everybody else's goroutines.
		//
		// EINTR comes often: the runtime preempts goroutines by signals.
		if err := unix.ClockNanosleep(unix.CLOCK_MONOTONIC, 0, &ts, nil); err != nil && err != unix.EINTR {
			// Where a sandbox forbids the call, being late is better
			// than a busy loop.
			time.Sleep(d)
		}
	}
}
