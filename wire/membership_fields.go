package wire

// The fields that IGMP and MLD have alike, and that are elsewhere in each.

// messageValue makes the value of a field of what is told of messages.
func messageValue(of func(m message) (uint64, bool)) func(*Packet, Layer, []byte) (Value, bool) {
	return func(p *Packet, l Layer, _ []byte) (Value, bool) {
		m, ok := p.message(l)
		if !ok {
			return Value{}, false
		}
		n, ok := of(m)
		return Value{Number: n}, ok
	}
}

func maxResponseValue(p *Packet, l Layer, _ []byte) (Value, bool) {
	m, ok := p.message(l)
	if !ok || m.kind != aQuery || m.igmp && m.version == 1 {
		return Value{}, false
	}
	return Value{Number: uint64(m.maxResponse().Milliseconds())}, true
}

func groupValue(p *Packet, l Layer, _ []byte) (Value, bool) {
	m, ok := p.message(l)
	if !ok || m.kind == manyGroups {
		return Value{}, false
	}
	return Value{Addr: m.group()}, true
}

// queryFlags makes the value of so many bits, from one on, of the flags.
func queryFlags(shift, bits uint8) func(*Packet, Layer, []byte) (Value, bool) {
	return messageValue(func(m message) (uint64, bool) {
		if !m.full() {
			return 0, false
		}
		return uint64(m.h[m.base()+m.size()]) >> shift & (1<<bits - 1), true
	})
}

// queryInterval makes the value of the interval, as its code or in seconds.
func queryInterval(seconds bool) func(*Packet, Layer, []byte) (Value, bool) {
	return messageValue(func(m message) (uint64, bool) {
		if !m.full() {
			return 0, false
		}
		code := m.h[m.base()+m.size()+1]
		if seconds {
			return uint64(igmpCode.value(uint16(code))), true
		}
		return uint64(code), true
	})
}

func sourceCount(p *Packet, l Layer, _ []byte) (Value, bool) {
	m, ok := p.message(l)
	if !ok || !m.full() {
		return Value{}, false
	}
	_, announced := m.sources()
	return Value{Number: uint64(announced)}, true
}

func sourceValues(p *Packet, l Layer, _ []byte) (Value, bool) {
	m, ok := p.message(l)
	if !ok || !m.full() {
		return Value{}, false
	}
	b, _ := m.sources()
	return Value{List: addresses(b, m.size())}, true
}

// recordFields makes the fields of a record with addresses of a size.
func recordFields(size int) []field {
	first := func(h []byte) (record, bool) {
		r := records{h, 1, size}
		return r.next()
	}
	return []field{
		{name: "type", kind: Number, at: 0, size: 1, names: recordTypes},
		{name: "auxiliary_words", kind: Number, at: 1, size: 1},
		{name: "source_count", kind: Number, at: 2, size: 2},
		{name: "group", kind: Address, at: 4, size: size},
		{name: "sources", kind: Addresses, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
			rec, ok := first(h)
			return Value{List: addresses(rec.sources, size)}, ok
		}},
		{name: "auxiliary_data", kind: Bytes, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
			rec, ok := first(h)
			return Value{Bytes: rec.auxiliary}, ok && len(rec.auxiliary) > 0
		}},
	}
}

// splitRecords lends the records of a report.
func splitRecords(m message, yield func([]byte) bool) {
	r := m.records()
	for {
		rec, ok := r.next()
		if !ok || !yield(rec.all) {
			return
		}
	}
}

// otherValue is what a message of another kind has behind its checksum.
func otherValue(p *Packet, l Layer, h []byte) (Value, bool) {
	if _, ok := p.message(l); ok || len(h) <= 4 || h[0] == igmpAdvert {
		return Value{}, false
	}
	return Value{Bytes: h[4:]}, true
}

// additionalValue is what is behind all that a message announces. It has no
// meaning, but the checksum covers it (RFC 9776, section 4.2.11).
func additionalValue(p *Packet, l Layer, _ []byte) (Value, bool) {
	m, ok := p.message(l)
	if !ok {
		return Value{}, false
	}
	var rest []byte
	switch {
	case m.kind == manyGroups:
		r := m.records()
		for more := true; more; {
			_, more = r.next()
		}
		if r.left == 0 {
			rest = r.rest
		}
	case m.full():
		if b, announced := m.sources(); announced*m.size() == len(b) {
			rest = m.h[m.least()+len(b):]
		}
	default:
		rest = m.h[m.least():]
	}
	return Value{Bytes: rest}, len(rest) > 0
}
