package lab

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
)

// unavailable is why Main could not isolate the tests, for Start to say. Main has no
// other way to tell it.
var unavailable atomic.Pointer[error]

// Main runs the tests of a package, isolated, and exits. It is for TestMain:
//
//	func TestMain(m *testing.M) { lab.Main(m) }
//
// The test binary starts itself again for that, in user, mount, PID, network, UTS
// and IPC namespaces of its own (as root, without a user namespace), so that
// nothing that tests do to the network is seen outside, and nothing that they
// start outlives them. What TestMain does before is done more than once.
//
// Where that is not possible the tests run as they are, and Start fails with a
// [*NotIsolatedError] that says why.
func Main(m interface{ Run() int }) {
	status, done, err := Isolate()
	if err != nil {
		unavailable.Store(&err)
	}
	if !done {
		status = m.Run()
	}
	os.Exit(status)
}

// Isolate starts the program again, isolated as [Main] says. A program that is to
// start labs calls it first thing:
//
//	status, done, err := lab.Isolate()
//	if err != nil { ... }
//	if done {
//		os.Exit(status)
//	}
//
// In the process outside, it returns when the one inside has ended: done is true, and
// status its exit status, or 128 and the number of the signal that killed it. Inside
// it returns at once, with done false. SIGINT, SIGTERM, SIGQUIT and SIGHUP are passed on to
// the inside. When the outside is killed, everything inside dies.
//
// An error that has a method Hint says what can be done about it.
func Isolate() (status int, done bool, err error) { return isolate() }

// Isolated reports whether this is the process inside, in which labs can be started.
func Isolated() bool { return isolated() }

// NotIsolatedError says that labs cannot be started in this process.
type NotIsolatedError struct {
	Err error // why Main could not isolate it; nil: it was not called
}

func (e *NotIsolatedError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("start a lab: the program is not isolated: %v", e.Err)
	}
	return "start a lab: the program is not isolated: its main has to call lab.Isolate, or its TestMain lab.Main, first"
}

// Unwrap returns Err.
func (e *NotIsolatedError) Unwrap() error { return e.Err }

// Hint returns what can be done about it, or "".
func (e *NotIsolatedError) Hint() string {
	var h interface{ Hint() string }
	if errors.As(e.Err, &h) {
		return h.Hint()
	}
	return ""
}

// notIsolated returns the error of Start in a process that is not isolated.
func notIsolated() error {
	if why := unavailable.Load(); why != nil {
		return &NotIsolatedError{Err: *why}
	}
	return &NotIsolatedError{}
}
