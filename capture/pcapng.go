package capture

import (
	"encoding/binary"
	"fmt"
)

// The format is described in draft-ietf-opsawg-pcapng.

// Types of blocks. All others are passed over.
const (
	blockSection    = 0x0a0d0d0a // reads the same in both byte orders
	blockInterface  = 1
	blockPacket     = 2 // obsolete
	blockSimple     = 3
	blockStatistics = 5
	blockEnhanced   = 6
)

const (
	orderMagic = 0x1a2b3c4d // at the beginning of a section's body

	blockHeader  = 8  // type and length
	blockTrailer = 4  // the length again
	sectionLeast = 28 // bytes of a section's header

	maxBlock      = 2 * MaxFrame // of those that are looked into
	maxInterfaces = 1 << 16      // of a section
)

// pcapng reads pcapng files.
type pcapng struct {
	s          *source
	order      byteOrder
	interfaces []*Interface // of this section
}

func openPcapng(s *source) (*pcapng, error) {
	p := &pcapng{s: s}
	_, err := p.block(nil) // which is a section's header: so the file begins
	return p, err
}

// next reads the next frame into all of f.
func (p *pcapng) next(f *Frame) error {
	for {
		start := p.s.offset()
		if body := p.ready(); body != nil {
			return p.enhanced(f, body, start)
		}
		if found, err := p.block(f); found || err != nil {
			return err
		}
	}
}

// ready returns the body of the next block if that is a frame, in order, and read
// already. Nearly all are, and need no second look: that makes reading a third
// faster. All others are for block.
func (p *pcapng) ready() []byte {
	const least = blockHeader + enhancedHeader + blockTrailer
	b := p.s.buf[p.s.at:p.s.end]
	if len(b) < least || p.order.Uint32(b) != blockEnhanced {
		return nil
	}
	total := p.order.Uint32(b[4:])
	if total < least || uint64(total) > uint64(len(b)) || total%4 != 0 {
		return nil
	}
	b = b[:total]
	if p.order.Uint32(b[len(b)-blockTrailer:]) != total {
		return nil
	}
	p.s.at += len(b)
	return b[blockHeader : len(b)-blockTrailer]
}

// block reads the next block, and a frame that is in it into f.
func (p *pcapng) block(f *Frame) (found bool, err error) {
	start := p.s.offset()
	typ, length, err := p.begin()
	if err != nil {
		return false, err
	}
	total := uint32(p.s.offset() - start + length)
	what := "a frame"
	switch typ {
	case blockEnhanced, blockPacket, blockSimple:
	case blockSection:
		what = "a section's header"
	case blockInterface:
		what = "the description of an interface"
	case blockStatistics:
		what = "the statistics of an interface"
	default:
		return false, p.skip(length, total, start)
	}
	if length > maxBlock {
		return false, &FormatError{Offset: start, Problem: fmt.Sprintf("%s of %d bytes, and at most %d are read: the file is damaged", what, total, maxBlock)}
	}
	b, err := p.s.takeAll(int(length), what, start)
	if err != nil {
		return false, err
	}
	body, trailer := b[:len(b)-blockTrailer], b[len(b)-blockTrailer:]
	if err := p.checkTrailer(trailer, total, start); err != nil {
		return false, err
	}
	switch typ {
	case blockEnhanced:
		return true, p.enhanced(f, body, start)
	case blockPacket:
		return true, p.packet(f, body, start)
	case blockSimple:
		return true, p.simple(f, body, start)
	case blockSection:
		return false, p.section(body, start)
	case blockInterface:
		return false, p.describe(body, start)
	}
	p.statistics(body)
	return false, nil
}

// skip passes over the rest of a block.
func (p *pcapng) skip(length int64, total uint32, start int64) error {
	const what = "a block"
	if err := p.s.skip(length - blockTrailer); err != nil {
		return cut(err, what, start)
	}
	b, err := p.s.takeAll(blockTrailer, what, start)
	if err != nil {
		return err
	}
	return p.checkTrailer(b, total, start)
}

