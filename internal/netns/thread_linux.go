package netns

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"syscall"

	"mcast/internal/sys"
)

// Panic is what [NS.Do] panics with when the function that it ran has panicked.
// The function ran on another goroutine, whose stack would be lost otherwise.
type Panic struct {
	Value any    // what the function panicked with
	Stack []byte // where it did
}

// Error returns the value and the stack.
func (p *Panic) Error() string { return fmt.Sprintf("%v\n\n%s", p.Value, p.Stack) }

// Unwrap returns the value if it is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// outcome is how a function ended: one of the three.
type outcome struct {
	err      error  // it returned this
	panicked *Panic // it panicked
	exited   bool   // it called runtime.Goexit
}

// onThread runs fn on a fresh goroutine that has a thread to itself, in which fn
// may change the network namespace, and waits for it. Whatever way fn ends, the
// caller's goroutine ends likewise.
func onThread(fn func() error) error {
	done := make(chan outcome, 1)
	go run(fn, done)
	o := <-done
	if o.panicked != nil {
		panic(o.panicked)
	}
	if o.exited {
		runtime.Goexit()
	}
	return o.err
}

// run is the goroutine of onThread. It sends to done once the thread has left
// the namespace.
func run(fn func() error, done chan<- outcome) {
	runtime.LockOSThread()
	if syscall.Gettid() == syscall.Getpid() {
		// The first thread of the process must stay where it is: the whole
		// process sees its namespace under /proc/self and /proc/net, and the
		// runtime cannot let it die. While this goroutine sits on it, another
		// goroutine is bound to get another thread.
		defer runtime.UnlockOSThread()
		other := make(chan outcome, 1)
		go run(fn, other)
		done <- <-other
		return
	}

	home, err := sys.OpenNamespace(sys.NetNamespace)
	if err != nil {
		runtime.UnlockOSThread()
		done <- outcome{err: fmt.Errorf("open the current network namespace: %w", err)}
		return
	}
	o := outcome{exited: true} // until fn proves otherwise
	defer func() {
		if value := recover(); value != nil {
			o = outcome{panicked: &Panic{Value: value, Stack: debug.Stack()}}
		}
		// A goroutine that ends while it is locked takes its thread with it.
		// So a thread that cannot go home, because privileges were dropped
		// in between, say, is never given to another goroutine.
		if sys.SetNamespace(sys.NetNamespace, int(home.Fd())) == nil {
			runtime.UnlockOSThread()
		}
		_ = home.Close()
		done <- o
	}()
	err = fn()
	o = outcome{err: err}
}
