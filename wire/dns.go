package wire

import "encoding/binary"

// DNS, RFC 1035; mDNS, RFC 6762; LLMNR, RFC 4795. The three have the same form.

// Types of records, those that are looked into.
const (
	dnsA     = 1
	dnsNS    = 2
	dnsCNAME = 5
	dnsPTR   = 12
	dnsMX    = 15
	dnsTXT   = 16
	dnsAAAA  = 28
	dnsSRV   = 33
	dnsDNAME = 39
	dnsOPT   = 41
)

var dnsTypes = []name{
	{dnsA, "A"}, {dnsNS, "NS"}, {dnsCNAME, "CNAME"}, {6, "SOA"}, {dnsPTR, "PTR"}, {13, "HINFO"}, {dnsMX, "MX"}, {dnsTXT, "TXT"},
	{dnsAAAA, "AAAA"}, {dnsSRV, "SRV"}, {35, "NAPTR"}, {dnsDNAME, "DNAME"}, {dnsOPT, "OPT"}, {43, "DS"}, {46, "RRSIG"}, {47, "NSEC"},
	{48, "DNSKEY"}, {50, "NSEC3"}, {52, "TLSA"}, {64, "SVCB"}, {65, "HTTPS"}, {251, "IXFR"}, {252, "AXFR"}, {255, "ANY"}, {257, "CAA"},
}

var (
	dnsClasses = []name{{1, "IN"}, {3, "CH"}, {4, "HS"}, {254, "NONE"}, {255, "ANY"}}
	dnsOpcodes = []name{{0, "query"}, {1, "inverse query"}, {2, "status"}, {4, "notify"}, {5, "update"}, {6, "stateful operation"}}
	dnsErrors  = []name{
		{0, "NOERROR"}, {1, "FORMERR"}, {2, "SERVFAIL"}, {3, "NXDOMAIN"}, {4, "NOTIMP"}, {5, "REFUSED"}, {6, "YXDOMAIN"},
		{7, "YXRRSET"}, {8, "NXRRSET"}, {9, "NOTAUTH"}, {10, "NOTZONE"},
	}
)

var dnsFields = []field{
	{name: "id", kind: Hex, at: 0, size: 2},
	{name: "response", kind: Flag, at: 2, size: 1, bits: 1, shift: 7},
	{name: "opcode", kind: Number, at: 2, size: 1, bits: 4, shift: 3, names: dnsOpcodes},
	{name: "authoritative", kind: Flag, at: 2, size: 1, bits: 1, shift: 2},
	{name: "truncated", kind: Flag, at: 2, size: 1, bits: 1, shift: 1},
	{name: "recursion_desired", kind: Flag, at: 2, size: 1, bits: 1},
	{name: "recursion_available", kind: Flag, at: 3, size: 1, bits: 1, shift: 7},
	{name: "authentic_data", kind: Flag, at: 3, size: 1, bits: 1, shift: 5},
	{name: "checking_disabled", kind: Flag, at: 3, size: 1, bits: 1, shift: 4},
	{name: "rcode", kind: Number, at: 3, size: 1, bits: 4, names: dnsErrors},
	{name: "question_count", kind: Number, at: 4, size: 2},
	{name: "answer_count", kind: Number, at: 6, size: 2},
	{name: "authority_count", kind: Number, at: 8, size: 2},
	{name: "additional_count", kind: Number, at: 10, size: 2},
	{name: "questions", kind: Records, at: 12, split: splitQuestions, record: dnsQuestionFields},
	{name: "answers", kind: Records, at: 12, split: splitAnswers, record: dnsRecordFields},
	{name: "authorities", kind: Records, at: 12, split: splitAuthorities, record: dnsRecordFields},
	{name: "additionals", kind: Records, at: 12, split: splitAdditionals, record: dnsRecordFields},
}

// llmnrFields has other names for two bits than DNS (RFC 4795, section 2.1.1).
var llmnrFields = []field{
	dnsFields[0], dnsFields[1], dnsFields[2],
	{name: "conflict", kind: Flag, at: 2, size: 1, bits: 1, shift: 2},
	dnsFields[4],
	{name: "tentative", kind: Flag, at: 2, size: 1, bits: 1},
	dnsFields[9], dnsFields[10], dnsFields[11], dnsFields[12], dnsFields[13],
	dnsFields[14], dnsFields[15], dnsFields[16], dnsFields[17],
}

// mayBeDNS tells whether a datagram to a port of DNS may be that: its operation is
// one that exists, and the bit that has to be zero is.
func mayBeDNS(body []byte) bool {
	if len(body) < 4 {
		return true
	}
	opcode := body[2] >> 3 & 0xf
	return opcode <= 6 && opcode != 3 && body[3]&0x40 == 0
}

