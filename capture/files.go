package capture

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"
)

// FilesConfig says to which files frames go. A Name, or an Output, is all that
// it needs.
type FilesConfig struct {
	// Name is the file's path. With Rotation it is the pattern of several: see
	// there. What exists under that name is replaced, unless Create does
	// otherwise.
	Name string

	// Output is written to in place of a file: standard output, for example.
	// Name is then what errors call it. It is not closed, and there is no
	// rotation. nil: files.
	Output io.Writer

	// Writer says what is written. Its Name is of no effect, and its Format,
	// when zero, follows from Name.
	Writer WriterConfig

	// Rotation has several files written. Zero: one file.
	Rotation Rotation

	// Live says that frames come as they are captured, and not from a file. The
	// first of several files is then created at once and not with its first
	// frame, and one whose time is over is finished by the clock, also while no
	// frame comes.
	Live bool

	// FlushEvery is how long a frame waits at most until it is written.
	// Zero: a second. Negative: until Flush or Close, or until enough are gathered.
	FlushEvery time.Duration

	// Create creates a file, or opens and empties one that is there. exclusive
	// says that it must not be there. nil: the function Create. Who has given up
	// the right to create files passes one that asks somebody who has it.
	Create func(name string, exclusive bool) (io.WriteCloser, error)

	// Remove removes a file. nil: os.Remove.
	Remove func(name string) error
}

// Files writes frames to a file, or to one after the other. Several goroutines may
// use it at once: one that captures on each interface, for example. It has a
// goroutine of its own that writes at least each second what was gathered.
type Files struct {
	c     FilesConfig
	stop  chan struct{}
	ended sync.WaitGroup
	fail  chan struct{} // closed when err is there

	mu        sync.Mutex
	out       io.Closer // the file; nil: there is none, or it is Output
	w         *Writer   // nil: no file is open
	described []*Interface
	ring      ring
	err       error // for good
	closed    bool
	closeErr  error
}

// NewFiles opens the file, or the first of several (but see Live). What is wrong
// with its name is thus known before anything is captured. The caller calls
// Close.
func NewFiles(c FilesConfig) (*Files, error) {
	if err := c.Rotation.check(); err != nil {
		return nil, err
	}
	if c.Output != nil {
		c.Rotation = Rotation{}
	}
	if c.Create == nil {
		c.Create = Create
	}
	if c.Remove == nil {
		c.Remove = os.Remove
	}
	if c.FlushEvery == 0 {
		c.FlushEvery = time.Second
	}
	c.Writer.Format = c.Writer.Format.of(c.Name)
	f := &Files{c: c, stop: make(chan struct{}), fail: make(chan struct{}), ring: ring{Rotation: c.Rotation, name: c.Name}}
	if !c.Rotation.on() || c.Live {
		if err := f.open(time.Now()); err != nil {
			_ = f.finish()
			return nil, err
		}
	}
	if c.FlushEvery > 0 {
		f.ended.Go(f.flushRegularly)
	}
	return f, nil
}

// Write writes a frame, of which it keeps nothing. An *UnwritableError is about
// this frame only; all other errors are for good.
func (f *Files) Write(frame *Frame) error {
	f.mu.Lock() // and no defer, which takes a tenth of the time of a small frame
	err := f.write(frame)
	f.mu.Unlock()
	return err
}

func (f *Files) write(frame *Frame) error {
	switch {
	case f.err != nil:
		return f.err
	case !f.c.Rotation.on():
		return f.failed(f.w.Write(frame))
	case frame.Datagrams == nil:
		return f.failed(f.writeRotated(frame, len(frame.Data)))
	}
	for {
		n, _ := frame.Datagrams.NextRun()
		if n == 0 {
			return nil
		}
		if err := f.writeRotated(frame, n); err != nil {
			return f.failed(err)
		}
	}
}

// writeRotated writes a frame, or the next datagram of it, of n bytes, to the file
// whose turn it is.
func (f *Files) writeRotated(frame *Frame, n int) error {
	if err := f.rotate(frame, n); err != nil {
		return err
	}
	return f.w.write(frame, 1)
}

// Describe announces an interface, so that it is in this file and in all that
// follow, even if no frame of it is. Frames need no announcement.
func (f *Files) Describe(i *Interface) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return f.err
	}
	if f.w != nil {
		if err := f.w.Describe(i); err != nil {
			return f.failed(err)
		}
	}
	f.described = append(f.described, i)
	return nil
}

// Forget takes an interface that has gone back out of what is announced: it is not in
// the files that follow.
func (f *Files) Forget(i *Interface) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for n, known := range f.described {
		if known == i {
			f.described = append(f.described[:n], f.described[n+1:]...)
			return
		}
	}
}

// Flush writes what was gathered.
func (f *Files) Flush() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.flush()
}

func (f *Files) flush() error {
	if f.err != nil || f.w == nil {
		return f.err
	}
	return f.failed(f.w.Flush())
}

// Failed returns a channel that is closed once frames can be written no more. Who
// waits for frames is told so also while none come; Close then says why.
func (f *Files) Failed() <-chan struct{} { return f.fail }

// Close finishes the file and closes it.
func (f *Files) Close() error {
	f.mu.Lock()
	if f.closed {
		defer f.mu.Unlock()
		return f.closeErr
	}
	f.closed = true
	err := f.err
	if e := f.finish(); err == nil {
		err = e
	}
	f.closeErr = err
	if f.err == nil {
		f.err = &WriteError{Op: "write", Name: f.c.Name, Err: fs.ErrClosed}
	}
	f.mu.Unlock()
	close(f.stop)
	f.ended.Wait()
	return err
}

// failed remembers an error, if it is for good.
func (f *Files) failed(err error) error {
	if err == nil {
		return nil
	}
	var this *UnwritableError
	if f.err == nil && !errors.As(err, &this) {
		f.err = err
		close(f.fail)
	}
	return err
}

// flushRegularly writes what was gathered, until Close.
func (f *Files) flushRegularly() {
	t := time.NewTicker(f.c.FlushEvery)
	defer t.Stop()
	for {
		select {
		case <-f.stop:
			return
		case now := <-t.C:
			f.mu.Lock()
			// An error is told by the next call, and by Failed.
			if f.c.Live && f.err == nil && f.w != nil && f.ring.over(now) {
				_ = f.failed(f.finish())
				f.ring.begin(now) // frames that come late are in the next file
			} else {
				_ = f.flush()
			}
			f.mu.Unlock()
		}
	}
}

// open opens the file, or the next of several.
func (f *Files) open(now time.Time) error {
	name, out := f.c.Name, f.c.Output
	if out == nil {
		file, of, err := f.create(now)
		if err != nil {
			return err
		}
		name, out, f.out = of, file, file
	}
	c := f.c.Writer
	c.Name = name
	w, err := NewWriter(out, c)
	if err != nil {
		return err
	}
	f.w = w
	for _, i := range f.described {
		if err := w.Describe(i); err != nil {
			return err
		}
	}
	// Whoever reads a pipe learns at once what it is.
	return w.Flush()
}

// finish finishes the file and closes it.
func (f *Files) finish() error {
	if f.w == nil {
		return nil
	}
	name := f.w.c.Name
	err := f.w.Close()
	if f.out != nil {
		if e := f.out.Close(); e != nil && err == nil {
			err = notDone("close", name, e)
		}
	}
	f.w, f.out = nil, nil
	return err
}
