package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// Destination returns where a query goes: to all hosts, or to the group that it
// asks for.
func (q *Query) Destination() netip.Addr {
	switch {
	case q.Group.IsValid() && !q.Group.IsUnspecified():
		return q.Group
	case q.Source.Is4():
		return netip.AddrFrom4([4]byte{224, 0, 0, 1})
	}
	return netip.AddrFrom16([16]byte{0xff, 0x02, 15: 0x01})
}

// Destination returns where a report goes: to the routers that understand it, or,
// before IGMPv3 and MLDv2, to the group itself, and a leave to all routers.
func (r *Report) Destination() netip.Addr {
	old := r.version() != newest(r.Source.Is4())
	switch {
	case old && len(r.Records) > 0 && r.Records[0].Type != ChangeToInclude:
		return r.Records[0].Group
	case old && r.Source.Is4():
		return netip.AddrFrom4([4]byte{224, 0, 0, 2})
	case old:
		return netip.AddrFrom16([16]byte{0xff, 0x02, 15: 0x02})
	case r.Source.Is4():
		return netip.AddrFrom4([4]byte{224, 0, 0, 22})
	}
	return netip.AddrFrom16([16]byte{0xff, 0x02, 15: 0x16})
}

// Append appends the message alone, with its checksum; that of MLD covers Source
// and [Query.Destination] too. It fails, and appends nothing, if the version has
// no place for something, or a value is beyond its range. It allocates nothing
// beyond what b has no room for.
func (q *Query) Append(b []byte) ([]byte, error) {
	if err := q.check(); err != nil {
		return b, fmt.Errorf("encode a query from %v: %w", q.Source, err)
	}
	return q.append(b), nil
}

// AppendFrame appends the message, as Append does, in a packet, in a frame. The
// packet goes to [Query.Destination] with hop limit 1 and, but for IGMPv1, the
// router alert option; that of IGMP is of the class network control, and not to be
// fragmented.
func (q *Query) AppendFrame(b []byte, link *Link) ([]byte, error) {
	err := q.check()
	framed := b
	if err == nil {
		framed, err = link.append(b, q.Destination())
	}
	if err != nil {
		return b, fmt.Errorf("encode a query from %v: %w", q.Source, err)
	}
	h := membershipHeader(q.Source, q.Destination(), q.version())
	return q.append(h.append(framed, q.length())), nil
}

// Append appends the message alone, as [Query.Append] does.
func (r *Report) Append(b []byte) ([]byte, error) {
	if err := r.check(); err != nil {
		return b, fmt.Errorf("encode a report from %v: %w", r.Source, err)
	}
	return r.append(b), nil
}

// AppendFrame appends the message in a packet, in a frame, as [Query.AppendFrame]
// does.
func (r *Report) AppendFrame(b []byte, link *Link) ([]byte, error) {
	err := r.check()
	framed := b
	if err == nil {
		framed, err = link.append(b, r.Destination())
	}
	if err != nil {
		return b, fmt.Errorf("encode a report from %v: %w", r.Source, err)
	}
	h := membershipHeader(r.Source, r.Destination(), r.version())
	return r.append(h.append(framed, r.length())), nil
}

// membershipHeader returns the IP header of IGMP and MLD (RFC 9776, section 4; RFC
// 9777, section 5).
func membershipHeader(source, destination netip.Addr, version uint8) ipHeader {
	h := ipHeader{source: source, destination: destination, hopLimit: 1, routerAlert: true, number: numberICMPv6}
	if source.Is4() {
		h.number, h.dscp, h.dontFragment = numberIGMP, 48, true
		h.routerAlert = version > 1
	}
	return h
}

// Errors of both messages.
var (
	errNoSource = errors.New("it has no source address, which tells the address family")
	errFamily   = errors.New("an address is not of the source's family")
	errOneGroup = errors.New("the version has exactly one record, a ModeIsExclude or ChangeToInclude without sources")
)

func (q *Query) version() uint8  { return versionOf(q.Version, q.Source) }
func (r *Report) version() uint8 { return versionOf(r.Version, r.Source) }

