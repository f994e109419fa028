package wire

import (
	"encoding/binary"
	"math/bits"
)

// sum adds bytes to a one's complement sum, of which checksum makes the Internet
// checksum (RFC 1071). Bytes before the last call's must be even in number.
func sum(sum uint64, b []byte) uint64 {
	// The sum may be made of words of any width and order: carries come
	// around, and bytes are put in order at the end (RFC 1071, section 2).
	var carry, carries uint64
	if len(b) >= 64 {
		// Two chains, since a processor does them beside each other.
		var other uint64
		for len(b) >= 64 {
			sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b), 0)
			sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[8:]), carry)
			sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[16:]), carry)
			sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[24:]), carry)
			carries, _ = bits.Add64(carries, 0, carry)
			other, carry = bits.Add64(other, binary.LittleEndian.Uint64(b[32:]), 0)
			other, carry = bits.Add64(other, binary.LittleEndian.Uint64(b[40:]), carry)
			other, carry = bits.Add64(other, binary.LittleEndian.Uint64(b[48:]), carry)
			other, carry = bits.Add64(other, binary.LittleEndian.Uint64(b[56:]), carry)
			carries, _ = bits.Add64(carries, 0, carry)
			b = b[64:]
		}
		sum, carry = bits.Add64(sum, other, 0)
		carries += carry
	}
	if len(b) >= 32 {
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b), 0)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[8:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[16:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[24:]), carry)
		carries += carry
		b = b[32:]
	}
	for len(b) >= 8 {
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b), 0)
		carries += carry
		b = b[8:]
	}
	var rest uint64
	if len(b) >= 4 {
		rest = uint64(binary.LittleEndian.Uint32(b))
		b = b[4:]
	}
	if len(b) >= 2 {
		rest += uint64(binary.LittleEndian.Uint16(b))
		b = b[2:]
	}
	if len(b) == 1 {
		rest += uint64(b[0])
	}
	sum, carry = bits.Add64(sum, rest, 0)
	sum, carry = bits.Add64(sum, carries, carry)
	return sum + carry
}

// sumUint16 adds a number, as it is in a header, to a sum.
func sumUint16(sum uint64, v uint16) uint64 {
	sum, carry := bits.Add64(sum, uint64(bits.ReverseBytes16(v)), 0)
	return sum + carry
}

// checksum returns the Internet checksum of what was summed. Of what has its right
// checksum in it that is 0.
func checksum(sum uint64) uint16 {
	// The upper half of a number and itself with its halves exchanged is the sum of
	// the halves, with what is carried out of the lower one.
	s := uint32((sum + bits.RotateLeft64(sum, 32)) >> 32)
	return ^bits.ReverseBytes16(uint16((s + bits.RotateLeft32(s, 16)) >> 16))
}
