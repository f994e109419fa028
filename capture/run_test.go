package capture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"testing"
	"time"

	"mcast/capture"
	"mcast/wire"
)

// superframe is a frame with a payload of total bytes, as Live.ReadRun hands it over:
// for datagrams of so many bytes of payload.
func superframe(payload, total int) *capture.Frame {
	data := datagram(total)
	for i := range data[42:] {
		data[42+i] = byte(i ^ i>>8*37)
	}
	binary.BigEndian.PutUint16(data[16:], uint16(len(data)-14))
	binary.BigEndian.PutUint16(data[38:], uint16(len(data)-34))
	f := &capture.Frame{
		Data: data, Length: len(data), Time: time.Unix(1_795_872_600, 7), Interface: &capture.Interface{Name: "eth0", LinkType: 1},
		Direction: capture.DirectionIn, Superframe: true, SegmentSize: payload, Datagrams: new(wire.Superframe),
	}
	if !f.Datagrams.SplitEthernet(data, 0, payload) {
		panic("not a superframe")
	}
	return f
}

// datagrams are those of a superframe as Live.Read hands them over.
func datagrams(f *capture.Frame) (list []capture.Frame) {
	again := superframe(f.SegmentSize, len(f.Data)-42)
	for {
		start, end, ok := again.Datagrams.Next()
		if !ok {
			return list
		}
		d := capture.Frame{Data: bytes.Clone(again.Data[start:end]), Length: end - start, Time: f.Time, Interface: f.Interface, Direction: f.Direction}
		list = append(list, d)
	}
}

// TestWriteRun: a file has the datagrams of a superframe as if they had come one by one.
func TestWriteRun(t *testing.T) {
	for _, format := range formats {
		for _, payload := range []int{1, 63, 64, 1400} {
			for _, total := range []int{payload, 10 * payload, 10*payload + 1, 60000} {
				f := superframe(payload, total)
				want := datagrams(f)
				frames, length := f.Count()
				if n := total/payload + min(1, total%payload); frames != n || len(want) != n || length != n*42+total {
					t.Errorf("%d of %d: %d frames of %d bytes", payload, total, frames, length)
				}
				got := written(t, capture.WriterConfig{Format: format}, *f)
				if one := written(t, capture.WriterConfig{Format: format}, want...); !bytes.Equal(got, one) {
					t.Errorf("%v, %d of %d: %d bytes are written, and %d one by one", format, payload, total, len(got), len(one))
				}
			}
		}
	}
}

// TestRotateRun: files are divided between datagrams of a superframe.
func TestRotateRun(t *testing.T) {
	for _, name := range []string{"trace.pcapng", "trace.pcap"} {
		contents := func(frames ...capture.Frame) map[string]string {
			var m memory
			f := open(t, m.config(name, capture.Rotation{Size: 3000}))
			for _, frame := range frames {
				if err := f.Write(&frame); err != nil {
					t.Fatal(err)
				}
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			files := map[string]string{}
			for _, name := range m.names() {
				files[name] = string(m.file(name).b)
			}
			return files
		}
		f := superframe(1000, 7100)
		want := contents(datagrams(f)...)
		if got := contents(*f); len(got) != 4 || !maps.Equal(got, want) {
			t.Errorf("%s: %d files, and one by one %d", name, len(got), len(want))
		}
	}
}

// TestWriteRunFails: what cannot be written leaves whole frames behind.
func TestWriteRunFails(t *testing.T) {
	for _, format := range formats {
		d := &regular{disk{size: 100_000}}
		w, err := capture.NewWriter(d, capture.WriterConfig{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			err = w.Write(superframe(1400, 60000))
		}
		if err == nil {
			err = w.Close()
		}
		list, end := read(t, d.b)
		if err == nil || !errors.Is(end, io.EOF) || len(list) == 0 {
			t.Errorf("%v: %v; then %d frames are read, and %v", format, err, len(list), end)
		}
		for n, f := range list {
			if want := datagrams(superframe(1400, 60000))[n%43].Data; !bytes.Equal(f.Data, want) {
				t.Fatalf("%v: frame %d is another", format, n)
			}
		}
	}
}