func versionOf(v uint8, source netip.Addr) uint8 {
	if v == 0 {
		return newest(source.Is4())
	}
	return v
}

// full tells whether the version has sources, and what else came with them.
func (q *Query) full() bool { return q.version() == newest(q.Source.Is4()) }

// bytesOf returns the length of the addresses of a family.
func bytesOf(a netip.Addr) int { return a.BitLen() / 8 }

func (q *Query) length() int {
	m := message{kind: aQuery, igmp: q.Source.Is4(), version: q.version()}
	return m.least() + len(q.Sources)*m.size()
}

func (q *Query) check() error {
	v4 := q.Source.Is4()
	switch {
	case !q.Source.IsValid():
		return errNoSource
	case q.version() > newest(v4):
		return fmt.Errorf("version %d, and the newest is %d", q.version(), newest(v4))
	case q.Group.IsValid() && q.Group.Is4() != v4 || !oneFamily(q.Sources, v4):
		return errFamily
	case q.Group.IsValid() && !q.Group.IsUnspecified() && !q.Group.IsMulticast():
		return notGroup(q.Group)
	case !q.full() && (len(q.Sources) > 0 || q.Suppress || q.Robustness != 0 || q.Interval != 0):
		return fmt.Errorf("version %d has a group and a response time only", q.version())
	case q.Robustness > 7:
		return fmt.Errorf("the robustness is %d, and at most 7", q.Robustness)
	case q.Interval < 0 || q.Interval/time.Second > time.Duration(igmpCode.most()):
		return fmt.Errorf("the interval is %v, and can be %d s at most", q.Interval, igmpCode.most())
	}
	least, most := q.responses()
	if q.MaxResponse < least || q.MaxResponse > most {
		return fmt.Errorf("the response time is %v, and can be %v to %v", q.MaxResponse, least, most)
	}
	return tooLong(q.length(), v4)
}

// responses returns which response times a version can say.
func (q *Query) responses() (least, most time.Duration) {
	const unit = 100 * time.Millisecond
	switch v := q.version(); {
	case !q.Source.Is4() && q.full():
		return 0, time.Duration(mldCode.most()) * time.Millisecond
	case !q.Source.Is4():
		return 0, 0xffff * time.Millisecond
	case v == 3:
		return 0, time.Duration(igmpCode.most()) * unit
	case v == 2:
		return unit, 0xff * unit
	}
	return 0, 0
}

func (r *Report) length() int {
	m := message{kind: manyGroups, igmp: r.Source.Is4(), version: r.version()}
	if m.version != newest(m.igmp) {
		m.kind = aReport
	}
	n := m.least()
	if m.kind == manyGroups {
		for i := range r.Records {
			n += 4 + (1+len(r.Records[i].Sources))*m.size() + len(r.Records[i].Auxiliary)
		}
	}
	return n
}

func (r *Report) check() error {
	v4 := r.Source.Is4()
	switch {
	case !r.Source.IsValid():
		return errNoSource
	case r.version() > newest(v4):
		return fmt.Errorf("version %d, and the newest is %d", r.version(), newest(v4))
	}
	for i := range r.Records {
		m := &r.Records[i]
		switch {
		case !m.Group.IsValid() || m.Group.Is4() != v4 || !oneFamily(m.Sources, v4):
			return errFamily
		case !m.Group.IsMulticast():
			return notGroup(m.Group)
		case len(m.Auxiliary)%4 != 0 || len(m.Auxiliary) > 255*4:
			return fmt.Errorf("%d bytes of auxiliary data, which has to be whole words of 4, up to 255", len(m.Auxiliary))
		}
	}
	if r.version() != newest(v4) {
		if len(r.Records) != 1 {
			return errOneGroup
		}
		m := &r.Records[0]
		leave := m.Type == ChangeToInclude
		if len(m.Sources) > 0 || len(m.Auxiliary) > 0 || !leave && m.Type != ModeIsExclude {
			return errOneGroup
		}
		if leave && v4 && r.version() == 1 {
			return errors.New("version 1 has no leave")
		}
	}
	return tooLong(r.length(), v4)
}

