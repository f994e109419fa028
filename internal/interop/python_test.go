//go:build interop && linux

package interop

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"mcast/internal/nettest"
)

// seen is a datagram as Python saw it.
type seen struct {
	Text, Source, Interface string
	Length, TTL             int
}

func decode(t *testing.T, line string) (s seen) {
	t.Helper()
	if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "ready\n")), &s); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return s
}

// Python sees what the classic sender promises: the interface that owns the
// address, that address as the source, also if it is a secondary one, and 1 as
// the hop limit.
func TestClassicSenderToPython(t *testing.T) {
	a, b := network(t)
	for _, tt := range []struct{ host, group, python, on string }{
		{"192.0.2.1", "224.1.1.5", "192.0.2.2", "eth0"},
		{"192.0.2.66", "224.1.1.5", "192.0.2.2", "eth0"},
		{"198.51.100.1", "224.1.1.5", "198.51.100.2", "eth1"},
		{"2001:db8::1", "ff15::5", "eth0", "eth0"},
		{"2001:db8:1::1", "ff15::5", "eth1", "eth1"},
	} {
		t.Run(tt.host, func(t *testing.T) {
			r := start(t, b, "", "receive.py", tt.group, "50001", tt.python, "1")
			r.prints("ready")
			if out := send(t, a, "", "mcastsend", tt.host, tt.group, "50001", "Hello, World!"); out != "" {
				t.Errorf("mcastsend printed %q", out)
			}
			want := seen{Text: "Hello, World!", Source: tt.host, Interface: tt.on, Length: 13, TTL: 1}
			if got := decode(t, r.ends()); got != want {
				t.Errorf("Python saw %+v, want %+v", got, want)
			}
		})
	}
}

// The classic receiver prints what Python sends to its group, and nothing of what
// Python sends to another group on that port, which somebody on the host has joined.
func TestPythonToClassicReceiver(t *testing.T) {
	a, b := network(t)
	for _, tt := range []struct{ nic, group, other, python, pythonHere, on string }{
		{"192.0.2.2", "224.1.1.5", "234.3.2.1", "192.0.2.1", "192.0.2.2", "eth0"},
		{"198.51.100.2", "224.1.1.5", "234.3.2.1", "198.51.100.1", "198.51.100.2", "eth1"},
		{"2001:db8::2", "ff15::5", "ff15::6", "eth0", "eth0", "eth0"},
	} {
		t.Run(tt.nic, func(t *testing.T) {
			other := start(t, b, "", "receive.py", tt.other, "50001", tt.pythonHere, "1")
			other.prints("ready")
			r := start(t, b, "", "mcastrecv", tt.nic, tt.group, "50001")
			waitJoined(t, b, tt.on, tt.group, 1)
			send(t, a, "of no concern\n", "send.py", tt.other, "50001", tt.python)
			if got := decode(t, other.ends()); got.Text != "of no concern" {
				t.Fatalf("Python saw %+v", got)
			}
			send(t, a, "Hello, World!\n", "send.py", tt.group, "50001", tt.python)
			if got := r.ends(); got != "Hello, World!\n" {
				t.Errorf("mcastrecv printed %q", got)
			}
		})
	}
}

// Two classic receivers and a Python one share a group and a port, and each gets
// every datagram.
func TestSideBySide(t *testing.T) {
	a, b := network(t)
	python := start(t, b, "", "receive.py", "224.1.1.5", "50001", "192.0.2.2", "1")
	python.prints("ready")
	one := start(t, b, "", "mcastrecv", "192.0.2.2", "224.1.1.5", "50001")
	two := start(t, b, "", "mcastrecv", "192.0.2.2", "224.1.1.5", "50001")
	waitJoined(t, b, "eth0", "224.1.1.5", 3)
	send(t, a, "", "mcastsend", "192.0.2.1", "224.1.1.5", "50001", "for all")
	if got := decode(t, python.ends()); got.Text != "for all" {
		t.Errorf("Python saw %+v", got)
	}
	for _, r := range []*process{one, two} {
		if got := r.ends(); got != "for all\n" {
			t.Errorf("mcastrecv printed %q", got)
		}
	}
}

// Source-specific membership, with Python at either end.
func TestSourceSpecific(t *testing.T) {
	a, b := network(t)
	t.Run("Python receives", func(t *testing.T) {
		r := start(t, b, "", "receive.py", "232.1.1.1", "5000", "192.0.2.2", "1", "192.0.2.66")
		r.prints("ready")
		send(t, a, "", "mcastsend", "192.0.2.1", "232.1.1.1", "5000", "unwanted")
		send(t, a, "", "mcastsend", "192.0.2.66", "232.1.1.1", "5000", "wanted")
		if got := decode(t, r.ends()); got.Text != "wanted" || got.Source != "192.0.2.66" {
			t.Errorf("Python saw %+v", got)
		}
	})
	t.Run("Python sends", func(t *testing.T) {
		r := start(t, b, "", "mcast", "recv", "192.0.2.66@232.1.1.1%eth0:5000", "--count", "1", "--format", "payload")
		r.says("listening")
		send(t, a, "unwanted\n", "send.py", "232.1.1.1", "5000", "192.0.2.1", "192.0.2.1")
		send(t, a, "wanted\n", "send.py", "232.1.1.1", "5000", "192.0.2.1", "192.0.2.66")
		if got := r.ends(); got != "wanted\n" {
			t.Errorf("mcast recv printed %q", got)
		}
	})
}

