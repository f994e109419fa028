package capture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"testing"

	"mcast/capture"
)

// TestLarge reads frames around the size of the buffer, and the largest.
func TestLarge(t *testing.T) {
	o := binary.LittleEndian
	file := pcapFile(o, 0xa1b23c4d, 1)
	ng := append(section(o), description(o, 1, 0)...)
	sizes := []int{1, 256<<10 - 1, 256 << 10, 256<<10 + 1, 1 << 20, 3, capture.MaxFrame, 300_000, 0}
	for _, n := range sizes {
		data := bytes.Repeat([]byte{byte(n)}, n)
		if n > 0 {
			data[n-1] = 'z'
		}
		file = append(file, pcapRecord(o, 1, 2, uint32(n), data)...)
		ng = append(ng, enhanced(o, 0, 1, uint32(n), data)...)
	}
	for name, f := range map[string][]byte{"pcap": file, "pcapng": ng} {
		list, err := read(t, f)
		if !errors.Is(err, io.EOF) || len(list) != len(sizes) {
			t.Fatalf("%s: %d frames, %v", name, len(list), err)
		}
		for i, n := range sizes {
			if len(list[i].Data) != n || n > 0 && list[i].Data[n-1] != 'z' || n > 1 && list[i].Data[0] != byte(n) {
				t.Errorf("%s: frame %d has %d bytes, and %d are right", name, i, len(list[i].Data), n)
			}
		}
	}
}

// TestPromises: lengths that are allowed, and behind which nothing comes, do not
// take the memory.
func TestPromises(t *testing.T) {
	o := binary.LittleEndian
	record := pcapRecord(o, 1, 2, 3, nil)
	o.PutUint32(record[8:], capture.MaxFrame)
	big := block(o, 6, nil)
	o.PutUint32(big[4:], 2*capture.MaxFrame)
	unknown := block(o, 99, nil)
	o.PutUint32(unknown[4:], 1<<32-4)
	for name, file := range map[string][]byte{
		"pcap":          append(pcapFile(o, 0xa1b2c3d4, 1), record...),
		"pcapng":        append(section(o), big...),
		"unknown block": append(section(o), unknown...),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := read(t, file)
		runtime.ReadMemStats(&after)
		if cut := (*capture.CutError)(nil); !errors.As(err, &cut) {
			t.Errorf("%s: %v", name, err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 2<<20 {
			t.Errorf("%s: %d bytes were allocated", name, n)
		}
	}
}

// loop is a file without an end: a head, and then the same bytes again and again.
type loop struct {
	head, again []byte
	at          int
}

func (l *loop) Read(b []byte) (int, error) {
	if len(l.head) > 0 {
		n := copy(b, l.head)
		l.head = l.head[n:]
		return n, nil
	}
	n := copy(b, l.again[l.at:])
	l.at = (l.at + n) % len(l.again)
	return n, nil
}

// loops are files without an end of frames of 64 bytes.
func loops() map[string]*loop {
	o := binary.LittleEndian
	frame := make([]byte, 64)
	return map[string]*loop{
		"pcap":   {head: pcapFile(o, 0xa1b2c3d4, 1), again: pcapRecord(o, 1, 2, 64, frame)},
		"pcapng": {head: append(section(o), description(o, 1, 0)...), again: enhanced(o, 0, 1, 64, frame, option(o, 2, []byte{1, 0, 0, 0}))},
		"large":  {head: pcapFile(o, 0xa1b2c3d4, 1), again: pcapRecord(o, 1, 2, 64, make([]byte, 300_000))},
	}
}

func TestAllocations(t *testing.T) {
	for name, l := range loops() {
		r, err := capture.NewReader(l)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(1000, func() {
			if _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations a frame", name, n)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	for name, l := range loops() {
		b.Run(name, func(b *testing.B) {
			r, err := capture.NewReader(l)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Next(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// FuzzReader reads anything at all: in order, to an end, without more memory than
// it has bytes.
func FuzzReader(f *testing.F) {
	for _, o := range orders {
		f.Add(append(pcapFile(o, 0xa1b2c3d4, 1), pcapRecord(o, 1, 2, 3, []byte("abc"))...))
		f.Add(append(pcapFile(o, 0xa1b23c4d, 113), pcapRecord(o, 1, 2, 3, nil)...))
		f.Add(join([][]byte{
			section(o), description(o, 1, 0, option(o, 2, []byte("eth0")), option(o, 9, []byte{9}), option(o, 14, make([]byte, 8))),
			enhanced(o, 0, 1, 5, []byte("abcde"), option(o, 1, []byte("remark"))), block(o, 99, nil),
			block(o, 3, append(o.AppendUint32(nil, 3), "abc"...)), block(o, 2, make([]byte, 20)), section(o),
		}))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		list, err := read(t, file)
		bytes := 0
		for _, f := range list {
			bytes += len(f.Data) + len(f.Comment)
			if f.Interface == nil || f.Length < len(f.Data) {
				t.Errorf("%+v", f)
			}
		}
		if bytes > len(file) {
			t.Errorf("%d bytes in frames of a file of %d", bytes, len(file))
		}
		var (
			format *capture.FormatError
			cut    *capture.CutError
		)
		if !errors.Is(err, io.EOF) && !errors.As(err, &format) && !errors.As(err, &cut) {
			t.Errorf("%v", err)
		}
	})
}
