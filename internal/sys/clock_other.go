//go:build !linux

package sys

import "time"

// SleepUntil sleeps until t, which should have a monotonic clock reading (see
// package time); a t in the past returns at once. It is as exact as time.Sleep.
func SleepUntil(t time.Time) { time.Sleep(time.Until(t)) }
