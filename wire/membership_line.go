package wire

import "time"

// What IGMP and MLD mean, in words.

// So many groups or sources are said, and then "and N more".
const mostSaid = 6

// sayMessage says what a message means.
func (p *Packet) sayMessage(l Layer, m message, b []byte) []byte {
	ip, _ := p.carrier(l)
	source, _, ok := p.addressesOf(ip)
	if !ok {
		return b
	}
	if m.kind == aQuery {
		b = append(b, "querier "...)
	}
	b = append(source.AppendTo(b), ' ')
	switch m.kind {
	case aQuery:
		b = m.sayQuery(b)
	case aReport:
		b = m.group().AppendTo(append(b, "is in "...))
	case aLeave:
		b = m.group().AppendTo(append(b, "leaves "...))
	case manyGroups:
		b = m.sayRecords(b)
	}
	if m.igmp {
		b = append(b, " (IGMPv"...)
	} else {
		b = append(b, " (MLDv"...)
	}
	return append(b, '0'+m.version, ')')
}

func (m message) sayQuery(b []byte) []byte {
	b = append(b, "asks who is in "...)
	if g := m.group(); g.IsUnspecified() {
		b = append(b, "any group"...)
	} else {
		b = g.AppendTo(b)
	}
	if m.full() {
		if sources, _ := m.sources(); len(sources) > 0 {
			b = appendSources(append(b, " from "...), sources, m.size())
		}
	}
	if !m.igmp || m.version > 1 {
		b = appendSeconds(append(b, ", answer within "...), m.maxResponse())
	}
	return b
}

// sayRecords says what the records mean. Records that say the same of several
// groups become one phrase.
func (m message) sayRecords(b []byte) []byte {
	var (
		r     = m.records()
		said  int
		last  RecordType // of the record before, if it had no sources
		begun bool       // the phrase of that record wants its end
	)
	for {
		rec, ok := r.next()
		if said == mostSaid {
			more := 0
			for ; ok; _, ok = r.next() {
				more++
			}
			if more > 0 {
				if begun {
					b = append(b, recordEnd(last)...)
				}
				return append(appendNumber(append(b, "; and "...), more), " more"...)
			}
		}
		alone := len(rec.sources) == 0
		verb, from := recordVerb(rec.kind, alone), recordFrom(rec.kind)
		if !alone && IsSSM(address(rec.group)) {
			// There, a host has nothing to change but what it has joined
			// (RFC 4604, section 2.2.1).
			switch rec.kind {
			case AllowNewSources:
				verb, from = "joins ", " from "
			case BlockOldSources:
				verb, from = "leaves ", " from "
			}
		}
		if begun && (!ok || !alone || rec.kind != last) {
			b, begun = append(b, recordEnd(last)...), false
		}
		if !ok {
			break
		}
		if begun {
			b = append(b, ", "...)
		} else {
			if said > 0 {
				b = append(b, "; "...)
			}
			b = append(b, verb...)
		}
		b = address(rec.group).AppendTo(b)
		if begun = alone; alone {
			last = rec.kind
		} else {
			b = append(b, from...)
			b = appendSources(b, rec.sources, m.size())
		}
		said++
	}
	switch {
	case said == 0 && r.left > 0:
		b = append(b, "reports something"...) // that is not there
	case said == 0:
		b = append(b, "reports nothing"...)
	}
	return b
}

// recordVerb returns the verb of a record, without sources or with.
func recordVerb(t RecordType, alone bool) string {
	switch t {
	case ModeIsInclude, ModeIsExclude:
		return "is in "
	case ChangeToInclude:
		if alone {
			return "leaves "
		}
		return "joins "
	case ChangeToExclude:
		return "joins "
	case AllowNewSources, BlockOldSources:
		return "changes "
	}
	return "reports "
}

// recordEnd returns what is behind the groups of records without sources.
func recordEnd(t RecordType) string {
	switch t {
	case ModeIsInclude:
		return " from no source"
	case ModeIsExclude, ChangeToExclude:
		return " from any source"
	case AllowNewSources:
		return ": allows nothing"
	case BlockOldSources:
		return ": blocks nothing"
	case ChangeToInclude:
		return "" // the verb is all
	}
	return " in an unknown way"
}

// recordFrom returns what is between the group of a record and its sources.
func recordFrom(t RecordType) string {
	switch t {
	case ModeIsExclude, ChangeToExclude:
		return " from any source but "
	case AllowNewSources:
		return ": allows "
	case BlockOldSources:
		return ": blocks "
	case ModeIsInclude, ChangeToInclude:
		return " from "
	}
	return " in an unknown way from "
}

// appendSources appends addresses of a size, and how many more there are.
func appendSources(b, sources []byte, size int) []byte {
	for i := 0; len(sources) > 0; i++ {
		if i == mostSaid && len(sources) > size {
			return append(appendNumber(append(b, " and "...), len(sources)/size), " more"...)
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		b, sources = address(sources[:size]).AppendTo(b), sources[size:]
	}
	return b
}

// appendSeconds appends a time in seconds, to the millisecond: 10 s, 0.1 s.
func appendSeconds(b []byte, d time.Duration) []byte {
	b = appendNumber(b, int(d/time.Second))
	if ms := int(d / time.Millisecond % 1000); ms > 0 {
		b = append(b, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
		for b[len(b)-1] == '0' {
			b = b[:len(b)-1]
		}
	}
	return append(b, " s"...)
}
