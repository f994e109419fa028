package json

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"mcast/internal/view"
)

// printers print a text in each of the ways that there are, as the member "interface" of
// an object or of the first of its groups.
var printers = map[string]func(p *Printer, b *bytes.Buffer, s string) error{
	"membership": func(p *Printer, _ *bytes.Buffer, s string) error { return p.Membership(&view.Membership{Interface: s}) },
	"event": func(p *Printer, _ *bytes.Buffer, s string) error {
		return p.Event(&view.MembershipEvent{Interface: s, Who: s})
	},
	"datagram": func(p *Printer, _ *bytes.Buffer, s string) error { return p.Datagram(&view.Datagram{Interface: s}) },
	"summary": func(p *Printer, _ *bytes.Buffer, s string) error {
		return p.Summary(&view.Summary{Groups: []view.GroupSummary{{Interface: s}}})
	},
	"received": func(p *Printer, _ *bytes.Buffer, s string) error {
		return p.Summary(&view.Summary{Dropped: &view.Drops{}, Groups: []view.GroupSummary{{Interface: s}}})
	},
	"capture": func(_ *Printer, b *bytes.Buffer, s string) error {
		return CaptureSummary(b, &view.Capture{Groups: []view.GroupFrames{{Interface: s}}})
	},
	"count": func(p *Printer, _ *bytes.Buffer, s string) error { return p.Count(&view.Count{Expression: s}) },
}

// FuzzEscape: a text is what it was to who parses it, and harmless to a terminal.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{"recv", "a b", "a\nb", "\x1b[31m", "\u009b31m", "\u202e", "\u2028", "\U000e0001", "\xff", "\"\\", "\U0001f600", "<&>", "\x7f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, print := range printers {
			var b bytes.Buffer
			if err := print(New(&b), &b, s); err != nil {
				t.Fatal(err)
			}
			line, ok := strings.CutSuffix(b.String(), "\n")
			if !ok || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Fatalf("%s: %q", name, line)
			}
			var got struct {
				Interface, Expression string
				Groups                []struct{ Interface string }
			}
			if err := json.Unmarshal(b.Bytes(), &got); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if len(got.Groups) > 0 {
				got.Interface = got.Groups[0].Interface
			}
			if got.Interface+got.Expression != s && utf8.ValidString(s) {
				t.Errorf("%s: %q became %q", name, s, line)
			}
		}
	})
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("full")

// What cannot be written is an error, escaped or not.
func TestEscaperFails(t *testing.T) {
	for _, s := range []string{"a", "\u202e"} {
		if err := New(failing{}).Count(&view.Count{Expression: s}); !errors.Is(err, errFull) {
			t.Errorf("%q: %v", s, err)
		}
	}
}
