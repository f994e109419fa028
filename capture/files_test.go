package capture_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"mcast/capture"
)

// memory is a directory.
type memory struct {
	mu    sync.Mutex
	files map[string]*held
	order []string // in which they were created
	lost  []string // in which they were removed
}

// held is a file of it.
type held struct {
	mu     sync.Mutex
	b      []byte
	closed bool
	err    error // of writing
}

func (h *held) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err != nil {
		return 0, h.err
	}
	h.b = append(h.b, b...)
	return len(b), nil
}

func (h *held) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	return nil
}

// content returns what is in it now.
func (h *held) content() []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return bytes.Clone(h.b)
}

// fails has it write no more.
func (h *held) fails(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.err = err
}

func (m *memory) create(name string, exclusive bool) (io.WriteCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.files == nil {
		m.files = map[string]*held{}
	}
	if m.files[name] != nil && exclusive {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrExist}
	}
	h := &held{}
	m.files[name] = h
	m.order = append(m.order, name)
	return h, nil
}

func (m *memory) remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.files[name] == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	delete(m.files, name)
	m.lost = append(m.lost, name)
	return nil
}

// names are the files that are there, in the order of their creation.
func (m *memory) names() (list []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range m.order {
		if m.files[n] != nil {
			list = append(list, n)
		}
	}
	return list
}

func (m *memory) file(name string) *held {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.files[name]
}

// config writes into the directory.
func (m *memory) config(name string, r capture.Rotation) capture.FilesConfig {
	return capture.FilesConfig{Name: name, Rotation: r, Create: m.create, Remove: m.remove, FlushEvery: -1}
}

