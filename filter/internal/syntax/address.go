package syntax

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// MAC is an Ethernet address.
type MAC [6]byte

// Net is an address and which of its bits count. Addr is IPv4 or IPv6, never
// IPv4 mapped into IPv6; Mask is of the same length. Bits of Addr that do
// not count are zero.
type Net struct {
	Addr, Mask netip.Addr
}

// String returns the address as 02:00:00:00:00:01.
func (m MAC) String() string {
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5])
}

// String returns the network as expressions have it: 10.0.0.0/8, or with a mask
// that is no prefix 10.0.0.1 mask 255.0.0.255. A single address has no mask.
func (n Net) String() string {
	length, ok := n.prefix()
	switch {
	case !ok:
		return n.Addr.String() + " mask " + n.Mask.String()
	case length == n.Addr.BitLen():
		return n.Addr.String()
	}
	return netip.PrefixFrom(n.Addr, length).String()
}

// isAddress tells whether a network is a single address.
func (n Net) isAddress() bool {
	length, ok := n.prefix()
	return ok && length == n.Addr.BitLen()
}

// prefix returns how many bits of the address count, and false if these are not
// the first ones.
func (n Net) prefix() (length int, ok bool) {
	mask := n.Mask.AsSlice()
	for length < 8*len(mask) && mask[length/8]&(0x80>>(length%8)) != 0 {
		length++
	}
	for i := length; i < 8*len(mask); i++ {
		if mask[i/8]&(0x80>>(i%8)) != 0 {
			return 0, false
		}
	}
	return length, true
}

// WholeAddress returns the network that is one address.
func WholeAddress(a netip.Addr) Net { return prefixNet(netip.PrefixFrom(a, a.BitLen())) }

// maskOf returns the mask of a prefix of an IPv4 address.
func maskOf(bits int) uint32 { return ^uint32(1<<(32-bits) - 1) }

// ipv4Address returns the IPv4 address that a number is.
func ipv4Address(n uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}

// addressNumber returns an IPv4 address as a number.
func addressNumber(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

// prefixNet returns the network of a prefix.
func prefixNet(p netip.Prefix) Net {
	if p.Addr().Is4() {
		return Net{p.Addr(), ipv4Address(maskOf(p.Bits()))}
	}
	var m [16]byte
	for i := range p.Bits() {
		m[i/8] |= 0x80 >> (i % 8)
	}
	return Net{p.Addr(), netip.AddrFrom16(m)}
}

// parseMAC returns an Ethernet address, of which the lexer knows that it is
// one.
func parseMAC(text string) MAC {
	var m MAC
	i := 0 // of the next byte
	for j := 0; j < len(text); i++ {
		if hexDigit(text[j]) > 15 {
			j++
		}
		n := hexRun(text[j:], 2)
		for _, c := range []byte(text[j : j+n]) {
			m[i] = m[i]<<4 | byte(hexDigit(c))
		}
		j += n
	}
	return m
}
