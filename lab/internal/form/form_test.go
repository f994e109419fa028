package form

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestSplitWords(t *testing.T) {
	tests := []struct {
		line  string
		words []string
		wrong string // what is marked, and the text
	}{
		{"", nil, ""},
		{"  a  b\tc ", []string{"a", "b", "c"}, ""},
		{"a\n", []string{"a"}, ""},
		{`'a b'c"d e"`, []string{"a bcd e"}, ""},
		{`'' ""`, []string{"", ""}, ""},
		{`a\ b \\ \'`, []string{"a b", `\`, "'"}, ""},
		{`"a\"b\\c\d"`, []string{`a"b\c\d`}, ""},
		{`'a\b|$x'`, []string{`a\b|$x`}, ""},
		{`"\$x" \$x \|`, []string{"$x", "$x", "|"}, ""},
		{"a\\\nb", []string{"ab"}, ""},
		{"*.go ~ # [x] {y} a=b !", []string{"*.go", "~", "#", "[x]", "{y}", "a=b", "!"}, ""},
		{"a\nb", nil, "\n: a program and its arguments are one line, and here are several"},
		{"a 'b", nil, "': this quote is not closed"},
		{`a "b\"`, nil, `": this quote is not closed`},
		{`a\`, nil, `\: nothing follows the backslash`},
		{"a | b", nil, "|: there is no shell for which | would mean something"},
		{"a $HOME", nil, "$: there is no shell for which $ would mean something"},
		{`a "$HOME"`, nil, "$: there is no shell that would put something in place of $"},
		{"(a)", nil, "(: there is no shell for which ( would mean something"},
	}
	for _, tt := range tests {
		words, wrong := splitWords(tt.line)
		got := ""
		if wrong != nil {
			got = tt.line[wrong.from:wrong.to] + ": " + wrong.text
		}
		if !reflect.DeepEqual(words, tt.words) || got != tt.wrong {
			t.Errorf("splitWords(%q) = %q, %q; want %q, %q", tt.line, words, got, tt.words, tt.wrong)
		}
	}
}

// What the parsers take the patterns of the schema take, and nothing else.
func TestPatterns(t *testing.T) {
	accepts := func(s Schema, text string) bool {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var demands struct {
			Pattern string
			AnyOf   []struct{ Pattern string }
		}
		if err := json.Unmarshal(b, &demands); err != nil {
			t.Fatal(err)
		}
		for _, d := range demands.AnyOf {
			demands.Pattern += d.Pattern
		}
		return regexp.MustCompile(demands.Pattern).MatchString(text)
	}
	for text, want := range map[string]time.Duration{
		"0": 0, "5s": 5 * time.Second, "5 s": 5 * time.Second, "1.5ms": 1500 * time.Microsecond, "1m30s": 90 * time.Second, "1m 30s": 90 * time.Second, "3µs": 3 * time.Microsecond,
		"": -1, "5": -1, "-5s": -1, "+5s": -1, "s": -1, "5 sec": -1, "5  s": -1, " 5s": -1, "1e3s": -1,
	} {
		got, ok := parseDuration(text)
		if ok != (want >= 0) || ok && got != want || ok != accepts(Duration().schema, text) {
			t.Errorf("parseDuration(%q) = %v, %v; want %v; the schema: %v", text, got, ok, want, accepts(Duration().schema, text))
		}
	}
	for text, want := range map[string]float64{
		"10%": 0.1, "0%": 0, "100%": 1, "2.5 %": 0.025, "%": -1, "-1%": -1, "10  %": -1, "1e1%": -1, ".5%": -1, "5.%": -1,
	} {
		got, ok := parseShare(text)
		if ok != (want >= 0) || ok && got != want || ok != accepts(Share().schema, text) {
			t.Errorf("parseShare(%q) = %v, %v; want %v", text, got, ok, want)
		}
	}
	if _, ok := parseShare("101%"); ok {
		t.Error("more than all is a share")
	}
	for text, want := range map[string]uint64{
		"10 Mbit": 10e6, "10Mbit/s": 10e6, "1.5 kbit": 1500, "1 Gbit/s": 1e9, "8bit": 8, "500Kbps": 500e3,
		"": 0, "10": 0, "10M": 0, "10 MB": 0, "10 mbit": 0, "Mbit": 0, "-1bit": 0, "1 bps/s": 0,
	} {
		got, ok := parseRate(text)
		if ok != (want > 0) || got != want && ok || ok != accepts(Rate().schema, text) {
			t.Errorf("parseRate(%q) = %v, %v; want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"0bit", "1" + strings.Repeat("0", 400) + "bit"} {
		if got, ok := parseRate(text); ok {
			t.Errorf("parseRate(%.10q…) = %v", text, got)
		}
	}
}

func TestNearest(t *testing.T) {
	words := []string{"segments", "hosts", "address", "addresses", "kind", "in"}
	for wrong, want := range map[string]string{
		"segmnts": "segments", "Hosts": "hosts", "hsots": "hosts", "addrs": "address", "addr": "address", "kindness": "kind", "out": "", "x": "", "": "",
		strings.Repeat("x", 1000): "",
	} {
		if got := Nearest(wrong, words); got != want {
			t.Errorf("Nearest(%.20q) = %q, want %q", wrong, got, want)
		}
	}
}
