package wire

import (
	"encoding/binary"
	"net/netip"
)

// ICMPv6, RFC 4443, and neighbor discovery, RFC 4861. The packet that an error
// quotes stays payload.

// Types of ICMPv6.
const (
	icmp6Unreachable  = 1
	icmp6TooBig       = 2
	icmp6TimeExceeded = 3
	icmp6Parameter    = 4
	icmp6Echo         = 128
	icmp6EchoReply    = 129
	icmp6RouterAsk    = 133
	icmp6Router       = 134
	icmp6NeighborAsk  = 135
	icmp6Neighbor     = 136
	icmp6Redirect     = 137
)

var icmpv6Types = []name{
	{icmp6Unreachable, "destination unreachable"}, {icmp6TooBig, "packet too big"}, {icmp6TimeExceeded, "time exceeded"},
	{icmp6Parameter, "parameter problem"}, {icmp6Echo, "echo request"}, {icmp6EchoReply, "echo reply"},
	{130, "multicast listener query"}, {131, "multicast listener report"}, {132, "multicast listener done"},
	{icmp6RouterAsk, "router solicitation"}, {icmp6Router, "router advertisement"}, {icmp6NeighborAsk, "neighbor solicitation"},
	{icmp6Neighbor, "neighbor advertisement"}, {icmp6Redirect, "redirect"}, {138, "router renumbering"},
	{143, "multicast listener report v2"}, {151, "multicast router advertisement"}, {152, "multicast router solicitation"},
	{153, "multicast router termination"}, {155, "RPL"}, {160, "extended echo request"}, {161, "extended echo reply"},
}

// What codes mean is each type's own matter.
var (
	icmp6UnreachableCodes = []name{
		{0, "no route"}, {1, "communication prohibited"}, {2, "beyond scope of source address"}, {3, "address unreachable"},
		{4, "port unreachable"}, {5, "source address failed policy"}, {6, "reject route"}, {7, "error in source routing header"},
	}
	icmp6TimeCodes      = []name{{0, "in transit"}, {1, "in reassembly"}}
	icmp6ParameterCodes = []name{{0, "erroneous header field"}, {1, "unknown next header"}, {2, "unknown option"}, {3, "incomplete header chain"}}
)

// icmpv6Codes returns the names of a type's codes.
func icmpv6Codes(kind uint8) []name {
	switch kind {
	case icmp6Unreachable:
		return icmp6UnreachableCodes
	case icmp6TimeExceeded:
		return icmp6TimeCodes
	case icmp6Parameter:
		return icmp6ParameterCodes
	}
	return nil
}

var icmpv6Fields = []field{
	{name: "type", kind: Number, at: 0, size: 1, names: icmpv6Types},
	{name: "code", kind: Number, at: 1, size: 1, names: icmp6UnreachableCodes, when: byteIs(0, icmp6Unreachable)},
	{name: "code", kind: Number, at: 1, size: 1, names: icmp6TimeCodes, when: byteIs(0, icmp6TimeExceeded)},
	{name: "code", kind: Number, at: 1, size: 1, names: icmp6ParameterCodes, when: byteIs(0, icmp6Parameter)},
	{name: "code", kind: Number, at: 1, size: 1, when: func(h []byte) bool { return len(h) > 0 && icmpv6Codes(h[0]) == nil }},
	{name: "checksum", kind: Hex, at: 2, size: 2},
	{name: "mtu", kind: Number, at: 4, size: 4, when: byteIs(0, icmp6TooBig)},
	{name: "pointer", kind: Number, at: 4, size: 4, when: byteIs(0, icmp6Parameter)},
	{name: "identifier", kind: Number, at: 4, size: 2, when: byteIs(0, icmp6Echo, icmp6EchoReply)},
	{name: "sequence", kind: Number, at: 6, size: 2, when: byteIs(0, icmp6Echo, icmp6EchoReply)},
	{name: "hop_limit", kind: Number, at: 4, size: 1, when: byteIs(0, icmp6Router)},
	{name: "managed", kind: Flag, at: 5, size: 1, bits: 1, shift: 7, when: byteIs(0, icmp6Router)},
	{name: "other_configuration", kind: Flag, at: 5, size: 1, bits: 1, shift: 6, when: byteIs(0, icmp6Router)},
	{name: "preference", kind: Number, at: 5, size: 1, bits: 2, shift: 3, when: byteIs(0, icmp6Router),
		names: []name{{0, "medium"}, {1, "high"}, {2, "reserved"}, {3, "low"}}}, // RFC 4191
	{name: "lifetime", kind: Number, at: 6, size: 2, when: byteIs(0, icmp6Router)},
	{name: "reachable_time", kind: Number, at: 8, size: 4, when: byteIs(0, icmp6Router)},
	{name: "retransmission_time", kind: Number, at: 12, size: 4, when: byteIs(0, icmp6Router)},
	{name: "router", kind: Flag, at: 4, size: 1, bits: 1, shift: 7, when: byteIs(0, icmp6Neighbor)},
	{name: "solicited", kind: Flag, at: 4, size: 1, bits: 1, shift: 6, when: byteIs(0, icmp6Neighbor)},
	{name: "override", kind: Flag, at: 4, size: 1, bits: 1, shift: 5, when: byteIs(0, icmp6Neighbor)},
	{name: "target", kind: Address, at: 8, size: 16, when: byteIs(0, icmp6NeighborAsk, icmp6Neighbor, icmp6Redirect)},
	{name: "destination", kind: Address, at: 24, size: 16, when: byteIs(0, icmp6Redirect)},
	{name: "options", kind: Records, at: 8, when: func(h []byte) bool { return len(h) > 0 && neighborLength(h[0]) > 0 },
		split: splitNeighborOptions, record: neighborOptionFields},
}

