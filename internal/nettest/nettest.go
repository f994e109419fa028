// Package nettest is what the network tests of this module stand on: hosts that
// are network namespaces, cables between them, and a test binary that runs in a
// namespace of its own, so that tests touch nothing of the machine and need not
// be run as root.
//
//	func TestMain(m *testing.M) { nettest.Main(m) }
//
//	//	a ── eth0 ────── eth0 ── b
//	func TestSend(t *testing.T) {
//		a, b := nettest.NewHost(t, "a"), nettest.NewHost(t, "b")
//		nettest.Pair(t, a.NIC("eth0", "192.0.2.1/24"), b.NIC("eth0", "192.0.2.2/24"))
//		a.AddRoute("224.0.0.0/4", "eth0")
//		a.Do(func() { ... })
//	}
//
// Hosts exist on Linux only: tests that use them are in files named
// _linux_test.go.
package nettest

import (
	"os"
	"testing"
	"time"
)

// unavailable is why hosts cannot be made, if Main found that out. It is set
// before the first test runs. TestMain has no other way to tell tests something.
var unavailable error

// Main runs the tests of a package in a fresh network namespace and exits. Call
// it from TestMain, first thing.
//
// The test binary starts itself a second time for that, so whatever TestMain
// does before Main is done twice. Where namespaces cannot be made, and on
// systems other than Linux, the tests run where they are, and those that need a
// [Host] skip.
func Main(m *testing.M) { os.Exit(Isolated{m}.Run()) }

// Isolated is a *testing.M whose Run is [Main] but for the exit. It is for a
// TestMain in which something else wraps the tests:
//
//	testscript.Main(nettest.Isolated{M: m}, commands)
type Isolated struct{ *testing.M }

// Run runs the tests in a fresh network namespace and returns the exit status.
func (i Isolated) Run() int {
	status, done, err := isolate()
	if done {
		return status
	}
	unavailable = err
	return i.M.Run()
}

// Skip skips a test that the machine cannot run, and says why. If
// MCAST_TEST_NO_SKIP is set to anything, it fails the test instead: what counts
// on a test sets it, so that no test is missing unnoticed.
func Skip(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("MCAST_TEST_NO_SKIP") != "" {
		t.Fatalf("MCAST_TEST_NO_SKIP is set, and this test would skip: %s", reason)
	}
	t.Skip(reason)
}

// Eventually waits until cond holds, and fails the test if it does not within
// timeout: "waited 5s for" and then what. It calls cond every few milliseconds,
// on the goroutine of the test, and so cond may fail the test itself.
//
// A test that sleeps for a fixed time instead is slow on a fast machine, and
// wrong on a slow one.
func Eventually(t testing.TB, what string, timeout time.Duration, cond func() bool) {
	t.Helper()
	eventually(t, func() string { return what }, timeout, cond)
}

// eventually is Eventually for when only the end can tell what was waited for in
// vain, and what was there instead.
func eventually(t testing.TB, what func() string, timeout time.Duration, cond func() bool) {
	t.Helper()
	const pause = 2 * time.Millisecond
	for deadline := time.Now().Add(timeout); !cond(); time.Sleep(pause) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s", timeout, what())
		}
	}
}
