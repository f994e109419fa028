package text

import (
	"encoding/hex"
	"fmt"
	"io"
	"net/netip"
	"strconv"

	"mcast/internal/view"
	"mcast/wire"
)

// FrameFormat is how frames are printed.
type FrameFormat struct {
	Scapy   bool // scapy's line in place of ours
	Tree    bool // every field below it
	Hexdump bool // the bytes below that
}

// FramePrinter prints frames. It allocates nothing by frame, but for trees.
type FramePrinter struct {
	w      io.Writer
	format FrameFormat
	buf    []byte
}

// NewFramePrinter returns a printer that makes one write a frame.
func NewFramePrinter(w io.Writer, f FrameFormat) *FramePrinter {
	return &FramePrinter{w: w, format: f}
}

// Frame prints a frame: a line, and what else was asked for.
func (p *FramePrinter) Frame(f *view.Frame) error {
	b := p.buf[:0]
	if p.format.Scapy {
		b = wire.AppendScapy(b, f.Packet.Data)
	} else {
		b = appendFrameLine(b, f)
	}
	b = append(b, '\n')
	if p.format.Tree {
		b = appendTree(b, f.Packet)
	}
	if p.format.Hexdump {
		b = wire.AppendHexdump(b, f.Packet.Data)
	}
	p.buf = b
	_, err := p.w.Write(b)
	return err
}

// appendFrameLine appends time, interface and direction, and what the frame is.
func appendFrameLine(b []byte, f *view.Frame) []byte {
	if !f.Time.IsZero() {
		b = append(f.Time.AppendFormat(b, "15:04:05.000000"), ' ')
	}
	if f.Interface != "" {
		b = append(append(b, Name(f.Interface)...), ' ')
	}
	if f.Direction != "" {
		b = append(append(b, f.Direction...), ' ')
	}
	b = f.Packet.AppendLine(b)
	if f.Superframe {
		b = append(b, " (superframe"...)
		if f.SegmentSize > 0 {
			b = append(b, " of "...)
			b = strconv.AppendInt(b, int64(f.SegmentSize), 10)
			b = append(b, " B each"...)
		}
		b = append(b, ')')
	}
	if f.Comment != "" {
		b = append(b, " # "...)
		b = append(b, Name(f.Comment)...)
	}
	return b
}

// appendTree appends every field of every layer, and what is wrong.
func appendTree(b []byte, p *wire.Packet) []byte {
	faults := p.Faults()
	for i, l := range p.Layers() {
		b = fmt.Appendf(b, "  %s, bytes %d to %d\n", l.Protocol, l.Start, l.Payload)
		b = appendFields(b, p.Fields(i), "    ")
		for _, f := range faults {
			if f.Layer == i {
				b = p.AppendFault(append(b, "    ! "...), f)
				b = append(b, '\n')
			}
		}
	}
	return b
}

func appendFields(b []byte, fields []wire.Field, indent string) []byte {
	for _, f := range fields {
		b = append(append(append(b, indent...), f.Name...), ':')
		if f.Value.Kind == wire.Records {
			b = append(b, '\n')
			for _, r := range f.Value.List {
				b = append(append(b, indent...), "  -\n"...)
				b = appendFields(b, r.Fields, indent+"    ")
			}
			continue
		}
		b = appendValue(append(b, ' '), f.Value)
		if f.Meaning != "" {
			b = append(append(append(b, " ("...), f.Meaning...), ')')
		}
		b = append(b, '\n')
	}
	return b
}

// mostShown is how many bytes of a field are shown.
const mostShown = 32

func appendValue(b []byte, v wire.Value) []byte {
	switch v.Kind {
	case wire.Number:
		return strconv.AppendUint(b, v.Number, 10)
	case wire.Signed:
		return strconv.AppendInt(b, int64(v.Number), 10)
	case wire.Hex:
		return strconv.AppendUint(append(b, "0x"...), v.Number, 16)
	case wire.Flag:
		return strconv.AppendBool(b, v.Number != 0)
	case wire.Address:
		return v.Addr.AppendTo(b)
	case wire.MAC:
		for i, c := range v.Bytes {
			if i > 0 {
				b = append(b, ':')
			}
			b = hex.AppendEncode(b, []byte{c})
		}
		return b
	case wire.Text:
		return strconv.AppendQuote(b, string(v.Bytes))
	case wire.Addresses:
		for i, a := range v.List {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = a.Addr.AppendTo(b)
		}
		return b
	}
	if len(v.Bytes) > mostShown {
		b = hex.AppendEncode(b, v.Bytes[:mostShown])
		return fmt.Appendf(b, "… (%d bytes)", len(v.Bytes))
	}
	return hex.AppendEncode(b, v.Bytes)
}

// CaptureSummary prints how much was captured, what was lost, and the groups.
func CaptureSummary(w io.Writer, c *view.Capture) error {
	b := fmt.Appendf(nil, "captured %s, %s", plural(c.Captured, "frame"), plural(c.Bytes, "byte"))
	if t := c.Last.Sub(c.First); c.Captured > 1 && t > 0 {
		b = fmt.Appendf(b, " in %s (%s/s, %s)", duration(t), scaled(float64(c.Captured)/t.Seconds(), ""), scaled(8*float64(c.Bytes)/t.Seconds(), "bit/s"))
	}
	if c.Dropped != nil {
		b = fmt.Appendf(b, ", %s by the kernel", drops(c.Dropped))
	}
	b = append(b, '\n')
	for i, g := range c.Groups {
		if i == mostGroups {
			b = fmt.Appendf(b, "  … and %d more\n", len(c.Groups)-i)
			break
		}
		b = append(b, "  "...)
		if g.Port == 0 {
			b = g.Group.AppendTo(b)
		} else {
			b = netip.AddrPortFrom(g.Group, g.Port).AppendTo(b)
		}
		if g.Interface != "" {
			b = fmt.Appendf(b, " on %s", Name(g.Interface))
		}
		b = fmt.Appendf(b, ": %s, %s\n", plural(g.Frames, "frame"), plural(g.Bytes, "byte"))
	}
	_, err := w.Write(b)
	return err
}
