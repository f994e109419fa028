package capture_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"mcast/capture"
)

// disk is a disk of so many bytes, and a file on it that can only be written.
type disk struct {
	b    []byte
	size int
}

func (d *disk) Write(b []byte) (int, error) {
	n := min(len(b), d.size-len(d.b))
	d.b = append(d.b, b[:n]...)
	if n < len(b) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

// regular is a file that can be cut as well. It is written at its end.
type regular struct{ disk }

func (r *regular) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekStart {
		return offset, nil
	}
	return int64(len(r.b)) + offset, nil
}

func (r *regular) Truncate(size int64) error {
	r.b = r.b[:size]
	return nil
}

// many are frames of which some are as large as what is written at once.
func many() (list []capture.Frame) {
	eth0, eth1 := &capture.Interface{Name: "eth0", LinkType: 1}, &capture.Interface{Name: "eth1", LinkType: 1}
	for n := range 60 {
		f := capture.Frame{Data: bytes.Repeat([]byte{1}, n*37%97), Length: 100, Time: time.Unix(1, int64(n)), Interface: eth0}
		switch n % 20 {
		case 7:
			f.Interface, f.Comment = eth1, "remark"
		case 9:
			f.Data = bytes.Repeat([]byte{2}, 150_000)
		}
		list = append(list, f)
	}
	return list
}

// TestFullDisk fills disks of all sizes: whole frames are left, as many as fit of
// what was written at once, and the error is returned from then on.
func TestFullDisk(t *testing.T) {
	frames := many()
	for _, format := range formats {
		whole := written(t, capture.WriterConfig{Format: format}, frames...)
		for size := 0; size < len(whole); size += 1 + size/60 {
			d := &regular{disk{size: size}}
			err := fill(t, format, d, frames)
			if err.Cut || err.Hint() != "the disk is full; what was written before is whole" {
				t.Fatalf("%v: %d bytes: %v, cut: %v, %s", format, size, err, err.Cut, err.Hint())
			}
			file := d.b
			if !bytes.HasPrefix(whole, file) {
				t.Fatalf("%v: %d bytes: the file is not what was written", format, size)
			}
			// What is on the disk is what would have been there, up to the end of a block.
			rest, longest := size-len(file), 150_100
			if rest < 0 || rest > longest {
				t.Errorf("%v: %d bytes of %d are left", format, len(file), size)
			}
			list, e := read(t, file)
			if len(file) > 0 && !errors.Is(e, io.EOF) || errors.Is(e, io.ErrUnexpectedEOF) {
				t.Errorf("%v: %d of %d bytes: %d frames, %v", format, len(file), size, len(list), e)
			}
		}
	}
}

// fill writes frames to what is too small.
func fill(t *testing.T, format capture.Format, to io.Writer, frames []capture.Frame) *capture.WriteError {
	t.Helper()
	var failed *capture.WriteError
	w, err := capture.NewWriter(to, capture.WriterConfig{Name: "trace", Format: format})
	for n := range frames {
		if err == nil {
			err = w.Write(&frames[n])
		}
	}
	if err == nil {
		err = w.Flush()
	}
	if !errors.As(err, &failed) || !errors.Is(err, syscall.ENOSPC) || !strings.HasPrefix(err.Error(), "write trace: ") {
		t.Fatalf("%v", err)
	}
	if w != nil {
		for _, again := range []error{w.Write(&frames[0]), w.Flush(), w.Close(), w.Close()} {
			if !errors.Is(again, failed) {
				t.Errorf("after %v: %v", failed, again)
			}
		}
	}
	return failed
}

// TestFullPipe: what cannot be taken back is said to be cut.
func TestFullPipe(t *testing.T) {
	frames := many()
	for _, format := range formats {
		whole := written(t, capture.WriterConfig{Format: format}, frames...)
		cuts := 0
		for size := 0; size < len(whole); size += 1 + size/60 {
			d := &disk{size: size}
			err := fill(t, format, d, frames)
			_, e := read(t, d.b)
			cut := (*capture.CutError)(nil)
			if size > 3 && errors.As(e, &cut) != err.Cut {
				t.Errorf("%v: %d bytes: %+v, and reading says: %v", format, size, err, e)
			}
			if err.Cut {
				cuts++
			}
		}
		if cuts < 100 {
			t.Errorf("%v: only %d were cut", format, cuts)
		}
	}
}

// TestLies: a writer that takes less than it was given, and says nothing.
func TestLies(t *testing.T) {
	w, err := capture.NewWriter(short{}, capture.WriterConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); !errors.Is(err, io.ErrShortWrite) || err.Error() != "write the capture: short write" {
		t.Error(err)
	}
}

type short struct{}

func (short) Write(b []byte) (int, error) { return len(b) - 1, nil }

// TestBehindOthers has a file end in the middle of a frame, behind what somebody else
// has written.
func TestBehindOthers(t *testing.T) {
	name := filepath.Join(t.TempDir(), "all")
	if err := os.WriteFile(name, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	frames := many()
	if err := fill(t, capture.FormatPcapng, &limited{f, 20_000}, frames); err.Cut {
		t.Error(err)
	}
	b, err := os.ReadFile(name)
	if err != nil || !bytes.HasPrefix(b, []byte("before\n\r\r\n")) {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	if list, err := read(t, b[len("before"):]); !errors.Is(err, io.EOF) || len(list) == 0 {
		t.Errorf("%d frames, %v", len(list), err)
	}
}

// limited is a file that takes so many bytes more.
type limited struct {
	*os.File
	left int
}

func (l *limited) Write(b []byte) (int, error) {
	n, err := l.File.Write(b[:min(len(b), l.left)])
	l.left -= n
	if err == nil && n < len(b) {
		err = syscall.ENOSPC
	}
	return n, err
}

// TestWriteAllocations: none by frame.
func TestWriteAllocations(t *testing.T) {
	eth0, eth1 := &capture.Interface{Name: "eth0", LinkType: 1}, &capture.Interface{Name: "eth1", LinkType: 1}
	data := make([]byte, 1400)
	when := time.Now()
	for _, format := range formats {
		w, err := capture.NewWriter(io.Discard, capture.WriterConfig{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		if allocations := testing.AllocsPerRun(10_000, func() {
			f := capture.Frame{Data: data[:n%1400], Length: 1400, Time: when, Interface: eth0, Direction: capture.DirectionOut}
			if n++; n&1 == 0 {
				f.Interface, f.Comment = eth1, "remark"
			}
			if err := w.Write(&f); err != nil {
				t.Fatal(err)
			}
		}); allocations != 0 {
			t.Errorf("%v: %v allocations a frame", format, allocations)
		}
	}
}

// TestCopyAllocations: none by frame from one file to the other, and memory is
// flat.
func TestCopyAllocations(t *testing.T) {
	for name, l := range loops() {
		r, err := capture.NewReader(l)
		if err != nil {
			t.Fatal(err)
		}
		f, err := capture.NewFiles(capture.FilesConfig{Output: io.Discard})
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(1000, func() {
			frame, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Write(&frame); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations a frame", name, n)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		runtime.KeepAlive(r)
	}
}
