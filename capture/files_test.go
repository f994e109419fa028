package capture_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"mcast/capture"
)

// TestFilesClock: what is gathered is written each second, and a file whose time is
// over is finished while no frame comes.
func TestFilesClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		eth0 := &capture.Interface{LinkType: 1}
		c := m.config("x.pcapng", capture.Rotation{Every: time.Minute})
		c.FlushEvery, c.Live = 0, true
		f := open(t, c)
		first := m.names()[0]
		start := time.Now()
		if size := len(m.file(first).content()); size == 0 {
			t.Error("the header is not written at once")
		}
		frames := func(name string) int {
			list, err := read(t, m.file(name).content())
			if !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			return len(list)
		}
		time.Sleep(500 * time.Millisecond)
		if err := f.Write(&capture.Frame{Time: time.Now(), Interface: eth0}); err != nil {
			t.Fatal(err)
		}
		if n := frames(first); n != 0 {
			t.Errorf("%d frames are written at once", n)
		}
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		if n := frames(first); n != 1 {
			t.Errorf("%d frames are written after a second", n)
		}
		time.Sleep(75 * time.Second)
		synctest.Wait()
		if !m.file(first).closed || len(m.names()) != 1 {
			t.Errorf("after its time: %v", m.names())
		}
		// One that was on its way.
		if err := f.Write(&capture.Frame{Time: start.Add(time.Minute - 1), Interface: eth0}); err != nil {
			t.Fatal(err)
		}
		if err := f.Write(&capture.Frame{Time: time.Now(), Interface: eth0}); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if list := m.names(); len(list) != 2 || frames(list[1]) != 2 {
			t.Error(list)
		}
	})
}

// TestFilesFailed: somebody who waits for frames is told when the disk is full.
func TestFilesFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		eth0 := &capture.Interface{LinkType: 1}
		c := m.config("x.pcapng", capture.Rotation{})
		c.FlushEvery = 0
		f := open(t, c)
		if err := f.Write(&capture.Frame{Interface: eth0}); err != nil {
			t.Fatal(err)
		}
		m.file("x.pcapng").fails(syscall.ENOSPC)
		select {
		case <-f.Failed():
			t.Error("it failed before anything was written")
		default:
		}
		start := time.Now()
		<-f.Failed()
		if time.Since(start) > time.Second {
			t.Errorf("after %v", time.Since(start))
		}
		for _, err := range []error{f.Write(&capture.Frame{Interface: eth0}), f.Flush(), f.Describe(eth0), f.Close(), f.Close()} {
			if !errors.Is(err, syscall.ENOSPC) || err.Error() != "write x.pcapng: no space left on device" {
				t.Error(err)
			}
		}
	})
}

