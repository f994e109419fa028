package json

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"mcast/internal/view"
	"mcast/wire"
)

// frames returns whole frames of every kind that package wire decodes.
func frames(t testing.TB) (list [][]byte) {
	t.Helper()
	f, err := os.Open("../../../wire/testdata/frames.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		b, err := hex.DecodeString(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, b)
	}
	if len(list) < 90 || lines.Err() != nil {
		t.Fatalf("%d frames, %v", len(list), lines.Err())
	}
	return list
}

// linkTypes are those that are decoded.
var linkTypes = []wire.LinkType{
	wire.LinkEthernet, wire.LinkNull, wire.LinkRaw, wire.LinkLoop, wire.LinkLinuxSLL, wire.LinkIPv4, wire.LinkIPv6, wire.LinkLinuxSLL2, 105,
}

// printed returns a frame as it is printed, which has to be as the schema says.
func printed(t testing.TB, s *schema, f *view.Frame) string {
	t.Helper()
	var b bytes.Buffer
	if err := NewFramePrinter(&b).Frame(f); err != nil {
		t.Fatal(err)
	}
	line, ok := strings.CutSuffix(b.String(), "\n")
	for _, r := range line {
		if !unicode.IsPrint(r) {
			t.Fatalf("%x: %q in %s", f.Packet.Data, r, line)
		}
	}
	if !ok || !utf8.ValidString(line) {
		t.Fatalf("%x: not a line of UTF-8: %q", f.Packet.Data, line)
	}
	if err := s.validate([]byte(line)); err != nil {
		t.Fatalf("%x: %v\n%s", f.Packet.Data, err, line)
	}
	return line
}

// Every frame is printed as the schema describes it: whole, cut, and with bytes
// that are wrong. All protocols and all faults are among them.
func TestFramesAreAsTheSchemaSays(t *testing.T) {
	s, err := newSchema(FrameSchema())
	if err != nil {
		t.Fatal(err)
	}
	const mutants = 20
	r := rand.New(rand.NewPCG(1, 2))
	layers, faults := map[wire.Protocol]bool{}, map[wire.FaultKind]bool{}
	var p wire.Packet
	show := func(link wire.LinkType, data []byte, length int) {
		p.Decode(link, data, length, wire.Options{})
		for _, l := range p.Layers() {
			layers[l.Protocol] = true
		}
		for _, f := range p.Faults() {
			faults[f.Kind] = true
		}
		printed(t, s, &view.Frame{
			Time: time.Unix(1, 2), Interface: "eth0", Direction: []string{"", "in", "out", "other"}[r.IntN(4)], Packet: &p,
			Comment: []string{"", "\x1b\u202e\xff\"\\\U000e0001"}[r.IntN(2)], Superframe: r.IntN(9) == 0, SegmentSize: r.IntN(2) * 1000,
		})
	}
	for _, whole := range frames(t) {
		show(wire.LinkEthernet, whole, len(whole))
		for _, link := range linkTypes[1:] {
			show(link, whole, len(whole))
			show(link, whole[14:], len(whole))
		}
		sll := append([]byte{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}, whole[12:]...)
		show(wire.LinkLinuxSLL, sll, len(sll))
		sll2 := append(append([]byte{}, whole[12:14]...), 0, 0, 0, 0, 0, 2, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0)
		show(wire.LinkLinuxSLL2, append(sll2, whole[14:]...), len(sll2)+len(whole)-14)
		null := append([]byte{2, 0, 0, 0}, whole[14:]...)
		show(wire.LinkNull, null, len(null))
		for range mutants {
			b := bytes.Clone(whole)
			for range 1 + r.IntN(4) {
				b[r.IntN(len(b))] = byte(r.Uint32())
			}
			show(wire.LinkEthernet, b, len(b))
			show(wire.LinkEthernet, b[:r.IntN(len(b))], len(b))
			cut := b[:r.IntN(len(b))]
			show(wire.LinkEthernet, cut, len(cut))
		}
	}
	for _, p := range wire.Protocols() {
		if !layers[p] {
			t.Errorf("no frame had a layer %v", p)
		}
	}
	for _, k := range wire.FaultKinds() {
		if !faults[k] {
			t.Errorf("no frame had the fault %v", k)
		}
	}
}

