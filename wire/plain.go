package wire

import (
	"encoding/binary"
	"math/bits"
)

// plainHeaders is how long the headers of Ethernet, IPv4 without options, and UDP
// are.
const plainHeaders = 14 + 20 + 8

// plainUDP decodes in one go what most multicast frames begin with: Ethernet, IPv4
// without options, a whole datagram of UDP, everything right, its checksums too. It
// leaves behind what the decoders of these layers would, in half the time. Whatever
// is different it leaves to them, and returns false.
func (p *Packet) plainUDP() bool {
	d := p.Data
	if len(d) < plainHeaders || p.missing != 0 || binary.BigEndian.Uint16(d[12:]) != typeIPv4 ||
		d[14] != 0x45 || binary.BigEndian.Uint16(d[20:])&0x3fff != 0 || d[23] != numberUDP {
		return false
	}
	total := int(binary.BigEndian.Uint16(d[16:]))
	end := 14 + total
	if end < plainHeaders || end > len(d) || int(binary.BigEndian.Uint16(d[38:])) != total-20 || binary.BigEndian.Uint16(d[40:]) == 0 {
		return false
	}
	// Sums of little-endian words, as sum makes them.
	addresses := binary.LittleEndian.Uint64(d[26:])
	s, carry := bits.Add64(binary.LittleEndian.Uint64(d[14:]), uint64(binary.LittleEndian.Uint32(d[22:])), 0)
	s, carry = bits.Add64(s, addresses, carry)
	if checksum(s+carry) != 0 {
		return false
	}
	pseudo := sumUint16(sumUint16(addresses, numberUDP), uint16(total-20))
	if checksum(sum(pseudo, d[34:end])) != 0 {
		return false
	}
	p.add(Ethernet, 0, 14, len(d), 0)
	p.add(IPv4, 14, 34, end, 0).Checksum = Good
	p.add(UDP, 34, plainHeaders, end, 0).Checksum = Good
	p.end, p.ip, p.packetEnd = end, 1, end
	return true
}
