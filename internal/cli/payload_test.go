package cli

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"mcast"
)

// all returns the datagrams of a stream, and the error other than io.EOF that
// ended it.
func all(p payloads) ([]string, error) {
	var list []string
	for {
		batch, err := p.next()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		for _, d := range batch {
			list = append(list, string(d))
		}
	}
}

func TestLines(t *testing.T) {
	longest := strings.Repeat("x", mcast.MaxPayload)
	tests := []struct {
		name, text string
		want       []string
		fails      string
	}{
		{"nothing", "", nil, ""},
		{"a line", "a\n", []string{"a"}, ""},
		{"without a newline", "a", []string{"a"}, ""},
		{"the last without a newline", "a\nb", []string{"a", "b"}, ""},
		{"an empty line", "\n", []string{""}, ""},
		{"empty lines between", "a\n\n\nb\n", []string{"a", "", "", "b"}, ""},
		{"a carriage return is a byte like another", "a\r\n", []string{"a\r"}, ""},
		{"the longest", longest + "\nb\n", []string{longest, "b"}, ""},
		{"the longest, without a newline", longest, []string{longest}, ""},
		{"several of the longest", strings.Repeat(longest+"\n", 5), []string{longest, longest, longest, longest, longest}, ""},
		{"too long", "a\nb\n" + longest + "x\nc\n", []string{"a", "b"}, "line 3 of text is longer than a datagram can be, 65507 bytes"},
		{"too long, without a newline", "a\n" + longest + "x", []string{"a"}, "line 2 of text is longer than a datagram can be, 65507 bytes"},
		{"far too long", strings.Repeat(longest, 9), nil, "line 1 of text is longer than a datagram can be, 65507 bytes"},
	}
	readers := []struct {
		name string
		of   func(io.Reader) io.Reader
	}{
		{"all at once", func(r io.Reader) io.Reader { return r }},
		{"in halves", iotest.HalfReader},
		{"the end with the last bytes", iotest.DataErrReader},
	}
	for _, tt := range tests {
		for _, r := range readers {
			t.Run(tt.name+"/"+r.name, func(t *testing.T) {
				got, err := all(newLines(r.of(strings.NewReader(tt.text)), "text"))
				if !slices.Equal(got, tt.want) {
					t.Errorf("%d datagrams, want %d", len(got), len(tt.want))
				}
				if text := ""; err != nil && err.Error() != tt.fails || err == nil && tt.fails != text {
					t.Errorf("error %v, want %q", err, tt.fails)
				}
			})
		}
	}
}

func TestLinesReadError(t *testing.T) {
	broken := errors.New("broken")
	got, err := all(newLines(io.MultiReader(strings.NewReader("a\nhalf"), iotest.ErrReader(broken)), "text"))
	if !slices.Equal(got, []string{"a"}) || !errors.Is(err, broken) {
		t.Errorf("%q, %v; want a, without the half line, and the error", got, err)
	}
}

// However a stream is cut into reads, its lines are what splitting it gives.
func FuzzLines(f *testing.F) {
	f.Add([]byte("a\n\nb"), uint16(1))
	f.Add([]byte("\n"), uint16(3))
	f.Add(bytes.Repeat([]byte("long "), 20_000), uint16(9000))
	f.Add([]byte{}, uint16(0))
	f.Fuzz(func(t *testing.T, text []byte, cut uint16) {
		var want []string
		fails := false
		for line := range bytes.Lines(text) {
			line = bytes.TrimSuffix(line, []byte{'\n'})
			if fails = len(line) > mcast.MaxPayload; fails {
				break
			}
			want = append(want, string(line))
		}
		got, err := all(newLines(&slow{text, int(cut) + 1}, "text"))
		if !slices.Equal(got, want) || (err != nil) != fails {
			t.Errorf("%d datagrams, %v; want %d, and an error: %v", len(got), err, len(want), fails)
		}
	})
}

// slow hands out so many bytes at a time.
type slow struct {
	text []byte
	most int
}

func (s *slow) Read(b []byte) (int, error) {
	if len(s.text) == 0 {
		return 0, io.EOF
	}
	n := copy(b, s.text[:min(s.most, len(s.text))])
	s.text = s.text[n:]
	return n, nil
}

func TestRepeated(t *testing.T) {
	for _, n := range []int{0, 1, 64, 1400, mcast.MaxPayload} {
		p := pattern(n)
		batch, err := newRepeated(p).next()
		if err != nil || len(batch) == 0 || len(batch) > repeatBatch {
			t.Fatalf("%d bytes: %d datagrams, %v", n, len(batch), err)
		}
		for i, d := range batch {
			if !bytes.Equal(d, p) {
				t.Fatalf("%d bytes: datagram %d differs", n, i)
			}
		}
	}
}

func TestWhole(t *testing.T) {
	longest := strings.Repeat("x", mcast.MaxPayload)
	for _, text := range []string{"", "a\nb\n", longest} {
		if got, err := whole(strings.NewReader(text), "text"); err != nil || string(got) != text {
			t.Errorf("%d bytes: got %d, %v", len(text), len(got), err)
		}
	}
	if _, err := whole(strings.NewReader(longest+"x"), "text"); err == nil {
		t.Error("no error for a byte too many")
	}
}
