package text

import (
	"encoding/hex"
	"io"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"

	"mcast/internal/view"
	"mcast/wire"
)

// hello is a frame with a datagram to 224.1.1.5:50001.
const hello = "01005e010105080027000103080045000029123440000111" + "8d7ac0a83867e0010105cd66c351001553c948656c6c6f2c20576f726c6421"

func decoded(t testing.TB, digits string) *wire.Packet {
	t.Helper()
	b, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	var p wire.Packet
	p.Decode(wire.LinkEthernet, b, len(b), wire.Options{})
	return &p
}

func TestFrame(t *testing.T) {
	p := decoded(t, hello)
	const line = "192.168.56.103:52582 > 224.1.1.5:50001 ttl 1 udp 13 B"
	full := &view.Frame{
		Time: time.Date(2026, 11, 28, 15, 30, 0, 1999, time.Local), Interface: "eth0", Direction: "out", Packet: p, Comment: "a\nb \x1b[2J",
	}
	for _, tt := range []struct {
		f    *view.Frame
		how  FrameFormat
		want string
	}{
		{&view.Frame{Packet: p}, FrameFormat{}, line},
		{full, FrameFormat{}, "15:30:00.000001 eth0 out " + line + ` # "a\nb \x1b[2J"`},
		{&view.Frame{Packet: p, Interface: "\x1b[2J"}, FrameFormat{}, `"\x1b[2J" ` + line},
		{&view.Frame{Packet: p, Superframe: true, SegmentSize: 7}, FrameFormat{}, line + " (superframe of 7 B each)"},
		{&view.Frame{Packet: p, Superframe: true}, FrameFormat{}, line + " (superframe)"},
		{full, FrameFormat{Scapy: true}, "Ether / IP / UDP 192.168.56.103:52582 > 224.1.1.5:50001 / Raw"},
		{full, FrameFormat{Scapy: true, Hexdump: true}, `Ether / IP / UDP 192.168.56.103:52582 > 224.1.1.5:50001 / Raw
0000  01 00 5E 01 01 05 08 00 27 00 01 03 08 00 45 00  ..^.....'.....E.
0010  00 29 12 34 40 00 01 11 8D 7A C0 A8 38 67 E0 01  .).4@....z..8g..
0020  01 05 CD 66 C3 51 00 15 53 C9 48 65 6C 6C 6F 2C  ...f.Q..S.Hello,
0030  20 57 6F 72 6C 64 21                              World!`},
	} {
		var b strings.Builder
		if err := NewFramePrinter(&b, tt.how).Frame(tt.f); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); got != tt.want+"\n" {
			t.Errorf("got  %swant %s", got, tt.want)
		}
	}
}

// Below a frame come its layers, their fields, what numbers mean, lists, what is
// wrong; long fields are cut.
func TestFrameTree(t *testing.T) {
	// The IP checksum is wrong, and IGMP has a group with two sources, without router alert.
	p := decoded(t, "01005e0000160200000000010800"+"4500002c0000000001020000c0000201e0000016"+
		"2200ffff0000000101000002e8010101c0000207c0000208")
	var b strings.Builder
	if err := NewFramePrinter(&b, FrameFormat{Tree: true}).Frame(&view.Frame{Packet: p}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"  Ethernet, bytes 0 to 14\n    destination: 01:00:5e:00:00:16\n    source: 02:00:00:00:00:01\n    type: 0x800 (IPv4)\n",
		"    protocol: 2 (IGMP)\n    checksum: 0x0\n",
		"    ! bad IPv4 checksum 0x0000, right is ",
		"    records:\n      -\n        type: 1 (mode is include)\n",
		"        sources: 192.0.2.7, 192.0.2.8\n",
		"    ! IGMP without router alert\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no\n%s in\n%s", want, b.String())
		}
	}
	for _, tt := range []struct {
		v    wire.Value
		want string
	}{
		{wire.Value{Kind: wire.Signed, Number: ^uint64(4)}, "-5"},
		{wire.Value{Kind: wire.Flag, Number: 1}, "true"},
		{wire.Value{Kind: wire.Text, Bytes: []byte("a\x1b\u202e\xff")}, `"a\x1b\u202e\xff"`},
		{wire.Value{Kind: wire.Bytes, Bytes: make([]byte, 33)}, strings.Repeat("00", 32) + "… (33 bytes)"},
		{wire.Value{Kind: wire.Bytes}, ""},
	} {
		if got := string(appendValue(nil, tt.v)); got != tt.want {
			t.Errorf("%+v is shown as %s, want %s", tt.v, got, tt.want)
		}
	}
}

