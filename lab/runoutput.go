package lab

import (
	"bytes"
	"strings"
)

const (
	// mostKept is how much of a stream is kept.
	mostKept = 1 << 20
	// mostLine is how long a line may be; then it is cut into several.
	mostLine = 64 << 10
)

// transcript is what a program has printed on one of its streams.
type transcript struct {
	limit  int    // bytes that are kept
	kept   []byte // its beginning
	length int    // of all of it
	line   []byte // that has no end yet
	ended  bool   // nothing can come any more
}

// add takes what was printed. Each line is handed over, and also what the last one
// has so far (begun), which a program may leave for others to end.
func (t *transcript) add(b []byte, whole func(text string, open bool), begun func(text []byte)) {
	t.length += len(b)
	t.kept = append(t.kept, b[:min(len(b), max(t.limit-len(t.kept), 0))]...)
	for len(b) > 0 {
		end := bytes.IndexByte(b, '\n')
		switch room := mostLine - len(t.line); {
		case end > room || end < 0 && len(b) > room: // however much of it came at once
			whole(string(append(t.line, b[:room]...)), true)
			t.line, b = t.line[:0], b[room:]
			continue
		case end < 0:
			t.line = append(t.line, b...)
			begun(t.line)
			return
		}
		text := strings.TrimSuffix(string(append(t.line, b[:end]...)), "\r")
		t.line, b = t.line[:0], b[end+1:]
		whole(text, false)
	}
}

// end says that nothing comes any more, and hands over what the last line has so far.
func (t *transcript) end(whole func(text string, open bool)) {
	t.ended = true
	if len(t.line) > 0 {
		whole(string(t.line), true)
		t.line = t.line[:0]
	}
}

// compare says whether the stream is just the text so far, or cannot become it any
// more.
func (t *transcript) compare(want string) (same, never bool) {
	if t.length > len(want) || !strings.HasPrefix(want, string(t.kept)) {
		return false, true
	}
	return t.length == len(want), false
}
