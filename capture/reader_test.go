package capture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"mcast/capture"
	"mcast/filter"
)

// read reads all frames, each with a copy of its bytes, and the error at the
// end.
func read(t testing.TB, file []byte) ([]capture.Frame, error) {
	t.Helper()
	r, err := capture.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	return drain(t, r)
}

func drain(t testing.TB, r *capture.Reader) (list []capture.Frame, err error) {
	t.Helper()
	for {
		f, err := r.Next()
		if err != nil {
			if _, again := r.Next(); again != err { //nolint:errorlint // the very same
				t.Errorf("after %v: %v", err, again)
			}
			return list, err
		}
		f.Data = bytes.Clone(f.Data)
		list = append(list, f)
	}
}

func TestPcap(t *testing.T) {
	for name, o := range orders {
		for _, unit := range []struct {
			magic uint32
			rest  uint32
			want  int64
		}{
			{0xa1b2c3d4, 123456, 123456000},
			{0xa1b23c4d, 123456789, 123456789},
		} {
			t.Run(fmt.Sprintf("%s %#x", name, unit.magic), func(t *testing.T) {
				file := pcapFile(o, unit.magic, 1)
				file = append(file, pcapRecord(o, 1_700_000_000, unit.rest, 1514, []byte("first"))...)
				file = append(file, pcapRecord(o, 4_000_000_000, 0, 0, nil)...)
				file = append(file, pcapRecord(o, 1, 1, 6, []byte("second"))...)
				list, err := read(t, file)
				if err != io.EOF || len(list) != 3 { //nolint:errorlint // not wrapped, as package io demands
					t.Fatalf("%d frames, %v", len(list), err)
				}
				f := list[0]
				if string(f.Data) != "first" || f.Length != 1514 || !f.Time.Equal(time.Unix(1_700_000_000, unit.want)) {
					t.Errorf("%+v", f)
				}
				if i := f.Interface; i.LinkType != 1 || i.SnapLen != 65535 || i.ID != 0 || i.Name != "" || i.BigEndian != (name == "big") {
					t.Errorf("%+v", f.Interface)
				}
				if f := list[1]; len(f.Data) != 0 || f.Length != 0 || f.Time.Unix() != 4_000_000_000 || f.Interface != list[0].Interface {
					t.Errorf("%+v", f)
				}
				if f := list[2]; string(f.Data) != "second" || f.Length != 6 {
					t.Errorf("%+v", f)
				}
			})
		}
	}
}

// TestPcapOld reads versions in which the two lengths had other places.
func TestPcapOld(t *testing.T) {
	o := binary.LittleEndian
	for _, tt := range []struct {
		minor          uint16
		first, second  uint32 // of the lengths
		captured, wire int
	}{
		{4, 4, 100, 4, 100},
		{3, 4, 100, 4, 100},
		{3, 100, 4, 4, 100},
		{2, 100, 4, 4, 100},
		{4, 4, 2, 4, 4}, // nonsense: there cannot have been fewer
	} {
		file := pcapFile(o, 0xa1b2c3d4, 1)
		o.PutUint16(file[6:], tt.minor)
		record := pcapRecord(o, 0, 0, tt.second, []byte("abcd"))
		o.PutUint32(record[8:], tt.first)
		list, err := read(t, append(file, record...))
		if !errors.Is(err, io.EOF) || len(list) != 1 || len(list[0].Data) != tt.captured || list[0].Length != tt.wire {
			t.Errorf("version 2.%d, %d and %d: %+v, %v", tt.minor, tt.first, tt.second, list, err)
		}
	}
}

