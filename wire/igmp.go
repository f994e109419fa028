package wire

// IGMP: version 1 is RFC 1112, version 2 RFC 2236, version 3 RFC 9776. Other
// protocols use its number and format: they are known by name.

// Types of IGMP messages (IANA, IGMP Type Numbers).
const (
	igmpQuery    = 0x11
	igmpReport1  = 0x12
	igmpDVMRP    = 0x13
	igmpPIM      = 0x14
	igmpReport2  = 0x16
	igmpLeave    = 0x17
	igmpReport3  = 0x22
	igmpAdvert   = 0x30
	igmpSolicit  = 0x31
	igmpTerminal = 0x32
)

var igmpTypes = []name{
	{igmpQuery, "query"}, {igmpReport1, "report (version 1)"}, {igmpDVMRP, "DVMRP"}, {igmpPIM, "PIM version 1"}, {0x15, "Cisco trace"},
	{igmpReport2, "report (version 2)"}, {igmpLeave, "leave"}, {0x1e, "mtrace response"}, {0x1f, "mtrace query"},
	{igmpReport3, "report (version 3)"},
	{igmpAdvert, "multicast router advertisement"}, {0x31, "multicast router solicitation"}, {igmpTerminal, "multicast router termination"},
	{0xfc, "RGMP leave"}, {0xfd, "RGMP join"}, {0xfe, "RGMP bye"}, {0xff, "RGMP hello"},
}

// dvmrpCodes are those of RFC 1075 and of its successor, which stayed a draft
// (draft-ietf-idmr-dvmrp-v3).
var dvmrpCodes = []name{
	{1, "probe"}, {2, "report"}, {3, "ask neighbors"}, {4, "neighbors"}, {5, "ask neighbors 2"},
	{6, "neighbors 2"}, {7, "prune"}, {8, "graft"}, {9, "graft ack"}, {10, "info request"}, {11, "info reply"},
}

var pim1Codes = []name{
	{0, "query"}, {1, "register"}, {2, "register-stop"}, {3, "join/prune"}, {4, "RP reachability"},
	{5, "assert"}, {6, "graft"}, {7, "graft ack"}, {8, "mode"},
}

var igmpFields = []field{
	{name: "type", kind: Hex, at: 0, size: 1, names: igmpTypes},
	{name: "version", kind: Number, value: messageValue(func(m message) (uint64, bool) { return uint64(m.version), true })},
	{name: "max_response_code", kind: Number, at: 1, size: 1, when: typeIs(igmpQuery)},
	{name: "max_response_ms", kind: Number, value: maxResponseValue},
	{name: "code", kind: Number, at: 1, size: 1, names: dvmrpCodes, when: typeIs(igmpDVMRP)},
	{name: "code", kind: Number, at: 1, size: 1, names: pim1Codes, when: typeIs(igmpPIM)},
	{name: "advertisement_interval_s", kind: Number, at: 1, size: 1, when: typeIs(igmpAdvert)},
	{name: "checksum", kind: Hex, at: 2, size: 2},
	{name: "query_interval_s", kind: Number, at: 4, size: 2, when: typeIs(igmpAdvert)},
	{name: "robustness", kind: Number, at: 6, size: 2, when: typeIs(igmpAdvert)},
	{name: "group", kind: Address, value: groupValue},
	{name: "suppress", kind: Flag, value: queryFlags(3, 1)},
	{name: "robustness", kind: Number, value: queryFlags(0, 3)},
	{name: "interval_code", kind: Number, value: queryInterval(false)},
	{name: "interval_s", kind: Number, value: queryInterval(true)},
	{name: "source_count", kind: Number, value: sourceCount},
	{name: "sources", kind: Addresses, value: sourceValues},
	{name: "record_count", kind: Number, at: 6, size: 2, when: typeIs(igmpReport3)},
	{name: "records", kind: Records, at: 8, when: typeIs(igmpReport3), split: func(h, _ []byte, yield func([]byte) bool) {
		splitRecords(message{igmp: true, h: h}, yield)
	}, record: recordFields(4)},
	{name: "data", kind: Bytes, value: otherValue},
	{name: "additional_data", kind: Bytes, value: additionalValue},
}

// typeIs tells whether the first byte of a header, its type, is one.
func typeIs(t byte) func(h []byte) bool {
	return func(h []byte) bool { return len(h) > 0 && h[0] == t }
}

// igmpKind tells what a message is that is so many bytes long, by RFC 9776,
// section 7.1: queries have their version in their length.
func igmpKind(h []byte, length int) (messageKind, uint8) {
	switch h[0] {
	case igmpQuery:
		switch {
		case length >= 12:
			return aQuery, 3
		case length != 8:
			return 0, 0
		case h[1] == 0:
			return aQuery, 1
		}
		return aQuery, 2
	case igmpReport1:
		return aReport, 1
	case igmpReport2:
		return aReport, 2
	case igmpLeave:
		return aLeave, 2
	case igmpReport3:
		return manyGroups, 3
	}
	return 0, 0
}

func decodeIGMP(p *Packet) Protocol {
	l := p.last()
	least := 8
	if b := p.Data[l.Start:l.End]; len(b) == 0 && l.Missing > 0 || len(b) > 0 && (b[0] == igmpSolicit || b[0] == igmpTerminal) {
		least = 4 // RFC 4286, sections 3.2 and 3.3; of what was not captured, that is not known
	}
	if p.header(least) == nil {
		return none
	}
	l.Payload = l.End
	if p.whole() && !p.fragment {
		p.verifyOwn(p.Header(*l), 2)
	}
	m, ok := p.message(*l)
	if ok || m.kind != 0 || m.h[0] >= igmpAdvert && m.h[0] <= igmpTerminal {
		p.checkLocal(1, m.version != 1)
	}
	switch {
	case ok:
		p.checkMessage(m)
	case m.kind != 0:
		p.short(m.least())
	case m.h[0] == igmpQuery:
		p.fault(BadLength, l.Start, uint32(l.End-l.Start+l.Missing), 12)
	}
	return none
}

// checkLocal notes if the layer at work came further than one hop, or has no
// router alert where it needs one.
func (p *Packet) checkLocal(hops uint8, alert bool) {
	if p.ip < 0 {
		return
	}
	l, ip := p.last(), p.layers[p.ip]
	if h := p.hopLimit(ip); h != hops {
		p.fault(BadHopLimit, l.Start, uint32(h), uint32(hops))
	}
	if alert && !p.routerAlert {
		p.fault(NoRouterAlert, l.Start, 0, 0)
	}
}

func sayIGMP(p *Packet, l Layer, b []byte) []byte {
	if m, ok := p.message(l); ok {
		return p.sayMessage(l, m, b)
	}
	h := p.Header(l)
	if len(h) < 4 {
		return b
	}
	b = append(p.appendHosts(b, l), ' ')
	switch h[0] {
	case igmpDVMRP:
		return appendNameOf(append(b, "dvmrp "...), dvmrpCodes, "type ", uint64(h[1]))
	case igmpPIM:
		return appendNameOf(append(b, "pimv1 "...), pim1Codes, "type ", uint64(h[1]))
	}
	return appendNameOf(append(b, "igmp "...), igmpTypes, "type ", uint64(h[0]))
}
