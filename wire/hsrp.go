package wire

import "encoding/binary"

// HSRP: version 1, whose messages say 0, is RFC 2281; version 2 is Cisco's own and
// made of parts with a type and a length.

var hsrpOperations = []name{{0, "hello"}, {1, "coup"}, {2, "resign"}, {3, "advertise"}}

var (
	hsrp1States = []name{{0, "initial"}, {1, "learn"}, {2, "listen"}, {4, "speak"}, {8, "standby"}, {16, "active"}}
	hsrp2States = []name{{1, "initial"}, {2, "learn"}, {3, "listen"}, {4, "speak"}, {5, "standby"}, {6, "active"}}
)

var hsrpFields = []field{
	{name: "version", kind: Number, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		if isHSRP2(h) {
			return Value{Number: uint64(h[2])}, true
		}
		return Value{Number: uint64(h[0])}, len(h) > 0
	}, when: notEmpty},
	{name: "operation", kind: Number, at: 1, size: 1, names: hsrpOperations, when: isHSRP1},
	{name: "state", kind: Number, at: 2, size: 1, names: hsrp1States, when: hsrpHas1},
	{name: "hello_s", kind: Number, at: 3, size: 1, when: hsrpHas1},
	{name: "hold_s", kind: Number, at: 4, size: 1, when: hsrpHas1},
	{name: "priority", kind: Number, at: 5, size: 1, when: hsrpHas1},
	{name: "group", kind: Number, at: 6, size: 1, when: hsrpHas1},
	{name: "authentication", kind: Text, at: 8, size: 8, when: hsrpHas1},
	{name: "address", kind: Address, at: 16, size: 4, when: hsrpHas1},

	{name: "operation", kind: Number, at: 3, size: 1, names: hsrpOperations, when: isHSRP2},
	{name: "state", kind: Number, at: 4, size: 1, names: hsrp2States, when: isHSRP2},
	{name: "group", kind: Number, at: 6, size: 2, when: isHSRP2},
	{name: "identifier", kind: MAC, at: 8, size: 6, when: isHSRP2},
	{name: "priority", kind: Number, at: 14, size: 4, when: isHSRP2},
	{name: "hello_ms", kind: Number, at: 18, size: 4, when: isHSRP2},
	{name: "hold_ms", kind: Number, at: 22, size: 4, when: isHSRP2},
	{name: "address", kind: Address, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		if !isHSRP2(h) {
			return Value{}, false
		}
		return Value{Addr: address(hsrp2Address(h))}, true
	}},
	{name: "data", kind: Bytes, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		switch {
		case isHSRP2(h):
			return Value{Bytes: h[hsrp2Length:]}, len(h) > hsrp2Length
		case hsrpHas1(h):
			return Value{Bytes: h[hsrp1Length:]}, len(h) > hsrp1Length
		}
		return Value{Bytes: h[min(2, len(h)):]}, len(h) > 2
	}},
}

const (
	hsrp1Length = 20
	hsrp2Length = 42 // of the first part, which tells of the group
)

// isHSRP1 and isHSRP2 tell of which version a header is; hsrpHas1 tells whether it
// is one of version 1 that tells of a group, as all but advertise do.
func isHSRP1(h []byte) bool  { return len(h) > 0 && h[0] == 0 }
func hsrpHas1(h []byte) bool { return len(h) >= hsrp1Length && h[0] == 0 && h[1] != 3 }
func isHSRP2(h []byte) bool  { return len(h) >= hsrp2Length && h[0] == 1 && h[1] == 40 }

// hsrp2Address returns the address of a group of version 2.
func hsrp2Address(h []byte) []byte {
	if h[5] == 4 {
		return h[26:30]
	}
	return h[26:42]
}

// mayBeHSRP tells whether a datagram can be HSRP: of version 1 an operation that
// there is, of version 2 a type of part that there is.
func mayBeHSRP(body []byte) bool {
	return body[0] == 0 && (len(body) < 2 || body[1] <= 3) || body[0] >= 1 && body[0] <= 4
}

func decodeHSRP(p *Packet) Protocol {
	h := p.header(2)
	if h == nil {
		return none
	}
	l := p.last()
	switch {
	case h[0] == 0 && h[1] == 3:
		// Advertise is of another format, of which no more is known.
	case h[0] == 0:
		if p.header(hsrp1Length) == nil {
			return none
		}
	case h[0] == 1 && h[1] == 40:
		if p.header(hsrp2Length) == nil {
			return none
		}
		// Version 2 with the address family of neither IP is as IPv6.
	}
	l.Payload = l.End
	return none
}

func sayHSRP(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	b = append(b, "hsrp"...)
	switch {
	case isHSRP2(h):
		b = appendNameOf(append(b, "v2 "...), hsrpOperations, "type ", uint64(h[3]))
		b = appendNumber(append(b, " group "...), binary.BigEndian.Uint16(h[6:]))
		b = appendNameOf(append(b, ' '), hsrp2States, "type ", uint64(h[4]))
		b = appendNumber(append(b, " priority "...), binary.BigEndian.Uint32(h[14:]))
		return address(hsrp2Address(h)).AppendTo(append(b, " at "...))
	case hsrpHas1(h):
		b = appendNameOf(append(b, ' '), hsrpOperations, "type ", uint64(h[1]))
		b = appendNumber(append(b, " group "...), h[6])
		b = appendNameOf(append(b, ' '), hsrp1States, "type ", uint64(h[2]))
		b = appendNumber(append(b, " priority "...), h[5])
		return address(h[16:20]).AppendTo(append(b, " at "...))
	case isHSRP1(h) && len(h) > 1:
		return appendNameOf(append(b, ' '), hsrpOperations, "type ", uint64(h[1]))
	}
	return b
}