// TestFilesTogether writes from several goroutines at once, while the clock
// writes too.
func TestFilesTogether(t *testing.T) {
	const each = 2000
	var m memory
	c := m.config("x.pcapng", capture.Rotation{Size: 10_000})
	c.FlushEvery = time.Microsecond
	f := open(t, c)
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			i := &capture.Interface{Name: fmt.Sprint("eth", g), LinkType: 1}
			for n := range each {
				if err := f.Write(&capture.Frame{Data: []byte{byte(n)}, Time: time.Unix(1, 0), Interface: i}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	next := map[string]byte{}
	count := 0
	for _, name := range m.names() {
		list, err := read(t, m.file(name).b)
		if !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		for _, fr := range list {
			if fr.Data[0] != next[fr.Interface.Name] {
				t.Fatalf("%s: frame %d follows %d", fr.Interface.Name, fr.Data[0], next[fr.Interface.Name]-1)
			}
			next[fr.Interface.Name]++
			count++
		}
	}
	if count != 4*each {
		t.Errorf("%d frames", count)
	}
}

func TestFilesRefused(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		c    capture.FilesConfig
		want string
	}{
		{capture.FilesConfig{Name: filepath.Join(dir, "none", "x")}, "create " + filepath.Join(dir, "none", "x") + ": no such file or directory"},
		{capture.FilesConfig{Name: filepath.Join(dir, "none", "x"), Rotation: capture.Rotation{Size: 1}, Live: true}, "create " + filepath.Join(dir, "none", "x_00001_")},
		{capture.FilesConfig{Name: dir}, "create " + dir + ": is a directory"},
		{capture.FilesConfig{Name: filepath.Join(dir, "x"), Rotation: capture.Rotation{Files: 2}}, "rotate files: how many are kept is given"},
		{capture.FilesConfig{Name: filepath.Join(dir, "x"), Rotation: capture.Rotation{Size: -1}}, "rotate files: a size, a time or a number below zero"},
	} {
		if _, err := capture.NewFiles(tt.c); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
	// A file that cannot be removed, and one that is gone already.
	for _, remove := range []error{syscall.EACCES, fs.ErrNotExist} {
		var m memory
		c := m.config("x", capture.Rotation{Size: 1, Files: 1})
		c.Remove = func(name string) error { return &fs.PathError{Op: "remove", Path: name, Err: remove} }
		f := open(t, c)
		frame := capture.Frame{Time: at(1, 2, 3), Interface: &capture.Interface{LinkType: 1}}
		if err := f.Write(&frame); err != nil {
			t.Fatal(err)
		}
		err := f.Write(&frame)
		if gone := errors.Is(remove, fs.ErrNotExist); gone && err != nil || !gone && (err == nil || err.Error() != "remove x_00001_20261128010203: permission denied") {
			t.Error(err)
		}
		if again := f.Close(); !errors.Is(again, err) {
			t.Errorf("%v, then %v", err, again)
		}
	}
	// Names that are taken.
	var m memory
	for n := 1; n < 4; n++ {
		if _, err := m.create(fmt.Sprintf("x_%05d_20261128010203", n), true); err != nil {
			t.Fatal(err)
		}
	}
	f := open(t, m.config("x", capture.Rotation{Size: 1}))
	if err := errors.Join(f.Write(&capture.Frame{Time: at(1, 2, 3), Interface: &capture.Interface{LinkType: 1}}), f.Close()); err != nil {
		t.Fatal(err)
	}
	if len(m.order) != 4 || m.order[3] != "x_00004_20261128010203" || len(m.file(m.order[0]).b) != 0 {
		t.Error(m.order)
	}
	all := m.config("x", capture.Rotation{Size: 1})
	all.Create = func(name string, _ bool) (io.WriteCloser, error) { return nil, fs.ErrExist }
	f = open(t, all)
	if err := f.Write(&capture.Frame{Interface: &capture.Interface{LinkType: 1}}); !errors.Is(err, fs.ErrExist) || !strings.HasPrefix(err.Error(), "create x_01000_") {
		t.Error(err)
	}
	_ = f.Close()
}

// TestOutput writes into a pipe, of which nobody reads the rest.
func TestOutput(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	eth0 := &capture.Interface{LinkType: 1}
	f := open(t, capture.FilesConfig{Name: "standard output", Output: out, FlushEvery: -1, Rotation: capture.Rotation{Size: 1}})
	r, err := capture.NewReader(in) // the header is there at once
	if err != nil {
		t.Fatal(err)
	}
	for n := range byte(3) {
		if err := errors.Join(f.Write(&capture.Frame{Data: []byte{n}, Interface: eth0}), f.Flush()); err != nil {
			t.Fatal(err)
		}
		if fr, err := r.Next(); err != nil || fr.Data[0] != n {
			t.Fatal(fr, err)
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Write(&capture.Frame{Interface: eth0}); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{f.Flush(), f.Write(&capture.Frame{Interface: eth0}), f.Close()} {
		if !errors.Is(err, syscall.EPIPE) || err.Error() != "write standard output: broken pipe" {
			t.Error(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Errorf("it was closed: %v", err)
	}
}