// Nothing of a frame reaches a terminal raw, whatever is in it.
func FuzzFrame(f *testing.F) {
	text, err := os.ReadFile("../../../wire/testdata/frames.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		b, err := hex.DecodeString(strings.TrimSpace(line))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, uint16(1), "eth0")
	}
	f.Add([]byte("\x45\x1b[2J"), uint16(101), "\x1b[2J")
	var (
		p wire.Packet
		b strings.Builder
	)
	f.Fuzz(func(t *testing.T, data []byte, link uint16, name string) {
		p.Decode(wire.LinkType(link), data, len(data), wire.Options{})
		for _, how := range []FrameFormat{{Tree: true, Hexdump: true}, {Scapy: true}} {
			b.Reset()
			if err := NewFramePrinter(&b, how).Frame(&view.Frame{Packet: &p, Interface: name, Comment: name}); err != nil {
				t.Fatal(err)
			}
			for _, r := range b.String() {
				if !unicode.IsPrint(r) && r != '\n' || r == unicode.ReplacementChar && !strings.ContainsRune(name, r) {
					t.Fatalf("%x: %q in %q", data, r, b.String())
				}
			}
		}
	})
}

func TestCaptureSummary(t *testing.T) {
	start := time.Unix(1_000_000, 0)
	many := view.Capture{Captured: 1}
	for n := range 22 {
		many.Groups = append(many.Groups, view.GroupFrames{Group: netip.AddrFrom4([4]byte{239, 1, 1, byte(n)}), Frames: 1, Bytes: 1})
	}
	for _, tt := range []struct {
		c    view.Capture
		want string
	}{
		{view.Capture{}, "captured 0 frames, 0 bytes\n"},
		{view.Capture{Captured: 1, Bytes: 60, Dropped: &view.Drops{}, First: start, Last: start}, "captured 1 frame, 60 bytes, 0 dropped by the kernel\n"},
		{view.Capture{Captured: 4, Bytes: 2000, Dropped: &view.Drops{Count: 7, AtLeast: true}, First: start, Last: start.Add(2 * time.Second), Groups: []view.GroupFrames{
			{Group: netip.MustParseAddr("224.0.0.22"), Interface: "\x1b", Frames: 1, Bytes: 60},
			{Group: netip.MustParseAddr("ff15::1"), Port: 5000, Interface: "eth0", Frames: 2, Bytes: 120},
		}}, "captured 4 frames, 2000 bytes in 2s (2/s, 8.00 kbit/s), at least 7 dropped by the kernel\n" +
			"  224.0.0.22 on \"\\x1b\": 1 frame, 60 bytes\n  [ff15::1]:5000 on eth0: 2 frames, 120 bytes\n"},
	} {
		var b strings.Builder
		if err := CaptureSummary(&b, &tt.c); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); got != tt.want {
			t.Errorf("got\n%swant\n%s", got, tt.want)
		}
	}
	var b strings.Builder
	if err := CaptureSummary(&b, &many); err != nil || strings.Count(b.String(), "\n") != 22 || !strings.HasSuffix(b.String(), "  … and 2 more\n") {
		t.Errorf("%v, and\n%s", err, b.String())
	}
}

func BenchmarkFrame(b *testing.B) {
	for name, how := range map[string]FrameFormat{"line": {}, "scapy": {Scapy: true, Hexdump: true}} {
		b.Run(name, func(b *testing.B) {
			p := NewFramePrinter(io.Discard, how)
			f := &view.Frame{Time: time.Unix(1, 2), Interface: "eth0", Direction: "in", Packet: decoded(b, hello)}
			b.ReportAllocs()
			for b.Loop() {
				if err := p.Frame(f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
