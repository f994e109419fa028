package wire

import "encoding/binary"

// RTCP, RFC 3550, section 6, and feedback, RFC 4585. A datagram holds one packet
// after the other.

// Types of packets.
const (
	rtcpSR    = 200
	rtcpRR    = 201
	rtcpSDES  = 202
	rtcpBYE   = 203
	rtcpAPP   = 204
	rtcpRTPFB = 205
	rtcpPSFB  = 206
	rtcpXR    = 207
)

var rtcpTypes = []name{
	{rtcpSR, "SR"}, {rtcpRR, "RR"}, {rtcpSDES, "SDES"}, {rtcpBYE, "BYE"}, {rtcpAPP, "APP"}, {rtcpRTPFB, "RTPFB"},
	{rtcpPSFB, "PSFB"}, {rtcpXR, "XR"},
}

var rtcpFields = []field{
	{name: "packets", kind: Records, at: 0, split: splitRTCP, record: []field{
		{name: "version", kind: Number, at: 0, size: 1, bits: 2, shift: 6},
		{name: "padding", kind: Flag, at: 0, size: 1, bits: 1, shift: 5},
		{name: "count", kind: Number, at: 0, size: 1, bits: 5, when: byteIs(1, rtcpSR, rtcpRR, rtcpSDES, rtcpBYE)},
		{name: "subtype", kind: Number, at: 0, size: 1, bits: 5, when: byteIs(1, rtcpAPP)},
		{name: "format", kind: Number, at: 0, size: 1, bits: 5, when: byteIs(1, rtcpRTPFB), names: []name{
			{1, "NACK"}, {3, "TMMBR"}, {4, "TMMBN"}, {11, "congestion control"}, {15, "transport-wide congestion control"},
		}},
		{name: "format", kind: Number, at: 0, size: 1, bits: 5, when: byteIs(1, rtcpPSFB), names: []name{
			{1, "PLI"}, {2, "SLI"}, {3, "RPSI"}, {4, "FIR"}, {15, "application layer"},
		}},
		{name: "type", kind: Number, at: 1, size: 1, names: rtcpTypes},
		{name: "length", kind: Number, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
			return Value{Number: uint64(binary.BigEndian.Uint16(h[2:]))*4 + 4}, true
		}},
		{name: "ssrc", kind: Hex, at: 4, size: 4, when: byteIs(1, rtcpSR, rtcpRR, rtcpAPP, rtcpRTPFB, rtcpPSFB, rtcpXR)},
		{name: "ntp_seconds", kind: Number, at: 8, size: 4, when: byteIs(1, rtcpSR)},
		{name: "ntp_fraction", kind: Number, at: 12, size: 4, when: byteIs(1, rtcpSR)},
		{name: "rtp_timestamp", kind: Number, at: 16, size: 4, when: byteIs(1, rtcpSR)},
		{name: "packet_count", kind: Number, at: 20, size: 4, when: byteIs(1, rtcpSR)},
		{name: "octet_count", kind: Number, at: 24, size: 4, when: byteIs(1, rtcpSR)},
		{name: "reports", kind: Records, at: 8, when: byteIs(1, rtcpSR, rtcpRR), split: splitReports, record: []field{
			{name: "ssrc", kind: Hex, at: 0, size: 4},
			{name: "fraction_lost", kind: Number, at: 4, size: 1}, // of 256
			{name: "packets_lost", kind: Signed, at: 5, size: 3},
			{name: "highest_sequence", kind: Number, at: 8, size: 4}, // with the count of its cycles
			{name: "jitter", kind: Number, at: 12, size: 4},
			{name: "last_sr", kind: Hex, at: 16, size: 4},
			{name: "delay_since_last_sr", kind: Number, at: 20, size: 4}, // in 1/65536 s
		}},
		{name: "chunks", kind: Records, at: 4, when: byteIs(1, rtcpSDES), split: splitChunks, record: []field{
			{name: "ssrc", kind: Hex, at: 0, size: 4},
			{name: "items", kind: Records, at: 4, split: splitItems, record: []field{
				{name: "type", kind: Number, at: 0, size: 1, names: []name{
					{1, "CNAME"}, {2, "NAME"}, {3, "EMAIL"}, {4, "PHONE"}, {5, "LOC"}, {6, "TOOL"}, {7, "NOTE"}, {8, "PRIV"},
				}},
				{name: "text", kind: Text, at: 2},
			}},
		}},
		{name: "sources", kind: Records, at: 4, when: byteIs(1, rtcpBYE), split: splitGoodbyes, record: []field{
			{name: "ssrc", kind: Hex, at: 0, size: 4},
		}},
		{name: "reason", kind: Text, when: byteIs(1, rtcpBYE), value: byeReason},
		{name: "name", kind: Text, at: 8, size: 4, when: byteIs(1, rtcpAPP)},
		{name: "media_ssrc", kind: Hex, at: 8, size: 4, when: byteIs(1, rtcpRTPFB, rtcpPSFB)},
		{name: "data", kind: Bytes, at: 12, when: byteIs(1, rtcpAPP, rtcpRTPFB, rtcpPSFB)},
		{name: "data", kind: Bytes, at: 8, when: byteIs(1, rtcpXR)},
	}},
}

// mayBeRTCP tells whether a datagram to the port of RTCP may be that.
func mayBeRTCP(body []byte) bool {
	return body[0]>>6 == 2 && (len(body) < 2 || body[1] >= rtcpSR && body[1] <= rtcpXR)
}

