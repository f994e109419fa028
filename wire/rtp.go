package wire

import "encoding/binary"

// RTP, RFC 3550. Nothing announces it, so it is known by its looks.

var rtpFields = []field{
	{name: "version", kind: Number, at: 0, size: 1, bits: 2, shift: 6},
	{name: "padding", kind: Flag, at: 0, size: 1, bits: 1, shift: 5},
	{name: "extension", kind: Flag, at: 0, size: 1, bits: 1, shift: 4},
	{name: "csrc_count", kind: Number, at: 0, size: 1, bits: 4},
	{name: "marker", kind: Flag, at: 1, size: 1, bits: 1, shift: 7},
	{name: "payload_type", kind: Number, at: 1, size: 1, bits: 7, names: rtpTypes},
	{name: "sequence", kind: Number, at: 2, size: 2},
	{name: "timestamp", kind: Number, at: 4, size: 4},
	{name: "ssrc", kind: Hex, at: 8, size: 4},
	{name: "csrcs", kind: Records, at: 12, when: func(h []byte) bool { return len(h) > 0 && h[0]&0xf > 0 },
		split: splitCSRC, record: []field{{name: "ssrc", kind: Hex, at: 0, size: 4}}},
	{name: "extension_profile", kind: Hex, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		e := rtpExtension(h)
		if len(e) < 4 {
			return Value{}, false
		}
		return Value{Number: number(e[:2])}, true
	}},
	{name: "extension_data", kind: Bytes, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		e := rtpExtension(h)
		if len(e) < 4 {
			return Value{}, false
		}
		return Value{Bytes: e[4:]}, true
	}},
	{name: "padding_length", kind: Number, value: rtpPadding},
}

// mp2t is the payload type of MPEG transport streams.
const mp2t = 33

// rtpTypes are the payload types that RFC 3551 assigned, section 6. The others
// are agreed upon elsewhere, as in SDP.
var rtpTypes = []name{
	{0, "PCMU"}, {3, "GSM"}, {4, "G723"}, {5, "DVI4 8 kHz"}, {6, "DVI4 16 kHz"}, {7, "LPC"}, {8, "PCMA"}, {9, "G722"},
	{10, "L16 stereo"}, {11, "L16 mono"}, {12, "QCELP"}, {13, "CN"}, {14, "MPA"}, {15, "G728"}, {16, "DVI4 11 kHz"},
	{17, "DVI4 22 kHz"}, {18, "G729"}, {25, "CelB"}, {26, "JPEG"}, {28, "nv"}, {31, "H261"}, {32, "MPV"}, {mp2t, "MP2T"}, {34, "H263"},
}

// The payload types that are in use: those assigned, and the dynamic ones.
const (
	rtpTypesBelow64 uint64 = 0x1f9 | 0x3ff<<9 | 1<<25 | 1<<26 | 1<<28 | 0xf<<31
	rtpTypesFrom64  uint64 = 0xffffffff << (96 - 64)
)

func rtpTypeInUse(kind byte) bool {
	if kind < 64 {
		return rtpTypesBelow64>>kind&1 != 0
	}
	return rtpTypesFrom64>>(kind-64)&1 != 0
}

// mayBeRTP tells whether a datagram to the port of RTP may be that. Types 72 to
// 76 would be RTCP (RFC 5761, section 4).
func mayBeRTP(body []byte) bool {
	return body[0]>>6 == 2 && (len(body) < 2 || body[1]&0x7f < 72 || body[1]&0x7f > 76)
}

// looksRTP tells whether a datagram of a length looks like RTP. A quarter of all
// first bytes say version 2, so the rest has to convince: a payload type in use, and
// at most one of the things that are seldom used, and fits. By convention ports are
// even; CSRCs are believed on such a port only.
func looksRTP(body []byte, length int, destination uint16) bool {
	if len(body) < 12 || !rtpTypeInUse(body[1]&0x7f) || binary.BigEndian.Uint32(body[8:]) == 0 {
		return false
	}
	switch body[0] {
	case 0x80:
		return true
	case 0x90: // an extension
		return len(body) >= 16 && 16+4*int(binary.BigEndian.Uint16(body[14:])) <= length
	case 0xa0: // padding, which ends with its length
		return len(body) == length && body[length-1] != 0 && body[length-1]%4 == 0 && 12+int(body[length-1]) <= length
	}
	return body[0]&0x30 == 0 && destination%2 == 0 && 12+4*int(body[0]&0xf) <= length && body[1]&0x7f != mp2t
}

func decodeRTP(p *Packet) Protocol {
	h := p.header(12)
	if h == nil {
		return none
	}
	l := p.last()
	if v := h[0] >> 6; v != 2 {
		p.fault(BadVersion, l.Start, uint32(v), 2)
		return Payload
	}
	n := 12 + 4*int(h[0]&0xf)
	if h = p.header(n); h == nil {
		return none
	}
	if h[0]&0x10 != 0 {
		if h = p.header(n + 4); h == nil {
			return none
		}
		if h = p.header(n + 4 + 4*int(binary.BigEndian.Uint16(h[n+2:]))); h == nil {
			return none
		}
	}
	if h[0]&0x20 != 0 && p.whole() {
		room := l.End - l.Payload
		if room == 0 {
			p.fault(Truncated, l.Start, uint32(len(h)), uint32(len(h)+1))
			return none
		}
		switch n := int(p.Data[l.End-1]); {
		case n == 0:
			p.fault(BadLength, l.End-1, 0, 1)
		case n > room:
			p.fault(BadLength, l.End-1, uint32(n), uint32(room))
		default:
			l.End -= n
		}
	}
	if h[1]&0x7f == mp2t || looksMPEGTS(p.Data[l.Payload:l.End], l.End-l.Payload+l.Missing) {
		return MPEGTS
	}
	return Payload
}

// splitCSRC lends the contributing sources.
func splitCSRC(h, b []byte, yield func([]byte) bool) {
	for n := int(h[0] & 0xf); n > 0 && len(b) >= 4 && yield(b[:4]); n-- {
		b = b[4:]
	}
}

// rtpExtension returns the extension of a header, or nothing.
func rtpExtension(h []byte) []byte {
	if len(h) < 12 || h[0]&0x10 == 0 || len(h) < 12+4*int(h[0]&0xf) {
		return nil
	}
	return h[12+4*int(h[0]&0xf):]
}

// rtpPadding returns how much padding is cut off: up to where what carries the
// layer ends.
func rtpPadding(p *Packet, l Layer, _ []byte) (Value, bool) {
	for _, carrier := range p.layers {
		if carrier.Payload == l.Start && carrier.End > l.End {
			return Value{Number: uint64(carrier.End - l.End)}, true
		}
	}
	return Value{}, false
}

func sayRTP(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	if len(h) < 12 {
		return b
	}
	b = appendNameOf(append(b, "rtp "...), rtpTypes, "type ", uint64(h[1]&0x7f))
	if h[1]&0x80 != 0 {
		b = append(b, " marker"...)
	}
	b = appendNumber(append(b, " seq "...), binary.BigEndian.Uint16(h[2:]))
	b = appendNumber(append(b, " time "...), binary.BigEndian.Uint32(h[4:]))
	b = appendHex(append(b, " ssrc "...), uint64(binary.BigEndian.Uint32(h[8:])), 8)
	return appendBytes(b, l)
}
