package sys

import (
	"testing"
	"time"
)

// How late a sleep ends depends on the machine, so no test can say; but it must
// never end early.
func TestSleepUntilIsNeverEarly(t *testing.T) {
	for _, d := range []time.Duration{-time.Second, 0, 1, time.Microsecond, 100 * time.Microsecond, 3 * time.Millisecond} {
		until := time.Now().Add(d)
		SleepUntil(until)
		if left := time.Until(until); left > 0 {
			t.Errorf("a sleep of %v ended %v early", d, left)
		}
	}
}

func TestSleepUntilDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { SleepUntil(time.Now().Add(time.Microsecond)) }); n != 0 {
		t.Errorf("%v allocations a sleep, want 0", n)
	}
}