// begin reads a block's header. The length that it returns is that of what
// follows. At a new section it finds out the byte order.
func (p *pcapng) begin() (typ uint32, length int64, err error) {
	start := p.s.offset()
	h, err := p.s.take(blockHeader)
	if err != nil {
		return 0, 0, partly(err, "a block", start)
	}
	if binary.BigEndian.Uint32(h) != blockSection {
		total := p.order.Uint32(h[4:])
		return p.order.Uint32(h), int64(total) - blockHeader, checkBlock(start, total, blockHeader+blockTrailer)
	}
	// The byte order is told behind the length.
	little, big := binary.LittleEndian.Uint32(h[4:]), binary.BigEndian.Uint32(h[4:])
	magic, err := p.s.takeAll(4, "a section's header", start)
	if err != nil {
		return 0, 0, err
	}
	var total uint32
	switch {
	case binary.LittleEndian.Uint32(magic) == orderMagic:
		p.order, total = littleEndian, little
	case binary.BigEndian.Uint32(magic) == orderMagic:
		p.order, total = bigEndian, big
	default:
		return 0, 0, &FormatError{Offset: start, Problem: "it looks like a pcapng file, and tells no byte order: it is damaged"}
	}
	return blockSection, int64(total) - blockHeader - 4, checkBlock(start, total, sectionLeast)
}

// checkBlock refuses a total length that no block has.
func checkBlock(start int64, total, least uint32) error {
	if total < least || total%4 != 0 {
		return &FormatError{Offset: start, Problem: fmt.Sprintf("a block of %d bytes, which is impossible: the file is damaged", total)}
	}
	return nil
}

// checkTrailer refuses a block whose two lengths differ.
func (p *pcapng) checkTrailer(trailer []byte, total uint32, start int64) error {
	if again := p.order.Uint32(trailer); again != total {
		return &FormatError{Offset: start, Problem: fmt.Sprintf("a block of %d bytes, or of %d, as it ends with: the file is damaged", total, again)}
	}
	return nil
}

// section begins a new section, with interfaces of its own.
func (p *pcapng) section(body []byte, start int64) error {
	if major := p.order.Uint16(body); major != 1 {
		return &FormatError{Offset: start, Problem: fmt.Sprintf("a section of pcapng version %d, and 1 can be read", major)}
	}
	p.interfaces = nil // those before are with frames that were returned
	return nil
}

// describe adds an interface.
func (p *pcapng) describe(body []byte, start int64) error {
	if len(body) < 8 {
		return short(start, "the description of an interface")
	}
	if len(p.interfaces) == maxInterfaces {
		return &FormatError{Offset: start, Problem: fmt.Sprintf("more than %d interfaces: the file is damaged", maxInterfaces)}
	}
	i := &Interface{
		ID:        len(p.interfaces),
		LinkType:  int(p.order.Uint16(body)),
		SnapLen:   natural(p.order.Uint32(body[4:])),
		BigEndian: bool(p.order),
		clock:     clock{unit: microseconds},
	}
	for o := (options{body[8:], p.order}); o.more(); {
		switch code, value := o.take(); {
		case code == optionName:
			i.Name = string(text(value))
		case code == optionDescription:
			i.Description = string(text(value))
		case code == optionFilter && len(value) >= 1 && value[0] == filterExpression:
			i.Filter = string(text(value[1:]))
		case code == optionResolution && len(value) >= 1:
			unit, err := unitOf(value[0])
			if err != nil {
				return &FormatError{Offset: start, Problem: fmt.Sprintf("interface %d: %v", i.ID, err)}
			}
			i.clock.unit = unit
		case code == optionTimeOffset && len(value) >= 8:
			i.clock.offset = int64(p.order.Uint64(value))
		}
	}
	p.interfaces = append(p.interfaces, i)
	return nil
}

// enhanced reads a frame as they are written today.
func (p *pcapng) enhanced(f *Frame, body []byte, start int64) error {
	if len(body) < 20 {
		return short(start, "a frame")
	}
	return p.frame(f, p.order.Uint32(body), body[4:], start)
}

