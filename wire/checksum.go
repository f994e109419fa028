package wire

import (
	"encoding/binary"
	"math/bits"
)

// Checksum is what is known of a checksum.
type Checksum uint8

// What may be known of a checksum.
const (
	Unverified Checksum = iota // the layer has none, or not all of it was captured
	Good
	Bad
	Absent    // the sender made none, which is allowed
	LeftToNIC // not yet filled in: the network card does that, after the capture
)

// String returns "good", "bad", "absent", "left to the NIC", or "".
func (c Checksum) String() string {
	return [...]string{"", "good", "bad", "absent", "left to the NIC"}[c]
}

// sum returns the one's complement sum of b as 16-bit words, added to a sum that
// was begun (RFC 1071). It is not yet folded.
func sum(b []byte, begun uint32) uint32 {
	// Sums of 64 bits, with the carry added again, fold to the same.
	s, carry := uint64(begun), uint64(0)
	for len(b) >= 32 {
		s, carry = bits.Add64(s, binary.BigEndian.Uint64(b), 0)
		s, carry = bits.Add64(s, binary.BigEndian.Uint64(b[8:]), carry)
		s, carry = bits.Add64(s, binary.BigEndian.Uint64(b[16:]), carry)
		s, carry = bits.Add64(s, binary.BigEndian.Uint64(b[24:]), carry)
		s += carry
		b = b[32:]
	}
	for len(b) >= 8 {
		s, carry = bits.Add64(s, binary.BigEndian.Uint64(b), 0)
		s += carry
		b = b[8:]
	}
	s = s>>32 + s&0xffffffff
	for len(b) >= 2 {
		s += uint64(binary.BigEndian.Uint16(b))
		b = b[2:]
	}
	if len(b) == 1 {
		s += uint64(b[0]) << 8
	}
	s = s>>32 + s&0xffffffff
	return uint32(s>>32 + s&0xffffffff)
}

// fold returns a sum as 16 bits.
func fold(s uint32) uint16 {
	s = s>>16 + s&0xffff
	return uint16(s>>16 + s)
}

// verifyTransport verifies the checksum at an offset of the layer at work, which
// covers the layer and the pseudo header of the IP packet that carries it
// (RFC 9293, section 3.1; RFC 8200, section 8.1). A zero is a sum like any other.
func (p *Packet) verifyTransport(number uint8, offset int) {
	l := p.last()
	if !p.whole() || p.ip < 0 || p.fragment {
		return
	}
	b := p.Data[l.Start:l.End]
	ip := p.layers[p.ip]
	addresses := p.Data[ip.Start+12 : ip.Start+20]
	if ip.Protocol == IPv6 {
		addresses = p.Data[ip.Start+8 : ip.Start+40]
	}
	pseudo := sum(addresses, uint32(number)+uint32(len(b)))
	p.judge(fold(sum(b, pseudo)), offset, fold(pseudo))
}

// verifyOwn verifies the checksum at an offset of the layer at work, which covers
// the layer alone.
func (p *Packet) verifyOwn(b []byte, offset int) { p.judge(fold(sum(b, 0)), offset, 0) }

// judge notes what a sum over everything, the checksum at an offset included,
// says of that checksum. A card that is to fill it in is handed the sum of the
// pseudo header in its place.
func (p *Packet) judge(total uint16, offset int, pseudo uint16) {
	l := p.last()
	at := l.Start + offset
	have := binary.BigEndian.Uint16(p.Data[at:])
	switch {
	case total == 0xffff:
		l.Checksum = Good
	case pseudo != 0 && (p.options.ChecksumNotReady || have == pseudo):
		l.Checksum = LeftToNIC
	default:
		l.Checksum = Bad
		right := ^fold(uint32(total) + uint32(^have))
		p.fault(BadChecksum, at, uint32(have), uint32(right))
	}
}
