package lab

import (
	"fmt"
	"testing"
)

type advised struct{ error }

func (advised) Hint() string { return "run as root" }

func TestNotIsolatedErrorHint(t *testing.T) {
	for err, want := range map[*NotIsolatedError]string{
		{}: "",
		{Err: fmt.Errorf("isolate: %w", advised{fmt.Errorf("forbidden")})}: "run as root",
	} {
		if got := err.Hint(); got != want {
			t.Errorf("%v: hint %q, want %q", err, got, want)
		}
	}
}
