package capture_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"mcast/capture"
	"mcast/filter"
)

// datagram is a frame with a UDP datagram of so many bytes.
func datagram(payload int) []byte {
	return append([]byte("\x01\x00\x5e\x01\x01\x01\x02\x00\x00\x00\x00\x01\x08\x00"+
		"\x45\x00\x00\x24\x00\x01\x40\x00\x01\x11\xc8\xa5\xc0\x00\x02\x01\xef\x01\x01\x01"+
		"\x9c\x40\xc3\x51\x00\x10\x00\x00"), bytes.Repeat([]byte{'x'}, payload)...)
}

// payloads are the sizes of datagrams that are measured.
var payloads = []int{64, 1400}

// BenchmarkWrite writes frames to nobody.
func BenchmarkWrite(b *testing.B) {
	for _, format := range formats {
		for _, payload := range payloads {
			b.Run(fmt.Sprintf("%v/%d", format, payload), func(b *testing.B) {
				w, err := capture.NewWriter(io.Discard, capture.WriterConfig{Format: format})
				if err != nil {
					b.Fatal(err)
				}
				data := datagram(payload)
				f := capture.Frame{Data: data, Length: len(data), Time: time.Now(), Interface: &capture.Interface{LinkType: 1}, Direction: capture.DirectionIn}
				b.ReportAllocs()
				b.SetBytes(int64(len(data)))
				for b.Loop() {
					if err := w.Write(&f); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkWriteRun writes superframes to nobody, by the datagram.
func BenchmarkWriteRun(b *testing.B) {
	for _, format := range formats {
		for _, payload := range payloads {
			b.Run(fmt.Sprintf("%v/%d", format, payload), func(b *testing.B) {
				w, err := capture.NewWriter(io.Discard, capture.WriterConfig{Format: format})
				if err != nil {
					b.Fatal(err)
				}
				f := superframe(payload, min(128, 64000/payload)*payload)
				b.ReportAllocs()
				frames, bytes := f.Count()
				b.SetBytes(int64(bytes / frames))
				for n := 0; n < b.N; n += frames {
					if !f.Datagrams.SplitEthernet(f.Data, 0, f.SegmentSize) {
						b.Fatal("not split")
					}
					if err := w.Write(f); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkCopy reads frames, has a filter look at them, and writes them, as
// bench/capture.sh does with files and beside tcpdump.
func BenchmarkCopy(b *testing.B) {
	for _, format := range formats {
		for _, payload := range payloads {
			for _, expression := range []string{"udp dst port 50001", "udp dst port 50002"} { // all, none
				b.Run(fmt.Sprintf("%v/%d/%s", format, payload, expression), func(b *testing.B) { benchmarkCopy(b, format, payload, expression) })
			}
		}
	}
}

func benchmarkCopy(b *testing.B, format capture.Format, payload int, expression string) {
	program, err := filter.Compile(expression, filter.Options{})
	if err != nil {
		b.Fatal(err)
	}
	data := datagram(payload)
	frame := capture.Frame{Data: data, Length: len(data), Time: time.Now(), Interface: &capture.Interface{LinkType: 1}}
	head := len(written(b, capture.WriterConfig{Format: format}, frame))
	file := written(b, capture.WriterConfig{Format: format}, frame, frame)
	r, err := capture.NewReader(&loop{head: file[:head], again: file[head:]})
	if err != nil {
		b.Fatal(err)
	}
	w, err := capture.NewFiles(capture.FilesConfig{Output: io.Discard, Writer: capture.WriterConfig{Format: format}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		f, err := r.Next()
		if err != nil {
			b.Fatal(err)
		}
		if program.Match(f.Data, f.Length) {
			if err := w.Write(&f); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}
