package wire

import (
	"bytes"
	"fmt"
	"testing"
)

// datagram returns a UDP frame with so many bytes of payload.
func datagram(t testing.TB, n int) []byte {
	p := decode(t, toGroup+ipHello+helloUDP+helloData)
	b := append(bytes.Clone(p.Data[:42]), make([]byte, n)...)
	b[16], b[17] = byte((28+n)>>8), byte(28+n)
	b[38], b[39] = byte((8+n)>>8), byte(8+n)
	for range 2 { // the first time, to be told the right checksums
		p.Decode(LinkEthernet, b, len(b), Options{})
		for _, f := range p.Faults() {
			b[f.Offset], b[f.Offset+1] = byte(f.Want>>8), byte(f.Want)
		}
	}
	if len(p.Faults()) > 0 {
		t.Fatal(p.Faults())
	}
	return b
}

func TestDecodeDoesNotAllocate(t *testing.T) {
	var (
		p    Packet
		line = make([]byte, 0, 4096)
	)
	for _, s := range seeds {
		b := frame(t, s)
		if n := testing.AllocsPerRun(100, func() {
			p.Decode(LinkEthernet, b, len(b), Options{})
			line = p.AppendLine(line[:0])
		}); n != 0 {
			t.Errorf("%v allocations for %s", n, line)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, n := range []int{64, 1400} {
		b.Run(fmt.Sprintf("%dB", n), func(b *testing.B) {
			var p Packet
			frame := datagram(b, n)
			b.ReportAllocs()
			for b.Loop() {
				p.Decode(LinkEthernet, frame, len(frame), Options{})
			}
		})
	}
}

func BenchmarkLine(b *testing.B) {
	var (
		p    Packet
		line []byte
	)
	frame := datagram(b, 64)
	p.Decode(LinkEthernet, frame, len(frame), Options{})
	b.ReportAllocs()
	for b.Loop() {
		line = p.AppendLine(line[:0])
	}
}