// packet reads a frame as they were written before, which differs in the width of
// the interface's number.
func (p *pcapng) packet(f *Frame, body []byte, start int64) error {
	if len(body) < 20 {
		return short(start, "a frame")
	}
	return p.frame(f, uint32(p.order.Uint16(body)), body[4:], start)
}

// frame reads what follows the interface's number: time, lengths, bytes and
// options.
func (p *pcapng) frame(f *Frame, id uint32, b []byte, start int64) error {
	i, err := p.of(id, start)
	if err != nil {
		return err
	}
	stamp := uint64(p.order.Uint32(b))<<32 | uint64(p.order.Uint32(b[4:]))
	captured, length := p.order.Uint32(b[8:]), p.order.Uint32(b[12:])
	b = b[16:]
	if captured > MaxFrame {
		return tooLong(start, captured)
	}
	if int(captured) > len(b) {
		return short(start, "a frame")
	}
	data := b[:captured:captured]
	f.Data, f.Length, f.Time, f.Interface = data, max(natural(length), len(data)), i.clock.time(stamp), i
	f.Direction, f.Comment = DirectionUnknown, ""
	f.ChecksumPending, f.Superframe, f.SegmentSize, f.Datagrams = false, false, 0, nil
	if rest := b[min(pad(len(data)), len(b)):]; len(rest) > 0 {
		p.frameOptions(f, rest)
	}
	return nil
}

// frameOptions reads the options of a frame.
func (p *pcapng) frameOptions(f *Frame, b []byte) {
	var comment []byte
	for o := (options{b, p.order}); o.more(); {
		switch code, value := o.take(); {
		case code == optionComment:
			if len(comment) > 0 {
				comment = append(comment, '\n')
			}
			comment = append(comment, text(value)...)
		case code == optionFlags && len(value) == 4:
			f.Direction = directionOf(p.order.Uint32(value))
		}
	}
	f.Comment = string(comment)
}

// statistics reads how the capture fared on an interface. What makes no sense is
// passed over: no frame depends on it.
func (p *pcapng) statistics(body []byte) {
	const least = 12
	if len(body) < least {
		return
	}
	id := p.order.Uint32(body)
	if uint64(id) >= uint64(len(p.interfaces)) {
		return
	}
	i := p.interfaces[id]
	var (
		s     Statistics
		known bool
	)
	for o := (options{body[least:], p.order}); o.more(); {
		code, value := o.take()
		if len(value) != 8 {
			continue
		}
		switch n := p.order.Uint64(value); code {
		case optionReceived:
			s.Received, known = n, true
		case optionDropped, optionDroppedBySystem:
			s.Dropped, known = s.Dropped+n, true
		}
	}
	if known {
		s.Time = i.clock.time(uint64(p.order.Uint32(body[4:]))<<32 | uint64(p.order.Uint32(body[8:])))
		i.statistics = &s
	}
}

// simple reads a frame of the first interface, without a time.
func (p *pcapng) simple(f *Frame, body []byte, start int64) error {
	if len(body) < 4 {
		return short(start, "a frame")
	}
	i, err := p.of(0, start)
	if err != nil {
		return err
	}
	length := p.order.Uint32(body)
	captured := length
	if i.SnapLen > 0 {
		captured = min(captured, uint32(i.SnapLen))
	}
	if captured > MaxFrame {
		return tooLong(start, captured)
	}
	if int(captured) > len(body)-4 {
		return short(start, "a frame")
	}
	data := body[4:][:captured:captured]
	*f = Frame{Data: data, Length: natural(length), Interface: i}
	return nil
}

// of returns the interface of a number.
func (p *pcapng) of(id uint32, start int64) (*Interface, error) {
	if uint64(id) < uint64(len(p.interfaces)) {
		return p.interfaces[id], nil
	}
	return nil, p.undescribed(id, start)
}

func (p *pcapng) undescribed(id uint32, start int64) error {
	return &FormatError{Offset: start, Problem: fmt.Sprintf("a frame of interface %d, and %d are described before it: the file is damaged", id, len(p.interfaces))}
}

func short(start int64, what string) error {
	return &FormatError{Offset: start, Problem: what + " does not fit into its block: the file is damaged"}
}
