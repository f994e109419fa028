package capture_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"mcast/capture"
)

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

// TestIsRotated: the names that a rotation makes, and no others.
func TestIsRotated(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"dir/trace.pcapng", "dir/trace_00001_20261128153000.pcapng", true},
		{"dir/trace.pcapng", "dir/trace_123456_20261128153000.pcapng", true},
		{"trace", "trace_00001_20261128153000", true},
		{"dir/.hidden", "dir/.hidden_00001_20261128153000", true},
		{"a_b.pcap", "a_b_00001_20261128153000.pcap", true},
		{"dir/trace.pcapng", "dir/trace.pcapng", false},
		{"dir/trace.pcapng", "trace_00001_20261128153000.pcapng", false},
		{"dir/trace.pcapng", "dir/trace_0001_20261128153000.pcapng", false},
		{"dir/trace.pcapng", "dir/trace_00001_2026112815300.pcapng", false},
		{"dir/trace.pcapng", "dir/trace_00001_20261128153000.pcap", false},
		{"dir/trace.pcapng", "dir/trace_00001_../x/0128153000.pcapng", false},
		{"dir/trace.pcapng", "dir/trace_00/01_20261128153000.pcapng", false},
		{"dir/trace.pcapng", "dir/trace_00001_20261128153000_1.pcapng", false},
		{"dir/trace.pcapng", "dir/trace_.pcapng", false},
		{"dir/trace.pcapng", "", false},
	} {
		if got := capture.IsRotated(tt.pattern, tt.name); got != tt.want {
			t.Errorf("IsRotated(%q, %q) = %v", tt.pattern, tt.name, got)
		}
	}
}
