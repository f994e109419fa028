package wire

import "encoding/binary"

// TCP, RFC 9293, as far as its header. What it carries is not put together.

var tcpFields = []field{
	{name: "source_port", kind: Number, at: 0, size: 2},
	{name: "destination_port", kind: Number, at: 2, size: 2},
	{name: "sequence", kind: Number, at: 4, size: 4},
	{name: "acknowledgment", kind: Number, at: 8, size: 4},
	{name: "header_length", kind: Number, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		if len(h) < 13 {
			return Value{}, false
		}
		return Value{Number: uint64(h[12]>>4) * 4}, true
	}},
	{name: "ae", kind: Flag, at: 12, size: 2, bits: 1, shift: 8},
	{name: "cwr", kind: Flag, at: 13, size: 1, bits: 1, shift: 7},
	{name: "ece", kind: Flag, at: 13, size: 1, bits: 1, shift: 6},
	{name: "urg", kind: Flag, at: 13, size: 1, bits: 1, shift: 5},
	{name: "ack", kind: Flag, at: 13, size: 1, bits: 1, shift: 4},
	{name: "psh", kind: Flag, at: 13, size: 1, bits: 1, shift: 3},
	{name: "rst", kind: Flag, at: 13, size: 1, bits: 1, shift: 2},
	{name: "syn", kind: Flag, at: 13, size: 1, bits: 1, shift: 1},
	{name: "fin", kind: Flag, at: 13, size: 1, bits: 1},
	{name: "window", kind: Number, at: 14, size: 2},
	{name: "checksum", kind: Hex, at: 16, size: 2},
	{name: "urgent_pointer", kind: Number, at: 18, size: 2},
	{name: "options", kind: Records, at: 20, when: func(h []byte) bool { return len(h) > 20 },
		split: splitIPv4Options, record: tcpOptionFields}, // of the same form as IPv4's
}

// Kinds of options (RFC 9293, 7323, 2018).
const (
	tcpMSS        = 2
	tcpScale      = 3
	tcpSACK       = 5
	tcpTimestamps = 8
)

var tcpOptions = []name{
	{0, "end of options"}, {1, "no operation"}, {tcpMSS, "maximum segment size"}, {tcpScale, "window scale"}, {4, "SACK permitted"},
	{tcpSACK, "SACK"}, {tcpTimestamps, "timestamps"}, {19, "MD5 signature"}, {28, "user timeout"}, {29, "authentication"}, {30, "multipath"},
	{34, "fast open"},
}

var tcpOptionFields = []field{
	{name: "kind", kind: Number, at: 0, size: 1, names: tcpOptions},
	{name: "mss", kind: Number, at: 2, size: 2, when: byteIs(0, tcpMSS)},
	{name: "scale", kind: Number, at: 2, size: 1, when: byteIs(0, tcpScale)},
	{name: "blocks", kind: Records, at: 2, when: byteIs(0, tcpSACK), split: splitSACK, record: []field{
		{name: "left", kind: Number, at: 0, size: 4},
		{name: "right", kind: Number, at: 4, size: 4},
	}},
	{name: "timestamp", kind: Number, at: 2, size: 4, when: byteIs(0, tcpTimestamps)},
	{name: "echo", kind: Number, at: 6, size: 4, when: byteIs(0, tcpTimestamps)},
	{name: "data", kind: Bytes, at: 2, when: func(h []byte) bool {
		return len(h) > 2 && h[0] != tcpMSS && h[0] != tcpScale && h[0] != tcpSACK && h[0] != tcpTimestamps
	}},
}

// splitSACK lends the blocks of a selective acknowledgment.
func splitSACK(_, b []byte, yield func([]byte) bool) {
	for ; len(b) >= 8 && yield(b[:8]); b = b[8:] {
	}
}

func decodeTCP(p *Packet) Protocol {
	h := p.header(20)
	if h == nil {
		return none
	}
	p.verifyTransport(numberTCP, 16)
	start := p.last().Start
	n := int(h[12]>>4) * 4
	if n < 20 {
		p.fault(BadLength, start+12, uint32(n), 20)
		return none
	}
	if h = p.header(n); h == nil {
		return none
	}
	for at := 20; at < n; {
		switch kind := h[at]; {
		case kind == 0:
			return Payload
		case kind == 1:
			at++
		case at+2 > n:
			p.fault(Truncated, start+at, 1, 2)
			return Payload
		case h[at+1] < 2:
			p.fault(BadLength, start+at+1, uint32(h[at+1]), 2)
			return Payload
		case at+int(h[at+1]) > n:
			p.fault(BadLength, start+at+1, uint32(h[at+1]), uint32(n-at))
			return Payload
		default:
			at += int(h[at+1])
		}
	}
	return Payload
}

func sayTCP(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	b = append(p.appendEndpoints(b, l, h), " tcp"...)
	if len(h) < 20 {
		return b
	}
	b = append(b, ' ')
	flags := binary.BigEndian.Uint16(h[12:])
	for i, letter := range []byte("FSRPAUECN") {
		if flags>>i&1 != 0 {
			b = append(b, letter)
		}
	}
	if flags&0x1ff == 0 {
		b = append(b, '-')
	}
	b = appendNumber(append(b, " seq "...), binary.BigEndian.Uint32(h[4:]))
	if flags&0x10 != 0 {
		b = appendNumber(append(b, " ack "...), binary.BigEndian.Uint32(h[8:]))
	}
	b = appendNumber(append(b, " win "...), binary.BigEndian.Uint16(h[14:]))
	return appendBytes(b, l)
}
