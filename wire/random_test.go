package wire

import (
	"math/rand/v2"
	"net/netip"
	"time"
)

// random makes messages at random, from what a fuzzer or a seed gives.
type random struct{ *rand.Rand }

func (r random) addr(v4 bool) netip.Addr {
	var b [16]byte
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	if v4 {
		return netip.AddrFrom4([4]byte(b[:4]))
	}
	return netip.AddrFrom16(b)
}

func (r random) addrs(v4 bool) (list []netip.Addr) {
	for range r.IntN(5) {
		list = append(list, r.addr(v4))
	}
	return list
}

func (r random) group(v4 bool) netip.Addr {
	b := r.addr(v4).AsSlice()
	if v4 {
		b[0] = 0xe0 | b[0]&15
	} else {
		b[0] = 0xff
	}
	return address(b)
}

func (r random) link() *Link {
	k := &Link{Source: [6]byte{8, byte(r.Uint32())}, Tagged: r.IntN(2) == 0}
	if k.Tagged {
		k.VLAN, k.Priority = uint16(r.IntN(4096)), uint8(r.IntN(8))
	}
	return k
}

func (r random) query() *Query {
	v4 := r.IntN(2) == 0
	q := &Query{Source: r.addr(v4), Version: uint8(1 + r.IntN(2)), Group: r.group(v4)}
	if r.IntN(3) == 0 {
		q.Group = netip.IPv6Unspecified()
		if v4 {
			q.Group = netip.IPv4Unspecified()
		}
	}
	if v4 {
		q.Version = uint8(1 + r.IntN(3))
	}
	switch {
	case q.full() && v4:
		q.MaxResponse = time.Duration(igmpCode.value(uint16(r.IntN(256)))) * 100 * time.Millisecond
	case q.full():
		q.MaxResponse = time.Duration(mldCode.value(uint16(r.IntN(65536)))) * time.Millisecond
	case !v4:
		q.MaxResponse = time.Duration(r.IntN(65536)) * time.Millisecond
	case q.Version == 2:
		q.MaxResponse = time.Duration(1+r.IntN(255)) * 100 * time.Millisecond
	}
	if q.full() {
		q.Suppress, q.Robustness = r.IntN(2) == 0, uint8(r.IntN(8))
		q.Interval = time.Duration(igmpCode.value(uint16(r.IntN(256)))) * time.Second
		q.Sources = r.addrs(v4)
	}
	return q
}

func (r random) report() *Report {
	v4 := r.IntN(2) == 0
	rep := &Report{Source: r.addr(v4), Version: uint8(1 + r.IntN(2))}
	if v4 {
		rep.Version = uint8(1 + r.IntN(3))
	}
	if rep.Version != newest(v4) {
		m := Membership{Type: ModeIsExclude, Group: r.group(v4)}
		if r.IntN(2) == 0 && (!v4 || rep.Version > 1) {
			m.Type = ChangeToInclude
		}
		rep.Records = []Membership{m}
		return rep
	}
	for range r.IntN(5) {
		m := Membership{Type: RecordType(r.IntN(256)), Group: r.group(v4), Sources: r.addrs(v4)}
		if n := r.IntN(4) * 4; n > 0 {
			m.Auxiliary = r.addr(false).AsSlice()[:n]
		}
		rep.Records = append(rep.Records, m)
	}
	return rep
}

func (r random) datagram() *Datagram {
	v4 := r.IntN(2) == 0
	d := &Datagram{
		Link: *r.link(), Source: netip.AddrPortFrom(r.addr(v4), uint16(r.Uint32())|0x8000), Destination: netip.AddrPortFrom(r.group(v4), 65000),
		HopLimit: uint8(1 + r.IntN(255)), DSCP: uint8(r.IntN(64)), Payload: make([]byte, r.IntN(100)),
	}
	for i := range d.Payload {
		d.Payload[i] = byte(r.Uint32())
	}
	if len(d.Payload) > 0 {
		d.Payload[0] &= 0x3f // else it may look like RTP, or another protocol that it is not
	}
	if v4 {
		d.Identification, d.DontFragment = uint16(r.Uint32()), r.IntN(2) == 0
	}
	return d
}
