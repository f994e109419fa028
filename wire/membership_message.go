package wire

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// message is an IGMP or MLD message of a kind that both have, as bytes. They
// are made alike: an address of 4 or 16 bytes at base, then, in the newest
// queries, flags, an interval, a number of sources and these.
type message struct {
	kind    messageKind
	igmp    bool
	version uint8
	h       []byte // all of it
}

type messageKind uint8

const (
	aQuery     messageKind = iota + 1
	aReport                // of one group, before IGMPv3 and MLDv2
	aLeave                 // or done
	manyGroups             // a report of IGMPv3 or MLDv2
)

// newest returns the newest version of IGMP, or of MLD.
func newest(igmp bool) uint8 {
	if igmp {
		return 3
	}
	return 2
}

// message returns the message in a layer; false: it is of another kind, or there
// is not enough of it.
func (p *Packet) message(l Layer) (message, bool) {
	m := message{h: p.Header(l), igmp: l.Protocol == IGMP}
	if len(m.h) < 8 {
		return m, false
	}
	switch l.Protocol {
	case IGMP:
		m.kind, m.version = igmpKind(m.h, len(m.h)+l.Missing)
	case MLD:
		m.kind, m.version = mldKind(m.h, len(m.h)+l.Missing)
	}
	return m, m.kind != 0 && len(m.h) >= m.least()
}

// size returns the length of an address.
func (m message) size() int {
	if m.igmp {
		return 4
	}
	return 16
}

// base returns where the group is.
func (m message) base() int {
	if m.igmp {
		return 4
	}
	return 8
}

// least returns how long a message of its kind is at least.
func (m message) least() int {
	switch {
	case m.kind == manyGroups:
		return 8
	case m.full():
		return m.base() + m.size() + 4
	}
	return m.base() + m.size()
}

// full tells whether it is a query that can have sources.
func (m message) full() bool { return m.kind == aQuery && m.version == newest(m.igmp) }

// group returns the group of a message that has one.
func (m message) group() netip.Addr { return address(m.h[m.base():][:m.size()]) }

// address returns the address that 4 or 16 bytes are.
func address(b []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(b)
	return a
}

// sources returns the sources of a full query, as far as they are there, and how
// many are announced.
func (m message) sources() (b []byte, announced int) {
	at := m.base() + m.size() + 4
	announced = int(binary.BigEndian.Uint16(m.h[at-2:]))
	return m.h[at:][:min(announced, (len(m.h)-at)/m.size())*m.size()], announced
}

// maxResponse returns within which time a query wants answers.
func (m message) maxResponse() time.Duration {
	switch {
	case !m.igmp && m.full():
		return time.Duration(mldCode.value(binary.BigEndian.Uint16(m.h[4:]))) * time.Millisecond
	case !m.igmp:
		return time.Duration(binary.BigEndian.Uint16(m.h[4:])) * time.Millisecond
	case m.full():
		return time.Duration(igmpCode.value(uint16(m.h[1]))) * 100 * time.Millisecond
	}
	return time.Duration(m.h[1]) * 100 * time.Millisecond
}

// code is how a number is written that may be large: up to limit as it is, and
// beyond it as a mantissa of so many bits, before which a 1 is to be thought, and
// an exponent of three bits, to which 3 is to be added (RFC 9776, section 4.1.1;
// RFC 9777, section 5.1.3).
type code int

// The codes, by the bits of the mantissa.
const (
	igmpCode code = 4 // also of the intervals of both
	mldCode  code = 12
)

// value returns the number that a code stands for.
func (c code) value(v uint16) uint32 {
	if v < 1<<(c+3) {
		return uint32(v)
	}
	mantissa := uint32(v)&(1<<c-1) | 1<<c
	return mantissa << (v>>c&7 + 3)
}

// most returns the greatest number that there is a code for.
func (c code) most() uint32 { return (1<<(c+1) - 1) << 10 }

// code returns the code of a number, or of the next smaller one that has one.
func (c code) code(n uint32) uint16 {
	if n < 1<<(c+3) {
		return uint16(n)
	}
	exponent := 0
	for n>>(exponent+3) >= 1<<(c+1) {
		exponent++
	}
	mantissa := n >> (exponent + 3) & (1<<c - 1)
	return uint16(1<<(c+3) | exponent<<c | int(mantissa))
}

// records goes through the group records of a report.
type records struct {
	rest []byte
	left int // how many are announced and were not yet met
	size int // of an address
}

func (m message) records() records {
	return records{m.h[8:], int(binary.BigEndian.Uint16(m.h[6:])), m.size()}
}

// record is a group record as bytes, as far as it is there.
type record struct {
	kind      RecordType
	group     []byte
	sources   []byte
	auxiliary []byte
	all       []byte
}

// next returns the next record; false: there is none, or less than its header.
func (r *records) next() (record, bool) {
	head := 4 + r.size
	if r.left == 0 || len(r.rest) < head {
		return record{}, false
	}
	b := r.rest
	rec := record{kind: RecordType(b[0]), group: b[4:head]}
	auxiliary, sources := int(b[1])*4, int(binary.BigEndian.Uint16(b[2:]))*r.size
	room := len(b) - head
	if sources <= room {
		auxiliary = min(auxiliary, room-sources)
	} else {
		sources, auxiliary = room/r.size*r.size, 0
	}
	rec.sources = b[head : head+sources]
	rec.auxiliary = b[head+sources : head+sources+auxiliary]
	rec.all = b[:head+sources+auxiliary]
	r.left, r.rest = r.left-1, b[len(rec.all):]
	if int(binary.BigEndian.Uint16(b[2:]))*r.size > room {
		r.rest = nil
	}
	return rec, true
}

// checkMessage notes where the message at work announces more than there is.
func (p *Packet) checkMessage(m message) {
	switch {
	case m.full():
		_, announced := m.sources()
		at := m.base() + m.size() + 4
		p.room(p.last().Start+at-2, announced, m.size(), len(m.h)-at)
	case m.kind == manyGroups:
		r := m.records()
		announced := r.left
		for {
			at := p.last().End - len(r.rest)
			rec, ok := r.next()
			if !ok {
				break
			}
			head := 4 + m.size()
			room := p.last().End - at - head
			sources := int(binary.BigEndian.Uint16(rec.all[2:]))
			if !p.room(at+2, sources, m.size(), room) || !p.room(at+1, int(rec.all[1]), 4, room-sources*m.size()) {
				return
			}
		}
		// Those that were met count too: announced and room are of all.
		met := announced - r.left
		p.room(p.last().Start+6, announced, 4+m.size(), met*(4+m.size())+len(r.rest))
	}
}

// room tells whether have bytes have room for as many things of a size as the
// layer at work announces at a byte of the frame, and notes it if they have not.
func (p *Packet) room(at, announced, size, have int) bool {
	l := p.last()
	switch need := announced * size; {
	case need <= have:
		return true
	case need <= have+l.Missing:
		p.fault(Cut, l.Start, uint32(l.End-l.Start), uint32(l.End-l.Start+need-have))
	default:
		p.fault(BadCount, at, uint32(announced), uint32((have+l.Missing)/size))
	}
	return false
}