func notGroup(a netip.Addr) error { return fmt.Errorf("%v is not a group", a) }

// oneFamily tells whether addresses are all of a family.
func oneFamily(addrs []netip.Addr, v4 bool) bool {
	return !slices.ContainsFunc(addrs, func(a netip.Addr) bool { return !a.IsValid() || a.Is4() != v4 })
}

// tooLong says that no packet has room for a message. That keeps the numbers of
// records and sources below 65,536 too.
func tooLong(n int, v4 bool) error {
	if most := mostCarried(v4, true); n > most {
		return fmt.Errorf("it is %d bytes long, and an IP packet carries at most %d", n, most)
	}
	return nil
}

func (q *Query) append(b []byte) []byte {
	start := len(b)
	v4, full := q.Source.Is4(), q.full()
	if v4 {
		tenths := uint32(q.MaxResponse / (100 * time.Millisecond))
		if full {
			tenths = uint32(igmpCode.code(tenths))
		}
		b = append(b, igmpQuery, byte(tenths), 0, 0)
	} else {
		ms := uint32(q.MaxResponse / time.Millisecond)
		if full {
			ms = uint32(mldCode.code(ms))
		}
		b = append(b, mldQuery, 0, 0, 0, byte(ms>>8), byte(ms), 0, 0)
	}
	if q.Group.IsValid() {
		b = appendAddress(b, q.Group)
	} else {
		b = append(b, make([]byte, bytesOf(q.Source))...)
	}
	if full {
		flags := q.Robustness
		if q.Suppress {
			flags |= 8
		}
		b = append(b, flags, byte(igmpCode.code(uint32(q.Interval/time.Second))))
		b = binary.BigEndian.AppendUint16(b, uint16(len(q.Sources)))
		for _, a := range q.Sources {
			b = appendAddress(b, a)
		}
	}
	return sealMessage(b, start, q.Source, q.Destination())
}

func (r *Report) append(b []byte) []byte {
	start := len(b)
	v4 := r.Source.Is4()
	switch {
	case r.version() == newest(v4):
		t := byte(mldReport2)
		if v4 {
			t = igmpReport3
		}
		b = append(b, t, 0, 0, 0, 0, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(len(r.Records)))
		for i := range r.Records {
			m := &r.Records[i]
			b = append(b, byte(m.Type), byte(len(m.Auxiliary)/4))
			b = binary.BigEndian.AppendUint16(b, uint16(len(m.Sources)))
			b = appendAddress(b, m.Group)
			for _, a := range m.Sources {
				b = appendAddress(b, a)
			}
			b = append(b, m.Auxiliary...)
		}
	case v4:
		b = append(b, r.oldType(), 0, 0, 0)
		b = appendAddress(b, r.Records[0].Group)
	default:
		b = append(b, r.oldType(), 0, 0, 0, 0, 0, 0, 0)
		b = appendAddress(b, r.Records[0].Group)
	}
	return sealMessage(b, start, r.Source, r.Destination())
}

// oldType returns the type of a message of one group.
func (r *Report) oldType() byte {
	leave := r.Records[0].Type == ChangeToInclude
	switch v4 := r.Source.Is4(); {
	case v4 && leave:
		return igmpLeave
	case v4 && r.version() == 1:
		return igmpReport1
	case v4:
		return igmpReport2
	case leave:
		return mldDone
	}
	return mldReport1
}

// appendAddress appends the 4 or 16 bytes of an address.
func appendAddress(b []byte, a netip.Addr) []byte {
	if a.Is4() {
		v := a.As4()
		return append(b, v[:]...)
	}
	v := a.As16()
	return append(b, v[:]...)
}

// sealMessage fills in the checksum of the message from start on.
func sealMessage(b []byte, start int, source, destination netip.Addr) []byte {
	h := ipHeader{source: source, destination: destination, number: numberICMPv6}
	pseudo := uint64(0)
	if !source.Is4() {
		pseudo = h.pseudoSum(len(b) - start)
	}
	binary.BigEndian.PutUint16(b[start+2:], checksum(sum(pseudo, b[start:])))
	return b
}
