package cli

import (
	"errors"
	"fmt"
	"os"
	"time"

	"mcast/capture"
	"mcast/internal/view/text"
)

// flushPipe is how long a frame waits for company on its way to another program,
// which may show it to somebody.
const flushPipe = 100 * time.Millisecond

// openFiles opens what the frames are written to, if they are.
func (run *sniffing) openFiles() (err error) {
	o := run.o
	if o.output == "" {
		return nil
	}
	c := capture.FilesConfig{
		Name: o.output, Rotation: o.rotation, Live: o.file == "",
		Writer: capture.WriterConfig{Application: "mcast " + version(), Statistics: run.source.statistics},
		Create: run.access.create, Remove: run.access.remove,
	}
	switch {
	case o.output != "-":
		if same(o.file, o.output) {
			return usagef("write to another file", "%s would be overwritten while it is read", o.file)
		}
	case isTerminal(run.stdio.Out):
		return usagef("write to a file (-w FILE) or a pipe", "a capture is not for a terminal")
	default:
		c.Name, c.Output, c.FlushEvery = "standard output", run.stdio.Out, flushPipe
	}
	if run.files, err = capture.NewFiles(c); err != nil {
		return err
	}
	for _, i := range run.source.interfaces() {
		// What does not fit is known before a frame of it comes.
		if err := run.files.Describe(i); err != nil {
			_ = run.files.Close()
			return fmt.Errorf("write frames of %s to %s: %w", text.Name(i.Name), c.Name, err)
		}
	}
	return nil
}

// same says whether two names are of one regular file.
func same(in, out string) bool {
	read, err := os.Stat(in)
	if err != nil || !read.Mode().IsRegular() {
		return false
	}
	written, err := os.Stat(out)
	return err == nil && os.SameFile(read, written)
}

// describe has an interface be in the file before a frame of it comes. What cannot
// be said of it is told of its frames.
func (run *sniffing) describe(i *capture.Interface) { _ = run.files.Describe(i) }

// write writes a frame. One for which the format has no place is left out.
func (run *sniffing) write(f *capture.Frame) error {
	err := run.files.Write(f)
	if err == nil {
		return nil // and nothing was allocated
	}
	var unfit *capture.UnwritableError
	if !errors.As(err, &unfit) {
		return err
	}
	if run.unwritten.frames == 0 {
		run.unwritten.why = unfit
		warn(run.stdio.Err, "a frame is not in the file: %v", unfit)
	}
	frames, _ := f.Count()
	run.unwritten.frames += uint64(frames)
	return nil
}

// unwritten is frames for which the format of the file has no place.
type unwritten struct {
	frames uint64
	why    error // of the first one
}

// error is what is said of them at the end.
func (u *unwritten) error(name string) error {
	switch u.frames {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("1 frame is not in %s: %w", name, u.why)
	}
	return fmt.Errorf("%d frames are not in %s: %w", u.frames, name, u.why)
}
