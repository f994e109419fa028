package wire

import "encoding/binary"

// MPEG transport streams, ISO/IEC 13818-1 (ITU-T H.222.0), section 2.4.3. A
// datagram holds packets of 188 bytes, usually seven.

const (
	syncByte     = 0x47
	tsPacketSize = 188
	nullPID      = 0x1fff
)

var pidNames = []name{
	{0, "PAT"}, {1, "CAT"}, {2, "TSDT"}, {16, "NIT"}, {17, "SDT"}, {18, "EIT"}, {19, "RST"}, {20, "TDT"}, {nullPID, "null"},
}

var mpegtsFields = []field{
	{name: "packets", kind: Records, at: 0, split: splitMPEGTS, record: []field{
		{name: "sync", kind: Hex, at: 0, size: 1},
		{name: "transport_error", kind: Flag, at: 1, size: 1, bits: 1, shift: 7},
		{name: "payload_start", kind: Flag, at: 1, size: 1, bits: 1, shift: 6},
		{name: "priority", kind: Flag, at: 1, size: 1, bits: 1, shift: 5},
		{name: "pid", kind: Number, at: 1, size: 2, bits: 13, names: pidNames},
		{name: "scrambling", kind: Number, at: 3, size: 1, bits: 2, shift: 6,
			names: []name{{0, "none"}, {2, "even key"}, {3, "odd key"}}},
		{name: "adaptation", kind: Number, at: 3, size: 1, bits: 2, shift: 4,
			names: []name{{0, "reserved"}, {1, "payload"}, {2, "adaptation field"}, {3, "adaptation field and payload"}}},
		{name: "continuity", kind: Number, at: 3, size: 1, bits: 4},
		{name: "adaptation_length", kind: Number, at: 4, size: 1, when: tsAdapted},
		{name: "discontinuity", kind: Flag, at: 5, size: 1, bits: 1, shift: 7, when: tsFlagged},
		{name: "random_access", kind: Flag, at: 5, size: 1, bits: 1, shift: 6, when: tsFlagged},
		{name: "pcr", kind: Number, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
			if !tsFlagged(h) || h[5]&0x10 == 0 || h[4] < 7 {
				return Value{}, false
			}
			// 33 bits of a 90 kHz clock, 9 bits of 27 MHz: as 27 MHz.
			base, extension := number(h[6:11])>>7, binary.BigEndian.Uint16(h[10:])&0x1ff
			return Value{Number: base*300 + uint64(extension)}, true
		}},
		{name: "data", kind: Bytes, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
			if h[3]&0x10 == 0 {
				return Value{}, false
			}
			at := 4
			if tsAdapted(h) {
				at += 1 + int(h[4])
			}
			return Value{Bytes: h[min(at, len(h)):]}, true
		}},
	}},
}

// tsAdapted tells whether a packet has an adaptation field.
func tsAdapted(h []byte) bool { return h[3]&0x20 != 0 }

// tsFlagged tells whether it has one that is long enough for flags.
func tsFlagged(h []byte) bool { return tsAdapted(h) && h[4] > 0 }

// looksMPEGTS tells whether a datagram of a length looks like a transport stream:
// whole packets, and sync bytes at the first and at most of the others. One packet
// alone has to be without values that are reserved, too.
func looksMPEGTS(body []byte, length int) bool {
	if len(body) < 4 || body[0] != syncByte || length%tsPacketSize != 0 {
		return false
	}
	if length == tsPacketSize {
		return body[3]&0xc0 != 0x40 && body[3]&0x30 != 0 && (body[3]&0x30 != 0x20 || len(body) > 4 && body[4] == 183)
	}
	right, all := 0, 0
	for at := tsPacketSize; at < len(body); at += tsPacketSize {
		all++
		if body[at] == syncByte {
			right++
		}
	}
	return right > all/2
}

