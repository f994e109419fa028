package wire

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

// slowly decodes an Ethernet frame one layer after the other.
func (p *Packet) slowly(data []byte, length int, o Options) {
	p.reset(data, length, o)
	p.decodeFrom(Ethernet, 0)
}

// bothWays tells what the two ways to decode a frame differ in.
func bothWays(data []byte, length int, o Options) error {
	var fast, slow Packet
	fast.Decode(LinkEthernet, data, length, o)
	slow.slowly(data, length, o)
	if slices.Equal(fast.layers, slow.layers) && slices.Equal(fast.faults, slow.faults) {
		return nil
	}
	return fmt.Errorf("%x: layers %v and faults %v, one by one %v and %v", data, fast.layers, fast.faults, slow.layers, slow.faults)
}

func TestPlainUDPAsOneByOne(t *testing.T) {
	for _, s := range append([]string{over(1, 2, ""), over(50000, 50001, "odd"), over(50000, 50001, "padded") + "0000"}, seeds...) {
		whole := frame(t, s)
		for n := range len(whole) + 1 {
			if err := bothWays(whole[:n], len(whole), Options{}); err != nil {
				t.Error(err)
			}
		}
		for bit := range 8 * min(len(whole), 60) {
			b := bytes.Clone(whole)
			b[bit/8] ^= 1 << (bit % 8)
			for _, o := range []Options{{}, {ChecksumNotReady: true}} {
				if err := bothWays(b, len(b), o); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// The frames of BenchmarkDecode are of the kind that is decoded in one go.
func TestPlainUDPIsTaken(t *testing.T) {
	for _, n := range []int{0, 64, 1400} {
		b := datagram(t, n)
		var p Packet
		p.reset(b, len(b), Options{})
		if !p.plainUDP() {
			t.Errorf("not a datagram of %d bytes", n)
		}
	}
}
