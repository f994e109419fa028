package capture_test

import (
	"encoding/binary"
)

// The files of these tests are made by the functions below, so that each field
// of them can be spoiled.

var orders = map[string]binary.AppendByteOrder{"little": binary.LittleEndian, "big": binary.BigEndian}

// pcapFile returns a pcap file's header.
func pcapFile(o binary.AppendByteOrder, magic uint32, linkType uint32) []byte {
	b := o.AppendUint32(nil, magic)
	b = o.AppendUint16(b, 2)
	b = o.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = o.AppendUint32(b, 65535)
	return o.AppendUint32(b, linkType)
}

// pcapRecord returns a record of a pcap file.
func pcapRecord(o binary.AppendByteOrder, seconds, rest uint32, length uint32, data []byte) []byte {
	b := o.AppendUint32(nil, seconds)
	b = o.AppendUint32(b, rest)
	b = o.AppendUint32(b, uint32(len(data)))
	b = o.AppendUint32(b, length)
	return append(b, data...)
}

// block returns a block of a pcapng file.
func block(o binary.AppendByteOrder, typ uint32, body []byte) []byte {
	body = padded(body)
	b := o.AppendUint32(nil, typ)
	b = o.AppendUint32(b, uint32(len(body)+12))
	b = append(b, body...)
	return o.AppendUint32(b, uint32(len(body)+12))
}

// section returns a section's header.
func section(o binary.AppendByteOrder, options ...[]byte) []byte {
	b := o.AppendUint32(nil, 0x1a2b3c4d)
	b = o.AppendUint16(b, 1)
	b = o.AppendUint16(b, 0)
	b = o.AppendUint64(b, 1<<64-1)
	return block(o, 0x0a0d0d0a, append(b, join(options)...))
}

// description returns the description of an interface.
func description(o binary.AppendByteOrder, linkType uint16, snapLen uint32, options ...[]byte) []byte {
	b := o.AppendUint16(nil, linkType)
	b = o.AppendUint16(b, 0)
	b = o.AppendUint32(b, snapLen)
	return block(o, 1, append(b, join(options)...))
}

// enhanced returns a frame.
func enhanced(o binary.AppendByteOrder, id uint32, stamp uint64, length uint32, data []byte, options ...[]byte) []byte {
	b := o.AppendUint32(nil, id)
	b = o.AppendUint32(b, uint32(stamp>>32))
	b = o.AppendUint32(b, uint32(stamp))
	b = o.AppendUint32(b, uint32(len(data)))
	b = o.AppendUint32(b, length)
	b = append(b, padded(data)...)
	return block(o, 6, append(b, join(options)...))
}

// option returns an option.
func option(o binary.AppendByteOrder, code uint16, value []byte) []byte {
	b := o.AppendUint16(nil, code)
	b = o.AppendUint16(b, uint16(len(value)))
	return append(b, padded(value)...)
}

func padded(b []byte) []byte {
	b = b[:len(b):len(b)]
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func join(parts [][]byte) (b []byte) {
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}
