package capture

import (
	"encoding/binary"
	"math/bits"
)

// byteOrder is the order of the bytes of a file's numbers; true is big-endian. It
// is a binary.ByteOrder that the compiler knows: that makes reading a third
// faster.
type byteOrder bool

const (
	littleEndian byteOrder = false
	bigEndian    byteOrder = true
)

// Uint16 returns the number in the first two bytes.
func (o byteOrder) Uint16(b []byte) uint16 {
	n := binary.LittleEndian.Uint16(b)
	if o == bigEndian {
		return bits.ReverseBytes16(n)
	}
	return n
}

// Uint32 returns the number in the first four bytes.
func (o byteOrder) Uint32(b []byte) uint32 {
	n := binary.LittleEndian.Uint32(b)
	if o == bigEndian {
		return bits.ReverseBytes32(n)
	}
	return n
}

// Uint64 returns the number in the first eight bytes.
func (o byteOrder) Uint64(b []byte) uint64 {
	n := binary.LittleEndian.Uint64(b)
	if o == bigEndian {
		return bits.ReverseBytes64(n)
	}
	return n
}
