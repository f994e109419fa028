package json

import (
	"encoding/hex"
	"io"
	"strconv"

	"mcast/internal/view"
	"mcast/wire"
)

// FramePrinter prints captured frames: an object a line, with every field of
// every layer, as FrameSchema describes them.
type FramePrinter struct {
	w    io.Writer
	buf  []byte
	line []byte
}

// NewFramePrinter returns a printer that makes one write a frame.
func NewFramePrinter(w io.Writer) *FramePrinter { return &FramePrinter{w: w} }

// Frame prints a frame.
func (p *FramePrinter) Frame(f *view.Frame) error {
	p.line = f.Packet.AppendLine(p.line[:0])
	b := append(p.buf[:0], `{"type":"frame","time":`...)
	if f.Time.IsZero() {
		b = append(b, "null"...)
	} else {
		b = append(f.Time.UTC().AppendFormat(append(b, '"'), timeFormat), '"')
	}
	b = appendString(append(b, `,"interface":`...), []byte(f.Interface))
	b = append(b, `,"direction":`...)
	if f.Direction == "" {
		b = append(b, "null"...)
	} else {
		b = appendString(b, []byte(f.Direction))
	}
	b = strconv.AppendInt(append(b, `,"length":`...), int64(f.Packet.Length), 10)
	b = strconv.AppendInt(append(b, `,"captured":`...), int64(len(f.Packet.Data)), 10)
	if f.Superframe {
		b = strconv.AppendInt(append(b, `,"superframe":{"segment_size":`...), int64(f.SegmentSize), 10)
		b = append(b, '}')
	}
	if f.Comment != "" {
		b = appendString(append(b, `,"comment":`...), []byte(f.Comment))
	}
	b = appendString(append(b, `,"summary":`...), p.line)
	b = append(b, `,"layers":[`...)
	for i, l := range f.Packet.Layers() {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, `{"layer":`...), []byte(l.Protocol.String()))
		b = append(appendFields(b, f.Packet.Fields(i), true), '}')
	}
	b = append(b, ']')
	b = p.appendFaults(b, f.Packet)
	b = append(b, "}\n"...)
	p.buf = b
	_, err := p.w.Write(b)
	return err
}

// appendFaults appends what is wrong, if anything is.
func (p *FramePrinter) appendFaults(b []byte, packet *wire.Packet) []byte {
	faults := packet.Faults()
	if len(faults) == 0 {
		return b
	}
	b = append(b, `,"faults":[`...)
	layers := packet.Layers()
	for i, f := range faults {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"layer":`...)
		if f.Layer < len(layers) {
			b = appendString(b, []byte(layers[f.Layer].Protocol.String()))
		} else {
			b = append(b, "null"...)
		}
		b = appendString(append(b, `,"fault":`...), []byte(f.Kind.String()))
		b = strconv.AppendInt(append(b, `,"offset":`...), int64(f.Offset), 10)
		p.line = packet.AppendFault(p.line[:0], f)
		b = append(appendString(append(b, `,"text":`...), p.line), '}')
	}
	return append(b, ']')
}

// appendFields appends the members of an object, of which some are there already.
func appendFields(b []byte, fields []wire.Field, more bool) []byte {
	for _, f := range fields {
		if more {
			b = append(b, ',')
		}
		more = true
		b = append(appendString(b, []byte(f.Name)), ':')
		b = appendValue(b, f.Value)
		if f.Meaning != "" {
			b = append(append(append(b, `,"`...), f.Name...), `_name":`...)
			b = appendString(b, []byte(f.Meaning))
		}
	}
	return b
}

func appendValue(b []byte, v wire.Value) []byte {
	switch v.Kind {
	case wire.Number, wire.Hex:
		return strconv.AppendUint(b, v.Number, 10)
	case wire.Signed:
		return strconv.AppendInt(b, int64(v.Number), 10)
	case wire.Flag:
		return strconv.AppendBool(b, v.Number != 0)
	case wire.Address:
		return append(v.Addr.AppendTo(append(b, '"')), '"')
	case wire.MAC:
		b = append(b, '"')
		for i, c := range v.Bytes {
			if i > 0 {
				b = append(b, ':')
			}
			b = hex.AppendEncode(b, []byte{c})
		}
		return append(b, '"')
	case wire.Text:
		return appendString(b, v.Bytes)
	case wire.Addresses, wire.Records:
		b = append(b, '[')
		for i, e := range v.List {
			if i > 0 {
				b = append(b, ',')
			}
			if e.Kind == wire.Record {
				b = append(appendFields(append(b, '{'), e.Fields, false), '}')
			} else {
				b = appendValue(b, e)
			}
		}
		return append(b, ']')
	}
	return append(hex.AppendEncode(append(b, '"'), v.Bytes), '"')
}
