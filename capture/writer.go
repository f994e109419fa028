package capture

import (
	"io"
	"io/fs"
	"math"
)

// WriterConfig says what a Writer writes. Its zero value is good for a pcapng
// file.
type WriterConfig struct {
	// Name is the file's name, for errors. Empty: "the capture".
	Name string

	// Format is what to write. Zero: as Name says.
	Format Format

	// Application and System are noted in pcapng files: which program wrote
	// it ("mcast 1.2"), and on what ("Linux 6.18"). Empty: nothing.
	Application, System string

	// Statistics is asked for how the capture fared on each interface when
	// a pcapng file is finished; false means that nobody knows. Files of a live
	// capture ask from a goroutine of their own too, and hold a lock
	// meanwhile: their methods cannot be called. nil: nothing is written about
	// that.
	Statistics func(*Interface) (Statistics, bool)
}

// Writer writes frames to a pcap or a pcapng file, with times in nanoseconds. What
// a Reader lends it takes. It needs nothing but an io.Writer, and so writes
// into pipes too. It is not safe for use by several goroutines at once; Files
// is.
//
// It gathers frames, and writes them when it has some or when Flush is called.
// When that fails, there are whole frames only in the file, if it has methods Seek
// and Truncate as an os.File of a regular file has them; otherwise
// WriteError.Cut says so. That error is returned from then on.
//
// In a file that it writes, interfaces are numbered in the order in which they are
// first seen. Frames of link type 0 (NULL) from a file of the other byte order
// become 108 (LOOP), which means the same, since it always writes
// little-endian. A time that is not known becomes the beginning of 1970.
type Writer struct {
	c    WriterConfig
	sink *sink

	known map[*Interface]uint32 // their numbers in this section
	order []*Interface          // by number
	last  *Interface            // of the last frame
	id    uint32                // its number
	now   uint64                // the time of the last frame, in nanoseconds

	begun    bool // a pcap file has its header
	linkType int  // of a pcap file
	snapLen  int  // of a pcap file

	closed   bool
	closeErr error
}

// NewWriter returns a writer to w. The caller calls Close, which leaves w open.
func NewWriter(w io.Writer, c WriterConfig) (*Writer, error) {
	c.Format = c.Format.of(c.Name)
	if c.Name == "" {
		c.Name = "the capture"
	}
	wr := &Writer{c: c, known: map[*Interface]uint32{}}
	if c.Format == FormatPcap {
		wr.sink = newSink(w, c.Name, wholePcap)
		return wr, nil
	}
	wr.sink = newSink(w, c.Name, wholePcapng)
	return wr, wr.writeSection()
}

// Write writes a frame, of which it keeps nothing. An *UnwritableError is about
// this frame only; all other errors are for good.
func (w *Writer) Write(f *Frame) error { return w.write(f, math.MaxInt) }

// write writes a frame, or at most so many more of the datagrams that it stands for.
func (w *Writer) write(f *Frame, most int) error {
	if f.Interface == nil {
		return unwritable("", "a frame without an interface")
	}
	if len(f.Data) > MaxFrame {
		return unwritable("", "a frame of %d bytes, and at most %d are written", len(f.Data), MaxFrame)
	}
	if uint64(f.Length) > math.MaxUint32 {
		return unwritable("", "a frame of %d bytes on the wire, and at most %d can be told", f.Length, uint32(math.MaxUint32))
	}
	if w.c.Format == FormatPcap {
		return w.writePcap(f, most)
	}
	return w.writeEnhanced(f, most)
}

// Describe announces an interface, so that it is in the file even if no frame of it
// is. Write does so with the first frame.
func (w *Writer) Describe(i *Interface) error {
	if w.c.Format == FormatPcap {
		return w.beginPcap(i)
	}
	_, err := w.number(i)
	return err
}

// Flush writes what was gathered.
func (w *Writer) Flush() error { return w.sink.flush() }

// Size is how many bytes were written, with those that are gathered.
func (w *Writer) Size() int64 { return w.sink.size() }

// Close finishes the file: it writes statistics, and what was gathered. A pcap file
// of no frames, and of which no interface was described, becomes one of
// Ethernet.
func (w *Writer) Close() error {
	if !w.closed {
		w.closed = true
		w.closeErr = w.finish()
		if w.sink.err == nil {
			w.sink.err = &WriteError{Op: "write", Name: w.c.Name, Err: fs.ErrClosed}
		}
	}
	return w.closeErr
}

// finish writes what is at the end of a file.
func (w *Writer) finish() error {
	if w.sink.err != nil {
		return w.sink.err
	}
	if w.c.Format == FormatPcapng {
		if err := w.writeStatistics(); err != nil {
			return err
		}
	} else if !w.begun {
		if err := w.beginPcap(&Interface{LinkType: ethernet}); err != nil {
			return err
		}
	}
	return w.sink.flush()
}

// Link types, of which the list is https://www.tcpdump.org/linktypes.html.
const (
	null     = 0
	ethernet = 1
	loop     = 108
)

// linkTypeToWrite returns the link type that the frames of an interface have in a
// little-endian file.
func linkTypeToWrite(i *Interface) int {
	if i.LinkType == null && i.BigEndian {
		return loop
	}
	return i.LinkType
}
