package sys_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"mcast/internal/sys"
)

func channel(t *testing.T) (a, b *sys.Channel) {
	t.Helper()
	here, there, err := sys.ChannelEnds()
	if err != nil {
		t.Fatal(err)
	}
	if a, err = sys.OpenChannel(here); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	if b, err = sys.OpenChannel(there); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return a, b
}

// TestChannel: messages keep their bounds, and bring files.
func TestChannel(t *testing.T) {
	a, b := channel(t)
	name := filepath.Join(t.TempDir(), "file")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	buf := make([]byte, 8)
	for _, send := range []struct {
		text string
		file *os.File
	}{{"one", nil}, {"two", file}, {"three", nil}} {
		if err := a.Send([]byte(send.text), send.file); err != nil {
			t.Fatal(err)
		}
		n, got, err := b.Receive(buf)
		if err != nil || string(buf[:n]) != send.text || (got != nil) != (send.file != nil) {
			t.Fatalf("%q: %q, %v, %v", send.text, buf[:n], got, err)
		}
		if got != nil {
			if _, err := got.WriteString("over"); err != nil {
				t.Error(err)
			}
			_ = got.Close()
		}
	}
	if content, err := os.ReadFile(name); err != nil || string(content) != "over" {
		t.Errorf("the file has %q, %v", content, err)
	}
	if err := a.Send([]byte("more than fits"), file); err != nil {
		t.Fatal(err)
	}
	if n, got, err := b.Receive(buf); !errors.Is(err, syscall.EMSGSIZE) || got != nil {
		t.Errorf("%d, %v, %v", n, got, err)
	}
	_ = a.Close()
	if _, _, err := b.Receive(buf); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	if err := b.Send([]byte("anybody?"), nil); !errors.Is(err, syscall.EPIPE) {
		t.Error(err)
	}
}

// TestOpenChannelOther: no file but such a socket is one.
func TestOpenChannelOther(t *testing.T) {
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := sys.OpenChannel(int(file.Fd())); !errors.Is(err, syscall.ENOTSOCK) {
		t.Error(err)
	}
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(fds[0]) }()
	defer func() { _ = syscall.Close(fds[1]) }()
	if _, err := sys.OpenChannel(fds[0]); !errors.Is(err, syscall.EPROTOTYPE) {
		t.Error(err)
	}
}
