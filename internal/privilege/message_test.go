package privilege

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
)

// advised is an error with a hint.
type advised struct{ error }

func (advised) Hint() string    { return "try something else" }
func (a advised) Unwrap() error { return a.error }

func TestAnswerCrosses(t *testing.T) {
	long := strings.Repeat("x", 2*longestMessage)
	for _, tt := range []struct {
		err             error
		problem, advice string
		is              []error
	}{
		{&fs.PathError{Op: "open", Path: "/a", Err: syscall.EACCES}, "permission denied", "", []error{syscall.EACCES, fs.ErrPermission}},
		{&fs.PathError{Op: "open", Path: "/a", Err: syscall.EEXIST}, "file exists", "", []error{fs.ErrExist}},
		{errors.New("a link\x00 of somebody"), "a link of somebody", "", nil},
		{advised{syscall.ENOSPC}, "no space left on device", "try something else", []error{syscall.ENOSPC}},
		{errors.New(long), long[:longestMessage/3], "", nil},
	} {
		m := appendAnswer(nil, tt.err)
		if len(m) > longestMessage {
			t.Errorf("%.40v: a message of %d bytes", tt.err, len(m))
		}
		err := parseAnswer(m)
		var e *AskError
		if !errors.As(err, &e) || e.Error() != tt.problem || e.Hint() != tt.advice {
			t.Errorf("%.40v: it arrives as %#.40v", tt.err, err)
		}
		for _, target := range tt.is {
			if !errors.Is(err, target) {
				t.Errorf("%.40v: it arrives as %.40v, which is not %v", tt.err, err, target)
			}
		}
	}
	if err := parseAnswer(appendAnswer(nil, nil)); err != nil {
		t.Error(err)
	}
}

// FuzzMessages: whatever comes is refused, or means what is sent for that.
func FuzzMessages(f *testing.F) {
	f.Add([]byte{})
	f.Add(appendAsk(nil, "create", "trace.pcap"))
	f.Add(appendAnswer(nil, nil))
	f.Add(appendAnswer(nil, advised{syscall.EACCES}))
	f.Add([]byte("f999999\x00a\x00b"))
	f.Add([]byte("f1\x00a\x00b\x00c"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if what, name, err := parseAsk(b); err == nil && !bytes.Equal(appendAsk(nil, what, name), b) {
			t.Errorf("%q is %q, %q", b, what, name)
		}
		var e *AskError
		if err := parseAnswer(b); errors.As(err, &e) {
			var again *AskError
			if !errors.As(parseAnswer(appendAnswer(nil, e)), &again) || again.Errno != e.Errno {
				t.Errorf("%q is %#v, and then %#v", b, e, again)
			}
		}
	})
}

// wire is one end of a channel within a process.
type wire struct {
	out chan<- packet
	in  <-chan packet
}

type packet struct {
	b    []byte
	file *os.File
}

func (w wire) Send(b []byte, f *os.File) error {
	w.out <- packet{bytes.Clone(b), f}
	return nil
}

func (w wire) Close() error { return nil }

func (w wire) Receive(b []byte) (int, *os.File, error) {
	p, ok := <-w.in
	if !ok {
		return 0, nil, os.ErrClosed
	}
	return copy(b, p.b), p.file, nil
}

// TestAsk: questions are answered until one makes no sense.
func TestAsk(t *testing.T) {
	to, from := make(chan packet, 1), make(chan packet, 1)
	done := make(chan struct{})
	go func() {
		answerAll(wire{from, to}, func(what, name string) (*os.File, error) {
			if what != "open" {
				return nil, &fs.PathError{Op: what, Path: name, Err: syscall.EPERM}
			}
			return nil, nil
		})
		close(from)
		close(done)
	}()
	c := &Client{channel: wire{to, from}}
	if f, err := c.Ask("open", "a"); f != nil || err != nil {
		t.Error(f, err)
	}
	if _, err := c.Ask("close", "a"); !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
	if _, err := c.Ask("open", strings.Repeat("a", longestMessage)); !errors.Is(err, syscall.ENAMETOOLONG) {
		t.Error(err)
	}
	if _, err := c.Ask("open", "a\x00b"); err == nil {
		t.Error("no error")
	}
	<-done
	if _, err := (&Client{channel: wire{make(chan packet, 1), from}}).Ask("open", "a"); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Error(err)
	}
}

// TestServeBusy: that nobody asks any more is noticed while something is being done, and so
// is who asks without waiting for the answer.
func TestServeBusy(t *testing.T) {
	for _, more := range []int{0, 2} {
		to, from := make(chan packet, 1), make(chan packet, 1)
		busy, free := make(chan struct{}), make(chan struct{})
		done := make(chan struct{})
		go func() {
			answerAll(wire{from, to}, func(string, string) (*os.File, error) {
				busy <- struct{}{}
				<-free
				return nil, nil
			})
			close(done)
		}()
		to <- packet{b: appendAsk(nil, "open", "fifo")}
		<-busy
		for range more {
			to <- packet{b: appendAsk(nil, "open", "fifo")}
		}
		if more == 0 {
			close(to)
		}
		<-done
		go func() {
			for range busy { // the second, if it comes to that
			}
		}()
		close(free)
	}
}