// TestPcapng reads two sections in different byte orders, each with interfaces of
// its own, and every kind of block.
func TestPcapng(t *testing.T) {
	var file []byte
	add := func(blocks ...[]byte) { file = append(file, join(blocks)...) }
	for _, o := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
		obsolete := o.AppendUint16(nil, 1) // interface
		obsolete = o.AppendUint16(obsolete, 7)
		obsolete = o.AppendUint64(obsolete, 0) // time
		obsolete = o.AppendUint32(obsolete, 3)
		obsolete = o.AppendUint32(obsolete, 300)
		obsolete = append(obsolete, "old\x00"...)
		add(
			section(o, option(o, 1, []byte("a remark on the section"))),
			description(o, 1, 5, option(o, 2, []byte("eth0\x00")), option(o, 3, []byte("the first")), option(o, 9, []byte{9}), option(o, 0, nil)),
			block(o, 0x0bad, []byte("an unknown block, which is passed over")),
			enhanced(o, 0, 1_700_000_000_123456789, 100, []byte("frame"), option(o, 2, []byte{0, 0, 0, 1}), option(o, 1, []byte("remark")), option(o, 1, []byte("another"))),
			description(o, 0, 0),
			enhanced(o, 1, 1_700_000_000_123456, 6, []byte("second")),
			block(o, 2, obsolete),
			block(o, 3, append(o.AppendUint32(nil, 9), "simpl"...)),
			block(o, 5, make([]byte, 12)), // statistics
			description(o, 228, 0, option(o, 9, []byte{0x80 | 10}), option(o, 14, o.AppendUint64(nil, 1<<64-100))),
			enhanced(o, 2, 1024*200+512, 1, []byte{0x45}),
		)
		if o.String() == "BigEndian" {
			add(block(o, 0x80000bad, make([]byte, 1<<20)))
		}
	}
	list, err := read(t, file)
	if !errors.Is(err, io.EOF) || len(list) != 10 {
		t.Fatalf("%d frames, %v", len(list), err)
	}
	want := []struct {
		data    string
		length  int
		time    time.Time
		id      int
		comment string
	}{
		{"frame", 100, time.Unix(1_700_000_000, 123456789), 0, "remark\nanother"},
		{"second", 6, time.Unix(1_700_000_000, 123456000), 1, ""},
		{"old", 300, time.Unix(0, 0), 1, ""},
		{"simpl", 9, time.Time{}, 0, ""},
		{"\x45", 1, time.Unix(100, 500_000_000), 2, ""},
	}
	for n, f := range list {
		w := want[n%5]
		if string(f.Data) != w.data || f.Length != w.length || !f.Time.Equal(w.time) || f.Interface.ID != w.id || f.Comment != w.comment {
			t.Errorf("frame %d: %q %+v", n, f.Data, f)
		}
		if f.Interface.BigEndian != (n < 5) {
			t.Errorf("frame %d: %+v", n, f.Interface)
		}
	}
	if i := list[0].Interface; i.Name != "eth0" || i.Description != "the first" || i.SnapLen != 5 || i.LinkType != 1 {
		t.Errorf("%+v", i)
	}
	if i := list[4].Interface; i.LinkType != 228 {
		t.Errorf("%+v", i)
	}
}

func TestFilterLinkType(t *testing.T) {
	for _, tt := range []struct {
		i    capture.Interface
		want filter.LinkType
		ok   bool
	}{
		{capture.Interface{LinkType: 1}, filter.Ethernet, true},
		{capture.Interface{LinkType: 1, BigEndian: true}, filter.Ethernet, true},
		{capture.Interface{LinkType: 0}, filter.Null, true},
		{capture.Interface{LinkType: 0, BigEndian: true}, filter.Loop, true},
		{capture.Interface{LinkType: 108}, filter.Loop, true},
		{capture.Interface{LinkType: 276}, filter.LinuxSLL2, true},
		{capture.Interface{LinkType: 12}, filter.Raw, true},
		{capture.Interface{LinkType: 105}, 0, false},
	} {
		if got, ok := tt.i.FilterLinkType(); got != tt.want || ok != tt.ok {
			t.Errorf("%+v: %v, %v", tt.i, got, ok)
		}
	}
}

