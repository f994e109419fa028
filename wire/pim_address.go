package wire

import (
	"encoding/binary"
	"net/netip"
)

// Addresses as PIM encodes them (RFC 7761, section 4.9.1): an address family, an
// encoding type, for groups and sources flags and a mask length, the address.

// How many bytes are before the address.
const (
	unicastHead = 2
	groupHead   = 4 // also that of sources
)

// encodedSize returns the length of an address of a family, or 0 (IANA, Address
// Family Numbers).
func encodedSize(family byte) int {
	switch family {
	case 1:
		return 4
	case 2:
		return 16
	}
	return 0
}

// pimReader reads a PIM message from a byte on. At what it cannot read it stays:
// everything after fails too.
type pimReader struct {
	h      []byte
	at     int
	lost   bool
	family bool // lost on account of an address family that is not known
	need   int  // how many bytes h should have had
}

// bytes returns the next n bytes, or nil.
func (r *pimReader) bytes(n int) []byte {
	if r.lost || r.at+n > len(r.h) {
		if !r.lost {
			r.lost, r.need = true, r.at+n
		}
		return nil
	}
	r.at += n
	return r.h[r.at-n : r.at]
}

// number returns the next n bytes, one or two, as a number.
func (r *pimReader) number(n int) int { return int(number(r.bytes(n))) }

// long returns the next four bytes as a number.
func (r *pimReader) long() uint32 { return uint32(number(r.bytes(4))) }

// encoded returns the next address, and what is before it.
func (r *pimReader) encoded(head int) (a netip.Addr, flags, mask byte, ok bool) {
	if r.lost {
		return a, 0, 0, false
	}
	start := r.at
	h := r.bytes(head)
	if h == nil {
		return a, 0, 0, false
	}
	size := encodedSize(h[0])
	if size == 0 {
		r.at, r.lost, r.family = start, true, true
		return a, 0, 0, false
	}
	b := r.bytes(size)
	if b == nil {
		r.at = start
		return a, 0, 0, false
	}
	if head == groupHead {
		flags, mask = h[2], h[3]
	}
	return address(b), flags, mask, true
}

func (r *pimReader) unicast() (netip.Addr, bool) {
	a, _, _, ok := r.encoded(unicastHead)
	return a, ok
}

// pimGroup is a group, or all that begin alike.
type pimGroup struct {
	addr  netip.Addr
	flags byte
	mask  byte
}

func (r *pimReader) group() (pimGroup, bool) {
	a, flags, mask, ok := r.encoded(groupHead)
	return pimGroup{a, flags, mask}, ok
}

// append appends a group, as a prefix if it is several.
func (g pimGroup) append(b []byte) []byte {
	b = g.addr.AppendTo(b)
	if int(g.mask) < g.addr.BitLen() {
		b = appendNumber(append(b, '/'), g.mask)
	}
	return b
}

// pimSource is a source of a join or prune.
type pimSource struct {
	addr  netip.Addr
	flags byte
	mask  byte
}

// Flags of a source.
const (
	flagSparse   = 4
	flagWildcard = 2 // the address is that of the RP, and stands for every source
	flagRPT      = 1 // by way of the RP
)

// source returns the next source. Encoding type 1 has attributes behind the
// address: a type, of which the second bit says that it is the last one, a length,
// data (RFC 5384, section 3.3.2).
func (r *pimReader) source() (pimSource, bool) {
	attributes := r.at+1 < len(r.h) && r.h[r.at+1] == 1
	a, flags, mask, ok := r.encoded(groupHead)
	for ok && attributes {
		h := r.bytes(2)
		if ok = h != nil; ok {
			attributes = h[0]&0x40 == 0
			ok = r.bytes(int(h[1])) != nil
		}
	}
	return pimSource{a, flags, mask}, ok
}

// append appends what a source of a group stands for: (S,G), (*,G) by way of an
// RP, or (S,G,rpt), an exception from that.
func (s pimSource) append(b []byte, g pimGroup) []byte {
	b = append(b, '(')
	if s.flags&flagWildcard != 0 {
		b = append(b, '*')
	} else {
		b = pimGroup{s.addr, 0, s.mask}.append(b)
	}
	b = g.append(append(b, ','))
	switch {
	case s.flags&flagWildcard != 0:
		return s.addr.AppendTo(append(b, ") by way of RP "...))
	case s.flags&flagRPT != 0:
		b = append(b, ",rpt"...)
	}
	return append(b, ')')
}

// joins goes through the groups of a join/prune, graft or graft-ack.
type joins struct {
	pimReader
	upstream netip.Addr
	holdtime int
	groups   int // how many are left
}

// joinGroup is a group of a join/prune, whose sources are read next, those that are
// joined first. countAt is where their numbers are.
type joinGroup struct {
	pimGroup
	joined, pruned int
	countAt        int
}

// newJoins reads a message up to its groups; it is lost if it is too short.
func newJoins(h []byte) (j joins) {
	j.pimReader = pimReader{h: h, at: 4}
	j.upstream, _ = j.unicast()
	if b := j.bytes(4); b != nil {
		j.groups, j.holdtime = int(b[1]), int(binary.BigEndian.Uint16(b[2:]))
	}
	return j
}

// next returns the next group. All sources of the one before have to be read.
func (j *joins) next() (g joinGroup, ok bool) {
	if j.groups == 0 || j.lost {
		return g, false
	}
	g.pimGroup, _ = j.group()
	g.countAt = j.at
	g.joined, g.pruned = j.number(2), j.number(2)
	if j.lost {
		return g, false
	}
	j.groups--
	return g, true
}
