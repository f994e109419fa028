package capture_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math"
	"strings"
	"testing"
	"time"

	"mcast/capture"
)

// formats are the formats that a Writer writes.
var formats = []capture.Format{capture.FormatPcap, capture.FormatPcapng}

// written returns a file of frames.
func written(t testing.TB, c capture.WriterConfig, frames ...capture.Frame) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := capture.NewWriter(&file, c)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range frames {
		if err := w.Write(&f); err != nil {
			t.Fatalf("frame %d: %v", i, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w.Size() != int64(file.Len()) {
		t.Errorf("Size says %d of %d bytes", w.Size(), file.Len())
	}
	return file.Bytes()
}

// equal says in what a frame that was read differs from one that was written.
func equal(t *testing.T, format capture.Format, n int, got, want capture.Frame) {
	t.Helper()
	if !bytes.Equal(got.Data, want.Data) || got.Length != max(want.Length, len(want.Data)) {
		t.Errorf("%v: frame %d has %d of %d bytes, want %d of %d", format, n, len(got.Data), got.Length, len(want.Data), want.Length)
	}
	if when := want.Time; !got.Time.Equal(when) && !(when.IsZero() && got.Time.Equal(time.Unix(0, 0))) {
		t.Errorf("%v: frame %d is of %v, want %v", format, n, got.Time, when)
	}
	linkType := want.Interface.LinkType
	if linkType == 0 && want.Interface.BigEndian {
		linkType = 108
	}
	if got.Interface.LinkType != linkType {
		t.Errorf("%v: frame %d is of link type %d, want %d", format, n, got.Interface.LinkType, linkType)
	}
	if format == capture.FormatPcap {
		return
	}
	if got.Comment != want.Comment || got.Direction != want.Direction {
		t.Errorf("%v: frame %d: %v, %q, want %v, %q", format, n, got.Direction, got.Comment, want.Direction, want.Comment)
	}
	g, w := got.Interface, want.Interface
	if g.Name != w.Name || g.Description != w.Description || g.SnapLen != w.SnapLen || g.Filter != w.Filter {
		t.Errorf("%v: frame %d: %+v, want %+v", format, n, g, w)
	}
}

// roundTrip writes frames and reads them back.
func roundTrip(t *testing.T, format capture.Format, frames []capture.Frame) {
	t.Helper()
	list, err := read(t, written(t, capture.WriterConfig{Format: format}, frames...))
	if !errors.Is(err, io.EOF) || len(list) != len(frames) {
		t.Fatalf("%v: %d frames of %d, %v", format, len(list), len(frames), err)
	}
	for n := range frames {
		equal(t, format, n, list[n], frames[n])
	}
}

func TestRoundTrip(t *testing.T) {
	eth0 := &capture.Interface{Name: "eth0", Description: "the first", LinkType: 1, SnapLen: 96, Filter: "udp"}
	eth1 := &capture.Interface{Name: "eth1", LinkType: 1}
	when := time.Unix(1_795_872_600, 123_456_789)
	frames := []capture.Frame{
		{Data: []byte("frame"), Length: 1500, Time: when, Interface: eth0, Direction: capture.DirectionIn, Comment: "remark"},
		{Data: []byte("fram"), Length: 4, Time: when.Add(1), Interface: eth1, Direction: capture.DirectionOut},
		{Data: nil, Length: 0, Time: when.Add(-time.Hour), Interface: eth0, Direction: capture.DirectionOther, Comment: "one\ntwo\n\nthree\n"},
		{Data: []byte("abc"), Length: 3, Interface: eth1, Comment: "five!"},
		{Data: []byte("more than Length says"), Length: 2, Time: time.Unix(0, 1), Interface: eth1},
		{Data: bytes.Repeat([]byte("x"), 1<<20), Length: math.MaxInt32, Time: time.Unix(math.MaxUint32, 999_999_999), Interface: eth1},
		{Data: []byte("last"), Length: 4, Time: when, Interface: eth0, Comment: strings.Repeat("y", 65535) + "\n" + strings.Repeat("z", 100_000/2) + "\n"},
	}
	for _, format := range formats {
		t.Run(format.String(), func(t *testing.T) {
			list := frames
			if format == capture.FormatPcap {
				// eth1 has no limit, and the file is begun with that of eth0.
				list = append(frames[1:2:2], frames...)
			}
			roundTrip(t, format, list)
		})
	}
	roundTrip(t, capture.FormatPcapng, []capture.Frame{
		{Data: []byte{0, 0, 0, 2}, Interface: &capture.Interface{LinkType: 0, BigEndian: true}},
		{Data: []byte{2, 0, 0, 0}, Interface: &capture.Interface{LinkType: 0}},
		{Data: []byte{0x45}, Interface: &capture.Interface{LinkType: 101, Name: "tun0"}, Time: time.Unix(18_446_744_072, 999_999_999)},
	})
	roundTrip(t, capture.FormatPcap, []capture.Frame{{Data: []byte{0, 0, 0, 2}, Interface: &capture.Interface{LinkType: 0, BigEndian: true}}})
	roundTrip(t, capture.FormatPcap, []capture.Frame{{Interface: &capture.Interface{LinkType: 1<<26 - 1}}})
	roundTrip(t, capture.FormatPcap, nil)
	roundTrip(t, capture.FormatPcapng, nil)
}

// TestSections: there may be more interfaces than a section has room for.
func TestSections(t *testing.T) {
	frames := make([]capture.Frame, 1<<16+2)
	for n := range frames {
		frames[n] = capture.Frame{Data: []byte{byte(n)}, Time: time.Unix(1, 0), Interface: &capture.Interface{LinkType: n & 1, SnapLen: n}}
	}
	frames = append(frames, frames[0])
	roundTrip(t, capture.FormatPcapng, frames)
}

func TestStatistics(t *testing.T) {
	eth0, eth1, eth2 := &capture.Interface{Name: "eth0", LinkType: 1}, &capture.Interface{Name: "eth1", LinkType: 1}, &capture.Interface{Name: "eth2", LinkType: 1}
	when := time.Unix(1_795_872_600, 5)
	of := map[*capture.Interface]capture.Statistics{
		eth0: {Time: when.Add(time.Second), Received: 1 << 40, Dropped: 7},
		eth2: {Received: 3},
	}
	c := capture.WriterConfig{Application: "mcast", System: "Linux", Statistics: func(i *capture.Interface) (capture.Statistics, bool) {
		s, ok := of[i]
		return s, ok
	}}
	file := written(t, c, capture.Frame{Interface: eth0, Time: when}, capture.Frame{Interface: eth1, Time: when}, capture.Frame{Interface: eth2, Time: when})
	r, err := capture.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var seen []*capture.Interface
	for {
		f, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := r.Statistics(f.Interface); ok {
			t.Errorf("before they are read: %+v", s)
		}
		seen = append(seen, f.Interface)
	}
	for n, want := range []capture.Statistics{of[eth0], {}, {Time: when, Received: 3}} {
		got, ok := r.Statistics(seen[n])
		if !got.Time.Equal(want.Time) || got.Received != want.Received || got.Dropped != want.Dropped || ok != (n != 1) {
			t.Errorf("%s: %+v, %v, want %+v", seen[n].Name, got, ok, want)
		}
	}
}

func TestUnwritable(t *testing.T) {
	ether, raw := &capture.Interface{LinkType: 1, SnapLen: 4}, &capture.Interface{LinkType: 101}
	good := capture.Frame{Data: []byte("good"), Length: 4, Interface: ether, Time: time.Unix(1, 0)}
	for _, tt := range []struct {
		format capture.Format
		frame  capture.Frame
		want   string
	}{
		{capture.FormatPcap, capture.Frame{Interface: raw}, "frames of link type 101, in a pcap file of frames of link type 1"},
		{capture.FormatPcap, capture.Frame{Interface: ether, Time: time.Unix(1<<32, 0)}, "a frame of 2106-02-07 06:28:16 +0000 UTC, and pcap files have times from 1970 to 2106"},
		{capture.FormatPcap, capture.Frame{Interface: ether, Time: time.Unix(-1, 0)}, "a frame of 1969"},
		{capture.FormatPcap, capture.Frame{Interface: &capture.Interface{LinkType: 1}, Data: []byte("12345")}, "a frame of 5 bytes, in a pcap file of frames of at most 4"},
		{capture.FormatPcapng, capture.Frame{Interface: ether, Time: time.Unix(18_446_744_073, 0)}, "a frame of 2554-07-21"},
		{capture.FormatPcapng, capture.Frame{Interface: ether, Time: time.Unix(-1, 0)}, "a frame of 1969"},
		{capture.FormatPcapng, capture.Frame{Interface: &capture.Interface{LinkType: 1 << 16}}, "link type 65536, and in pcapng files they are from 0 to 65535"},
		{capture.FormatPcapng, capture.Frame{Interface: ether, Comment: strings.Repeat("x", 33<<20)}, "a comment of 34603008 bytes"},
		{capture.FormatPcapng, capture.Frame{}, "a frame without an interface"},
		{capture.FormatPcap, capture.Frame{Interface: ether, Data: make([]byte, capture.MaxFrame+1)}, "a frame of 16777217 bytes, and at most 16777216 are written"},
		{capture.FormatPcap, capture.Frame{Interface: ether, Length: -1}, "a frame of -1 bytes on the wire"},
	} {
		var file bytes.Buffer
		w, err := capture.NewWriter(&file, capture.WriterConfig{Format: tt.format})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(&good); err != nil {
			t.Fatal(err)
		}
		var unwritable *capture.UnwritableError
		if err := w.Write(&tt.frame); !errors.As(err, &unwritable) || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%v: %v, want %s", tt.format, err, tt.want)
		}
		// And the file is as good as before.
		if err := errors.Join(w.Write(&good), w.Close()); err != nil {
			t.Error(err)
		}
		if list, err := read(t, file.Bytes()); !errors.Is(err, io.EOF) || len(list) != 2 || string(list[1].Data) != "good" {
			t.Errorf("%v: %d frames, %v", tt.format, len(list), err)
		}
	}
}

func TestWriterClosed(t *testing.T) {
	for _, format := range formats {
		var file bytes.Buffer
		w, err := capture.NewWriter(&file, capture.WriterConfig{Name: "x", Format: format})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Close(), w.Close()); err != nil {
			t.Error(err)
		}
		size := file.Len()
		if err := w.Write(&capture.Frame{Interface: &capture.Interface{LinkType: 1}}); !errors.Is(err, fs.ErrClosed) {
			t.Error(err)
		}
		if err := w.Flush(); !errors.Is(err, fs.ErrClosed) || err.Error() != "write x: file already closed" {
			t.Error(err)
		}
		if err := w.Close(); err != nil || file.Len() != size {
			t.Errorf("%v, %d bytes of %d", err, file.Len(), size)
		}
	}
}