// The members are fixed: their names, their order, what is null and what is missing.
func TestFrame(t *testing.T) {
	s, err := newSchema(FrameSchema())
	if err != nil {
		t.Fatal(err)
	}
	var p wire.Packet
	data := frames(t)[0]
	p.Decode(wire.LinkEthernet, data, len(data), wire.Options{})
	tail := `,"length":55,"captured":55,"summary":"192.168.56.103:52582 > 224.1.1.5:50001 ttl 1 udp 13 B","layers":[` +
		`{"layer":"Ethernet","destination":"01:00:5e:01:01:05","source":"08:00:27:00:01:03","type":2048,"type_name":"IPv4"},` +
		`{"layer":"IPv4","version":4,"header_length":20,"dscp":0,"ecn":0,"length":41,"identification":4660,"dont_fragment":true,"more_fragments":false,` +
		`"fragment_offset":0,"ttl":1,"protocol":17,"protocol_name":"UDP","checksum":36218,"source":"192.168.56.103","destination":"224.1.1.5","checksum_state":"good"},` +
		`{"layer":"UDP","source_port":52582,"destination_port":50001,"length":21,"checksum":` + numberIn(t, &p, "checksum") + `,"checksum_state":"good"},` +
		`{"layer":"Payload","data":"48656c6c6f2c20576f726c6421"}]}`
	if got, want := printed(t, s, &view.Frame{Packet: &p}), `{"type":"frame","time":null,"interface":"","direction":null`+tail; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	full := &view.Frame{
		Time: time.Date(2026, 11, 28, 15, 30, 0, 120, time.FixedZone("", 3600)), Interface: "eth0", Direction: "in", Packet: &p,
		Superframe: true, SegmentSize: 1000, Comment: "<a> \x1b\u202e\xff",
	}
	want := `{"type":"frame","time":"2026-11-28T14:30:00.000000120Z","interface":"eth0","direction":"in"` +
		strings.Replace(tail, `,"summary"`, `,"superframe":{"segment_size":1000},"comment":"<a> \u001b\u202e`+"\ufffd"+`","summary"`, 1)
	if got := printed(t, s, full); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// numberIn returns a number of the UDP layer, as its fields have it.
func numberIn(t *testing.T, p *wire.Packet, name string) string {
	t.Helper()
	for i, l := range p.Layers() {
		for _, f := range p.Fields(i) {
			if l.Protocol == wire.UDP && f.Name == name {
				return string(appendValue(nil, f.Value))
			}
		}
	}
	t.Fatalf("UDP has no %s", name)
	return ""
}

// A number below zero, which only few fields have.
func TestSigned(t *testing.T) {
	if got := string(appendValue(nil, wire.Value{Kind: wire.Signed, Number: ^uint64(0)})); got != "-1" {
		t.Errorf("-1 is printed as %s", got)
	}
}

func TestCaptureSummary(t *testing.T) {
	s, err := newSchema(FrameSchema())
	if err != nil {
		t.Fatal(err)
	}
	start := time.Unix(1_000_000, 0)
	for _, tt := range []struct {
		c    view.Capture
		want string
	}{
		{view.Capture{}, `{"type":"summary","captured":0,"bytes":0,"dropped":null,"seconds":0,"groups":[]}`},
		{view.Capture{Captured: 3, Bytes: 180, Dropped: &view.Drops{Count: 7, AtLeast: true}, First: start, Last: start.Add(1500 * time.Millisecond), Groups: []view.GroupFrames{
			{Group: netip.MustParseAddr("224.0.0.22"), Interface: "eth\x9b", Frames: 1, Bytes: 60},
			{Group: netip.MustParseAddr("ff15::1"), Port: 5000, Interface: "eth0", Frames: 2, Bytes: 120},
		}}, `{"type":"summary","captured":3,"bytes":180,"dropped":7,"dropped_at_least":true,"seconds":1.5,"groups":[` +
			`{"group":"224.0.0.22","port":null,"interface":"eth` + "\ufffd" + `","frames":1,"bytes":60},{"group":"ff15::1","port":5000,"interface":"eth0","frames":2,"bytes":120}]}`},
		{view.Capture{Captured: 2, First: start, Last: start.Add(time.Nanosecond), Dropped: &view.Drops{}},
			`{"type":"summary","captured":2,"bytes":0,"dropped":0,"seconds":1e-09,"groups":[]}`},
	} {
		var b bytes.Buffer
		if err := CaptureSummary(&b, &tt.c); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); got != tt.want+"\n" {
			t.Errorf("got  %swant %s", got, tt.want)
		}
		if err := s.validate(b.Bytes()); err != nil {
			t.Errorf("%v\n%s", err, b.String())
		}
	}
}

// What checks against the schema finds what is wrong.
func TestSchemaRefuses(t *testing.T) {
	s, err := newSchema(FrameSchema())
	if err != nil {
		t.Fatal(err)
	}
	var p wire.Packet
	data := frames(t)[0]
	p.Decode(wire.LinkEthernet, data, len(data), wire.Options{})
	good := printed(t, s, &view.Frame{Packet: &p})
	for _, change := range [][2]string{
		{`"type":"frame"`, `"type":"frames"`},
		{`"ttl":1`, `"ttl":"1"`},
		{`"ttl":1`, `"ttl":-1`},
		{`"ttl":1`, `"ttl":1.5`},
		{`"ttl":1`, `"hop_limit":1`},
		{`"ttl":1`, `"ttl":1,"ttl":1`},
		{`"direction":null`, `"direction":"sideways"`},
		{`"direction":null,`, ``},
		{`01:00:5e`, `01-00-5e`},
		{`"layer":"UDP"`, `"layer":"UDQ"`},
		{`"layers":[`, `"layers":{"a":[`},
		{`]}`, `]}{}`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Fatalf("there is no %s in %s", change[0], good)
		}
		if err := s.validate([]byte(bad)); err == nil {
			t.Errorf("with %s the schema still fits: %s", change[1], bad)
		}
	}
}

// Numbers that a float64 does not hold are pointed out.
func TestSchemaNotesLargeNumbers(t *testing.T) {
	var s struct {
		Defs map[string]struct {
			Properties map[string]struct{ Description string }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(FrameSchema(), &s); err != nil {
		t.Fatal(err)
	}
	if d := s.Defs["PTP"].Properties["correction"].Description; !strings.Contains(d, "64 bits") {
		t.Errorf("of the correction of PTP the schema says %q", d)
	}
}

// FuzzFrame prints anything, as any link type.
func FuzzFrame(f *testing.F) {
	s, err := newSchema(FrameSchema())
	if err != nil {
		f.Fatal(err)
	}
	for _, b := range frames(f) {
		f.Add(b, 0, uint16(1), "")
	}
	for _, link := range linkTypes[1:] {
		f.Add(frames(f)[0][14:], 1, uint16(link), "remark")
	}
	var p wire.Packet
	f.Fuzz(func(t *testing.T, data []byte, missing int, link uint16, comment string) {
		p.Decode(wire.LinkType(link), data, len(data)+missing%100, wire.Options{})
		printed(t, s, &view.Frame{Interface: comment, Packet: &p, Comment: comment})
	})
}
