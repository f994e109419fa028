package vm_test

import (
	"testing"

	"golang.org/x/net/bpf"

	"mcast/filter/internal/vm"
)

// udpFrame returns a frame of 64 bytes with a UDP datagram to 239.1.1.1:50001.
func udpFrame() []byte {
	frame := make([]byte, 64)
	copy(frame, "\x01\x00\x5e\x01\x01\x01\x02\x00\x00\x00\x00\x01\x08\x00"+
		"\x45\x00\x00\x32\x00\x00\x40\x00\x01\x11\x00\x00\xc0\x00\x02\x01\xef\x01\x01\x01"+
		"\xc3\x50\xc3\x51\x00\x1e\x00\x00")
	return frame
}

func BenchmarkMatch(b *testing.B) {
	frame := udpFrame()
	b.Run("ours", func(b *testing.B) {
		m, err := vm.New(expression(b, udpPort))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if !m.Match(frame, len(frame), nil) {
				b.Fatal("rejected")
			}
		}
	})
	b.Run("x-net-bpf", func(b *testing.B) {
		program, ok := bpf.Disassemble(expression(b, udpPort))
		if !ok {
			b.Fatal("not disassembled")
		}
		m, err := bpf.NewVM(program)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if n, err := m.Run(frame); n == 0 || err != nil {
				b.Fatal("rejected")
			}
		}
	})
}
