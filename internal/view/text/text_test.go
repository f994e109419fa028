package text

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"mcast/internal/view"
)

func datagram(payload []byte) *view.Datagram {
	return &view.Datagram{
		Time:      time.Date(2026, 11, 22, 16, 5, 4, 123456789, time.UTC),
		Source:    netip.MustParseAddrPort("192.0.2.7:52582"),
		Group:     netip.MustParseAddrPort("239.1.1.1:5000"),
		Interface: "eth0", HopLimit: 1, Payload: payload,
	}
}

func TestLine(t *testing.T) {
	v6 := datagram([]byte("hello"))
	v6.Source, v6.Group = netip.MustParseAddrPort("[fe80::1%eth0]:52582"), netip.MustParseAddrPort("[ff02::1]:5000")
	odd := datagram([]byte("hello"))
	odd.Interface = "eth\x1b0"
	tests := []struct {
		d    *view.Datagram
		want string
	}{
		{datagram([]byte("Hello, World!")), "16:05:04.123456 192.0.2.7:52582 > 239.1.1.1:5000 eth0 ttl 1 13 B Hello, World!\n"},
		{datagram(nil), "16:05:04.123456 192.0.2.7:52582 > 239.1.1.1:5000 eth0 ttl 1 0 B \n"},
		{datagram([]byte("a\nb")), "16:05:04.123456 192.0.2.7:52582 > 239.1.1.1:5000 eth0 ttl 1 3 B \"a\\nb\"\n"},
		{v6, "16:05:04.123456 [fe80::1%eth0]:52582 > [ff02::1]:5000 eth0 ttl 1 5 B hello\n"},
		{odd, "16:05:04.123456 192.0.2.7:52582 > 239.1.1.1:5000 \"eth\\x1b0\" ttl 1 5 B hello\n"},
	}
	for _, tt := range tests {
		if got := string(AppendLine(nil, tt.d)); got != tt.want {
			t.Errorf("got  %q\nwant %q", got, tt.want)
		}
	}
}

func TestPayload(t *testing.T) {
	tests := []struct{ payload, shown, escaped string }{
		{"", "", ""},
		{"Grüße, 世界", "Grüße, 世界", "Grüße, 世界"},
		{`"C:\"`, `"C:\"`, `"C:\"`},
		{"a\tb\r\n", `"a\tb\r\n"`, "a\tb\\r\n"},
		{"\x1b[2J", "0x1b5b324a", `\x1b[2J`},
		{"\x00", "0x00", `\x00`},
		{"\x7f", "0x7f", `\x7f`},
		{"\xff\xfe", "0xfffe", `\xff\xfe`},
		{"\u009b2J", "0xc29b324a", `\u009b2J`},
		{"a\u202eb", "0x61e280ae62", `a\u202eb`},
		{"text\nand \x1b", "0x746578740a616e64201b", "text\nand \\x1b"},
		{"\ufffd", "\ufffd", "\ufffd"}, // somebody sent that very character
	}
	for _, tt := range tests {
		if got := string(AppendPayload(nil, []byte(tt.payload))); got != tt.shown {
			t.Errorf("AppendPayload(%q) = %q, want %q", tt.payload, got, tt.shown)
		}
		if got := string(AppendEscaped(nil, []byte(tt.payload))); got != tt.escaped {
			t.Errorf("AppendEscaped(%q) = %q, want %q", tt.payload, got, tt.escaped)
		}
	}
}

