package wire

import "encoding/binary"

// ICMP, RFC 792, and what came after: router discovery (RFC 1256), subnet masks
// (RFC 950), codes of unreachable destinations (RFC 1812). The packet that an
// error quotes stays payload.

// Types of ICMP.
const (
	icmpEchoReply    = 0
	icmpUnreachable  = 3
	icmpRedirect     = 5
	icmpEcho         = 8
	icmpRouter       = 9
	icmpTimeExceeded = 11
	icmpParameter    = 12
	icmpTimestamp    = 13
	icmpTimeReply    = 14
	icmpMask         = 17
	icmpMaskReply    = 18
)

var icmpTypes = []name{
	{icmpEchoReply, "echo reply"}, {icmpUnreachable, "destination unreachable"}, {4, "source quench"}, {icmpRedirect, "redirect"},
	{icmpEcho, "echo request"}, {icmpRouter, "router advertisement"}, {10, "router solicitation"}, {icmpTimeExceeded, "time exceeded"},
	{icmpParameter, "parameter problem"}, {icmpTimestamp, "timestamp request"}, {icmpTimeReply, "timestamp reply"},
	{15, "information request"}, {16, "information reply"}, {icmpMask, "address mask request"}, {icmpMaskReply, "address mask reply"},
	{42, "extended echo request"}, {43, "extended echo reply"},
}

// What codes mean is each type's own matter.
var (
	icmpUnreachableCodes = []name{
		{0, "network unreachable"}, {1, "host unreachable"}, {2, "protocol unreachable"}, {3, "port unreachable"},
		{4, "fragmentation needed"}, {5, "source route failed"}, {6, "network unknown"}, {7, "host unknown"}, {8, "source host isolated"},
		{9, "network prohibited"}, {10, "host prohibited"}, {11, "network unreachable for this service"},
		{12, "host unreachable for this service"}, {13, "communication prohibited"}, {14, "host precedence violation"},
		{15, "precedence cutoff"},
	}
	icmpRedirectCodes = []name{
		{0, "for the network"}, {1, "for the host"}, {2, "for the service and network"}, {3, "for the service and host"},
	}
	icmpTimeCodes      = []name{{0, "in transit"}, {1, "in reassembly"}}
	icmpParameterCodes = []name{{0, "pointer says where"}, {1, "option missing"}, {2, "bad length"}}
)

// icmpCodes returns the names of a type's codes.
func icmpCodes(kind uint8) []name {
	switch kind {
	case icmpUnreachable:
		return icmpUnreachableCodes
	case icmpRedirect:
		return icmpRedirectCodes
	case icmpTimeExceeded:
		return icmpTimeCodes
	case icmpParameter:
		return icmpParameterCodes
	}
	return nil
}

