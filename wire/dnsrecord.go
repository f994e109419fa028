package wire

import (
	"encoding/binary"
	"net/netip"
)

// What DNS messages hold: the fields of questions and records, and the line.

// multicastBit of a class asks for a unicast response, in a question, or has
// older records forgotten, in an answer (RFC 6762, sections 5.4 and 10.2).
const multicastBit = 0x8000

var dnsQuestionFields = []field{
	{name: "name", kind: Text, value: ofRecord(func(p *Packet, l Layer, r dnsRecord) (Value, bool) {
		return Value{Bytes: appendDNSName(nil, p.Header(l), r.name, false)}, true
	})},
	{name: "type", kind: Number, names: dnsTypes, value: ofRecord(func(_ *Packet, _ Layer, r dnsRecord) (Value, bool) {
		return Value{Number: uint64(r.kind)}, true
	})},
	{name: "class", kind: Number, names: dnsClasses, value: ofRecord(dnsClass)},
	{name: "unicast_response", kind: Flag, value: ofRecord(dnsMulticastBit)},
}

var dnsRecordFields = []field{
	dnsQuestionFields[0], dnsQuestionFields[1], dnsQuestionFields[2],
	{name: "cache_flush", kind: Flag, value: ofRecord(dnsMulticastBit)},
	{name: "ttl", kind: Number, value: ofRecord(func(_ *Packet, _ Layer, r dnsRecord) (Value, bool) {
		return Value{Number: uint64(r.ttl)}, r.kind != dnsOPT
	})},
	{name: "udp_size", kind: Number, value: ofRecord(func(_ *Packet, _ Layer, r dnsRecord) (Value, bool) {
		return Value{Number: uint64(r.class)}, r.kind == dnsOPT // RFC 6891, section 6.1.2
	})},
	{name: "address", kind: Address, value: ofRecord(func(_ *Packet, _ Layer, r dnsRecord) (Value, bool) {
		a, ok := r.address()
		return Value{Addr: a}, ok
	})},
	{name: "preference", kind: Number, value: dnsNumber(dnsMX, 0)},
	{name: "priority", kind: Number, value: dnsNumber(dnsSRV, 0)},
	{name: "weight", kind: Number, value: dnsNumber(dnsSRV, 2)},
	{name: "port", kind: Number, value: dnsNumber(dnsSRV, 4)},
	{name: "target", kind: Text, value: ofRecord(func(p *Packet, l Layer, r dnsRecord) (Value, bool) {
		t := r.target()
		return Value{Bytes: appendDNSName(nil, p.Header(l), t, false)}, len(t) > 0
	})},
	{name: "texts", kind: Records, at: 0, when: func(h []byte) bool { r := readRecord(h); return r.kind == dnsTXT && len(r.data) > 0 },
		split: splitTexts, record: []field{{name: "text", kind: Text, at: 1}}},
	{name: "data", kind: Bytes, value: ofRecord(func(_ *Packet, _ Layer, r dnsRecord) (Value, bool) {
		_, address := r.address()
		return Value{Bytes: r.data}, len(r.data) > 0 && !address && r.kind != dnsTXT && len(r.target()) == 0
	})},
}

// ofRecord returns the value of a field that is computed from a record.
func ofRecord(value func(*Packet, Layer, dnsRecord) (Value, bool)) func(*Packet, Layer, []byte) (Value, bool) {
	return func(p *Packet, l Layer, h []byte) (Value, bool) { return value(p, l, readRecord(h)) }
}

// dnsNumber returns the value of two bytes in the data of a type.
func dnsNumber(kind uint16, at int) func(*Packet, Layer, []byte) (Value, bool) {
	return ofRecord(func(_ *Packet, _ Layer, r dnsRecord) (Value, bool) {
		if r.kind != kind || at+2 > len(r.data) {
			return Value{}, false
		}
		return Value{Number: number(r.data[at : at+2])}, true
	})
}

func dnsClass(_ *Packet, l Layer, r dnsRecord) (Value, bool) {
	if l.Protocol == MDNS {
		r.class &^= multicastBit
	}
	return Value{Number: uint64(r.class)}, r.kind != dnsOPT
}

func dnsMulticastBit(_ *Packet, l Layer, r dnsRecord) (Value, bool) {
	return Value{Number: uint64(r.class >> 15)}, l.Protocol == MDNS && r.kind != dnsOPT
}

