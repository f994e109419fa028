//go:build interop && linux

package interop

import (
	"bytes"
	"encoding/binary"
	"os"
	"strconv"
	"strings"
	"testing"

	"mcast/filter"
	"mcast/internal/nettest"
)

// The names of ports and protocols that we know mean what libpcap finds in /etc,
// which may have more of them.
func TestFilterNames(t *testing.T) {
	p := newLibpcap(t, alone(t))
	for _, file := range []struct{ path, before string }{
		{"/etc/services", "port "},
		{"/etc/protocols", `ip proto \`},
	} {
		var texts []string
		var all []frame
		for _, e := range entries(t, file.path) {
			texts = append(texts, file.before+e.name)
			for _, protocol := range []byte{6, 17, 132, byte(e.number)} {
				b := make([]byte, 60)
				b[0], b[9] = 0x45, protocol
				binary.BigEndian.PutUint16(b[22:], uint16(e.number))
				all = append(all, frame{bytes: b, wire: len(b)})
			}
		}
		p.load(all)
		to := target{link: filter.IPv4}
		theirs, ours := p.compile(to, true, true, texts...), underTest(p)(to, texts...)
		known := 0
		var unknown []string
		for i, text := range texts {
			switch {
			case theirs[i].refused && ours[i].refused:
			case theirs[i].refused != ours[i].refused:
				unknown = append(unknown, text)
			case !bytes.Equal(theirs[i].matches, ours[i].matches):
				t.Errorf("%s: libpcap:\n%sours:\n%s", text, theirs[i], ours[i])
			default:
				known++
			}
		}
		t.Logf("%s: we know %d of %d names; known to one side: %q", file.path, known, len(texts), unknown)
		if known < len(texts)*3/4 {
			t.Errorf("%s: we know %d of %d names", file.path, known, len(texts))
		}
	}
}

// entry is a line of /etc/services or /etc/protocols.
type entry struct {
	name   string
	number int
}

func entries(t *testing.T, path string) (all []entry) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		nettest.Skip(t, err.Error())
	}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		digits, _, _ := strings.Cut(fields[1], "/")
		n, err := strconv.Atoi(digits)
		if err != nil {
			t.Fatalf("%s: %q: %v", path, line, err)
		}
		all = append(all, entry{fields[0], n})
	}
	return all
}
