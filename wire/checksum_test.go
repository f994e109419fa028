package wire

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// plainSum is the checksum as RFC 1071 writes it down.
func plainSum(parts ...[]byte) uint16 {
	sum := uint32(0)
	for i, b := range bytes.Join(parts, nil) {
		if i%2 == 0 {
			sum += uint32(b) << 8
		} else {
			sum += uint32(b)
		}
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

func TestChecksum(t *testing.T) {
	// The example of RFC 1071, section 3.
	if got := checksum(sum(0, []byte{0, 1, 0xf2, 3, 0xf4, 0xf5, 0xf6, 0xf7})); got != ^uint16(0xddf2) {
		t.Errorf("%#x", got)
	}
	b := make([]byte, 200)
	for i := range b {
		b[i] = byte(i*i + 255 - i)
	}
	for n := range b {
		if got, want := checksum(sum(0, b[:n])), plainSum(b[:n]); got != want {
			t.Errorf("%d bytes: %#x, want %#x", n, got, want)
		}
		even := n &^ 1
		if got, want := checksum(sum(sumUint16(sum(0, b[:even]), 0xfffe), b[even:])), plainSum(b[:even], []byte{0xff, 0xfe}, b[even:]); got != want {
			t.Errorf("%d bytes and a number: %#x, want %#x", n, got, want)
		}
	}
	for _, b := range [][]byte{bytes.Repeat([]byte{0xff}, 100), make([]byte, 100), bytes.Repeat([]byte{0xff}, 37)} {
		if got, want := checksum(sum(0, b)), plainSum(b); got != want {
			t.Errorf("%x: %#x, want %#x", b[:1], got, want)
		}
	}
}

func FuzzChecksum(f *testing.F) {
	f.Add([]byte("an odd text"), uint64(1<<64-1))
	f.Add([]byte{0xff, 0xff}, uint64(0xffff))
	f.Fuzz(func(t *testing.T, b []byte, start uint64) {
		var first [8]byte
		binary.LittleEndian.PutUint64(first[:], start)
		if got, want := checksum(sum(start, b)), plainSum(first[:], b); got != want && got^want != 0xffff {
			t.Errorf("%x from %#x: %#x, want %#x", b, start, got, want)
		}
	})
}
