package cli

import (
	"io"
	"net/netip"
	"slices"
	"testing"
	"time"

	"mcast/capture"
	"mcast/filter"
	"mcast/internal/view"
	"mcast/wire"
)

// frameTo returns a frame with a datagram to a group.
func frameTo(t testing.TB, group string, n int) *capture.Frame {
	t.Helper()
	d := wire.Datagram{Source: netip.MustParseAddrPort("192.0.2.1:40000"), Destination: netip.MustParseAddrPort(group), Payload: make([]byte, n)}
	if d.Destination.Addr().Is6() {
		d.Source = netip.MustParseAddrPort("[2001:db8::1]:40000")
	}
	b, err := d.AppendFrame(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &capture.Frame{
		Data: b, Length: len(b), Time: time.Unix(1_795_872_600, 1), Direction: capture.DirectionIn,
		Interface: &capture.Interface{Name: "eth0", LinkType: 1},
	}
}

// silent is a source of which nothing is asked.
type silent struct{ frameSource }

func (silent) interfaces() []*capture.Interface { return nil }
func (silent) statistics(*capture.Interface) (capture.Statistics, bool) {
	return capture.Statistics{}, false
}

// From the ring to a line, and to a file, nothing is allocated.
func TestTakeDoesNotAllocate(t *testing.T) {
	for name, o := range map[string]*sniffOptions{
		"line":    {format: "line"},
		"scapy":   {format: "scapy", hexdump: true},
		"file":    {output: "-", format: "line"},
		"pcap":    {output: "/dev/null", format: "line"},
		"quiet":   {quiet: true, format: "line"},
		"printed": {output: "-", print: true, hexdump: true, format: "line"},
	} {
		t.Run(name, func(t *testing.T) {
			run := &sniffing{o: o, stdio: IO{Out: io.Discard, Err: io.Discard}, sum: newFrameTally(), source: silent{}, end: func() {}}
			if err := run.open(); err != nil {
				t.Fatal(err)
			}
			if run.files != nil {
				defer run.files.Close()
			}
			frames := []*capture.Frame{frameTo(t, "239.1.1.1:5000", 64), frameTo(t, "239.1.1.2:5004", 1400), frameTo(t, "239.1.1.2:5353", 0)}
			n := testing.AllocsPerRun(5000, func() {
				for _, f := range frames {
					if err := run.take(f); err != nil {
						t.Fatal(err)
					}
				}
			})
			if n != 0 {
				t.Errorf("%v allocations for %d frames", n, len(frames))
			}
		})
	}
}

// Frames are counted by group, port and interface; those to nobody are counted too.
func TestFrameTally(t *testing.T) {
	tally := newFrameTally()
	for n, to := range []string{"239.1.1.2:5000", "239.1.1.1:5000", "239.1.1.2:5000", "[ff15::1]:80", "192.0.2.9:5000"} {
		f := frameTo(t, "239.1.1.1:5000", 1)
		if to != "192.0.2.9:5000" {
			f = frameTo(t, to, 1)
		} else {
			copy(f.Data[30:], []byte{192, 0, 2, 9})
		}
		f.Time = f.Time.Add(time.Duration(n%3) * time.Second)
		tally.add(f)
	}
	s := tally.summary()
	if s.Captured != 5 || s.Bytes != 4*43+63 || s.Seconds() != 2 || len(s.Groups) != 3 {
		t.Fatalf("the summary is %+v", s)
	}
	want := []view.GroupFrames{
		{Group: netip.MustParseAddrPort("[ff15::1]:80").Addr(), Port: 80, Interface: "eth0", Frames: 1, Bytes: 63},
		{Group: netip.MustParseAddrPort("239.1.1.1:1").Addr(), Port: 5000, Interface: "eth0", Frames: 1, Bytes: 43},
		{Group: netip.MustParseAddrPort("239.1.1.2:1").Addr(), Port: 5000, Interface: "eth0", Frames: 2, Bytes: 86},
	}
	for i, w := range want {
		if s.Groups[i] != w {
			t.Errorf("%d: %+v, want %+v", i, s.Groups[i], w)
		}
	}
}

// Without a filter: behind one tag or two, and nowhere else.
func TestDefaultFilter(t *testing.T) {
	p, err := filter.Compile(defaultFilter(filter.Ethernet), filter.Options{})
	if err != nil {
		t.Fatal(err)
	}
	to := frameTo(t, "239.1.1.1:5000", 64).Data
	for _, tt := range []struct {
		name  string
		tags  []byte
		keeps bool
	}{
		{"no tag", nil, true},
		{"a tag", []byte{0x81, 0, 0, 5}, true},
		{"two tags", []byte{0x88, 0xa8, 0, 100, 0x81, 0, 0, 5}, true},
		{"a tag behind another header", []byte{0x88, 0x64, 0x11, 0, 0x81, 0, 0, 5}, false},
	} {
		f := slices.Concat(to[:12], tt.tags, to[12:])
		if p.Match(f, len(f)) != tt.keeps {
			t.Errorf("%s: kept is %v", tt.name, !tt.keeps)
		}
	}
}

// What a network can have very many of does not fill the memory.
// Simple packet blocks have no time; the frames beside them do.
func TestFrameTallyWithoutTimes(t *testing.T) {
	tally := newFrameTally()
	timed, untimed := frameTo(t, "239.1.1.1:5000", 64), frameTo(t, "239.1.1.1:5000", 64)
	untimed.Time = time.Time{}
	later := *timed
	later.Time = timed.Time.Add(time.Second)
	for _, f := range []*capture.Frame{untimed, timed, untimed, &later, untimed} {
		tally.add(f)
	}
	if s := tally.summary(); s.Captured != 5 || !s.First.Equal(timed.Time) || !s.Last.Equal(later.Time) {
		t.Errorf("%d frames from %v to %v, want 5 from %v to %v", s.Captured, s.First, s.Last, timed.Time, later.Time)
	}
}

func TestFrameTallyIsBounded(t *testing.T) {
	tally := newFrameTally()
	f := frameTo(t, "239.1.1.1:5000", 1)
	for n := range mostPlaces + 10 {
		f.Data[31], f.Data[32], f.Data[33] = byte(n>>16), byte(n>>8), byte(n)
		tally.add(f)
	}
	if s := tally.summary(); s.Captured != mostPlaces+10 || len(s.Groups) != mostPlaces {
		t.Errorf("%d frames of %d groups", s.Captured, len(s.Groups))
	}
}
