package capture

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Rotation says when a new file is begun, and how many are kept. Each file is
// complete by itself: it describes the interfaces of its frames, and ends with
// statistics, which count from the beginning of the capture.
//
// For the name "dir/trace.pcapng" the files are
//
//	dir/trace_00001_20261128153000.pcapng
//	dir/trace_00002_20261128154500.pcapng
//
// as dumpcap names them: a number from 1 on, which has more digits from the
// 100,000th file on, and the local time of the file's first frame. A number that is
// taken is left out: no file that is there is overwritten, and no symbolic link is
// followed.
type Rotation struct {
	// Size is how many bytes a file has at most; a frame that is larger than
	// that has a file of its own. Zero: no limit.
	Size int64

	// Every is how long a file lasts. Its frames' times decide, so that a capture
	// that is read from a file is divided as it would have been live:
	// periods follow one another from the first frame on, or from the beginning
	// of a live capture, and a period without frames has no file. A frame that
	// comes too late for its period is in the file that is open then. Zero: no
	// limit.
	Every time.Duration

	// Files is how many files are kept: before one more is begun, the oldest is
	// removed. Only files of this capture are, and it does not matter if one is
	// gone already. Zero: all.
	Files int
}

// on says that there is more than one file.
func (r Rotation) on() bool { return r.Size > 0 || r.Every > 0 }

// check says what is wrong with it.
func (r Rotation) check() error {
	switch {
	case r.Size < 0 || r.Every < 0 || r.Files < 0:
		return errors.New("rotate files: a size, a time or a number below zero")
	case r.Files > 0 && !r.on():
		return errors.New("rotate files: how many are kept is given, and not when a new one is begun: by size or by time")
	}
	return nil
}

// ring is what is known of the files of a rotation.
type ring struct {
	Rotation
	name   string   // of the pattern
	number int      // of the last file
	kept   []string // names of files that are there, the oldest first

	start time.Time // of the period of the current file
	begun bool      // start is set
	empty bool      // the file has no frame yet
}

// over says that the period of the current file is over at a time. A clock that was
// set back by more than a period counts as well.
func (r *ring) over(t time.Time) bool {
	if r.Every <= 0 || !r.begun {
		return false
	}
	since := t.Sub(r.start)
	return since >= r.Every || since < -r.Every
}

// begin sets the period that a time is in.
func (r *ring) begin(t time.Time) {
	r.empty = true
	if r.Every <= 0 || t.IsZero() {
		return
	}
	switch since := t.Sub(r.start); {
	case !r.begun || since < -r.Every || since > farAway:
		r.start = t
	case since >= r.Every:
		r.start = r.start.Add(since - since%r.Every)
	}
	r.begun = true
}

// farAway is beyond what differences of times can tell.
const farAway = 1<<63 - 2

// next returns the name of the next file.
func (r *ring) next(t time.Time) string {
	if t.IsZero() {
		t = time.Unix(0, 0)
	}
	r.number++
	before, extension := splitExtension(r.name)
	return fmt.Sprintf("%s_%05d_%s%s", before, r.number, t.Local().Format(rotationTime), extension)
}

// rotationTime is how a file's name tells its time.
const rotationTime = "20060102150405"

// splitExtension splits a pattern where number and time go.
func splitExtension(name string) (before, extension string) {
	extension = filepath.Ext(name)
	if filepath.Base(name) == extension { // a hidden file
		extension = ""
	}
	return strings.TrimSuffix(name, extension), extension
}

// IsRotated reports whether a file's name is one of those that a Rotation makes of a
// pattern. Who creates files for somebody else looks before.
func IsRotated(pattern, name string) bool {
	before, extension := splitExtension(pattern)
	name, ok := strings.CutPrefix(name, before+"_")
	name, ends := strings.CutSuffix(name, extension)
	number, at, parts := strings.Cut(name, "_")
	digits := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	return ok && ends && parts && len(number) >= 5 && digits(number) && len(at) == len(rotationTime) && digits(at)
}

// rotate sees to it that the right file is open for n bytes of a frame.
func (f *Files) rotate(frame *Frame, n int) error {
	r := &f.ring
	if f.w != nil {
		full := r.Size > 0 && !r.empty && f.w.Size()+f.w.needs(frame, n) > r.Size
		if full || !frame.Time.IsZero() && r.over(frame.Time) {
			if err := f.finish(); err != nil {
				return err
			}
		}
	}
	if f.w == nil {
		if err := f.open(frame.Time); err != nil {
			return err
		}
	}
	r.empty = false
	return nil
}

// needs is how many bytes of a file n bytes of a frame take at most, with what the end
// of the file then takes.
func (w *Writer) needs(f *Frame, n int) int64 {
	if w.c.Format == FormatPcap {
		return int64(pcapRecord + n)
	}
	n = enhancedSize(n, optionsSize(f))
	interfaces := len(w.order)
	if f.Interface != w.last && f.Interface != nil {
		if _, known := w.known[f.Interface]; !known {
			interfaces++
			n += len(description(f.Interface)) + blockOverhead
		}
	}
	if w.c.Statistics != nil {
		n += interfaces * statisticsBlock
	}
	return int64(n)
}

// mostTaken is how many numbers are tried for a file before something else must be
// wrong.
const mostTaken = 1000

// create creates the file, or the next of several, and returns its name.
func (f *Files) create(now time.Time) (io.WriteCloser, string, error) {
	if !f.ring.on() {
		w, err := f.c.Create(f.c.Name, false)
		return w, f.c.Name, notDone("create", f.c.Name, err)
	}
	if err := f.makeRoom(); err != nil {
		return nil, "", err
	}
	f.ring.begin(now)
	for n := 1; ; n++ {
		name := f.ring.next(now)
		w, err := f.c.Create(name, true)
		if errors.Is(err, fs.ErrExist) && n < mostTaken {
			continue
		}
		if err == nil {
			f.ring.kept = append(f.ring.kept, name)
		}
		return w, name, notDone("create", name, err)
	}
}

// makeRoom removes files, so that there are no more than are to be kept once
// another is there.
func (f *Files) makeRoom() error {
	r := &f.ring
	for r.Files > 0 && len(r.kept) >= r.Files {
		name := r.kept[0]
		if err := f.c.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return notDone("remove", name, err)
		}
		r.kept = slices.Delete(r.kept, 0, 1)
	}
	return nil
}

// notDone returns the error of what was done to a file, if it failed.
func notDone(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &WriteError{Op: op, Name: name, Err: bare(err)}
}