// Options of neighbor discovery (RFC 4861, section 4.6; RFC 8106).
const (
	optionSourceMAC = 1
	optionTargetMAC = 2
	optionPrefix    = 3
	optionMTU       = 5
	optionDNS       = 25
)

var neighborOptions = []name{
	{optionSourceMAC, "source link-layer address"}, {optionTargetMAC, "target link-layer address"}, {optionPrefix, "prefix"},
	{4, "redirected header"}, {optionMTU, "MTU"}, {14, "nonce"}, {24, "route"}, {optionDNS, "DNS servers"}, {31, "DNS search list"},
}

var neighborOptionFields = []field{
	{name: "type", kind: Number, at: 0, size: 1, names: neighborOptions},
	{name: "mac", kind: MAC, at: 2, size: 6, when: byteIs(0, optionSourceMAC, optionTargetMAC)},
	{name: "prefix_length", kind: Number, at: 2, size: 1, when: byteIs(0, optionPrefix)},
	{name: "on_link", kind: Flag, at: 3, size: 1, bits: 1, shift: 7, when: byteIs(0, optionPrefix)},
	{name: "autonomous", kind: Flag, at: 3, size: 1, bits: 1, shift: 6, when: byteIs(0, optionPrefix)},
	{name: "valid_lifetime", kind: Number, at: 4, size: 4, when: byteIs(0, optionPrefix)},
	{name: "preferred_lifetime", kind: Number, at: 8, size: 4, when: byteIs(0, optionPrefix)},
	{name: "prefix", kind: Address, at: 16, size: 16, when: byteIs(0, optionPrefix)},
	{name: "mtu", kind: Number, at: 4, size: 4, when: byteIs(0, optionMTU)},
	{name: "lifetime", kind: Number, at: 4, size: 4, when: byteIs(0, optionDNS)},
	{name: "servers", kind: Addresses, at: 8, size: 16, when: func(h []byte) bool { return byteIs(0, optionDNS)(h) && len(h) >= 24 }},
	{name: "data", kind: Bytes, at: 2, when: func(h []byte) bool {
		return !byteIs(0, optionSourceMAC, optionTargetMAC, optionPrefix, optionMTU, optionDNS)(h)
	}},
}

// neighborLength returns how long a message of neighbor discovery is before its
// options; 0 is that of other messages.
func neighborLength(kind uint8) int {
	switch kind {
	case icmp6RouterAsk:
		return 8
	case icmp6Router:
		return 16
	case icmp6NeighborAsk, icmp6Neighbor:
		return 24
	case icmp6Redirect:
		return 40
	}
	return 0
}

// splitNeighborOptions lends the options of a message: a type, the length of all
// of it in units of eight bytes, data. One that does not fit ends them.
func splitNeighborOptions(h, _ []byte, yield func([]byte) bool) {
	n := neighborLength(h[0])
	if n > len(h) {
		return
	}
	for b := h[n:]; len(b) >= 8; b = b[n:] {
		n = int(b[1]) * 8
		if n == 0 || n > len(b) || !yield(b[:n]) {
			return
		}
	}
}

func decodeICMPv6(p *Packet) Protocol {
	h := p.header(8)
	if h == nil {
		return none
	}
	p.verifyTransport(numberICMPv6, 2)
	n := neighborLength(h[0])
	if n == 0 || p.fragment {
		return Payload
	}
	l := p.last()
	if p.ip >= 0 {
		// Routers decrement the hop limit, so that it tells whether the
		// message is from this link (RFC 4861, section 3.1).
		if ip := p.layers[p.ip]; p.hopLimit(ip) != 255 {
			p.fault(BadHopLimit, ip.Start+7, uint32(p.hopLimit(ip)), 255)
		}
	}
	if h = p.header(n); h == nil {
		return none
	}
	h = p.Data[l.Start:l.End]
	l.Payload = l.End
	for n < len(h) {
		left := len(h) - n
		if left < 8 {
			p.short(n + 8)
			return none
		}
		size := int(h[n+1]) * 8
		switch {
		case size == 0:
			p.fault(BadLength, l.Start+n+1, 0, 8)
			return none
		case size > left+l.Missing:
			p.fault(BadLength, l.Start+n+1, uint32(size), uint32(left))
			return none
		}
		n += size
	}
	if l.Missing > 0 {
		p.short(max(n, len(h)+1))
	}
	return none
}

func sayICMPv6(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	b = append(p.appendHosts(b, l), " icmpv6 "...)
	if len(h) < 8 {
		return appendBytes(b[:len(b)-1], l)
	}
	b = appendNameOf(b, icmpv6Types, "type ", uint64(h[0]))
	b = appendCode(b, icmpv6Codes(h[0]), h[1])
	switch h[0] {
	case icmp6Echo, icmp6EchoReply:
		b = appendNumber(append(b, " id "...), binary.BigEndian.Uint16(h[4:]))
		b = appendNumber(append(b, " seq "...), binary.BigEndian.Uint16(h[6:]))
	case icmp6TooBig:
		b = appendNumber(append(b, " mtu "...), binary.BigEndian.Uint32(h[4:]))
	case icmp6NeighborAsk, icmp6Neighbor, icmp6Redirect:
		if len(h) >= 24 {
			b = netip.AddrFrom16([16]byte(h[8:])).AppendTo(append(b, " target "...))
		}
	}
	if neighborLength(h[0]) > 0 {
		return b // what follows are options
	}
	return appendBytes(b, l)
}