// TestCut cuts files at every byte: there are the whole frames, and then an error
// unless the cut is between two.
func TestCut(t *testing.T) {
	o := binary.LittleEndian
	type part struct {
		bytes  []byte
		frames int
	}
	for name, parts := range map[string][]part{
		"pcap": {
			{pcapFile(o, 0xa1b2c3d4, 1), 0}, {pcapRecord(o, 1, 2, 3, []byte("abc")), 1}, {pcapRecord(o, 1, 2, 3, nil), 1}, {pcapRecord(o, 1, 2, 3, make([]byte, 300)), 1},
		},
		"pcapng": {
			{section(o), 0}, {description(o, 1, 0), 0}, {enhanced(o, 0, 1, 5, []byte("abcde")), 1}, {block(o, 99, make([]byte, 40)), 0},
			{block(o, 3, append(o.AppendUint32(nil, 3), "abc"...)), 1}, {section(binary.BigEndian), 0}, {description(binary.BigEndian, 1, 0), 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var file []byte
			ends := map[int]int{} // where a part ends, and how many frames there are
			frames := 0
			for _, p := range parts {
				file = append(file, p.bytes...)
				frames += p.frames
				ends[len(file)] = frames
			}
			whole := 0
			for n := 1; n <= len(file); n++ {
				list, err := read(t, file[:n])
				if f, between := ends[n]; between {
					whole = f
					if !errors.Is(err, io.EOF) {
						t.Errorf("%d bytes: %v", n, err)
					}
				} else {
					var cut *capture.CutError
					if n < 4 {
						if f := (*capture.FormatError)(nil); !errors.As(err, &f) {
							t.Errorf("%d bytes: %v", n, err)
						}
					} else if !errors.As(err, &cut) || !errors.Is(err, io.ErrUnexpectedEOF) || cut.Hint() == "" {
						t.Errorf("%d bytes: %v", n, err)
					} else if _, there := ends[int(cut.Offset)]; !there && cut.Offset != 0 {
						t.Errorf("%d bytes: %v", n, err)
					}
				}
				if len(list) != whole {
					t.Errorf("%d bytes: %d frames, and %d are whole", n, len(list), whole)
				}
			}
		})
	}
}

