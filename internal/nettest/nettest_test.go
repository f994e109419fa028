package nettest

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// recorder is a test that notes how it ended.
type recorder struct {
	testing.TB
	end string
}

func (r *recorder) Helper()                           {}
func (r *recorder) Skip(args ...any)                  { r.finish("skip: " + fmt.Sprint(args...)) }
func (r *recorder) Fatal(args ...any)                 { r.finish("fatal: " + fmt.Sprint(args...)) }
func (r *recorder) Fatalf(format string, args ...any) { r.Fatal(fmt.Sprintf(format, args...)) }

func (r *recorder) finish(how string) {
	r.end = how
	runtime.Goexit()
}

// record returns how a test ended: "skip: ", "fatal: " and the message, or "".
func record(test func(testing.TB)) string {
	r := &recorder{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		test(r)
	}()
	<-done
	return r.end
}

func TestSkip(t *testing.T) {
	for _, tt := range []struct{ env, want string }{
		{"", "skip: no such luck"},
		{"1", "fatal: MCAST_TEST_NO_SKIP is set, and this test would skip: no such luck"},
		{"yes", "fatal: MCAST_TEST_NO_SKIP is set, and this test would skip: no such luck"},
	} {
		t.Setenv("MCAST_TEST_NO_SKIP", tt.env)
		if got := record(func(t testing.TB) { Skip(t, "no such luck") }); got != tt.want {
			t.Errorf("with %q the test ended with %q, want %q", tt.env, got, tt.want)
		}
	}
}

func TestEventually(t *testing.T) {
	calls := 0
	Eventually(t, "three calls", time.Minute, func() bool { calls++; return calls == 3 })
	if calls != 3 {
		t.Errorf("called %d times, want 3", calls)
	}
	got := record(func(t testing.TB) {
		Eventually(t, "the end of the world", time.Millisecond, func() bool { return false })
	})
	if want := "fatal: waited 1ms for the end of the world"; got != want {
		t.Errorf("the test ended with %q, want %q", got, want)
	}
	// A condition that holds is met, however late it is looked at.
	Eventually(t, "nothing", 0, func() bool { return true })
	got = record(func(t testing.TB) {
		Eventually(t, "", time.Minute, func() bool { t.Fatal("broken"); return false })
	})
	if !strings.HasSuffix(got, "broken") {
		t.Errorf("the test ended with %q, want what the condition said", got)
	}
}
