package wire

import (
	"net/netip"
	"time"
)

// Parse reads a query from a layer, IGMP or MLD; false says that it is none, or
// cut short. Of one that announces more than it has, it reads what is there:
// whether it can be believed, [Packet.Faults] tells. Sources are written into the
// memory that q.Sources has, so that parsing into one Query again and again
// allocates nothing.
func (q *Query) Parse(p *Packet, l Layer) bool {
	m, ok := p.message(l)
	if !ok || m.kind != aQuery {
		return false
	}
	sources := q.Sources[:0]
	*q = Query{Version: m.version, Group: m.group(), MaxResponse: m.maxResponse()}
	q.Source = p.sourceOf(l)
	if m.full() {
		flags := m.h[m.base()+m.size():]
		q.Suppress, q.Robustness = flags[0]&8 != 0, flags[0]&7
		q.Interval = time.Duration(igmpCode.value(uint16(flags[1]))) * time.Second
		b, _ := m.sources()
		sources = appendAddresses(sources, b, m.size())
	}
	q.Sources = sources
	return true
}

// Parse reads a report, leave or done from a layer, as [Query.Parse] does, into the
// memory that r.Records and the sources in them have. Auxiliary data is lent from
// the frame.
func (r *Report) Parse(p *Packet, l Layer) bool {
	m, ok := p.message(l)
	if !ok || m.kind == aQuery {
		return false
	}
	r.Source, r.Version, r.Records = p.sourceOf(l), m.version, r.Records[:0]
	switch m.kind {
	case aReport:
		r.one(ModeIsExclude, m.group())
	case aLeave:
		r.one(ChangeToInclude, m.group())
	default:
		records := m.records()
		for rec, ok := records.next(); ok; rec, ok = records.next() {
			to := r.add()
			*to = Membership{rec.kind, address(rec.group), appendAddresses(to.Sources[:0], rec.sources, m.size()), rec.auxiliary}
		}
	}
	return true
}

// add adds a record, whose sources have the memory of one that was there before.
func (r *Report) add() *Membership {
	if n := len(r.Records); n < cap(r.Records) {
		r.Records = r.Records[:n+1]
	} else {
		r.Records = append(r.Records, Membership{})
	}
	return &r.Records[len(r.Records)-1]
}

// one adds a record without sources.
func (r *Report) one(t RecordType, group netip.Addr) {
	m := r.add()
	*m = Membership{Type: t, Group: group, Sources: m.Sources[:0]}
}

// sourceOf returns the source of the packet that carries a layer.
func (p *Packet) sourceOf(l Layer) netip.Addr {
	ip, _ := p.carrier(l)
	source, _, _ := p.addressesOf(ip)
	return source
}

// appendAddresses appends the addresses that bytes are, each of a size.
func appendAddresses(to []netip.Addr, b []byte, size int) []netip.Addr {
	for ; len(b) >= size; b = b[size:] {
		to = append(to, address(b[:size]))
	}
	return to
}