func TestRefused(t *testing.T) {
	o := binary.LittleEndian
	pcap := pcapFile(o, 0xa1b2c3d4, 1)
	ng := append(section(o), description(o, 1, 0)...)
	spoilt := func(b []byte, at int, v uint32) []byte {
		b = bytes.Clone(b)
		o.PutUint32(b[at:], v)
		return b
	}
	frame := enhanced(o, 0, 1, 5, []byte("abcde"))
	for _, tt := range []struct {
		name string
		file []byte
		want string
	}{
		{"nothing", nil, "it is empty, and a capture has at least a header"},
		{"text", []byte("hello, world\n"), "it is not a capture: pcap and pcapng can be read"},
		{"two bytes", []byte("ab"), "it is not a capture: too short"},
		{"gzip", []byte("\x1f\x8b\x08\x00rest"), "it is compressed by gzip, and pcap and pcapng can be read"},
		{"Kuznetzov", []byte("\x34\xcd\xb2\xa1rest"), "it is a pcap file as Alexey Kuznetzov changed the format, and"},
		{"Kuznetzov, big-endian", []byte("\xa1\xb2\xcd\x34rest"), "Kuznetzov"},
		{"snoop", []byte("snoop\x00\x00\x00"), "snoop"},
		{"version 3", spoilt(pcap, 4, 3), "it is a pcap file of version 3, and 2 can be read"},
		{"a frame of 4 GiB", append(pcap[:24:24], spoilt(pcapRecord(o, 1, 2, 3, []byte("abc")), 8, 1<<32-1)...), "byte 24: a frame of 4294967295 bytes, and at most 16777216 are read: the file is damaged"},
		{"a frame of 16 MiB and a byte", append(pcap[:24:24], spoilt(pcapRecord(o, 1, 2, 3, []byte("abc")), 8, 16<<20+1)...), "byte 24: a frame of 16777217 bytes"},

		{"no byte order", spoilt(ng, 8, 0x12345678), "it looks like a pcapng file, and tells no byte order"},
		{"a later version", spoilt(ng, 12, 2), "a section of pcapng version 2, and 1 can be read"},
		{"a section's header of 24 bytes", spoilt(ng, 4, 24), "a block of 24 bytes, which is impossible"},
		{"a block of 8 bytes", append(ng[:48:48], spoilt(frame, 4, 8)...), "byte 48: a block of 8 bytes, which is impossible"},
		{"a block of 0 bytes", append(ng[:48:48], spoilt(frame, 4, 0)...), "byte 48: a block of 0 bytes, which is impossible"},
		{"a block of 33 bytes", append(ng[:48:48], spoilt(frame, 4, 33)...), "byte 48: a block of 33 bytes, which is impossible"},
		{"a block of 1 GiB", append(ng[:48:48], spoilt(frame, 4, 1<<30)...), "byte 48: a frame of 1073741824 bytes, and at most 33554432 are read"},
		{"two lengths", append(ng[:48:48], spoilt(frame, len(frame)-4, 1)...), "byte 48: a block of 40 bytes, or of 1, as it ends with"},
		{"two lengths of an unknown block", append(ng[:48:48], spoilt(block(o, 77, nil), 8, 1)...), "byte 48: a block of 12 bytes, or of 1, as it ends with"},
		{"a frame longer than its block", append(ng[:48:48], spoilt(frame, 20, 9)...), "byte 48: a frame does not fit into its block"},
		{"a frame of 2 GiB", append(ng[:48:48], spoilt(frame, 20, 1<<31)...), "byte 48: a frame of 2147483648 bytes"},
		{"a short frame", append(ng[:48:48], block(o, 6, make([]byte, 16))...), "byte 48: a frame does not fit into its block"},
		{"a short old frame", append(ng[:48:48], block(o, 2, make([]byte, 16))...), "byte 48: a frame does not fit into its block"},
		{"a short simple frame", append(ng[:48:48], block(o, 3, nil)...), "byte 48: a frame does not fit into its block"},
		{"a simple frame longer than its block", append(ng[:48:48], block(o, 3, o.AppendUint32(nil, 5))...), "byte 48: a frame does not fit into its block"},
		{"a simple frame of 1 GiB", append(ng[:48:48], block(o, 3, o.AppendUint32(nil, 1<<30))...), "byte 48: a frame of 1073741824 bytes"},
		{"a short description", append(section(o), block(o, 1, make([]byte, 4))...), "byte 28: the description of an interface does not fit into its block"},
		{"no interface", append(section(o), frame...), "byte 28: a frame of interface 0, and 0 are described before it"},
		{"no interface of a simple frame", append(section(o), block(o, 3, make([]byte, 8))...), "byte 28: a frame of interface 0"},
		{"interface 1", append(ng[:48:48], enhanced(o, 1, 1, 5, nil)...), "byte 48: a frame of interface 1, and 1 are described before it"},
		{"interface of the section before", join([][]byte{ng, section(o), frame}), "byte 76: a frame of interface 0, and 0"},
		{"resolution 10^-20", append(section(o), description(o, 1, 0, option(o, 9, []byte{20}))...), "byte 28: interface 0: times in units of 10^-20 s, and 10^-19 is the finest"},
		{"resolution 2^-64", append(section(o), description(o, 1, 0, option(o, 9, []byte{0x80 | 64}))...), "2^-64"},
	} {
		_, err := read(t, tt.file)
		var format *capture.FormatError
		if !errors.As(err, &format) || !strings.HasPrefix(err.Error(), tt.want) && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	var format *capture.FormatError
	if _, err := read(t, []byte("\x1f\x8b\x08\x00")); !errors.As(err, &format) || format.Hint() != "unpack it first: gunzip" {
		t.Errorf("%v", err)
	}
}

// TestOddOptions: options that make no sense do not cost a frame.
func TestOddOptions(t *testing.T) {
	o := binary.LittleEndian
	long := option(o, 1, []byte("remark"))
	o.PutUint16(long[2:], 5000)
	for name, options := range map[string][]byte{
		"longer than the block": long,
		"half a header":         {1, 0},
		"behind the end":        append(option(o, 0, nil), option(o, 1, []byte("remark"))...),
		"short resolution":      append(option(o, 9, nil), option(o, 14, []byte{1})...),
	} {
		list, err := read(t, join([][]byte{section(o), description(o, 1, 0, options), enhanced(o, 0, 1_000_000, 1, []byte("a"), options)}))
		if !errors.Is(err, io.EOF) || len(list) != 1 || list[0].Comment != "" || list[0].Time.Unix() != 1 {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
	}
}

func TestResolutions(t *testing.T) {
	o := binary.BigEndian
	for _, tt := range []struct {
		resolution byte
		stamp      uint64
		want       time.Time
	}{
		{0, 17, time.Unix(17, 0)},
		{3, 1234, time.Unix(1, 234_000_000)},
		{6, 1_234_567, time.Unix(1, 234_567_000)},
		{9, 1_234_567_891, time.Unix(1, 234_567_891)},
		{12, 1_234_567_891_999, time.Unix(1, 234_567_891)},
		{19, math.MaxUint64, time.Unix(1, 844_674_407)},
		{0x80, 17, time.Unix(17, 0)},
		{0x80 | 1, 3, time.Unix(1, 500_000_000)},
		{0x80 | 32, 3 << 31, time.Unix(1, 500_000_000)},
		{0x80 | 63, math.MaxUint64, time.Unix(1, 999_999_999)},
	} {
		list, _ := read(t, join([][]byte{section(o), description(o, 1, 0, option(o, 9, []byte{tt.resolution})), enhanced(o, 0, tt.stamp, 1, nil)}))
		if len(list) != 1 || !list[0].Time.Equal(tt.want) {
			t.Errorf("%#x: %+v, want %v", tt.resolution, list, tt.want)
		}
	}
}

// TestSlow reads a byte at a time, from somebody who hands out data together with
// the end, and errors that are none of ours.
func TestSlow(t *testing.T) {
	o := binary.LittleEndian
	file := join([][]byte{section(o), description(o, 1, 0), enhanced(o, 0, 1, 5, []byte("abcde")), block(o, 99, make([]byte, 1000)), enhanced(o, 0, 1, 3, []byte("xyz"))})
	for name, wrap := range map[string]func(io.Reader) io.Reader{"a byte": iotest.OneByteReader, "half": iotest.HalfReader, "with the end": iotest.DataErrReader} {
		r, err := capture.NewReader(wrap(bytes.NewReader(file)))
		if err != nil {
			t.Fatal(err)
		}
		if list, err := drain(t, r); !errors.Is(err, io.EOF) || len(list) != 2 || string(list[1].Data) != "xyz" {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
	}
	broken := errors.New("the disk is broken")
	for n := 0; n < len(file); n += 7 {
		r, err := capture.NewReader(io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(broken)))
		if err == nil {
			_, err = drain(t, r)
		}
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), "byte ") {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// TestPipe reads frames while they are written: none waits for the next.
func TestPipe(t *testing.T) {
	o := binary.BigEndian
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	write := func(b []byte) {
		if _, err := out.Write(b); err != nil {
			t.Error(err)
		}
	}
	write(pcapFile(o, 0xa1b2c3d4, 1))
	r, err := capture.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		write(pcapRecord(o, 1, 2, 3, []byte("abc")))
		if f, err := r.Next(); err != nil || string(f.Data) != "abc" {
			t.Fatalf("%+v, %v", f, err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
}
