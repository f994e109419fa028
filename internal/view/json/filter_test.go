package json_test

import (
	"strings"
	"testing"

	"mcast/internal/view"
	"mcast/internal/view/json"
)

func TestFilter(t *testing.T) {
	for want, print := range map[string]func(*json.Printer) error{
		`{"type":"program","expression":"udp","link_type":"RAW","instructions":[{"code":6,"jt":1,"jf":2,"k":4294967295}]}`: func(p *json.Printer) error {
			return p.Program(&view.Program{Expression: "udp", LinkType: "RAW", Instructions: []view.Instruction{{Code: 6, Jt: 1, Jf: 2, K: 1<<32 - 1}}})
		},
		`{"type":"program","expression":"","link_type":"","instructions":[]}`: func(p *json.Printer) error { return p.Program(&view.Program{}) },
		`{"type":"explanation","expression":"a < b","meaning":"two\nlines","canonical":"c & d"}`: func(p *json.Printer) error {
			return p.Explanation(&view.Explanation{Expression: "a < b", Meaning: "two\nlines", Canonical: "c & d"})
		},
		`{"type":"count","expression":"udp","kept":3,"frames":120}`: func(p *json.Printer) error {
			return p.Count(&view.Count{Expression: "udp", Kept: 3, Frames: 120})
		},
	} {
		var b strings.Builder
		if err := print(json.New(&b)); err != nil || b.String() != want+"\n" {
			t.Errorf("%v\n%s and not\n%s", err, b.String(), want)
		}
	}
}
