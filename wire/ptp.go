package wire

import "encoding/binary"

// PTP version 2, IEEE 1588-2019: over UDP (annexes C and D) and over Ethernet
// (annex E).

// Types of messages.
const (
	ptpSync          = 0
	ptpDelayRequest  = 1
	ptpPeerRequest   = 2
	ptpPeerResponse  = 3
	ptpFollowUp      = 8
	ptpDelayResponse = 9
	ptpPeerFollowUp  = 10
	ptpAnnounce      = 11
	ptpSignaling     = 12
	ptpManagement    = 13
)

// ptpHeaderSize is how long the header is that all of them have.
const ptpHeaderSize = 34

var ptpTypes = []name{
	{ptpSync, "sync"}, {ptpDelayRequest, "delay request"}, {ptpPeerRequest, "peer delay request"}, {ptpPeerResponse, "peer delay response"},
	{ptpFollowUp, "follow-up"}, {ptpDelayResponse, "delay response"}, {ptpPeerFollowUp, "peer delay response follow-up"},
	{ptpAnnounce, "announce"}, {ptpSignaling, "signaling"}, {ptpManagement, "management"},
}

var ptpFields = []field{
	{name: "sdo", kind: Number, at: 0, size: 1, bits: 4, shift: 4},
	{name: "type", kind: Number, at: 0, size: 1, bits: 4, names: ptpTypes},
	{name: "minor_version", kind: Number, at: 1, size: 1, bits: 4, shift: 4},
	{name: "version", kind: Number, at: 1, size: 1, bits: 4},
	{name: "length", kind: Number, at: 2, size: 2},
	{name: "domain", kind: Number, at: 4, size: 1},
	{name: "minor_sdo", kind: Number, at: 5, size: 1},
	{name: "alternate_master", kind: Flag, at: 6, size: 1, bits: 1},
	{name: "two_step", kind: Flag, at: 6, size: 1, bits: 1, shift: 1},
	{name: "unicast", kind: Flag, at: 6, size: 1, bits: 1, shift: 2},
	{name: "leap_61", kind: Flag, at: 7, size: 1, bits: 1},
	{name: "leap_59", kind: Flag, at: 7, size: 1, bits: 1, shift: 1},
	{name: "utc_offset_valid", kind: Flag, at: 7, size: 1, bits: 1, shift: 2},
	{name: "ptp_timescale", kind: Flag, at: 7, size: 1, bits: 1, shift: 3},
	{name: "time_traceable", kind: Flag, at: 7, size: 1, bits: 1, shift: 4},
	{name: "frequency_traceable", kind: Flag, at: 7, size: 1, bits: 1, shift: 5},
	{name: "correction", kind: Signed, at: 8, size: 8}, // in 1/65536 ns
	{name: "source_clock", kind: Bytes, at: 20, size: 8},
	{name: "source_port", kind: Number, at: 28, size: 2},
	{name: "sequence", kind: Number, at: 30, size: 2},
	{name: "control", kind: Hex, at: 32, size: 1},
	{name: "log_interval", kind: Signed, at: 33, size: 1}, // 2 to this power are seconds; 127 is none
	{name: "seconds", kind: Number, at: 34, size: 6, when: ptpHasTimestamp},
	{name: "nanoseconds", kind: Number, at: 40, size: 4, when: ptpHasTimestamp},
	{name: "requesting_clock", kind: Bytes, at: 44, size: 8, when: ptpHasRequester},
	{name: "requesting_port", kind: Number, at: 52, size: 2, when: ptpHasRequester},
	{name: "target_clock", kind: Bytes, at: 34, size: 8, when: ptpHasTarget},
	{name: "target_port", kind: Number, at: 42, size: 2, when: ptpHasTarget},
	{name: "utc_offset", kind: Signed, at: 44, size: 2, when: ptpIs(ptpAnnounce)},
	{name: "priority1", kind: Number, at: 47, size: 1, when: ptpIs(ptpAnnounce)},
	{name: "clock_class", kind: Number, at: 48, size: 1, when: ptpIs(ptpAnnounce)},
	{name: "clock_accuracy", kind: Hex, at: 49, size: 1, when: ptpIs(ptpAnnounce)},
	{name: "clock_variance", kind: Number, at: 50, size: 2, when: ptpIs(ptpAnnounce)},
	{name: "priority2", kind: Number, at: 52, size: 1, when: ptpIs(ptpAnnounce)},
	{name: "grandmaster", kind: Bytes, at: 53, size: 8, when: ptpIs(ptpAnnounce)},
	{name: "steps_removed", kind: Number, at: 61, size: 2, when: ptpIs(ptpAnnounce)},
	{name: "time_source", kind: Hex, at: 63, size: 1, when: ptpIs(ptpAnnounce), names: []name{
		{0x10, "atomic clock"}, {0x20, "GNSS"}, {0x30, "terrestrial radio"}, {0x39, "serial time code"}, {0x40, "PTP"}, {0x50, "NTP"},
		{0x60, "hand set"}, {0x90, "other"}, {0xa0, "internal oscillator"},
	}},
	{name: "action", kind: Number, at: 46, size: 1, bits: 4, when: ptpIs(ptpManagement),
		names: []name{{0, "get"}, {1, "set"}, {2, "response"}, {3, "command"}, {4, "acknowledge"}}},
	{name: "tlvs", kind: Records, at: ptpHeaderSize, when: func(h []byte) bool { return len(h) > 0 && len(h) > ptpLength(h[0]) }, split: splitPTP, record: []field{
		{name: "type", kind: Hex, at: 0, size: 2, names: []name{
			{1, "management"}, {2, "management error"}, {3, "organisation"}, {4, "request unicast"}, {5, "grant unicast"},
			{6, "cancel unicast"}, {7, "acknowledge cancel unicast"}, {8, "path trace"}, {9, "alternate time offset"},
		}},
		{name: "data", kind: Bytes, at: 4},
	}},
}

