package wire

import (
	"encoding/binary"
	"time"
)

// VRRP: version 2 is RFC 3768, version 3 RFC 9568.

var vrrpFields = []field{
	{name: "version", kind: Number, at: 0, size: 1, bits: 4, shift: 4},
	{name: "type", kind: Number, at: 0, size: 1, bits: 4, names: []name{{1, "advertisement"}}},
	{name: "router", kind: Number, at: 1, size: 1},
	{name: "priority", kind: Number, at: 2, size: 1},
	{name: "address_count", kind: Number, at: 3, size: 1},
	{name: "authentication", kind: Number, at: 4, size: 1, when: vrrpIs(2)},
	{name: "interval_ms", kind: Number, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		return Value{Number: uint64(vrrpInterval(h).Milliseconds())}, len(h) >= 8
	}},
	{name: "checksum", kind: Hex, at: 6, size: 2},
	{name: "addresses", kind: Addresses, value: func(p *Packet, l Layer, h []byte) (Value, bool) {
		b, size := p.vrrpAddresses(l, h)
		return Value{List: addresses(b, size)}, len(h) >= 8
	}},
	{name: "authentication_data", kind: Bytes, value: func(p *Packet, l Layer, h []byte) (Value, bool) {
		if !vrrpIs(2)(h) || len(h) < 8 {
			return Value{}, false
		}
		b, _ := p.vrrpAddresses(l, h)
		return Value{Bytes: h[8+len(b):]}, 8+len(b) < len(h)
	}},
}

func vrrpIs(version byte) func(h []byte) bool {
	return func(h []byte) bool { return len(h) > 0 && h[0]>>4 == version }
}

func vrrpKnown(h []byte) bool { return h[0]>>4 == 2 || h[0]>>4 == 3 }

// vrrpInterval returns the time between advertisements, of a header that is whole.
func vrrpInterval(h []byte) time.Duration {
	if len(h) < 8 {
		return 0
	}
	if h[0]>>4 == 2 {
		return time.Duration(h[5]) * time.Second
	}
	return time.Duration(binary.BigEndian.Uint16(h[4:])&0xfff) * 10 * time.Millisecond
}

// vrrpAddresses returns the addresses of the virtual router, as far as they are
// there, and the size of one.
func (p *Packet) vrrpAddresses(l Layer, h []byte) (b []byte, size int) {
	size = 4
	if ip, _ := p.carrier(l); ip.Protocol == IPv6 {
		size = 16
	}
	if len(h) < 8 {
		return nil, size
	}
	return h[8:][:min(int(h[3]), (len(h)-8)/size)*size], size
}

func decodeVRRP(p *Packet) Protocol {
	h := p.header(8)
	if h == nil {
		return none
	}
	l := p.last()
	if !vrrpKnown(h) {
		p.fault(BadVersion, l.Start, uint32(h[0]>>4), 3)
		return none
	}
	l.Payload = l.End
	p.verifyVRRP()
	p.checkLocal(255, false)
	_, size := p.vrrpAddresses(*l, h)
	p.room(l.Start+3, int(h[3]), size, l.End-l.Start-8)
	return none
}

// verifyVRRP verifies the checksum. Of version 3, that above IPv6 covers a pseudo
// header; above IPv4 there are routers that do that as well, by a reading that RFC
// 5798 allowed and RFC 9568 does not.
func (p *Packet) verifyVRRP() {
	l := p.last()
	if !p.whole() || p.fragment {
		return
	}
	b := p.Header(*l)
	if p.layers[p.ip].Protocol == IPv4 && (b[0]>>4 == 2 || checksum(sum(0, b)) == 0) {
		p.verifyOwn(b, 6)
		return
	}
	p.verifyTransport(numberVRRP, 6)
}

func sayVRRP(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	ip, _ := p.carrier(l)
	source, _, ok := p.addressesOf(ip)
	if len(h) < 8 || !ok || !vrrpKnown(h) {
		if len(h) >= 4 {
			b = append(p.appendHosts(b, l), " vrrp"...)
		}
		return b
	}
	b = source.AppendTo(b)
	if h[2] == 0 {
		b = append(b, " gives up virtual router "...)
	} else {
		b = append(b, " is master of virtual router "...)
	}
	b = appendNumber(b, h[1])
	if addrs, size := p.vrrpAddresses(l, h); len(addrs) > 0 {
		b = appendSources(append(b, " at "...), addrs, size)
	}
	if h[2] != 0 {
		b = appendNumber(append(b, ", priority "...), h[2])
		b = appendSeconds(append(b, ", every "...), vrrpInterval(h))
	}
	return append(append(b, " (VRRPv"...), '0'+h[0]>>4, ')')
}