var icmpFields = []field{
	{name: "type", kind: Number, at: 0, size: 1, names: icmpTypes},
	{name: "code", kind: Number, at: 1, size: 1, names: icmpUnreachableCodes, when: byteIs(0, icmpUnreachable)},
	{name: "code", kind: Number, at: 1, size: 1, names: icmpRedirectCodes, when: byteIs(0, icmpRedirect)},
	{name: "code", kind: Number, at: 1, size: 1, names: icmpTimeCodes, when: byteIs(0, icmpTimeExceeded)},
	{name: "code", kind: Number, at: 1, size: 1, names: icmpParameterCodes, when: byteIs(0, icmpParameter)},
	{name: "code", kind: Number, at: 1, size: 1, when: func(h []byte) bool { return len(h) > 0 && icmpCodes(h[0]) == nil }},
	{name: "checksum", kind: Hex, at: 2, size: 2},
	{name: "identifier", kind: Number, at: 4, size: 2, when: icmpHasIdentifier},
	{name: "sequence", kind: Number, at: 6, size: 2, when: icmpHasIdentifier},
	{name: "mtu", kind: Number, at: 6, size: 2, when: func(h []byte) bool { return len(h) > 1 && h[0] == icmpUnreachable && h[1] == 4 }},
	{name: "gateway", kind: Address, at: 4, size: 4, when: byteIs(0, icmpRedirect)},
	{name: "pointer", kind: Number, at: 4, size: 1, when: byteIs(0, icmpParameter)},
	{name: "lifetime", kind: Number, at: 6, size: 2, when: byteIs(0, icmpRouter)},
	{name: "routers", kind: Records, at: 8, when: byteIs(0, icmpRouter), split: splitICMPRouters, record: []field{
		{name: "address", kind: Address, at: 0, size: 4},
		{name: "preference", kind: Signed, at: 4, size: 4},
	}},
	{name: "originate", kind: Number, at: 8, size: 4, when: byteIs(0, icmpTimestamp, icmpTimeReply)},
	{name: "receive", kind: Number, at: 12, size: 4, when: byteIs(0, icmpTimestamp, icmpTimeReply)},
	{name: "transmit", kind: Number, at: 16, size: 4, when: byteIs(0, icmpTimestamp, icmpTimeReply)},
	{name: "mask", kind: Address, at: 8, size: 4, when: byteIs(0, icmpMask, icmpMaskReply)},
}

// icmpHasIdentifier tells whether a message has an identifier and a sequence
// number.
func icmpHasIdentifier(h []byte) bool {
	if len(h) == 0 {
		return false
	}
	switch h[0] {
	case icmpEchoReply, icmpEcho, icmpTimestamp, icmpTimeReply, 15, 16, icmpMask, icmpMaskReply:
		return true
	}
	return false
}

// splitICMPRouters lends the entries of a router advertisement, each of so many
// words of four bytes as the header says.
func splitICMPRouters(h, b []byte, yield func([]byte) bool) {
	for n := int(h[5]) * 4; n >= 8 && len(b) >= n && yield(b[:n]); b = b[n:] {
	}
}

func decodeICMP(p *Packet) Protocol {
	h := p.header(8)
	if h == nil {
		return none
	}
	l := p.last()
	if p.whole() && !p.fragment {
		p.verifyOwn(p.Data[l.Start:l.End], 2)
	}
	switch h[0] {
	case icmpTimestamp, icmpTimeReply:
		h = p.header(20)
	case icmpMask, icmpMaskReply:
		h = p.header(12)
	case icmpRouter:
		count, size := int(h[4]), int(h[5])*4
		if size < 8 {
			p.fault(BadLength, l.Start+5, uint32(size), 8)
			return Payload
		}
		if room := (l.End - l.Start + l.Missing - 8) / size; count > room {
			p.fault(BadCount, l.Start+4, uint32(count), uint32(room))
			count = room
		}
		h = p.header(8 + count*size)
	}
	if h == nil {
		return none
	}
	return Payload
}

func sayICMP(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	b = append(p.appendHosts(b, l), " icmp "...)
	if len(h) < 8 {
		return appendBytes(b[:len(b)-1], l)
	}
	b = appendNameOf(b, icmpTypes, "type ", uint64(h[0]))
	b = appendCode(b, icmpCodes(h[0]), h[1])
	switch {
	case icmpHasIdentifier(h):
		b = appendNumber(append(b, " id "...), binary.BigEndian.Uint16(h[4:]))
		b = appendNumber(append(b, " seq "...), binary.BigEndian.Uint16(h[6:]))
	case h[0] == icmpUnreachable && h[1] == 4:
		b = appendNumber(append(b, " mtu "...), binary.BigEndian.Uint16(h[6:]))
	}
	return appendBytes(b, l)
}

// appendCode appends the name of a code, or its number if that says anything.
func appendCode(b []byte, codes []name, code uint8) []byte {
	if codes == nil && code == 0 {
		return b
	}
	return appendNameOf(append(b, ", "...), codes, "code ", uint64(code))
}
