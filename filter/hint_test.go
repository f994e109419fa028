package filter

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

// What is said instead of a second tag keeps frames with either number in the
// outermost one.
func TestHintOfSecondTag(t *testing.T) {
	for _, test := range [...]struct {
		in     string
		header string // the type, and four bytes of which the number is a part
		shift  int
	}{
		{"vlan 5 or 6", "\x81\x00\x00\x00\x00\x00", 16},
		{"mpls 5 or 6", "\x88\x47\x00\x00\x01\x00", 12},
		{"pppoes 5 or 6", "\x88\x64\x11\x00\x00\x00", 0},
	} {
		_, err := Compile(test.in, Options{})
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("%s: %v", test.in, err)
		}
		_, expression, _ := strings.Cut(e.Hint(), " it is ")
		p, err := Compile(expression, Options{})
		if err != nil {
			t.Fatalf("%s: the hint is %q: %v", test.in, e.Hint(), err)
		}
		for number, want := range map[uint32]bool{4: false, 5: true, 6: true, 7: false} {
			frame := make([]byte, 64)
			copy(frame[12:], test.header)
			word := binary.BigEndian.Uint32(frame[14:]) | number<<test.shift
			binary.BigEndian.PutUint32(frame[14:], word)
			if got := p.Match(frame, len(frame)); got != want {
				t.Errorf("%s with number %d: %v", expression, number, got)
			}
		}
	}
}