func decodeMPEGTS(p *Packet) Protocol {
	if p.header(tsPacketSize) == nil {
		return none
	}
	l := p.last()
	b := p.Data[l.Start:l.End]
	whole := len(b) / tsPacketSize * tsPacketSize
	for at := 0; at < whole; at += tsPacketSize {
		h := b[at : at+tsPacketSize]
		switch {
		case h[0] != syncByte:
			p.fault(BadValue, l.Start+at, uint32(h[0]), syncByte)
			continue
		case h[1]&0x80 != 0:
			p.fault(Damaged, l.Start+at+1, 0, 0)
			continue // nothing in it can be relied on
		}
		if tsAdapted(h) {
			most := byte(183)
			if h[3]&0x10 != 0 {
				most = 182
			}
			if h[4] > most {
				p.fault(BadLength, l.Start+at+4, uint32(h[4]), uint32(most))
			}
		}
		if next, ok := tsNext(b[:at], h); ok && h[3]&0xf != next {
			p.fault(Discontinuity, l.Start+at+3, uint32(h[3]&0xf), uint32(next))
		}
	}
	l.Payload = l.Start + whole
	if whole < len(b) || l.Missing > 0 {
		p.short(whole + tsPacketSize)
		l.Payload = l.Start + whole
	}
	return none
}

// tsNext returns the continuity counter that the packet h should have, from the
// packets before it in the datagram; false means that any is right. The counter counts
// packets with payload; one such packet may be sent twice (section 2.4.3.3).
func tsNext(before, h []byte) (next byte, ok bool) {
	pid := tsPID(h)
	if pid == nullPID || tsFlagged(h) && h[5]&0x80 != 0 {
		return 0, false
	}
	for at := len(before) - tsPacketSize; at >= 0; at -= tsPacketSize {
		earlier := before[at : at+tsPacketSize]
		if earlier[0] != syncByte || earlier[1]&0x80 != 0 {
			return 0, false // it may have been of this stream
		}
		if tsPID(earlier) != pid {
			continue
		}
		last := earlier[3] & 0xf
		if h[3]&0x10 == 0 || h[3]&0xf == last && earlier[3]&0x10 != 0 {
			return last, true
		}
		return (last + 1) & 0xf, true
	}
	return 0, false
}

// tsPID returns the packet identifier.
func tsPID(h []byte) uint16 { return binary.BigEndian.Uint16(h[1:]) & 0x1fff }

// splitMPEGTS lends the packets.
func splitMPEGTS(_, b []byte, yield func([]byte) bool) {
	for ; len(b) >= tsPacketSize && yield(b[:tsPacketSize]); b = b[tsPacketSize:] {
	}
}

// mostPIDs is how many streams of a datagram a line tells apart.
const mostPIDs = 7

func sayMPEGTS(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	n := len(h) / tsPacketSize
	if n == 0 {
		return b
	}
	b = appendNumber(append(b, "mpegts "...), n)
	b = append(b, " packet"...)
	if n > 1 {
		b = append(b, 's')
	}
	said := 0
	for at := 0; at < n*tsPacketSize; at += tsPacketSize {
		if h[at] != syncByte || tsEarlier(h[:at], tsPID(h[at:])) {
			continue
		}
		switch {
		case said == mostPIDs:
			return append(b, ", more"...)
		case said > 0:
			b = append(b, ',')
		}
		said++
		pid := tsPID(h[at:])
		b = appendNumber(append(b, " pid "...), pid)
		if pid == nullPID {
			continue
		}
		first := h[at+3] & 0xf
		last := first
		for i := at; i < n*tsPacketSize; i += tsPacketSize {
			if h[i] == syncByte && tsPID(h[i:]) == pid {
				last = h[i+3] & 0xf
			}
		}
		b = appendNumber(append(b, " cc "...), first)
		if last != first {
			b = appendNumber(append(b, '-'), last)
		}
	}
	return b
}

// tsEarlier tells whether one of the packets has an identifier.
func tsEarlier(packets []byte, pid uint16) bool {
	for at := 0; at < len(packets); at += tsPacketSize {
		if packets[at] == syncByte && tsPID(packets[at:]) == pid {
			return true
		}
	}
	return false
}
