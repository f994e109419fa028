package capture

import (
	"bytes"
	"errors"
	"io"
)

// Reader reads frames from a pcap or a pcapng file. It is not safe for use by
// several goroutines at once.
type Reader struct {
	pcap   *pcap   // one of the two: an interface in their place would
	pcapng *pcapng // have every frame allocated
	err    error   // for good
}

// NewReader returns a reader of the file that r is at the beginning of. It reads
// the file's header, and so waits if r is a pipe into which nothing was written
// yet.
//
// A file of another format gives a *FormatError, which names the format if it is
// known. It reads ahead, up to 256 KiB at once.
func NewReader(r io.Reader) (*Reader, error) {
	s := newSource(r)
	b, err := s.peek(4)
	switch {
	case len(b) == 4:
	case err != nil && !errors.Is(err, io.EOF):
		return nil, s.failed(err, 0)
	case len(b) == 0:
		return nil, &FormatError{Problem: "it is empty, and a capture has at least a header"}
	default:
		return nil, &FormatError{Problem: "it is not a capture: too short"}
	}
	var reader Reader
	if err := reader.open(s, [4]byte(b)); err != nil {
		return nil, err
	}
	return &reader, nil
}

// open looks at the first four bytes, which tell format and byte order.
func (r *Reader) open(s *source, magic [4]byte) (err error) {
	for _, order := range []byteOrder{littleEndian, bigEndian} {
		switch order.Uint32(magic[:]) {
		case magicMicroseconds:
			r.pcap, err = openPcap(s, order, microseconds)
			return err
		case magicNanoseconds:
			r.pcap, err = openPcap(s, order, nanoseconds)
			return err
		case blockSection:
			r.pcapng, err = openPcapng(s)
			return err
		}
	}
	return unknown(magic)
}

// Next returns the next frame, whose bytes are lent until the next call. At the
// end of the file the error is io.EOF. A file that is cut gives a *CutError after
// its last whole frame, and one that makes no sense a *FormatError; any other
// error is one of reading. Whatever it is, it is returned from then on.
func (r *Reader) Next() (Frame, error) {
	var f Frame
	if err := r.Read(&f); err != nil {
		return Frame{}, err
	}
	return f, nil
}

// Read is Next into a frame of the caller's, which spares copying it: on a frame of 64
// bytes, a third of the time. After an error, what is in f means nothing.
func (r *Reader) Read(f *Frame) error {
	switch {
	case r.err != nil:
	case r.pcap != nil:
		r.err = r.pcap.next(f)
	default:
		r.err = r.pcapng.next(f)
	}
	return r.err
}

// strangers are formats that people mistake for captures this package can read.
var strangers = []struct{ magic, is, advice string }{
	{"\x1f\x8b", "is compressed by gzip", "unpack it first: gunzip"},
	{"\xfd7zX", "is compressed by xz", "unpack it first: unxz"},
	{"\x28\xb5\x2f\xfd", "is compressed by zstd", "unpack it first: unzstd"},
	{"\x04\x22\x4d\x18", "is compressed by lz4", "unpack it first: unlz4"},
	{"BZh", "is compressed by bzip2", "unpack it first: bunzip2"},
	{"PK\x03\x04", "is a zip archive", "unpack it first: unzip"},
	{"\x34\xcd\xb2\xa1", "is a pcap file as Alexey Kuznetzov changed the format", convert},
	{"\xa1\xb2\xcd\x34", "is a pcap file as Alexey Kuznetzov changed the format", convert},
	{"\xcd\x34\xb2\xa1", "is a pcap file as Francisco Mesquita changed the format", convert},
	{"\xa1\xb2\x34\xcd", "is a pcap file as Francisco Mesquita changed the format", convert},
	{"\x4d\x3c\x2b\xa1", "is a pcap file as Navtel changed the format", convert},
	{"\xa1\x2b\x3c\x4d", "is a pcap file as Navtel changed the format", convert},
	{"\xac\x01\x00\x1c", "is a pcap file as Ixia changed the format", convert},
	{"\x1c\x00\x01\xac", "is a pcap file as Ixia changed the format", convert},
	{"\xab\x01\x00\x1c", "is a pcap file as Ixia changed the format", convert},
	{"\x1c\x00\x01\xab", "is a pcap file as Ixia changed the format", convert},
	{"snoo", "is a capture of Solaris' snoop", convert},
	{"RTSS", "is a capture of Microsoft Network Monitor", convert},
	{"GMBU", "is a capture of Microsoft Network Monitor", convert},
	{"TRSN", "is a capture of the Sniffer", convert},
	{"XCP\x00", "is a capture of NetXRay", convert},
}

const convert = "convert it: editcap -F pcapng OLD NEW"

// unknown returns the error of a file of another format.
func unknown(magic [4]byte) error {
	for _, s := range strangers {
		if bytes.HasPrefix(magic[:], []byte(s.magic)) {
			return &FormatError{Problem: "it " + s.is + ", and pcap and pcapng can be read", Advice: s.advice}
		}
	}
	return &FormatError{Problem: "it is not a capture: pcap and pcapng can be read"}
}