// ptpIs returns a condition of fields: that the message is of one of some types.
func ptpIs(types ...byte) func(h []byte) bool {
	return func(h []byte) bool {
		for _, t := range types {
			if len(h) > 0 && h[0]&0xf == t {
				return true
			}
		}
		return false
	}
}

func ptpHasTimestamp(h []byte) bool { return len(h) > 0 && h[0]&0xf <= ptpAnnounce }
func ptpHasRequester(h []byte) bool {
	return ptpIs(ptpPeerResponse, ptpDelayResponse, ptpPeerFollowUp)(h)
}
func ptpHasTarget(h []byte) bool { return ptpIs(ptpSignaling, ptpManagement)(h) }

// ptpLength returns how long a message is before what may be attached to it.
func ptpLength(first byte) int {
	switch first & 0xf {
	case ptpSync, ptpDelayRequest, ptpFollowUp, ptpSignaling:
		return 44
	case ptpPeerRequest, ptpPeerResponse, ptpDelayResponse, ptpPeerFollowUp:
		return 54
	case ptpManagement:
		return 48
	case ptpAnnounce:
		return 64
	}
	return ptpHeaderSize
}

// mayBePTP tells whether a datagram to a port of PTP may be that. Version 1 is
// another protocol.
func mayBePTP(body []byte) bool { return len(body) < 2 || body[1]&0xf == 2 || body[1]&0xf == 1 }

func decodePTP(p *Packet) Protocol {
	h := p.header(2)
	if h == nil {
		return none
	}
	l := p.last()
	if v := h[1] & 0xf; v != 2 {
		p.fault(BadVersion, l.Start+1, uint32(v), 2)
		return Payload
	}
	if h = p.header(ptpHeaderSize); h == nil {
		return none
	}
	least := ptpLength(h[0])
	length := int(binary.BigEndian.Uint16(h[2:]))
	if length < least {
		p.fault(BadLength, l.Start+2, uint32(length), uint32(least))
		return Payload
	}
	p.limit(length, l.Start+2)
	p.packet()
	if h = p.header(least); h == nil {
		return none
	}
	h = p.Data[l.Start:l.End]
	l.Payload = l.End
	for at := least; at < len(h); {
		left := len(h) - at + l.Missing
		switch {
		case len(h)-at < 4:
			p.short(at + 4)
			return none
		case 4+int(binary.BigEndian.Uint16(h[at+2:])) > left:
			p.fault(BadLength, l.Start+at+2, uint32(binary.BigEndian.Uint16(h[at+2:])), uint32(left-4))
			return none
		}
		at += 4 + int(binary.BigEndian.Uint16(h[at+2:]))
	}
	if l.Missing > 0 {
		p.short(len(h) + 1)
	}
	return none
}

// splitPTP lends what is attached to a message: a type, a length, data.
func splitPTP(h, _ []byte, yield func([]byte) bool) {
	for b := h[min(ptpLength(h[0]), len(h)):]; len(b) >= 4; {
		n := 4 + int(binary.BigEndian.Uint16(b[2:]))
		if n > len(b) || !yield(b[:n]) {
			return
		}
		b = b[n:]
	}
}

func sayPTP(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	b = append(b, "ptp"...)
	if len(h) < ptpHeaderSize {
		return b
	}
	b = appendNameOf(append(b, ' '), ptpTypes, "type ", uint64(h[0]&0xf))
	b = appendNumber(append(b, " domain "...), h[4])
	b = appendNumber(append(b, " seq "...), binary.BigEndian.Uint16(h[30:]))
	b = appendClock(append(b, " from "...), h[20:28])
	b = appendNumber(append(b, '-'), binary.BigEndian.Uint16(h[28:]))
	if len(h) < ptpLength(h[0]) {
		return b
	}
	switch {
	case h[0]&0xf == ptpAnnounce:
		b = appendClock(append(b, " grandmaster "...), h[53:61])
		b = appendNumber(append(b, " priority "...), h[47])
		b = appendNumber(append(b, '/'), h[52])
		b = appendNumber(append(b, " class "...), h[48])
		b = appendNumber(append(b, " steps "...), binary.BigEndian.Uint16(h[61:]))
	case ptpHasTimestamp(h) && h[0]&0xf != ptpPeerRequest:
		b = appendNumber(append(b, " time "...), number(h[34:40]))
		ns := binary.BigEndian.Uint32(h[40:])
		b = append(b, '.')
		for limit := uint32(100_000_000); limit > 1 && ns < limit; limit /= 10 {
			b = append(b, '0')
		}
		b = appendNumber(b, ns)
	}
	if ptpHasRequester(h) {
		b = appendClock(append(b, " to "...), h[44:52])
		b = appendNumber(append(b, '-'), binary.BigEndian.Uint16(h[52:]))
	}
	return b
}

// appendClock appends a clock's identity: 001122fffe334455.
func appendClock(b, identity []byte) []byte {
	const digits = "0123456789abcdef"
	for _, c := range identity {
		b = append(b, digits[c>>4], digits[c&15])
	}
	return b
}
