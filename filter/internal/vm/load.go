package vm

import "encoding/binary"

// The loads below are inlined. They are written so that the compiler needs no
// check of bounds beside theirs.

// loadB returns the byte at i, which is not negative; false if there is none.
func loadB(frame []byte, i int64) (uint32, bool) {
	if i >= int64(len(frame)) {
		return 0, false
	}
	return uint32(frame[i]), true
}

// loadH returns the two bytes at i.
func loadH(frame []byte, i int64) (uint32, bool) {
	if i+2 > int64(len(frame)) {
		return 0, false
	}
	return uint32(binary.BigEndian.Uint16(frame[i : i+2])), true
}

// loadW returns the four bytes at i.
func loadW(frame []byte, i int64) (uint32, bool) {
	if i+4 > int64(len(frame)) {
		return 0, false
	}
	return binary.BigEndian.Uint32(frame[i : i+4]), true
}
