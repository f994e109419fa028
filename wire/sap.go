package wire

import (
	"bytes"
	"encoding/binary"
	"net/netip"
)

// SAP, the session announcement protocol, RFC 2974. What it carries is usually
// SDP.

var sapFields = []field{
	{name: "version", kind: Number, at: 0, size: 1, bits: 3, shift: 5},
	{name: "delete", kind: Flag, at: 0, size: 1, bits: 1, shift: 2},
	{name: "encrypted", kind: Flag, at: 0, size: 1, bits: 1, shift: 1},
	{name: "compressed", kind: Flag, at: 0, size: 1, bits: 1},
	{name: "authentication_length", kind: Number, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		if len(h) < 2 {
			return Value{}, false
		}
		return Value{Number: uint64(h[1]) * 4}, true
	}},
	{name: "hash", kind: Hex, at: 2, size: 2},
	{name: "source", kind: Address, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		a, ok := sapSource(h)
		return Value{Addr: a}, ok
	}},
	{name: "authentication", kind: Bytes, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		if len(h) < 8 || h[1] == 0 || len(h) < sapLength(h) {
			return Value{}, false
		}
		n := sapLength(h)
		return Value{Bytes: h[n-4*int(h[1]) : n]}, true
	}},
	{name: "payload_type", kind: Text, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		t := sapType(h)
		return Value{Bytes: t}, len(t) > 0
	}},
}

// sapLength returns how long a header is, up to the payload type.
func sapLength(h []byte) int {
	n := 8
	if h[0]&0x10 != 0 {
		n = 20
	}
	return n + 4*int(h[1])
}

// sapSource returns the address of who announces.
func sapSource(h []byte) (netip.Addr, bool) {
	switch {
	case len(h) >= 20 && h[0]&0x10 != 0:
		return netip.AddrFrom16([16]byte(h[4:])), true
	case len(h) >= 8 && h[0]&0x10 == 0:
		return netip.AddrFrom4([4]byte(h[4:])), true
	}
	return netip.Addr{}, false
}

// sapType returns the MIME type of the payload, if the header has one.
func sapType(h []byte) []byte {
	if len(h) < 2 || len(h) <= sapLength(h) {
		return nil
	}
	return bytes.TrimSuffix(h[sapLength(h):], []byte{0})
}

func decodeSAP(p *Packet) Protocol {
	h := p.header(8)
	if h == nil {
		return none
	}
	l := p.last()
	if v := h[0] >> 5; v != 1 {
		p.fault(BadVersion, l.Start, uint32(v), 1)
		return Payload
	}
	n := sapLength(h)
	if room := l.End - l.Start + l.Missing; n > room {
		p.fault(BadLength, l.Start+1, uint32(h[1])*4, uint32(max(room-n+4*int(h[1]), 0)))
		return Payload
	}
	flags := h[0]
	if h = p.header(n); h == nil {
		return none
	}
	if flags&3 != 0 {
		return Payload // encrypted or compressed, and so is its type
	}
	// The type may be left out, and is SDP then (RFC 2974, section 6).
	body := p.Data[l.Payload:l.End]
	if len(body) >= 3 && string(body[:3]) == "v=0" {
		return SDP
	}
	end := bytes.IndexByte(body, 0)
	switch {
	case end < 0 && l.Missing > 0:
		return Payload
	case end < 0:
		p.fault(BadSyntax, l.Payload, 0, 0)
		return Payload
	}
	l.Payload += end + 1
	if end == 0 || bytes.EqualFold(body[:end], []byte("application/sdp")) {
		return SDP
	}
	return Payload
}

func saySAP(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	b = append(b, "sap"...)
	if len(h) < 8 {
		return b
	}
	if h[0]&4 != 0 {
		b = append(b, " delete"...)
	} else {
		b = append(b, " announce"...)
	}
	b = appendHex(append(b, ' '), uint64(binary.BigEndian.Uint16(h[2:])), 4)
	if a, ok := sapSource(h); ok {
		b = a.AppendTo(append(b, " from "...))
	}
	if h[0]&2 != 0 {
		b = append(b, " encrypted"...)
	}
	if h[0]&1 != 0 {
		b = append(b, " compressed"...)
	}
	return b
}