// looksRTCP tells whether a datagram of a length looks like RTCP: the first
// packet fits, and so does the beginning of another one behind it.
func looksRTCP(body []byte, length int) bool {
	if len(body) < 8 || !mayBeRTCP(body) || length%4 != 0 {
		return false
	}
	n := int(binary.BigEndian.Uint16(body[2:]))*4 + 4
	return n == length || n < length && (n+2 > len(body) || mayBeRTCP(body[n:]))
}

// rtcpLeast returns how long a packet of a type and count has to be.
func rtcpLeast(h []byte) int {
	count := int(h[0] & 0x1f)
	switch h[1] {
	case rtcpSR:
		return 28 + 24*count
	case rtcpRR:
		return 8 + 24*count
	case rtcpSDES, rtcpBYE:
		return 4 + 4*count
	case rtcpAPP, rtcpRTPFB, rtcpPSFB:
		return 12
	case rtcpXR:
		return 8
	}
	return 4
}

func decodeRTCP(p *Packet) Protocol {
	l := p.last()
	b := p.Data[l.Start:l.End]
	for at := 0; at < len(b) || at == 0; {
		left := len(b) - at
		if left < 4 {
			p.short(at + 4)
			return none
		}
		h := b[at:]
		if v := h[0] >> 6; v != 2 {
			p.fault(BadVersion, l.Start+at, uint32(v), 2)
			return Payload
		}
		n := int(binary.BigEndian.Uint16(h[2:]))*4 + 4
		if n > left+l.Missing {
			p.fault(BadLength, l.Start+at+2, uint32(n), uint32(left+l.Missing))
			return Payload
		}
		if least := rtcpLeast(h); n < least {
			p.rtcpTooSmall(l.Start+at, h, n, least)
		}
		if n > left {
			p.short(at + n)
			return none
		}
		at += n
		l.Payload = l.Start + at
	}
	if l.Missing > 0 {
		p.short(len(b) + 4)
	}
	return none
}

// rtcpTooSmall notes a packet of n bytes that has no room for what it announces.
func (p *Packet) rtcpTooSmall(at int, h []byte, n, least int) {
	count := int(h[0] & 0x1f)
	size := 24
	switch h[1] {
	case rtcpSDES, rtcpBYE:
		size = 4
	case rtcpSR, rtcpRR:
	default:
		count = 0
	}
	if bare := least - count*size; n >= bare && count > 0 {
		p.fault(BadCount, at, uint32(count), uint32((n-bare)/size))
		return
	}
	p.fault(BadLength, at+2, uint32(n), uint32(least))
}

// splitRTCP lends the packets of a datagram.
func splitRTCP(_, b []byte, yield func([]byte) bool) {
	for len(b) >= 4 {
		n := int(binary.BigEndian.Uint16(b[2:]))*4 + 4
		if n > len(b) || !yield(b[:n]) {
			return
		}
		b = b[n:]
	}
}

// splitReports lends the report blocks of a sender's or receiver's report.
func splitReports(h, b []byte, yield func([]byte) bool) {
	if h[1] == rtcpSR {
		b = h[min(28, len(h)):]
	}
	for n := h[0] & 0x1f; n > 0 && len(b) >= 24 && yield(b[:24]); n-- {
		b = b[24:]
	}
}

// splitChunks lends the chunks of a source description: an SSRC, and items up to
// a zero, and zeros up to a multiple of four bytes.
func splitChunks(h, b []byte, yield func([]byte) bool) {
	for n := h[0] & 0x1f; n > 0 && len(b) >= 4; n-- {
		end := 4
		for end < len(b) && b[end] != 0 {
			if end+2 > len(b) {
				end = len(b)
				break
			}
			end += 2 + int(b[end+1])
		}
		end = min((end|3)+1, len(b))
		if !yield(b[:end]) {
			return
		}
		b = b[end:]
	}
}

// splitItems lends the items of a chunk: a type, the length of the text, text.
func splitItems(_, b []byte, yield func([]byte) bool) {
	for len(b) >= 2 && b[0] != 0 {
		n := 2 + int(b[1])
		if n > len(b) || !yield(b[:n]) {
			return
		}
		b = b[n:]
	}
}

// splitGoodbyes lends those that say goodbye.
func splitGoodbyes(h, b []byte, yield func([]byte) bool) {
	for n := h[0] & 0x1f; n > 0 && len(b) >= 4 && yield(b[:4]); n-- {
		b = b[4:]
	}
}

// byeReason returns the text behind the sources of a goodbye.
func byeReason(_ *Packet, _ Layer, h []byte) (Value, bool) {
	at := 4 + 4*int(h[0]&0x1f)
	if at >= len(h) || at+1+int(h[at]) > len(h) {
		return Value{}, false
	}
	return Value{Bytes: h[at+1 : at+1+int(h[at])]}, true
}

func sayRTCP(p *Packet, l Layer, b []byte) []byte {
	b = append(b, "rtcp"...)
	for h := p.Header(l); len(h) >= 4; {
		n := int(binary.BigEndian.Uint16(h[2:]))*4 + 4
		if n > len(h) {
			break
		}
		b = appendNameOf(append(b, ' '), rtcpTypes, "type ", uint64(h[1]))
		if n >= 8 && h[1] != rtcpSDES {
			b = appendHex(append(b, " ssrc "...), uint64(binary.BigEndian.Uint32(h[4:])), 8)
		}
		if (h[1] == rtcpSR || h[1] == rtcpRR) && h[0]&0x1f > 0 {
			b = appendNumber(append(b, " reports "...), h[0]&0x1f)
		}
		if h[1] == rtcpSDES && n >= 10 && int(h[9])+10 <= n && h[8] == 1 {
			b = appendSafe(append(b, " cname "...), h[10:10+int(h[9])], 64)
		}
		if h = h[n:]; len(h) >= 4 {
			b = append(b, ',')
		}
	}
	return b
}
