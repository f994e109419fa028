package netns_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"mcast/internal/netns"
	"mcast/internal/nettest"
)

// newNS makes a namespace that lasts as long as the test.
func newNS(t testing.TB) *netns.NS {
	t.Helper()
	nettest.NewHost(t, "probe") // skips where namespaces cannot be made
	ns, err := netns.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ns.Close() })
	return ns
}

// id names the namespace of the calling thread.
func id(t testing.TB) string {
	t.Helper()
	link, err := os.Readlink("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	return link
}

// idOf names a namespace.
func idOf(t testing.TB, ns *netns.NS) string {
	t.Helper()
	link, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", ns.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return link
}

// checkThreads fails the test if a thread of this process is in another
// namespace than the process.
func checkThreads(t *testing.T) {
	t.Helper()
	home, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, task := range tasks {
		link, err := os.Readlink("/proc/self/task/" + task.Name() + "/ns/net")
		if err != nil {
			continue // the thread has ended
		}
		checked++
		if link != home {
			t.Errorf("thread %s is in %s, the process in %s", task.Name(), link, home)
		}
	}
	if checked == 0 {
		t.Error("no thread was checked")
	}
}

// The ways in which a function can end, and what they make of Do.
var endings = []struct {
	name string
	fn   func() error
	do   string // how Do ends, as told by endOf
}{
	{"return", func() error { return nil }, "<nil>"},
	{"error", func() error { return io.ErrNoProgress }, io.ErrNoProgress.Error()},
	{"panic", func() error { panic("boom") }, "panic: boom"},
	{"panic with an error", func() error { panic(io.ErrNoProgress) }, "panic: " + io.ErrNoProgress.Error()},
	{"panic with nil", func() error { panic(nil) }, "panic: " + (&runtime.PanicNilError{}).Error()},
	{"runtime error", func() error { var s []int; return fmt.Errorf("%d", s[len(s)]) }, "panic: runtime error: index out of range [0] with length 0"},
	{"Goexit", func() error { runtime.Goexit(); return nil }, "Goexit"},
	{"thread locked", func() error { runtime.LockOSThread(); return nil }, "<nil>"},
}

// endOf calls f and tells how it ends.
func endOf(f func() error) string {
	end := make(chan string, 1)
	go func() {
		result := "Goexit"
		defer func() {
			if v := recover(); v != nil {
				result = fmt.Sprint("panic: ", v)
				var p *netns.Panic
				if err, ok := v.(error); ok && errors.As(err, &p) {
					result = fmt.Sprint("panic: ", p.Value)
				}
			}
			end <- result
		}()
		result = fmt.Sprint(f())
	}()
	return <-end
}

func TestDo(t *testing.T) {
	ns := newNS(t)
	want := idOf(t, ns)
	for _, tt := range endings {
		t.Run(tt.name, func(t *testing.T) {
			for range 50 {
				var inside string
				var thread int
				end := endOf(func() error {
					return ns.Do(func() error {
						inside, thread = id(t), syscall.Gettid()
						return tt.fn()
					})
				})
				if end != tt.do {
					t.Errorf("Do ended with %q, want %q", end, tt.do)
				}
				if inside != want {
					t.Errorf("the function ran in %s, want %s", inside, want)
				}
				if thread == syscall.Getpid() {
					t.Error("the function ran on the first thread of the process")
				}
				checkThreads(t)
			}
		})
	}
}

func TestDoConcurrently(t *testing.T) {
	spaces := []*netns.NS{newNS(t), newNS(t), newNS(t)}
	var wg sync.WaitGroup
	for i := range 24 {
		ns, ending := spaces[i%len(spaces)], endings[i%len(endings)]
		want := idOf(t, ns)
		wg.Go(func() {
			for range 50 {
				end := endOf(func() error {
					return ns.Do(func() error {
						if got := id(t); got != want {
							t.Errorf("the function ran in %s, want %s", got, want)
						}
						runtime.Gosched()
						if got := id(t); got != want {
							t.Errorf("the function went on in %s, want %s", got, want)
						}
						return ending.fn()
					})
				})
				if end != ending.do {
					t.Errorf("Do ended with %q, want %q", end, ending.do)
				}
			}
		})
	}
	wg.Wait()
	checkThreads(t)
}

func TestDoNested(t *testing.T) {
	outer, inner := newNS(t), newNS(t)
	err := outer.Do(func() error {
		if err := inner.Do(func() error {
			if got, want := id(t), idOf(t, inner); got != want {
				t.Errorf("the inner function ran in %s, want %s", got, want)
			}
			return nil
		}); err != nil {
			return err
		}
		if got, want := id(t), idOf(t, outer); got != want {
			t.Errorf("the outer function went on in %s, want %s", got, want)
		}
		// A namespace made here is not a child of this one, and Current is
		// this one.
		ns, err := netns.Current()
		if err != nil {
			return err
		}
		defer ns.Close()
		if got, want := idOf(t, ns), idOf(t, outer); got != want {
			t.Errorf("Current returned %s, want %s", got, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	checkThreads(t)
}

// The first thread of the process, whose namespace /proc/self shows, stays where
// it is even if it is the only one that is free.
func TestDoSparesTheFirstThread(t *testing.T) {
	ns := newNS(t)
	home := id(t)
	var wg sync.WaitGroup
	defer wg.Wait()
	stop := make(chan struct{})
	defer close(stop)
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if got, err := os.Readlink("/proc/self/ns/net"); err != nil || got != home {
				t.Errorf("the process is in %s, want %s (%v)", got, home, err)
				return
			}
		}
	})
	for range 500 {
		if err := ns.Do(func() error { runtime.Gosched(); return nil }); err != nil {
			t.Fatal(err)
		}
	}
}

// A thread that may not leave the namespace any more is not given back.
func TestDoGivesUpAThread(t *testing.T) {
	ns := newNS(t)
	for range 20 {
		var thread int
		err := ns.Do(func() error {
			thread = syscall.Gettid()
			return dropCapabilities()
		})
		if err != nil {
			t.Fatal(err)
		}
		nettest.Eventually(t, "the thread to die", 5*time.Second, func() bool {
			_, err := os.Stat("/proc/self/task/" + strconv.Itoa(thread))
			return errors.Is(err, os.ErrNotExist)
		})
	}
	checkThreads(t)
}

// dropCapabilities makes the calling thread, and no other, one without
// privileges.
func dropCapabilities() error {
	header := struct {
		version uint32
		pid     int32
	}{version: 0x20080522} // _LINUX_CAPABILITY_VERSION_3
	var sets [2]struct{ effective, permitted, inheritable uint32 }
	_, _, errno := syscall.RawSyscall(syscall.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&sets)), 0)
	if errno != 0 {
		return os.NewSyscallError("capset", errno)
	}
	return nil
}

