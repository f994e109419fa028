// Package json prints reports for programs: one object a line. The names and
// units are a promise to those who parse them.
package json

import (
	"encoding/json"
	"io"
	"net/netip"
	"time"
	"unicode"
	"unicode/utf8"

	"mcast/internal/view"
)

// timeFormat is RFC 3339 with nanoseconds, all nine digits.
const timeFormat = "2006-01-02T15:04:05.000000000Z07:00"

type datagram struct {
	Type       string     `json:"type"`
	Time       string     `json:"time"`
	Group      netip.Addr `json:"group"`
	Port       uint16     `json:"port"`
	Source     netip.Addr `json:"source"`
	SourcePort uint16     `json:"source_port"`
	Interface  string     `json:"interface"`
	HopLimit   int        `json:"hop_limit"`
	DSCP       int        `json:"dscp"`
	Length     int        `json:"length"`
	Payload    []byte     `json:"payload"`        // base64
	Text       *string    `json:"text,omitempty"` // where it is valid, printable UTF-8
}

type summary struct {
	Type      string         `json:"type"`
	Datagrams uint64         `json:"datagrams"`
	Bytes     uint64         `json:"bytes"`
	Seconds   float64        `json:"seconds"`
	Dropped   *uint64        `json:"dropped,omitempty"`
	Groups    []groupSummary `json:"groups"`
}

type groupSummary struct {
	Group     netip.Addr `json:"group"`
	Port      uint16     `json:"port"`
	Interface string     `json:"interface"`
	Datagrams uint64     `json:"datagrams"`
	Bytes     uint64     `json:"bytes"`
}

// receivedGroup has what only a receiver can tell.
type receivedGroup struct {
	groupSummary
	Dropped *uint64 `json:"dropped"` // null: not to be told apart
}

// Printer prints objects to a writer, one write each.
type Printer struct{ encoder *json.Encoder }

// New returns a Printer that writes to w.
func New(w io.Writer) *Printer {
	e := json.NewEncoder(&escaper{w: w})
	e.SetEscapeHTML(false)
	return &Printer{e}
}

// Datagram prints one datagram.
func (p *Printer) Datagram(d *view.Datagram) error {
	o := datagram{
		Type: "datagram", Time: formatTime(d.Time),
		Group: d.Group.Addr(), Port: d.Group.Port(), Source: d.Source.Addr().WithZone(""), SourcePort: d.Source.Port(),
		Interface: d.Interface, HopLimit: d.HopLimit, DSCP: d.TrafficClass >> 2, Length: len(d.Payload), Payload: d.Payload,
	}
	if o.Payload == nil {
		o.Payload = []byte{} // "" and not null
	}
	if printable(d.Payload) {
		text := string(d.Payload)
		o.Text = &text
	}
	return p.encoder.Encode(o)
}

// Summary prints the summary.
func (p *Printer) Summary(s *view.Summary) error {
	o := summary{Type: "summary", Datagrams: s.Datagrams, Bytes: s.Bytes, Seconds: s.Seconds(), Groups: []groupSummary{}}
	for _, g := range s.Groups {
		o.Groups = append(o.Groups, groupSummary{g.Group.Addr(), g.Group.Port(), g.Interface, g.Datagrams, g.Bytes})
	}
	if s.Dropped == nil {
		return p.encoder.Encode(o)
	}
	o.Dropped = &s.Dropped.Count
	received := struct {
		summary
		Groups []receivedGroup `json:"groups"` // in place of the summary's own
	}{summary: o, Groups: []receivedGroup{}}
	for i, g := range o.Groups {
		received.Groups = append(received.Groups, receivedGroup{g, s.Groups[i].Dropped})
	}
	return p.encoder.Encode(received)
}

func formatTime(t time.Time) string { return t.UTC().Format(timeFormat) }

func printable(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 || !unicode.IsPrint(r) {
			return false
		}
		b = b[n:]
	}
	return true
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// orEmpty is for lists that are [] and not null when there is nothing in them.
func orEmpty(list []string) []string { return append([]string{}, list...) }