func TestSummary(t *testing.T) {
	start := time.Unix(1_000_000, 0)
	group := func(text, name string, n, bytes uint64, dropped *uint64) view.GroupSummary {
		return view.GroupSummary{Group: netip.MustParseAddrPort(text), Interface: name, Datagrams: n, Bytes: bytes, Dropped: dropped}
	}
	seven := uint64(7)
	tests := []struct {
		name string
		s    view.Summary
		want string
	}{
		{"nothing", view.Summary{}, "received 0 datagrams, 0 bytes\n"},
		{"nothing, none dropped", view.Summary{Dropped: &view.Drops{AtLeast: true}}, "received 0 datagrams, 0 bytes, 0 dropped by the kernel\n"},
		{"one has no rate", view.Summary{Datagrams: 1, Bytes: 1, First: start, Last: start}, "received 1 datagram, 1 byte\n"},
		{
			"one group is not listed",
			view.Summary{
				Datagrams: 1001, Bytes: 64064, First: start, Last: start.Add(time.Second),
				Groups: []view.GroupSummary{group("239.1.1.1:5000", "eth0", 1001, 64064, nil)},
			},
			"received 1001 datagrams, 64064 bytes in 1s (1.00 k/s, 513 kbit/s)\n",
		},
		{
			"two are, and what was dropped of each where that is known",
			view.Summary{
				Datagrams: 3, Bytes: 30, First: start, Last: start.Add(90 * time.Minute), Dropped: &view.Drops{Count: 9, AtLeast: true},
				Groups: []view.GroupSummary{group("239.1.1.1:5000", "eth0", 2, 20, &seven), group("[ff15::1]:5000", "eth1", 1, 10, nil)},
			},
			"received 3 datagrams, 30 bytes in 1h30m0s (0.00/s, 0.04 bit/s), at least 9 dropped by the kernel\n" +
				"  239.1.1.1:5000 on eth0: 2 datagrams, 20 bytes, at least 7 dropped\n" +
				"  [ff15::1]:5000 on eth1: 1 datagram, 10 bytes\n",
		},
	}
	for _, tt := range tests {
		var b bytes.Buffer
		if err := Summary(&b, "received", &tt.s); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); got != tt.want {
			t.Errorf("%s:\ngot  %q\nwant %q", tt.name, got, tt.want)
		}
	}
}

func TestSummaryOfManyGroups(t *testing.T) {
	s := &view.Summary{Groups: make([]view.GroupSummary, mostGroups+5)}
	for i := range s.Groups {
		s.Groups[i].Group = netip.MustParseAddrPort("239.1.1.1:5000")
	}
	var b bytes.Buffer
	if err := Summary(&b, "sent", s); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); strings.Count(got, "239.1.1.1") != mostGroups || !strings.HasSuffix(got, "  … and 5 more\n") {
		t.Errorf("got %s", got)
	}
}

func TestScaled(t *testing.T) {
	tests := []struct {
		x    float64
		unit string
		want string
	}{
		{0, "bit/s", "0 bit/s"},
		{7, "", "7"},
		{7.25, "", "7.25"},
		{9.995, "", "10.0"},
		{99.95, "", "100"},
		{999.4, "", "999"},
		{999.5, "", "1.00 k"},
		{9_812_345, "", "9.81 M"},
		{50_000_000, "bit/s", "50.0 Mbit/s"},
		{1e18, "bit/s", "1000000 Tbit/s"},
	}
	for _, tt := range tests {
		if got := scaled(tt.x, tt.unit); got != tt.want {
			t.Errorf("scaled(%v, %q) = %q, want %q", tt.x, tt.unit, got, tt.want)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int]string{0: "0 B", 1023: "1023 B", 1024: "1 KiB", 212992: "208 KiB", 128 << 20: "128 MiB", 1 << 30: "1 GiB", 3 << 29: "1536 MiB"} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

// Whatever arrives, and whatever an interface is called, a line is one line of
// printable characters.
func FuzzLine(f *testing.F) {
	f.Add([]byte("Hello, World!"), "eth0")
	f.Add([]byte("\x1b[2J\xff\x00\u009b\u202e"), "lo")
	f.Add([]byte("two\nlines\r\t"), "eth\n0")
	f.Add([]byte{0xc2}, "\x9b")
	f.Fuzz(func(t *testing.T, payload []byte, name string) {
		d := datagram(payload)
		d.Interface = name
		line := AppendLine(nil, d)
		if text, ok := bytes.CutSuffix(line, []byte{'\n'}); !ok || !harmless(text, "") {
			t.Errorf("%q has more than printable characters and a newline", line)
		}
		if escaped := AppendEscaped(nil, payload); !harmless(escaped, "\n\t") {
			t.Errorf("%q has more than printable characters, newlines and tabs", escaped)
		}
		var b bytes.Buffer
		s := &view.Summary{Groups: []view.GroupSummary{{Group: d.Group, Interface: name}, {Group: d.Group, Interface: name}}}
		if err := Summary(&b, "received", s); err != nil || !harmless(b.Bytes(), "\n") || bytes.Count(b.Bytes(), []byte{'\n'}) != 3 {
			t.Errorf("%q has more than three lines of printable characters", b.Bytes())
		}
	})
}

// harmless says that text is made of printable characters and those in also.
func harmless(text []byte, also string) bool {
	return utf8.Valid(text) && !bytes.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsPrint(r) && !strings.ContainsRune(also, r)
	})
}
