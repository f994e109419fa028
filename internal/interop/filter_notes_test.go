//go:build interop && linux

package interop

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// note is a failure as somebody who mends it wants to see it.
type note struct {
	what         string
	target       target
	expression   string
	theirs, ours program
	frame        *frame
	kept         string
}

// notes gathers the failures of a test and its subtests, one of each shape.
type notes struct {
	mu    sync.Mutex
	list  []note
	times map[string]int // by shape
}

// newNotes returns notes which, when the test ends, are logged, and written to a
// file if somebody asked for that.
func newNotes(t *testing.T) *notes {
	t.Helper()
	n := &notes{times: map[string]int{}}
	t.Cleanup(func() {
		const shown = 8
		for i, f := range n.list {
			if i == shown {
				t.Logf("and %d more", len(n.list)-shown)
				break
			}
			t.Logf("%s", f)
		}
		if dir := os.Getenv(notesVariable); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, t.Name()+".md"), n.markdown(), 0o666); err != nil {
				t.Error(err)
			}
		}
	})
	return n
}

func (n *notes) add(f note) {
	n.mu.Lock()
	defer n.mu.Unlock()
	shape := f.shape()
	if n.times[shape]++; n.times[shape] == 1 {
		n.list = append(n.list, f)
	}
}

var values = regexp.MustCompile(`\b(0x[0-9a-f]+|[0-9a-f]*:[0-9a-f:.]+|[0-9]+(\.[0-9]+)*(/[0-9]+)?)\b`)

// shape is what a failure has in common with others of its kind: all but the
// numbers.
func (f note) shape() string {
	text := f.what + f.target.String() + values.ReplaceAllString(f.expression, "N")
	if f.ours.crashed {
		text = f.what + lastLine(f.ours.reason)
	}
	return text
}

func lastLine(s string) string { return s[strings.LastIndexByte(s, '\n')+1:] }

func (f note) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s: %s\n", f.target, f.what, f.expression)
	if f.frame != nil {
		fmt.Fprintf(&b, "%s\non the wire %d, captured %d bytes: %s\n", f.kept, f.frame.wire, len(f.frame.bytes), hexed(f.frame.bytes))
	}
	fmt.Fprintf(&b, "libpcap:\n%sours:\n%s", f.theirs, f.ours)
	return b.String()
}

// String is the program or why there is none.
func (p program) String() string {
	if p.refused {
		return "refused: " + p.reason + "\n"
	}
	return listing(p.instructions)
}

// hexed returns a frame in hexadecimal, without the zeros at its end.
func hexed(b []byte) string {
	short := bytes.TrimRight(b, "\x00")
	text := hex.EncodeToString(short)
	if len(short) < len(b) {
		text += fmt.Sprintf(" and %d zeros", len(b)-len(short))
	}
	return text
}

func (n *notes) markdown() []byte {
	var b bytes.Buffer
	for _, f := range n.list {
		fmt.Fprintf(&b, "### %s: `%s` (%s, like %d others)\n\n```\n%s```\n\n", f.what, f.expression, f.target, n.times[f.shape()]-1, f)
	}
	return b.Bytes()
}
