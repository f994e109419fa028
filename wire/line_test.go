package wire

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

// lineTest is a frame and its line.
type lineTest struct{ frame, line string }

func testLines(t *testing.T, tests []lineTest) {
	t.Helper()
	for _, tt := range tests {
		if got := string(decode(t, tt.frame).AppendLine(nil)); got != tt.line {
			t.Errorf("%s:\n%s, want\n%s", tt.frame, got, tt.line)
		}
	}
}

// show writes fields as a line: name=value (meaning) …
func show(fields []Field) string {
	var parts []string
	for _, f := range fields {
		s := f.Name + "=" + showValue(f.Value)
		if f.Meaning != "" {
			s += " (" + f.Meaning + ")"
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " ")
}

func showValue(v Value) string {
	switch v.Kind {
	case Number, Flag:
		return fmt.Sprint(v.Number)
	case Hex:
		return fmt.Sprintf("%#x", v.Number)
	case Address:
		return v.Addr.String()
	case Text:
		return fmt.Sprintf("%q", v.Bytes)
	case Record:
		return "{" + show(v.Fields) + "}"
	case Addresses, Records:
		var parts []string
		for _, e := range v.List {
			parts = append(parts, showValue(e))
		}
		return "[" + strings.Join(parts, " ") + "]"
	}
	return fmt.Sprintf("%x", v.Bytes)
}

// fieldsTest is a frame and the fields of its layer of a protocol.
type fieldsTest struct {
	frame  string
	of     Protocol
	fields string
}

func testFields(t *testing.T, tests []fieldsTest) {
	t.Helper()
	for _, tt := range tests {
		p := decode(t, tt.frame)
		got := ""
		for i, l := range p.Layers() {
			if l.Protocol == tt.of {
				got = show(p.Fields(i))
			}
		}
		if got != tt.fields {
			t.Errorf("%s:\n%s, want\n%s", tt.frame, got, tt.fields)
		}
	}
}

// editTest is a frame to which something is done, after which lengths and
// checksums are made right again, and the line that it has then.
type editTest struct {
	name, frame string
	edit        func(b []byte) []byte // of what is above Ethernet
	line        string
}

func testEdits(t *testing.T, tests []editTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := frame(t, tt.frame)
			b = append(b[:14], tt.edit(b[14:])...)
			if b[14]>>4 == 4 {
				binary.BigEndian.PutUint16(b[16:], uint16(len(b)-14))
			} else {
				binary.BigEndian.PutUint16(b[18:], uint16(len(b)-54))
			}
			var p Packet
			for range 2 { // the first time, to be told the right checksums
				p.Decode(LinkEthernet, b, len(b), Options{})
				for _, f := range p.Faults() {
					if f.Kind == BadChecksum {
						binary.BigEndian.PutUint16(b[f.Offset:], uint16(f.Want))
					}
				}
			}
			if got := string(p.AppendLine(nil)); got != tt.line {
				t.Errorf("%s, want\n%s", got, tt.line)
			}
		})
	}
}

// set returns an edit that sets bytes from a place on.
func set(at int, to ...byte) func(b []byte) []byte {
	return func(b []byte) []byte {
		copy(b[at:], to)
		return b
	}
}

// cut returns an edit that leaves the first n bytes.
func cut(n int) func(b []byte) []byte { return func(b []byte) []byte { return b[:n] } }

// A frame of which nothing is known has a line all the same.
func TestLineOfUnknownFrames(t *testing.T) {
	for _, tt := range []struct {
		link        LinkType
		frame, line string
		length      int
	}{
		{LinkNull, "07000000 0102030405", "family 7 5 B", 9},
		{LinkLoop, "00000063 01020304", "family 99 1000 B", 1004},
		{LinkNull, "07000000", "family 7 0 B", 4},
		{LinkNull, "07", "[Loopback truncated: 1 bytes, at least 4 needed]", 1},
		{LinkRaw, "30010203", "payload 4 B", 4},
		{LinkRaw, "", "payload 0 B", 0},
		{9999, "0102030405", "payload 5 B", 5},
		{LinkNull, "02000000" + ipHello + helloUDP + helloData, "192.168.56.103:52582 > 224.1.1.5:50001 ttl 1 udp 13 B", 0},
	} {
		b := frame(t, tt.frame)
		var p Packet
		p.Decode(tt.link, b, tt.length, Options{})
		if got := string(p.AppendLine(nil)); got != tt.line {
			t.Errorf("%d %s: %q, want %q", tt.link, tt.frame, got, tt.line)
		}
	}
}