// The exercise: a receiver that joins on "any" interface waits for ever, and a
// capture shows why. The datagrams come in by eth0, and the kernel joined on eth1,
// to which the routing table points.
func TestAnyInterface(t *testing.T) {
	a, b := network(t)
	r := start(t, b, "", "mcastrecv", "0.0.0.0", "224.1.1.5", "50001")
	waitJoined(t, b, "eth1", "224.1.1.5", 1)
	if got, want := joined(t, b, "224.1.1.5"), map[string]int{"eth1": 1}; !maps.Equal(got, want) {
		t.Fatalf("the kernel says that the group is joined on %v, want %v", got, want)
	}
	capture := start(t, b, "", "capture.py", "eth0", "50001")
	if !strings.Contains(capture.waitReady(), "ready") {
		nettest.Skip(t, "no capture: "+capture.errs.String())
	}
	send(t, a, "", "mcastsend", "192.0.2.1", "224.1.1.5", "50001", "by eth0")
	if got := capture.ends(); got != "ready\nby eth0\n" {
		t.Fatalf("the capture on eth0 shows %q", got)
	}
	// It is there, and the receiver, which would have printed it and ended,
	// prints the next one.
	send(t, a, "by eth1\n", "send.py", "224.1.1.5", "50001", "198.51.100.1")
	if got := r.ends(); got != "by eth1\n" {
		t.Errorf("mcastrecv printed %q", got)
	}

	// Told the interface, it hears.
	r = start(t, b, "", "mcastrecv", "192.0.2.2", "224.1.1.5", "50001")
	waitJoined(t, b, "eth0", "224.1.1.5", 1)
	send(t, a, "", "mcastsend", "192.0.2.1", "224.1.1.5", "50001", "by eth0")
	if got := r.ends(); got != "by eth0\n" {
		t.Errorf("mcastrecv printed %q", got)
	}
}

// waitReady waits until a program is ready or has printed why it is not.
func (p *process) waitReady() string {
	p.t.Helper()
	nettest.Eventually(p.t, p.cmd.String(), patience, func() bool { return p.out.String()+p.errs.String() != "" })
	return p.out.String()
}

// burst returns payloads for many datagrams: runs of equal length, and lengths that
// change.
func burst(n int) (text string, digest string) {
	var b strings.Builder
	h := sha256.New()
	for i := range n {
		length := 100
		if i%1000 > 900 {
			length = 20 + i%400
		}
		d := fmt.Sprintf("%0*d", length, i)
		b.WriteString(d + "\n")
		_ = binary.Write(h, binary.BigEndian, uint32(len(d)))
		h.Write([]byte(d))
	}
	return b.String(), hex.EncodeToString(h.Sum(nil))
}

const many = 50_000

// A sender that hands the kernel runs of datagrams is, to a plain socket, one that
// sends each alone: none is lost, joined, cut or out of order.
func TestBurstToPython(t *testing.T) {
	a, b := network(t)
	text, digest := burst(many)
	r := start(t, b, "", "receive.py", "239.1.1.1", "5000", "192.0.2.2", fmt.Sprint(many))
	r.prints("ready")
	args := []string{"send", "239.1.1.1:5000", "-i", "eth0", "--json"}
	if !roomy(t, b) {
		args = append(args, "--rate", "10000/s")
	}
	out := send(t, a, text, "mcast", args...)
	if want := fmt.Sprintf(`"datagrams":%d,`, many); !strings.Contains(out, want) {
		t.Errorf("mcast send printed %s, want %s", out, want)
	}
	if want := fmt.Sprintf(`{"count": %d, "digest": "%s"}`, many, digest); !strings.Contains(r.ends(), want) {
		t.Errorf("Python printed %s, want %s", r.out.String(), want)
	}
}

// The other way round: a receiver that takes runs from the kernel hands out what
// was sent.
func TestBurstFromPython(t *testing.T) {
	a, b := network(t)
	n := many
	if !roomy(t, b) {
		n = 100 // fits the buffer
	}
	text, _ := burst(n)
	r := start(t, b, "", "mcast", "recv", "239.1.1.1:5000", "-i", "eth0", "--format", "payload", "--count", fmt.Sprint(n), "--timeout", "15s")
	r.says("listening")
	send(t, a, text, "send.py", "239.1.1.1", "5000", "192.0.2.1")
	if got := r.ends(); got != text {
		t.Errorf("%d bytes arrived, want %d, or they differ", len(got), len(text))
	}
}

// roomy says whether receivers get as large a buffer as they ask for: the real
// root does.
func roomy(t *testing.T, h *nettest.Host) bool {
	t.Helper()
	r := start(t, h, "", "mcast", "recv", "239.255.0.1:9", "--timeout", (10 * time.Millisecond).String(), "--min", "0")
	r.ends()
	return strings.Contains(r.errs.String(), "receive buffer 128 MiB")
}
