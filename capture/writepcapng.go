package capture

import (
	"encoding/binary"
	"math"
	"time"
)

const (
	blockOverhead   = blockHeader + blockTrailer
	enhancedHeader  = 20 // of a frame's body
	optionHeader    = 4
	directionOnly   = optionHeader + 4 + optionHeader // options of a frame without a comment
	statisticsBlock = blockOverhead + 12 + 2*(optionHeader+8) + optionHeader

	anyLength = math.MaxUint64 // of a section: it ends where the next begins

	mostSeconds = math.MaxUint64/uint64(time.Second) - 1 // whose nanoseconds can be told
)

// writeEnhanced is write for pcapng files.
func (w *Writer) writeEnhanced(f *Frame, most int) error {
	if f.Interface != w.last {
		id, err := w.number(f.Interface)
		if err != nil {
			return err
		}
		w.last, w.id = f.Interface, id
	}
	stamp, err := nanosecondsOf(f.Time)
	if err != nil {
		return err
	}
	options := optionsSize(f)
	if enhancedHeader+pad(len(f.Data))+options > maxBlock {
		return unwritable("", "a comment of %d bytes, which is more than fits", len(f.Comment))
	}
	w.now = stamp
	if f.Datagrams == nil {
		data, err := w.beginEnhanced(f, options, 1, len(f.Data), f.Length)
		copy(data, f.Data)
		return err
	}
	for most > 0 {
		n, count := f.Datagrams.NextRun()
		if n == 0 {
			break
		}
		size := enhancedSize(n, options)
		count = min(count, most, w.sink.fit(size))
		data, err := w.beginEnhanced(f, options, count, n, n)
		if err != nil {
			return err
		}
		most -= f.Datagrams.CopyRun(data, size)
	}
	return nil
}

// beginEnhanced writes all that is known of count frames but their data, and returns
// the place for these, from the first one's n bytes to the last one's.
func (w *Writer) beginEnhanced(f *Frame, options, count, n, length int) ([]byte, error) {
	size := enhancedSize(n, options)
	all, err := w.sink.room(count * size)
	if err != nil {
		return nil, err
	}
	const at = blockHeader + enhancedHeader
	b := all[:size]
	o := binary.LittleEndian
	h := (*[at]byte)(b)
	o.PutUint32(h[:], blockEnhanced)
	o.PutUint32(h[4:], uint32(size))
	o.PutUint32(h[8:], w.id)
	o.PutUint32(h[12:], uint32(w.now>>32))
	o.PutUint32(h[16:], uint32(w.now))
	o.PutUint32(h[20:], uint32(n))
	o.PutUint32(h[24:], uint32(max(n, length)))
	end := at + pad(n)
	if end > at {
		o.PutUint32(b[end-4:], 0) // what fills it up
	}
	if options > 0 {
		putOptions(b[end:], f)
	}
	o.PutUint32(b[size-blockTrailer:], uint32(size))
	tail := b[at+n&^3:]
	for i := size; i < len(all); i += size {
		*(*[at]byte)(all[i:]) = *h
		copy(all[i+size-len(tail):], tail)
	}
	return all[at : len(all)-size+at+n], nil
}

// enhancedSize is how many bytes n bytes of a frame take.
func enhancedSize(n, options int) int { return blockOverhead + enhancedHeader + pad(n) + options }

// optionsSize is how many bytes the options of a frame take.
func optionsSize(f *Frame) int {
	if f.Direction == DirectionUnknown && f.Comment == "" {
		return 0
	}
	if f.Comment == "" {
		return directionOnly
	}
	n := 0
	if f.Direction != DirectionUnknown {
		n += optionHeader + 4
	}
	for rest, more := f.Comment, f.Comment != ""; more; {
		var remark string
		remark, rest, more = nextRemark(rest)
		n += optionHeader + pad(len(remark))
	}
	return n + optionHeader
}

// putOptions fills b with the options of a frame.
func putOptions(b []byte, f *Frame) {
	if f.Comment == "" && f.Direction != DirectionUnknown { // nearly always
		o, direction := binary.LittleEndian, (*[directionOnly]byte)(b)
		o.PutUint32(direction[:], optionFlags|4<<16)
		o.PutUint32(direction[4:], f.Direction.flags())
		o.PutUint32(direction[8:], optionEnd)
		return
	}
	o := optionWriter{b}
	if f.Direction != DirectionUnknown {
		binary.LittleEndian.PutUint32(o.next(optionFlags, 4), f.Direction.flags())
	}
	for rest, more := f.Comment, f.Comment != ""; more; {
		var remark string
		remark, rest, more = nextRemark(rest)
		copy(o.next(optionComment, len(remark)), remark)
	}
	o.end()
}

// nextRemark returns as much of a comment as an option holds, and the rest, for
// further options if there is more. A comment that was read is cut between two
// remarks.
func nextRemark(comment string) (remark, rest string, more bool) {
	if len(comment) <= longestOption {
		return comment, "", false
	}
	for at := longestOption; at > 0; at-- {
		if comment[at] == '\n' {
			return comment[:at], comment[at+1:], true
		}
	}
	return comment[:longestOption], comment[longestOption:], true
}

// optionWriter fills a piece of a block with options.
type optionWriter struct{ b []byte }

