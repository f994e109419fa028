// Package text prints reports for people. Nothing that came from the network
// reaches a terminal as it came: what could steer one is shown as hexadecimal
// or escaped.
package text

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mcast/internal/view"
)

// AppendLine appends a line for a datagram: time, source, group, interface, hop
// limit, length and payload.
func AppendLine(b []byte, d *view.Datagram) []byte {
	b = d.Time.AppendFormat(b, "15:04:05.000000")
	b = append(b, ' ')
	b = d.Source.AppendTo(b)
	b = append(b, " > "...)
	b = d.Group.AppendTo(b)
	b = fmt.Appendf(b, " %s ttl %d %d B ", Name(d.Interface), d.HopLimit, len(d.Payload))
	b = AppendPayload(b, d.Payload)
	return append(b, '\n')
}

// AppendPayload appends a payload: as it is where it is printable text; quoted,
// with escapes, where it is text of several lines or with tabs; else as 0x and
// hexadecimal.
func AppendPayload(b, payload []byte) []byte {
	quoted := false
	for rest := payload; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		switch {
		case r == '\n', r == '\r', r == '\t':
			quoted = true
		case r == utf8.RuneError && n == 1, !unicode.IsPrint(r):
			b = append(b, "0x"...)
			return hex.AppendEncode(b, payload)
		}
		rest = rest[n:]
	}
	if quoted {
		return strconv.AppendQuote(b, string(payload))
	}
	return append(b, payload...)
}

// AppendEscaped appends bytes for a terminal: printable text as it is, the rest
// with escapes.
func AppendEscaped(b, payload []byte) []byte {
	for len(payload) > 0 {
		r, n := utf8.DecodeRune(payload)
		switch {
		case r == '\n' || r == '\t':
			b = append(b, payload[:n]...)
		case r == utf8.RuneError && n == 1:
			b = fmt.Appendf(b, `\x%02x`, payload[0])
		case unicode.IsPrint(r):
			b = append(b, payload[:n]...)
		default:
			q := strconv.QuoteRune(r)
			b = append(b, q[1:len(q)-1]...)
		}
		payload = payload[n:]
	}
	return b
}

// Name returns a name of an interface, quoted where it could upset a terminal.
func Name(s string) string {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}

// mostGroups is how many groups a summary for people lists.
const mostGroups = 20

// Summary prints a summary; verb is "received" or "sent".
func Summary(w io.Writer, verb string, s *view.Summary) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", verb, counts(s.Datagrams, s.Bytes))
	if datagrams, bits, ok := s.Rates(); ok {
		fmt.Fprintf(&b, " in %s (%s/s, %s)", duration(s.Last.Sub(s.First)), scaled(datagrams, ""), scaled(bits, "bit/s"))
	}
	if s.Dropped != nil {
		fmt.Fprintf(&b, ", %s by the kernel", drops(s.Dropped))
	}
	b.WriteByte('\n')
	if len(s.Groups) > 1 {
		for i, g := range s.Groups {
			if i == mostGroups {
				fmt.Fprintf(&b, "  … and %d more\n", len(s.Groups)-i)
				break
			}
			fmt.Fprintf(&b, "  %v on %s: %s", g.Group, Name(g.Interface), counts(g.Datagrams, g.Bytes))
			if g.Dropped != nil && *g.Dropped > 0 {
				fmt.Fprintf(&b, ", %s", drops(&view.Drops{Count: *g.Dropped, AtLeast: s.Dropped.AtLeast}))
			}
			b.WriteByte('\n')
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Status returns the line that stands on a terminal while a command runs: what it
// has done to how many things, and how many things and bits a second lately.
func Status(verb, thing string, s *view.Summary, things, bits float64) string {
	line := fmt.Sprintf("%s %s, %s, now %s/s, %s", verb, plural(s.Datagrams, thing), plural(s.Bytes, "byte"), scaled(things, ""), scaled(bits, "bit/s"))
	if s.Dropped != nil && s.Dropped.Count > 0 {
		line += ", " + drops(s.Dropped)
	}
	return line
}

func counts(datagrams, bytes uint64) string {
	return fmt.Sprintf("%s, %s", plural(datagrams, "datagram"), plural(bytes, "byte"))
}

func plural(n uint64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.FormatUint(n, 10) + " " + thing + "s"
}

func drops(d *view.Drops) string {
	if d.AtLeast && d.Count > 0 {
		return fmt.Sprintf("at least %d dropped", d.Count)
	}
	return fmt.Sprintf("%d dropped", d.Count)
}

func duration(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.String()
}

// scaled returns a number with about three digits and its unit, with the SI
// prefix that makes that possible: "9.81 Mbit/s", "9.81 M".
func scaled(x float64, unit string) string {
	prefixes := []string{"", "k", "M", "G", "T"}
	i := 0
	for x >= 999.5 && i < len(prefixes)-1 {
		x /= 1000
		i++
	}
	digits := 2
	switch {
	case i == 0 && x == float64(int64(x)), x >= 99.95:
		digits = 0
	case x >= 9.995:
		digits = 1
	}
	number := strconv.FormatFloat(x, 'f', digits, 64)
	if prefixes[i]+unit == "" {
		return number
	}
	return number + " " + prefixes[i] + unit
}

// Bytes returns a number of bytes with a binary prefix: "128 MiB".
func Bytes(n int) string {
	switch {
	case n >= 1<<30 && n%(1<<30) == 0:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 1<<20:
		return strconv.FormatFloat(float64(n)/(1<<20), 'f', -1, 32) + " MiB"
	case n >= 1<<10:
		return strconv.FormatFloat(float64(n)/(1<<10), 'f', -1, 32) + " KiB"
	}
	return fmt.Sprintf("%d B", n)
}
