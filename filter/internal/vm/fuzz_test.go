package vm_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"strconv"
	"testing"

	"mcast/filter/internal/vm"
)

// opcodes are all that there are.
var opcodes = []uint16{
	0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x00, 0x60, 0x80, 0x01, 0x61, 0x81, 0xb1, 0x02, 0x03, 0x07, 0x87, 0x16, 0x06, 0x05,
	0x15, 0x25, 0x35, 0x45, 0x1d, 0x2d, 0x3d, 0x4d,
	0x04, 0x14, 0x24, 0x34, 0x44, 0x54, 0x64, 0x74, 0x84, 0x94, 0xa4, 0x0c, 0x1c, 0x2c, 0x3c, 0x4c, 0x5c, 0x6c, 0x7c, 0x9c, 0xac,
}

// program makes a program of bytes, most of which are fine: four make an
// instruction, and bit says which bit of A is looked at in the end.
func program(b []byte, bit byte) []raw {
	var p []raw
	n := len(b) / 4
	for i := range n {
		c := b[4*i:][:4]
		in := raw{Op: opcodes[int(c[0])%len(opcodes)], K: uint32(c[3])}
		left := byte(min(n-i+1, 200)) // the end is two instructions more
		switch in.Op & 7 {
		case 0, 1, 2, 3:
			switch {
			case in.Op&0xe0 == 0x60 || in.Op&7 == 2 || in.Op&7 == 3:
				in.K %= 16
			case c[1] == 0xff && in.Op&0xe7 == 0x20:
				in.K = 0xfffff000 + []uint32{0, 4, 8, 44, 48, 60}[c[3]%6]
			case c[1]&1 == 0:
				in.K %= 24
			case c[1] > 0xf0:
				in.K = binary.BigEndian.Uint32(c)
			}
		case 5:
			in.Jt, in.Jf = c[1]%left, c[2]%left
			if in.Op == 0x05 {
				in.K %= uint32(left)
			}
		case 4:
			if in.Op == 0x64 || in.Op == 0x74 {
				in.K %= 32
			} else if c[1] > 0x80 {
				in.K = binary.BigEndian.Uint32(c)
			}
		}
		p = append(p, in)
	}
	return append(p, raw{Op: 0x45, Jf: 1, K: 1 << (bit % 32)}, raw{Op: 0x06, K: 1}, raw{Op: 0x06})
}

// compareMachines compares on one frame with the plain machine and, where it
// knows all instructions, with x/net/bpf's.
func compareMachines(t *testing.T, p []raw, frame []byte, wire int, meta *vm.Meta) (ran, both bool) {
	t.Helper()
	m, err := vm.New(p)
	if err != nil {
		return false, false
	}
	want := reference(p, frame, wire, meta) != 0
	if got := m.Match(frame, wire, meta); got != want {
		t.Fatalf("%v on %x (%d, %+v): %v", p, frame, wire, meta, got)
	}
	theirs := other(p)
	if theirs == nil {
		return true, false
	}
	want = reference(p, frame, len(frame), nil) != 0
	if n, err := theirs.Run(frame); err != nil || (n != 0) != want {
		t.Fatalf("%v on %x: x/net/bpf: %d, %v, and here %v", p, frame, n, err, want)
	}
	if got := m.Match(frame, len(frame), nil); got != want {
		t.Fatalf("%v on %x: %v", p, frame, got)
	}
	return true, true
}

func FuzzMatch(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x0c\x14\x00\x01\x08"), udpFrame(), uint16(100), byte(0))
	f.Add([]byte("\x0c\x00\x00\x00\x04\x00\x00\x01\x14\x00\x00\x08"), []byte("\x45\x01\x02\x03\x08"), uint16(0), byte(3))
	f.Fuzz(func(t *testing.T, code, frame []byte, wire uint16, bit byte) {
		if len(code) > 2000 {
			return
		}
		meta := &vm.Meta{VLAN: wire&1 != 0, TCI: wire, TPID: wire >> 1, PacketType: uint8(wire), Interface: uint32(wire) << 8}
		if wire%5 == 0 {
			meta = nil
		}
		compareMachines(t, program(code, bit), frame, int(wire), meta)
	})
}

// FuzzNew gives it any program at all: it refuses, or runs as the plain machine.
func FuzzNew(f *testing.F) {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.BigEndian, expression(f, udpPort))
	f.Add(b.Bytes(), udpFrame())
	f.Fuzz(func(t *testing.T, code, frame []byte) {
		var p []raw
		for ; len(code) >= 8; code = code[8:] {
			p = append(p, raw{Op: binary.BigEndian.Uint16(code), Jt: code[2], Jf: code[3], K: binary.BigEndian.Uint32(code[4:])})
		}
		compareMachines(t, p, frame, len(frame), nil)
	})
}

// TestRandom is the first fuzz target without a fuzzer: it shows that enough of
// what it makes is run.
func TestRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	fill := func(b []byte) []byte {
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	ran, both := 0, 0
	for range 30_000 {
		code := fill(make([]byte, 4*(1+r.IntN(12))))
		frame := fill(make([]byte, r.IntN(40)))
		x, y := compareMachines(t, program(code, byte(r.Uint32())), frame, r.IntN(100), nil)
		if x {
			ran++
		}
		if y {
			both++
		}
	}
	if ran < 15_000 || both < 8_000 && strconv.IntSize == 64 {
		t.Errorf("of 30000 programs only %d ran, and %d with x/net/bpf", ran, both)
	}
	t.Logf("%d ran, %d with x/net/bpf as well", ran, both)
}