func open(t *testing.T, c capture.FilesConfig) *capture.Files {
	t.Helper()
	f, err := capture.NewFiles(c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// at is a time of day on the day of these tests, local as names have it.
func at(hour, minute, second int) time.Time {
	return time.Date(2026, 11, 28, hour, minute, second, 0, time.Local)
}

func TestRotateBySize(t *testing.T) {
	eth0, eth1 := &capture.Interface{Name: "eth0", LinkType: 1}, &capture.Interface{Name: "eth1", LinkType: 1}
	for _, name := range []string{"dir.d/trace.pcapng", "dir.d/trace.pcap"} {
		for _, most := range []int64{200, 400, 1000, 2000} {
			var m memory
			c := m.config(name, capture.Rotation{Size: most, Files: 5})
			c.Writer.Statistics = func(i *capture.Interface) (capture.Statistics, bool) { return capture.Statistics{Received: 9}, true }
			f := open(t, c)
			var frames []capture.Frame
			for n := range 300 {
				fr := capture.Frame{Data: bytes.Repeat([]byte{byte(n)}, n%53), Time: at(15, 30, n%60), Interface: eth0}
				if n%10 == 9 {
					fr.Interface = eth1
				}
				frames = append(frames, fr)
				if err := f.Write(&fr); err != nil {
					t.Fatal(err)
				}
				if list := m.names(); len(list) > 5 {
					t.Fatalf("%d files", len(list))
				}
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			// What is left are the last frames, and no file is too large, or
			// much smaller than it could be.
			var left []capture.Frame
			list := m.names()
			for n, name := range list {
				h := m.file(name)
				if !h.closed || int64(len(h.b)) > most && most > 200 || int64(len(h.b)) < most-250 && n < len(list)-1 {
					t.Errorf("%s: %d bytes of %d, closed: %v", name, len(h.b), most, h.closed)
				}
				in, err := read(t, h.b)
				if !errors.Is(err, io.EOF) || len(in) == 0 {
					t.Errorf("%s: %d frames, %v", name, len(in), err)
				}
				left = append(left, in...)
			}
			if len(list) != 5 || len(left) > len(frames) {
				t.Fatalf("%d files with %d frames", len(list), len(left))
			}
			frames = frames[len(frames)-len(left):]
			for n := range left {
				equal(t, capture.FormatPcap, n, left[n], frames[n]) // without statistics
			}
			if !slices.IsSorted(m.lost) || len(m.lost)+5 != len(m.order) {
				t.Errorf("%d of %d were removed: %v", len(m.lost), len(m.order), m.lost)
			}
			if want := strings.Replace(name, "trace", "trace_00001_20261128153000", 1); m.order[0] != want {
				t.Errorf("the first is %s, want %s", m.order[0], want)
			}
		}
	}
}

// TestRotateComplete: each file has the interfaces of its frames, and those that
// were announced, with their statistics.
func TestRotateComplete(t *testing.T) {
	var m memory
	eth := map[string]*capture.Interface{}
	for _, n := range []string{"eth0", "eth1", "eth2", "eth3"} {
		eth[n] = &capture.Interface{Name: n, LinkType: 1}
	}
	received := uint64(0)
	c := m.config("x", capture.Rotation{Every: time.Minute})
	c.Writer.Statistics = func(i *capture.Interface) (capture.Statistics, bool) {
		received++
		return capture.Statistics{Received: received}, true
	}
	f := open(t, c)
	if err := errors.Join(
		f.Describe(eth["eth2"]),
		f.Write(&capture.Frame{Time: at(1, 0, 0), Interface: eth["eth0"]}),
		f.Describe(eth["eth3"]),
		f.Write(&capture.Frame{Time: at(1, 1, 0), Interface: eth["eth1"]}),
	); err != nil {
		t.Fatal(err)
	}
	f.Forget(eth["eth2"])
	f.Forget(eth["eth2"])
	if err := errors.Join(f.Write(&capture.Frame{Time: at(1, 2, 0), Interface: eth["eth1"]}), f.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	want := []string{"eth2 eth0 eth3", "eth2 eth3 eth1", "eth3 eth1"}
	for n, name := range m.names() {
		b := m.file(name).b
		// The names of the interfaces, in order, and as many statistics.
		var described []string
		statistics := 0
		for rest := b; len(rest) > 0; rest = rest[rest[4]:] {
			switch rest[0] {
			case 1:
				described = append(described, string(rest[20:24]))
			case 5:
				statistics++
			}
		}
		if got := strings.Join(described, " "); got != want[n] || statistics != len(described) {
			t.Errorf("%s describes %s, want %s, and has %d statistics", name, got, want[n], statistics)
		}
	}
	if received != 8 || len(m.names()) != 3 {
		t.Errorf("%d statistics in %v", received, m.names())
	}
}

// TestRotateByTime: the frames' times decide.
func TestRotateByTime(t *testing.T) {
	var m memory
	eth0 := &capture.Interface{LinkType: 1}
	f := open(t, m.config("a.b/trace", capture.Rotation{Every: 15 * time.Minute}))
	for _, when := range []time.Time{
		at(15, 7, 30), at(15, 22, 29), at(15, 7, 29), {}, // the first period, with what comes too early or has no time
		at(15, 22, 30), at(15, 10, 0), // the second, with one that is late
		at(17, 0, 0), at(17, 7, 29), // the ninth
		at(17, 7, 30), // the tenth: periods did not move
		at(9, 0, 0),   // a clock that was set back
		at(9, 14, 59),
		time.Date(9999, 1, 1, 0, 0, 0, 0, time.Local).AddDate(-7999, 0, 0), // set to 2000
		at(9, 0, 0), // and a file for a leap ahead
	} {
		if err := f.Write(&capture.Frame{Time: when, Interface: eth0}); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	want := []struct {
		name   string
		frames int
	}{
		{"a.b/trace_00001_20261128150730", 4},
		{"a.b/trace_00002_20261128152230", 2},
		{"a.b/trace_00003_20261128170000", 2},
		{"a.b/trace_00004_20261128170730", 1},
		{"a.b/trace_00005_20261128090000", 2},
		{"a.b/trace_00006_20000101000000", 1},
		{"a.b/trace_00007_20261128090000", 1},
	}
	for n, name := range m.names() {
		if list, _ := read(t, m.file(name).b); n >= len(want) || name != want[n].name || len(list) != want[n].frames {
			t.Errorf("%s has %d frames, want %v", name, len(list), want[min(n, len(want)-1)])
		}
	}
	if len(m.names()) != len(want) {
		t.Error(m.names())
	}
}

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

func TestCreate(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) {
		if err := os.WriteFile(in(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(name, want string) {
		t.Helper()
		if b, err := os.ReadFile(in(name)); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v, want %q", name, b, err, want)
		}
	}
	create := func(name string, exclusive bool) error {
		f, err := capture.Create(in(name), exclusive)
		if err != nil {
			return err
		}
		_, err = f.Write([]byte("new"))
		return errors.Join(err, f.Close())
	}
	if err := create("new", true); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(in("new")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := create("new", true); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	write("old", "what was there")
	if err := create("old", false); err != nil {
		t.Error(err)
	}
	holds("old", "new")
	if f, err := capture.Create(os.DevNull, false); err != nil {
		t.Error(err)
	} else if err := f.Close(); err != nil {
		t.Error(err)
	}

	// Links: one's own is followed, and one where everybody may make it is not.
	write("target", "precious")
	if err := errors.Join(os.Symlink("target", in("link")), os.Symlink("missing", in("dangling"))); err != nil {
		t.Skip(err)
	}
	if err := create("link", true); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if err := create("dangling", true); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	holds("target", "precious")
	if err := os.Chmod(dir, 0o1777); err != nil {
		t.Fatal(err)
	}
	if err := create("link", false); !errors.Is(err, capture.ErrPlanted) {
		t.Error(err)
	}
	if err := create("dangling", false); !errors.Is(err, capture.ErrPlanted) {
		t.Error(err)
	}
	holds("target", "precious")
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := create("link", false); err != nil {
		t.Error(err)
	}
	holds("target", "new")
}
