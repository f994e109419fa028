package capture

import (
	"fmt"
	"math"
)

// The format is described in draft-ietf-opsawg-pcap; the oldest versions in
// libpcap, sf-pcap.c.
const (
	magicMicroseconds = 0xa1b2c3d4
	magicNanoseconds  = 0xa1b23c4d

	pcapHeader  = 24
	pcapRecord  = 16
	linkTypeBit = 1<<26 - 1 // the bits above tell of checksums at the end of frames
)

// pcap reads pcap files.
type pcap struct {
	s     *source
	order byteOrder
	minor uint16
	one   *Interface // a file has one
}

func openPcap(s *source, order byteOrder, unit uint64) (*pcap, error) {
	h, err := s.takeAll(pcapHeader, "the header", 0)
	if err != nil {
		return nil, err
	}
	major := order.Uint16(h[4:])
	if major != 2 {
		return nil, &FormatError{Problem: fmt.Sprintf("it is a pcap file of version %d, and 2 can be read", major)}
	}
	return &pcap{
		s:     s,
		order: order,
		minor: order.Uint16(h[6:]),
		one: &Interface{
			LinkType:  int(order.Uint32(h[20:]) & linkTypeBit),
			SnapLen:   natural(order.Uint32(h[16:])),
			BigEndian: bool(order),
			clock:     clock{unit: unit},
		},
	}, nil
}

// next reads the next frame into all of f.
func (p *pcap) next(f *Frame) error {
	start := p.s.offset()
	h, err := p.s.take(pcapRecord)
	if err != nil {
		return partly(err, "a frame", start)
	}
	seconds, rest := p.order.Uint32(h), p.order.Uint32(h[4:])
	captured, length := p.order.Uint32(h[8:]), p.order.Uint32(h[12:])
	// They changed places in version 2.3, and not in all programs.
	if p.minor < 3 || p.minor == 3 && captured > length {
		captured, length = length, captured
	}
	if captured > MaxFrame {
		return tooLong(start, captured)
	}
	data, err := p.s.takeAll(int(captured), "a frame", start)
	if err != nil {
		return err
	}
	f.Data, f.Length, f.Time, f.Interface = data, max(natural(length), len(data)), p.one.clock.sum(seconds, rest), p.one
	f.Direction, f.Comment = DirectionUnknown, "" // there are none
	f.ChecksumPending, f.Superframe, f.SegmentSize, f.Datagrams = false, false, 0, nil
	return nil
}

func tooLong(start int64, captured uint32) error {
	return &FormatError{Offset: start, Problem: fmt.Sprintf("a frame of %d bytes, and at most %d are read: the file is damaged", captured, MaxFrame)}
}

// natural returns a length as an int, as large as can be where int has 32 bits.
func natural(n uint32) int { return int(min(uint64(n), math.MaxInt)) }
