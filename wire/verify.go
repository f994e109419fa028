package wire

import "encoding/binary"

// ChecksumState is what is known of a checksum.
type ChecksumState uint8

// What may be known of a checksum.
const (
	Unverified ChecksumState = iota // the layer has none, or not all of it was captured
	Good
	Bad
	Absent    // the sender made none, which is allowed
	LeftToNIC // not yet filled in: the network card does that, after the capture
)

// String returns "good", "bad", "absent", "left to the NIC", or "".
func (c ChecksumState) String() string {
	return [...]string{"", "good", "bad", "absent", "left to the NIC"}[c]
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
	pseudo := sumUint16(sumUint16(sum(0, addresses), uint16(number)), uint16(len(b)))
	p.judge(checksum(sum(pseudo, b)), offset, ^checksum(pseudo))
}

// verifyOwn verifies the checksum at an offset of the layer at work, which covers
// the layer alone.
func (p *Packet) verifyOwn(b []byte, offset int) { p.judge(checksum(sum(0, b)), offset, 0) }

// judge notes what the checksum of everything, the checksum at an offset included,
// says of that. A card that is to fill it in is handed the sum of the pseudo
// header in its place.
func (p *Packet) judge(left uint16, offset int, pseudo uint16) {
	l := p.last()
	at := l.Start + offset
	have := binary.BigEndian.Uint16(p.Data[at:])
	switch {
	case left == 0:
		l.Checksum = Good
	case pseudo != 0 && (p.options.ChecksumNotReady || have == pseudo):
		l.Checksum = LeftToNIC
	default:
		l.Checksum = Bad
		right := checksum(sumUint16(sumUint16(0, ^left), ^have))
		p.fault(BadChecksum, at, uint32(have), uint32(right))
	}
}
