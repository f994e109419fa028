package wire

// MLD: version 1 is RFC 2710, version 2 RFC 9777. Its messages are types of
// ICMPv6.

// Types of ICMPv6 messages that are MLD.
const (
	mldQuery   = 130
	mldReport1 = 131
	mldDone    = 132
	mldReport2 = 143
)

var mldTypes = []name{{mldQuery, "query"}, {mldReport1, "report (version 1)"}, {mldDone, "done"}, {mldReport2, "report (version 2)"}}

var mldFields = []field{
	{name: "type", kind: Number, at: 0, size: 1, names: mldTypes},
	{name: "code", kind: Number, at: 1, size: 1},
	{name: "version", kind: Number, value: messageValue(func(m message) (uint64, bool) { return uint64(m.version), true })},
	{name: "checksum", kind: Hex, at: 2, size: 2},
	{name: "max_response_code", kind: Number, at: 4, size: 2, when: typeIs(mldQuery)},
	{name: "max_response_ms", kind: Number, value: maxResponseValue},
	{name: "group", kind: Address, value: groupValue},
	{name: "suppress", kind: Flag, value: queryFlags(3, 1)},
	{name: "robustness", kind: Number, value: queryFlags(0, 3)},
	{name: "interval_code", kind: Number, value: queryInterval(false)},
	{name: "interval_s", kind: Number, value: queryInterval(true)},
	{name: "source_count", kind: Number, value: sourceCount},
	{name: "sources", kind: Addresses, value: sourceValues},
	{name: "record_count", kind: Number, at: 6, size: 2, when: typeIs(mldReport2)},
	{name: "records", kind: Records, at: 8, when: typeIs(mldReport2), split: func(h, _ []byte, yield func([]byte) bool) {
		splitRecords(message{h: h}, yield)
	}, record: recordFields(16)},
	{name: "additional_data", kind: Bytes, value: additionalValue},
}

// overICMPv6 tells what protocol an ICMPv6 message belongs to that begins where
// the header of the layer at work ends.
func (p *Packet) overICMPv6() Protocol {
	l := p.last()
	if l.Payload < l.End {
		switch p.Data[l.Payload] {
		case mldQuery, mldReport1, mldDone, mldReport2:
			return MLD
		}
	}
	return ICMPv6
}

// mldKind tells what a message is that is so many bytes long (RFC 9777, section
// 8.1).
func mldKind(h []byte, length int) (messageKind, uint8) {
	switch h[0] {
	case mldQuery:
		switch {
		case length == 24:
			return aQuery, 1
		case length >= 28:
			return aQuery, 2
		}
	case mldReport1:
		return aReport, 1
	case mldDone:
		return aLeave, 1
	case mldReport2:
		return manyGroups, 2
	}
	return 0, 0
}

func decodeMLD(p *Packet) Protocol {
	if p.header(8) == nil {
		return none
	}
	l := p.last()
	l.Payload = l.End
	p.verifyTransport(numberICMPv6, 2)
	p.checkLocal(1, true)
	m, ok := p.message(*l)
	if source, _, there := p.addressesOf(p.layers[p.ip]); there && !source.IsLinkLocalUnicast() &&
		(m.h[0] == mldQuery || !source.IsUnspecified()) {
		p.fault(BadSource, l.Start, 0, 0)
	}
	switch {
	case ok:
		p.checkMessage(m)
	case m.kind != 0:
		p.short(m.least())
	case len(m.h)+l.Missing < 24:
		p.short(24)
	default:
		p.fault(BadLength, l.Start, uint32(len(m.h)+l.Missing), 28)
	}
	return none
}

func sayMLD(p *Packet, l Layer, b []byte) []byte {
	if m, ok := p.message(l); ok {
		return p.sayMessage(l, m, b)
	}
	h := p.Header(l)
	if len(h) < 4 {
		return b
	}
	return appendNameOf(append(p.appendHosts(b, l), " mld "...), mldTypes, "type ", uint64(h[0]))
}