func decodeDNS(p *Packet) Protocol {
	h := p.header(12)
	if h == nil {
		return none
	}
	l := p.last()
	m := p.Data[l.Start:l.End]
	at := 12
	for section := range 4 {
		count := int(binary.BigEndian.Uint16(m[4+2*section:]))
		for i := range count {
			n := entryLength(m, at, section)
			switch {
			case n > 0:
				p.checkData(m, at, n, section)
				at += n
				l.Payload = l.Start + at
				continue
			case n < 0:
				p.fault(BadSyntax, l.Start+at, 0, 0)
			case l.Missing > 0:
				p.fault(Cut, l.Start+at, uint32(len(m)), uint32(len(m)+1))
			default:
				p.fault(BadCount, l.Start+4+2*section, uint32(count), uint32(i))
			}
			return Payload
		}
	}
	return Payload
}

// entryLength returns how many bytes a question, or a record of another section,
// takes. If it is longer than the message it returns 0, and if it is none, -1.
func entryLength(m []byte, at, section int) int {
	n := nameLength(m, at)
	switch {
	case n <= 0:
		return n
	case section == 0:
		n += 4
	case at+n+10 > len(m):
		return 0
	default:
		n += 10 + int(binary.BigEndian.Uint16(m[at+n+8:]))
	}
	if at+n > len(m) {
		return 0
	}
	return n
}

// checkData notes a record of n bytes whose data is not of the form that its type
// demands.
func (p *Packet) checkData(m []byte, at, n, section int) {
	if section == 0 {
		return
	}
	fixed := at + nameLength(m, at)
	data, end := fixed+10, at+n
	size := end - data
	if size == 0 {
		return // as updates have it (RFC 2136)
	}
	name := data
	switch binary.BigEndian.Uint16(m[fixed:]) {
	case dnsA:
		if size != 4 {
			p.fault(BadLength, p.last().Start+fixed+8, uint32(size), 4)
		}
		return
	case dnsAAAA:
		if size != 16 {
			p.fault(BadLength, p.last().Start+fixed+8, uint32(size), 16)
		}
		return
	case dnsSRV:
		name += 6
	case dnsMX:
		name += 2
	case dnsPTR, dnsCNAME, dnsNS, dnsDNAME:
	default:
		return
	}
	if name >= end || nameLength(m[:end], name) != end-name {
		p.fault(BadSyntax, p.last().Start+data, 0, 0)
	}
}

// splitSection lends the entries of one of the four sections, which follow each
// other. The header is known to be sound as far as it goes.
func splitSection(h []byte, section int, yield func([]byte) bool) {
	at := 12
	for s := range section + 1 {
		for range binary.BigEndian.Uint16(h[4+2*s:]) {
			n := entryLength(h, at, s)
			if n <= 0 || s == section && !yield(h[at:at+n]) {
				return
			}
			at += n
		}
	}
}

func splitQuestions(h, _ []byte, yield func([]byte) bool)   { splitSection(h, 0, yield) }
func splitAnswers(h, _ []byte, yield func([]byte) bool)     { splitSection(h, 1, yield) }
func splitAuthorities(h, _ []byte, yield func([]byte) bool) { splitSection(h, 2, yield) }
func splitAdditionals(h, _ []byte, yield func([]byte) bool) { splitSection(h, 3, yield) }

// dnsRecord is a record, or a question, which has no TTL and no data.
type dnsRecord struct {
	name, data  []byte // name is where it begins
	kind, class uint16
	ttl         uint32
}

// readRecord returns an entry whose length is right.
func readRecord(b []byte) dnsRecord {
	n := 0
	for n < len(b) && b[n] != 0 && b[n] < 0xc0 {
		n += 1 + int(b[n])
	}
	if n < len(b) && b[n] >= 0xc0 {
		n++
	}
	r := dnsRecord{name: b}
	if n++; n+4 > len(b) {
		return r
	}
	r.kind, r.class = binary.BigEndian.Uint16(b[n:]), binary.BigEndian.Uint16(b[n+2:])
	if n+10 <= len(b) {
		r.ttl, r.data = binary.BigEndian.Uint32(b[n+4:]), b[n+10:]
	}
	return r
}

// target returns the name that a record leads to, or nothing.
func (r dnsRecord) target() []byte {
	at := 0
	switch r.kind {
	case dnsPTR, dnsCNAME, dnsNS, dnsDNAME:
	case dnsMX:
		at = 2
	case dnsSRV:
		at = 6
	default:
		return nil
	}
	return r.data[min(at, len(r.data)):]
}