func TestPanicTellsWhere(t *testing.T) {
	ns := newNS(t)
	defer func() {
		p, ok := recover().(*netns.Panic)
		if !ok {
			t.Fatalf("Do panicked with %v, want a *netns.Panic", p)
		}
		if !errors.Is(p, io.ErrNoProgress) {
			t.Errorf("%v does not wrap the error", p)
		}
		if text := p.Error(); !strings.Contains(text, "somewhereDeep") {
			t.Errorf("the function that panicked is not in\n%s", text)
		}
	}()
	_ = ns.Do(func() error { somewhereDeep(); return nil })
}

//go:noinline
func somewhereDeep() { panic(io.ErrNoProgress) }

func TestNew(t *testing.T) {
	ns := newNS(t)
	if idOf(t, ns) == id(t) {
		t.Error("the new namespace is the current one")
	}
	err := ns.Do(func() error {
		// Loopback works, and a socket stays in the namespace.
		conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer conn.Close()
		sender, err := net.Dial("udp4", conn.LocalAddr().String())
		if err != nil {
			return err
		}
		defer sender.Close()
		if _, err := sender.Write([]byte("x")); err != nil {
			return err
		}
		if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			return err
		}
		_, _, err = conn.ReadFrom(make([]byte, 1))
		return err
	})
	if err != nil {
		t.Error(err)
	}
	checkThreads(t)
}

func TestNewWithoutPrivileges(t *testing.T) {
	newNS(t)
	cmd := program(t, "new")
	var out strings.Builder
	cmd.Stdout = &out
	if err := startWithoutAdmin(cmd); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"make a network namespace: ", "operation not permitted", "CAP_SYS_ADMIN", "run as root"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the error is %q, want it to contain %q", out.String(), want)
		}
	}
}

func TestClose(t *testing.T) {
	ns := newNS(t)
	if err := ns.Close(); err != nil {
		t.Fatal(err)
	}
	err := ns.Do(func() error { t.Error("the function ran"); return nil })
	if !errors.Is(err, os.ErrClosed) {
		t.Errorf("Do after Close: %v, want %v", err, os.ErrClosed)
	}
	if err := ns.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("second Close: %v, want %v", err, os.ErrClosed)
	}
}

func TestStart(t *testing.T) {
	ns := newNS(t)
	cmd := program(t, "describe")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := ns.Start(cmd); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if want := idOf(t, ns); !strings.Contains(string(text), want) {
		t.Errorf("the process is not in %s: %s", want, text)
	}
	checkThreads(t)
}

func BenchmarkDo(b *testing.B) {
	ns := newNS(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := ns.Do(func() error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