// next returns the place for the value of the next option.
func (o *optionWriter) next(code uint16, n int) []byte {
	binary.LittleEndian.PutUint16(o.b, code)
	binary.LittleEndian.PutUint16(o.b[2:], uint16(n))
	value := o.b[optionHeader:][:n]
	fill := o.b[optionHeader+n : optionHeader+pad(n)]
	clear(fill)
	o.b = o.b[optionHeader+pad(n):]
	return value
}

// end ends the options.
func (o *optionWriter) end() { binary.LittleEndian.PutUint32(o.b, optionEnd) }

// nanosecondsOf returns a time as pcapng files have it here.
func nanosecondsOf(t time.Time) (uint64, error) {
	seconds := uint64(t.Unix())
	if seconds > mostSeconds {
		if t.IsZero() {
			return 0, nil
		}
		return 0, unwritable("", "a frame of %v, and times are written from 1970 to 2554", t.UTC())
	}
	return seconds*uint64(time.Second) + uint64(t.Nanosecond()), nil
}

// number returns the number of an interface, and describes it before if need be.
func (w *Writer) number(i *Interface) (uint32, error) {
	if id, ok := w.known[i]; ok {
		return id, nil
	}
	linkType := linkTypeToWrite(i)
	if linkType < 0 || linkType > math.MaxUint16 {
		return 0, unwritable("", "link type %d, and in pcapng files they are from 0 to %d", linkType, math.MaxUint16)
	}
	if len(w.order) == maxInterfaces {
		if err := w.nextSection(); err != nil {
			return 0, err
		}
	}
	if err := w.writeBlock(blockInterface, description(i)); err != nil {
		return 0, err
	}
	id := uint32(len(w.order))
	w.known[i] = id
	w.order = append(w.order, i)
	return id, nil
}

// description returns the body of the block that describes an interface.
func description(i *Interface) []byte {
	b := binary.LittleEndian.AppendUint16(nil, uint16(linkTypeToWrite(i)))
	b = binary.LittleEndian.AppendUint16(b, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(snapLenToWrite(i)))
	b = appendText(b, optionName, i.Name)
	b = appendText(b, optionDescription, i.Description)
	b = appendOption(b, optionResolution, []byte{9}) // 10^-9 s
	if i.Filter != "" {
		b = appendOption(b, optionFilter, append([]byte{filterExpression}, i.Filter...))
	}
	b = appendOption(b, optionEnd, nil)
	return b
}

// nextSection begins a new section, in which numbers of interfaces begin anew:
// memory is bounded, however many there are.
func (w *Writer) nextSection() error {
	if err := w.writeStatistics(); err != nil {
		return err
	}
	clear(w.known)
	clear(w.order)
	w.order, w.last = w.order[:0], nil
	return w.writeSection()
}

// writeSection writes a section's header.
func (w *Writer) writeSection() error {
	o := binary.LittleEndian
	b := o.AppendUint32(nil, orderMagic)
	b = o.AppendUint16(b, 1) // the version
	b = o.AppendUint16(b, 0)
	b = o.AppendUint64(b, anyLength)
	b = appendText(b, optionSystem, w.c.System)
	b = appendText(b, optionApplication, w.c.Application)
	if w.c.System != "" || w.c.Application != "" {
		b = appendOption(b, optionEnd, nil)
	}
	return w.writeBlock(blockSection, b)
}

// writeStatistics writes how the capture fared on each interface.
func (w *Writer) writeStatistics() error {
	if w.c.Statistics == nil {
		return w.sink.err
	}
	o := binary.LittleEndian
	for id, i := range w.order {
		s, ok := w.c.Statistics(i)
		if !ok {
			continue
		}
		stamp, err := nanosecondsOf(s.Time)
		if err != nil || s.Time.IsZero() {
			stamp = w.now
		}
		b := o.AppendUint32(nil, uint32(id))
		b = o.AppendUint32(b, uint32(stamp>>32))
		b = o.AppendUint32(b, uint32(stamp))
		b = appendOption(b, optionReceived, o.AppendUint64(nil, s.Received))
		b = appendOption(b, optionDropped, o.AppendUint64(nil, s.Dropped))
		b = appendOption(b, optionEnd, nil)
		if err := w.writeBlock(blockStatistics, b); err != nil {
			return err
		}
	}
	return nil
}

// writeBlock writes a block of which there are few.
func (w *Writer) writeBlock(typ uint32, body []byte) error {
	size := blockOverhead + len(body)
	b, err := w.sink.room(size)
	if err != nil {
		return err
	}
	binary.LittleEndian.PutUint32(b, typ)
	binary.LittleEndian.PutUint32(b[4:], uint32(size))
	copy(b[blockHeader:], body)
	binary.LittleEndian.PutUint32(b[size-blockTrailer:], uint32(size))
	return nil
}

// appendText appends an option, unless it is empty.
func appendText(b []byte, code uint16, s string) []byte {
	if s == "" {
		return b
	}
	return appendOption(b, code, []byte(s))
}

// appendOption appends an option. What is too long for one is cut.
func appendOption(b []byte, code uint16, value []byte) []byte {
	value = value[:min(len(value), longestOption)]
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// wholePcapng is sink.whole of pcapng files.
func wholePcapng(b []byte, n int, _ bool) int {
	end := 0
	for end+blockHeader <= n {
		next := end + int(binary.LittleEndian.Uint32(b[end+4:]))
		if next > n {
			break
		}
		end = next
	}
	return end
}