// splitTexts lends the strings of a TXT record, each behind its length.
func splitTexts(h, _ []byte, yield func([]byte) bool) {
	for b := readRecord(h).data; len(b) > 0; {
		n := min(1+int(b[0]), len(b))
		if !yield(b[:n]) {
			return
		}
		b = b[n:]
	}
}

// address returns the address that a record has.
func (r dnsRecord) address() (netip.Addr, bool) {
	switch {
	case r.kind == dnsA && len(r.data) == 4, r.kind == dnsAAAA && len(r.data) == 16:
		return netip.AddrFromSlice(r.data)
	}
	return netip.Addr{}, false
}

// mostEntries is how many questions or answers a line tells.
const mostEntries = 3

func sayDNS(p *Packet, l Layer, b []byte) []byte {
	switch l.Protocol {
	case MDNS:
		b = append(b, "mdns "...)
	case LLMNR:
		b = append(b, "llmnr "...)
	default:
		b = append(b, "dns "...)
	}
	m := p.Header(l)
	if len(m) < 12 {
		return b[:len(b)-1]
	}
	response := m[2]&0x80 != 0
	b = appendNameOf(b, dnsOpcodes, "operation ", uint64(m[2]>>3&0xf))
	if response {
		b = append(b, " response"...)
		if m[2]>>3&0xf == 0 {
			b = append(b[:len(b)-len("query response")], "response"...)
		}
	}
	if id := binary.BigEndian.Uint16(m); id != 0 || l.Protocol != MDNS {
		b = appendHex(append(b, ' '), uint64(id), 4)
	}
	if code := m[3] & 0xf; code != 0 {
		b = appendNameOf(append(b, ' '), dnsErrors, "error ", uint64(code))
	}
	answers := binary.BigEndian.Uint16(m[6:])
	section := 0
	if response && answers > 0 {
		section = 1
	}
	b = p.appendSection(b, m, l.Protocol, section)
	if !response && answers > 0 { // known ones, which are not wanted again
		b = appendPlural(b, int(answers), " answer")
	}
	return b
}

// appendSection appends the first questions or answers of a message.
func (p *Packet) appendSection(b, m []byte, is Protocol, section int) []byte {
	at := 12
	for s := range section {
		for range binary.BigEndian.Uint16(m[4+2*s:]) {
			n := entryLength(m, at, s)
			if n <= 0 {
				return b
			}
			at += n
		}
	}
	count := int(binary.BigEndian.Uint16(m[4+2*section:]))
	for i := range count {
		if i == mostEntries {
			return append(appendNumber(append(b, ", "...), count-i), " more"...)
		}
		n := entryLength(m, at, section)
		if n <= 0 {
			return b
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = appendRecord(append(b, ' '), m, m[at:at+n], is, section)
		at += n
	}
	return b
}

// appendRecord appends a question or a record: type, name, and what it says.
func appendRecord(b, m, entry []byte, is Protocol, section int) []byte {
	r := readRecord(entry)
	b = appendNameOf(b, dnsTypes, "type ", uint64(r.kind))
	b = appendDNSName(append(b, ' '), m, r.name, true)
	if section == 0 {
		if is == MDNS && r.class&multicastBit != 0 {
			b = append(b, " QU"...)
		}
		return b
	}
	if a, ok := r.address(); ok {
		b = a.AppendTo(append(b, ' '))
	} else if t := r.target(); len(t) > 0 {
		b = appendDNSName(append(b, ' '), m, t, true)
		if r.kind == dnsSRV {
			b = appendNumber(append(b, ':'), binary.BigEndian.Uint16(r.data[4:]))
		}
	} else if r.kind == dnsTXT && len(r.data) > 0 {
		b = append(b, ' ', '"')
		b = appendSafe(b, r.data[1:min(1+int(r.data[0]), len(r.data))], 48)
		b = append(b, '"')
	}
	return appendNumber(append(b, " ttl "...), r.ttl)
}

// appendPlural appends how many of something there are.
func appendPlural(b []byte, n int, what string) []byte {
	b = append(appendNumber(append(b, ", "...), n), what...)
	if n != 1 {
		b = append(b, 's')
	}
	return b
}
