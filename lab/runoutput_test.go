package lab

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// What is printed is told by the line, however it comes, and kept as it is.
func TestTranscript(t *testing.T) {
	long := strings.Repeat("x", mostLine)
	for _, tt := range []struct {
		parts []string
		lines []string // "text", and "text…" where the line is open
		begun []string
	}{
		{[]string{"one\ntwo\n"}, []string{"one", "two"}, nil},
		{[]string{"o", "ne\nt", "wo\n"}, []string{"one", "two"}, []string{"o", "t"}},
		{[]string{"one\r\n", "two\r", "\n"}, []string{"one", "two"}, []string{"two\r"}},
		{[]string{"\n\nend"}, []string{"", "", "end…"}, []string{"end"}},
		{[]string{long + "y\n"}, []string{long + "…", "y"}, nil},
		{[]string{long, "y\n"}, []string{long + "…", "y"}, []string{long}},
		{[]string{long[1:], "xy\n"}, []string{long + "…", "y"}, []string{long[1:]}},
		{[]string{long[1:], "x\nz"}, []string{long, "z…"}, []string{long[1:], "z"}},
		{[]string{long, "\n"}, []string{long}, []string{long}},
	} {
		var lines, begun []string
		whole := func(text string, open bool) {
			if open {
				text += "…"
			}
			lines = append(lines, text)
		}
		s := transcript{limit: 5}
		for _, part := range tt.parts {
			s.add([]byte(part), whole, func(text []byte) { begun = append(begun, string(text)) })
		}
		s.end(whole)
		if !slices.Equal(lines, tt.lines) || !slices.Equal(begun, tt.begun) {
			t.Errorf("%.50q: lines %.50q, begun %.50q; want %.50q and %.50q", tt.parts, lines, begun, tt.lines, tt.begun)
		}
		all := strings.Join(tt.parts, "")
		if !s.ended || s.length != len(all) || string(s.kept) != all[:min(5, len(all))] {
			t.Errorf("%.50q: %d bytes, ended: %v, kept %q", tt.parts, s.length, s.ended, s.kept)
		}
	}
}

func TestTranscriptCompare(t *testing.T) {
	for _, tt := range []struct {
		printed, want string
		same, never   bool
	}{
		{"", "", true, false},
		{"", "ab", false, false},
		{"a", "ab", false, false},
		{"ab", "ab", true, false},
		{"abc", "ab", false, true},
		{"b", "ab", false, true},
	} {
		s := transcript{limit: len(tt.want)} // as little as will do
		s.add([]byte(tt.printed), func(string, bool) {}, func([]byte) {})
		if same, never := s.compare(tt.want); fmt.Sprint(same, never) != fmt.Sprint(tt.same, tt.never) {
			t.Errorf("%q, want %q: same %v, never %v", tt.printed, tt.want, same, never)
		}
	}
}
