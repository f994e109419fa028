package json

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"mcast/internal/view"
)

// of returns a datagram with a payload.
func of(payload []byte) *view.Datagram {
	return &view.Datagram{
		Time:      time.Date(2026, 11, 22, 17, 5, 4, 120, time.FixedZone("one hour east", 3600)),
		Source:    netip.MustParseAddrPort("192.168.56.103:52582"),
		Group:     netip.MustParseAddrPort("224.1.1.5:50001"),
		Interface: "eth0", HopLimit: 1, TrafficClass: 46<<2 | 1, Payload: payload,
	}
}

// The field names, their order and their units are a promise.
func TestDatagram(t *testing.T) {
	linkLocal := of([]byte("<&>"))
	linkLocal.Source, linkLocal.Group = netip.MustParseAddrPort("[fe80::1%eth0]:52582"), netip.MustParseAddrPort("[ff02::1]:50001")
	const head = `{"type":"datagram","time":"2026-11-22T16:05:04.000000120Z","group":"224.1.1.5","port":50001,` +
		`"source":"192.168.56.103","source_port":52582,"interface":"eth0","hop_limit":1,"dscp":46,`
	tests := []struct {
		d    *view.Datagram
		want string
	}{
		{of([]byte("Hello, World!")), head + `"length":13,"payload":"SGVsbG8sIFdvcmxkIQ==","text":"Hello, World!"}`},
		{of([]byte("\xff\x00")), head + `"length":2,"payload":"/wA="}`},
		{of([]byte("\x1b[2J")), head + `"length":4,"payload":"G1sySg=="}`},
		{of([]byte("a\nb")), head + `"length":3,"payload":"YQpi"}`},
		{of([]byte("\u202e")), head + `"length":3,"payload":"4oCu"}`},
		{of(nil), head + `"length":0,"payload":"","text":""}`},
		{linkLocal, `{"type":"datagram","time":"2026-11-22T16:05:04.000000120Z","group":"ff02::1","port":50001,` +
			`"source":"fe80::1","source_port":52582,"interface":"eth0","hop_limit":1,"dscp":46,"length":3,"payload":"PCY+","text":"<&>"}`},
	}
	for _, tt := range tests {
		var b bytes.Buffer
		if err := New(&b).Datagram(tt.d); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); got != tt.want+"\n" {
			t.Errorf("got  %swant %s", got, tt.want)
		}
	}
}

func TestSummary(t *testing.T) {
	start := time.Unix(1_000_000, 0)
	group := view.GroupSummary{Group: netip.MustParseAddrPort("224.1.1.5:50001"), Interface: "eth0", Datagrams: 2, Bytes: 20}
	other := group
	other.Interface, other.Dropped = "eth1", new(uint64)
	tests := []struct {
		s    view.Summary
		want string
	}{
		{view.Summary{}, `{"type":"summary","datagrams":0,"bytes":0,"seconds":0,"groups":[]}`},
		{view.Summary{Dropped: &view.Drops{}}, `{"type":"summary","datagrams":0,"bytes":0,"seconds":0,"dropped":0,"groups":[]}`},
		{
			view.Summary{Datagrams: 2, Bytes: 20, First: start, Last: start.Add(1500 * time.Millisecond), Groups: []view.GroupSummary{group}},
			`{"type":"summary","datagrams":2,"bytes":20,"seconds":1.5,"groups":[` +
				`{"group":"224.1.1.5","port":50001,"interface":"eth0","datagrams":2,"bytes":20}]}`,
		},
		{
			view.Summary{Datagrams: 4, Bytes: 40, First: start, Last: start, Dropped: &view.Drops{Count: 3, AtLeast: true}, Groups: []view.GroupSummary{group, other}},
			`{"type":"summary","datagrams":4,"bytes":40,"seconds":0,"dropped":3,"groups":[` +
				`{"group":"224.1.1.5","port":50001,"interface":"eth0","datagrams":2,"bytes":20,"dropped":null},` +
				`{"group":"224.1.1.5","port":50001,"interface":"eth1","datagrams":2,"bytes":20,"dropped":0}]}`,
		},
	}
	for _, tt := range tests {
		var b bytes.Buffer
		if err := New(&b).Summary(&tt.s); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); got != tt.want+"\n" {
			t.Errorf("got  %swant %s", got, tt.want)
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken") }

func TestWriteError(t *testing.T) {
	p := New(broken{})
	if p.Datagram(of(nil)) == nil || p.Summary(&view.Summary{}) == nil {
		t.Error("a failed write is no error")
	}
}

// Whatever arrives, an object is one line of valid JSON without control
// characters, and its payload and text are what arrived.
func FuzzDatagram(f *testing.F) {
	f.Add([]byte("Hello, World!"))
	f.Add([]byte("\x1b[2J\xff\x00\u009b\u202e"))
	f.Add([]byte("\u2028 <script>"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		var b bytes.Buffer
		if err := New(&b).Datagram(of(payload)); err != nil {
			t.Fatal(err)
		}
		line, ok := strings.CutSuffix(b.String(), "\n")
		if !ok || !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Fatalf("%q is not one line of text", b.String())
		}
		var back struct {
			Payload []byte
			Text    *string
			Length  int
		}
		if err := json.Unmarshal([]byte(line), &back); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(back.Payload, payload) || back.Length != len(payload) || back.Text != nil && *back.Text != string(payload) {
			t.Errorf("%q came back as %+v", payload, back)
		}
	})
}