func TestFormatByName(t *testing.T) {
	eth := &capture.Interface{LinkType: 1}
	for name, magic := range map[string]string{"x.pcap": "\x4d\x3c\xb2\xa1", "x.pcapng": "\n\r\r\n", "x": "\n\r\r\n", "": "\n\r\r\n", "pcap": "\n\r\r\n"} {
		if file := written(t, capture.WriterConfig{Name: name}, capture.Frame{Interface: eth}); !bytes.HasPrefix(file, []byte(magic)) {
			t.Errorf("%q begins with %x", name, file[:4])
		}
	}
}

// TestRead: a frame that is used again holds nothing of the one before.
func TestRead(t *testing.T) {
	eth0 := &capture.Interface{Name: "eth0", LinkType: 1}
	full := capture.Frame{Data: []byte("full"), Length: 9, Time: time.Unix(1, 2), Interface: eth0, Direction: capture.DirectionOut, Comment: "remark"}
	bare := capture.Frame{Interface: eth0}
	for _, format := range formats {
		r, err := capture.NewReader(bytes.NewReader(written(t, capture.WriterConfig{Format: format}, full, bare)))
		if err != nil {
			t.Fatal(err)
		}
		got := capture.Frame{Direction: capture.DirectionOther, Comment: "of another file"}
		for n, want := range []capture.Frame{full, bare} {
			if format == capture.FormatPcap {
				want.Direction, want.Comment = capture.DirectionUnknown, ""
			}
			if err := r.Read(&got); err != nil {
				t.Fatal(err)
			}
			equal(t, capture.FormatPcap, n, got, want)
			if got.Direction != want.Direction || got.Comment != want.Comment {
				t.Errorf("%v: frame %d: %v, %q", format, n, got.Direction, got.Comment)
			}
		}
	}
}
