//go:build interop && linux

package interop

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"mcast/internal/nettest"
	"mcast/wire"
)

// The one-liner and the hexdump of random whole frames are scapy's.
func TestScapySummary(t *testing.T) {
	const frames = 6000
	r := whole{newRandom(seed(t), t.Name()).Rand}
	var list [][]byte
	var in strings.Builder
	for range scaled(t, frames) {
		f := r.ethernet()
		list = append(list, f)
		in.WriteString(hex.EncodeToString(f) + "\n")
	}
	lines := bytes.Split(bytes.TrimSpace(scapy(t, in.String(), "scapy_summary.py")), []byte("\n"))
	if len(lines) != len(list) {
		t.Fatalf("scapy printed %d lines for %d frames", len(lines), len(list))
	}
	wrong := 0
	for i, f := range list {
		var want struct{ Summary, Hexdump string }
		if err := json.Unmarshal(lines[i], &want); err != nil {
			t.Fatal(err)
		}
		if got := string(wire.AppendScapy(nil, f)); got != want.Summary {
			t.Errorf("%x:\n%s, and scapy\n%s", f, got, want.Summary)
			wrong++
		}
		if got := string(wire.AppendHexdump(nil, f)); got != want.Hexdump+"\n" {
			t.Errorf("%x:\n%s, and scapy\n%s", f, got, want.Hexdump)
			wrong++
		}
		if wrong > 10 {
			t.FailNow()
		}
	}
}

// scapy runs a script that needs scapy, and returns what it prints.
func scapy(t *testing.T, stdin, script string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(peer(t, "/usr/bin/python3"), append([]string{"testdata/" + script}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if strings.Contains(errs.String(), "No module named 'scapy'") {
		nettest.Skip(t, "scapy is missing")
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	return out
}

// whole makes frames of which everything is there: lengths are right, or leave
// something over as padding.
type whole struct{ *rand.Rand }

func (r whole) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func (r whole) one(in ...int) int { return in[r.IntN(len(in))] }

// ethernet returns a frame, sometimes with padding.
func (r whole) ethernet() []byte {
	typ, payload := r.typed(0)
	f := binary.BigEndian.AppendUint16(r.bytes(12), typ)
	f = append(f, payload...)
	if r.IntN(3) == 0 {
		f = append(f, make([]byte, r.IntN(20))...)
	}
	return f
}

// typed returns something with an EtherType.
func (r whole) typed(depth int) (uint16, []byte) {
	switch n := r.IntN(20); {
	case n < 4 && depth < 3:
		typ, payload := r.typed(depth + 1)
		tag := binary.BigEndian.AppendUint16(r.bytes(2), typ)
		return uint16(r.one(0x8100, 0x88a8)), append(tag, payload...)
	case n < 6:
		b := binary.BigEndian.AppendUint16([]byte{0, 1, 8, 0, 6, 4}, uint16(r.IntN(11)))
		return 0x0806, append(b, r.bytes(20)...)
	case n < 13:
		return 0x0800, r.ipv4(depth)
	case n < 19:
		return 0x86dd, r.ipv6(depth)
	}
	return uint16(r.one(0x1234, 0x88f7, 0x88cc, 0x8847, 0x9000, 0x22f0)), r.bytes(r.IntN(40))
}

func (r whole) ipv4(depth int) []byte {
	proto, payload := r.transport(depth, false)
	options := r.options()
	b := append([]byte{byte(0x45 + len(options)/4)}, r.bytes(19)...)
	binary.BigEndian.PutUint16(b[2:], uint16(20+len(options)+len(payload)))
	b[6], b[7] = b[6]&0xe0, 0
	if r.IntN(8) == 0 {
		b[7] = byte(1 + r.IntN(200))
	}
	b[9] = proto
	return append(append(b, options...), payload...)
}

// options returns IPv4 options.
func (r whole) options() []byte {
	switch r.IntN(4) {
	case 0:
		return []byte{148, 4, 0, 0}
	case 1:
		return []byte{1, 1, 148, 4, 0, 0, 0, 0}
	}
	return nil
}

func (r whole) ipv6(depth int) []byte {
	next, payload := r.transport(depth, true)
	for range r.one(0, 0, 0, 1, 1, 2) {
		switch r.IntN(3) {
		case 0:
			payload = append([]byte{next, 0, 5, 2, 0, 0, 1, 0}, payload...)
			next = byte(r.one(0, 60))
		case 1:
			payload = append([]byte{next, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, payload...)
			next = byte(r.one(0, 60))
		default:
			h := append([]byte{next, 0, 0, byte(r.one(0, 0, 1))}, r.bytes(4)...)
			if r.IntN(3) == 0 {
				h[2] = 7
			}
			payload, next = append(h, payload...), 44
		}
	}
	b := append([]byte{0x60}, r.bytes(39)...)
	binary.BigEndian.PutUint16(b[4:], uint16(len(payload)))
	b[6] = next
	for _, at := range []int{8, 24} {
		switch r.IntN(5) {
		case 0:
			copy(b[at:], append([]byte{0xff, 0x15}, make([]byte, 12)...))
		case 1:
			copy(b[at:], make([]byte, r.one(8, 10, 12, 14, 16)))
		case 2:
			copy(b[at:], []byte{0x20, 0x02})
		case 3:
			copy(b[at:], []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})
		}
	}
	return append(b, payload...)
}

// transport returns what IP carries, and its number. ICMP is IPv4's.
func (r whole) transport(depth int, six bool) (uint8, []byte) {
	body := r.bytes(r.one(0, 1, 8, 30, r.IntN(200)))
	switch n := r.IntN(16); {
	case n < 6:
		b := r.bytes(8)
		length := 8 + len(body)
		if r.IntN(6) == 0 {
			length = 8 + r.IntN(len(body)+1)
		}
		binary.BigEndian.PutUint16(b[4:], uint16(length))
		return 17, append(b, body...)
	case n < 9:
		b := r.bytes(20)
		b[12] = 0x50 | b[12]&0x0f
		if r.IntN(2) == 0 {
			b[12] = 0x60 | b[12]&0x0f
			b = append(b, 2, 4, 5, 0xb4)
		}
		return 6, append(b, body...)
	case n < 12 && !six:
		return 1, r.icmp(depth, body)
	case n < 13 && !six:
		return 2, append([]byte{byte(r.one(0x11, 0x12, 0x16, 0x17, 0x22)), 0}, r.bytes(6)...)
	case n < 14 && !six && depth < 2:
		return 4, r.ipv4(depth + 2)
	}
	return uint8(r.one(99, 103, 253, 200)), body
}

func (r whole) icmp(depth int, body []byte) []byte {
	b := r.bytes(8)
	b[0] = byte(r.one(0, 8, 3, 5, 11, 12, 9, 13, 14, 17, 30, 40, 99))
	b[1] = byte(r.IntN(16))
	switch b[0] {
	case 3, 5, 11, 12:
		if depth > 2 {
			b[0] = 8
			break
		}
		quoted := r.ipv4(depth + 2)
		if r.IntN(2) == 0 { // mostly, errors quote a part
			quoted = quoted[:min(len(quoted), 20+r.IntN(40))]
		}
		return append(b, quoted...)
	case 13, 14:
		b = append(b, r.bytes(12)...)
	case 17:
		b = append(b, r.bytes(4)...)
	}
	return append(b, body...)
}
