package capture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"mcast/capture"
)

// FuzzCopy writes whatever a reader lends, and reads it back.
func FuzzCopy(f *testing.F) {
	for _, o := range orders {
		f.Add(append(pcapFile(o, 0xa1b23c4d, 0), pcapRecord(o, 1, 2, 300, []byte("abc"))...))
		f.Add(append(pcapFile(o, 0xa1b2c3d4, 1<<20), pcapRecord(o, 1, 1<<31, 3, nil)...))
		f.Add(join([][]byte{
			section(o), description(o, 0, 3, option(o, 2, []byte("eth0")), option(o, 3, []byte("first")), option(o, 11, []byte("\x00udp"))),
			description(o, 1, 0, option(o, 9, []byte{9}), option(o, 14, make([]byte, 8))),
			enhanced(o, 0, 1, 5, []byte("abcde"), option(o, 1, []byte("remark")), option(o, 1, []byte("")), option(o, 2, o.AppendUint32(nil, 2))),
			block(o, 3, append(o.AppendUint32(nil, 3), "abc"...)), block(o, 2, make([]byte, 20)),
			block(o, 5, join([][]byte{make([]byte, 12), option(o, 4, make([]byte, 8)), option(o, 5, []byte("\x01\x00\x00\x00\x00\x00\x00\x00"))})),
			section(o), description(o, 1, 0), enhanced(o, 0, 1<<63, 5, []byte("abcde"), option(o, 2, o.AppendUint32(nil, 1|4<<2))),
		}))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, format := range formats {
			r, err := capture.NewReader(bytes.NewReader(file))
			if err != nil {
				return
			}
			var (
				out    bytes.Buffer
				frames []capture.Frame
			)
			w, err := capture.NewWriter(&out, capture.WriterConfig{Format: format, Statistics: r.Statistics})
			if err != nil {
				t.Fatal(err)
			}
			for {
				fr, err := r.Next()
				if err != nil {
					break
				}
				var unwritable *capture.UnwritableError
				switch err := w.Write(&fr); {
				case err == nil:
					fr.Data = bytes.Clone(fr.Data)
					frames = append(frames, fr)
				case !errors.As(err, &unwritable):
					t.Fatal(err)
				case format == capture.FormatPcapng && fr.Interface.LinkType <= 65535 && 0 <= fr.Time.Unix() && fr.Time.Unix() < 18_446_744_073:
					t.Fatalf("%v of %+v", err, fr)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			again(t, format, out.Bytes(), frames, r)
		}
	})
}

// again reads frames back that r had read, and compares them.
func again(t *testing.T, format capture.Format, file []byte, frames []capture.Frame, r *capture.Reader) {
	t.Helper()
	back, err := capture.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	of := map[*capture.Interface]*capture.Interface{}
	for n := range frames {
		fr, err := back.Next()
		if err != nil {
			t.Fatalf("%v: frame %d of %d: %v", format, n, len(frames), err)
		}
		equal(t, format, n, fr, frames[n])
		if was := of[frames[n].Interface]; was != nil && was != fr.Interface {
			t.Errorf("%v: an interface became two", format)
		}
		of[frames[n].Interface] = fr.Interface
	}
	if _, err := back.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("%v: after %d frames: %v", format, len(frames), err)
	}
	for was, is := range of {
		want, known := r.Statistics(was)
		if known = known && format == capture.FormatPcapng; !known {
			want = capture.Statistics{}
		}
		got, ok := back.Statistics(is)
		if ok != known || got.Received != want.Received || got.Dropped != want.Dropped {
			t.Errorf("%v: statistics %+v, want %+v", format, got, want)
		}
	}
}

// FuzzWriter writes generated frames, and reads them back.
func FuzzWriter(f *testing.F) {
	f.Add([]byte("\x03\x41\x07\x00\x00\x00\x00\x00\x00\x00\x09\x05hello"), "remark\nanother")
	f.Add([]byte("\xff\x00\x07\xff\x00\x00\x00\x00\x00\x00\x09\x00\x02\x41\x07\x00\x00\x00\x00\x00\x00\x00\x09\x02hi"), "")
	f.Fuzz(func(t *testing.T, b []byte, comment string) {
		interfaces := []*capture.Interface{
			{Name: "eth0", LinkType: 1, SnapLen: 262144}, {Name: "lo", LinkType: 1, Filter: "udp or \xff"}, {LinkType: 0, BigEndian: true, Description: "\u00e4"}, {LinkType: 65535},
		}
		comment, _, _ = strings.Cut(comment, "\x00") // as readers do
		for _, format := range formats {
			var frames []capture.Frame
			for rest := b; len(rest) >= 12; {
				h := rest[:12]
				rest = rest[12:]
				data := rest[:min(int(h[11]), len(rest))]
				rest = rest[len(data):]
				fr := capture.Frame{
					Data: data, Length: len(data) + int(h[0]), Interface: interfaces[h[1]%4], Direction: capture.Direction(h[2] % 4),
					Time: time.Unix(int64(binary.BigEndian.Uint32(h[3:])), int64(binary.BigEndian.Uint32(h[7:]))%1e9),
				}
				if h[1]&64 != 0 {
					fr.Comment = comment
				}
				if format == capture.FormatPcap {
					fr.Interface = interfaces[h[1]%2]
				}
				frames = append(frames, fr)
			}
			roundTrip(t, format, frames)
		}
	})
}
