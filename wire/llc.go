package wire

import "encoding/binary"

// IEEE 802.2 headers, and SNAP behind them (RFC 1042).

var llcFields = []field{
	{name: "destination_sap", kind: Hex, at: 0, size: 1, names: accessPoints},
	{name: "source_sap", kind: Hex, at: 1, size: 1, names: accessPoints},
	{name: "control", kind: Hex, at: 2, size: 1},
	{name: "organisation", kind: Hex, at: 3, size: 3},
	{name: "type", kind: Hex, at: 6, size: 2, names: etherTypes},
}

var accessPoints = []name{{0x42, "STP"}, {0xaa, "SNAP"}, {0xe0, "IPX"}, {0xf0, "NetBEUI"}, {0xfe, "ISO"}, {0xff, "IPX, raw"}}

func decodeLLC(p *Packet) Protocol {
	h := p.header(3)
	if h == nil {
		return none
	}
	if h[0] != 0xaa || h[1] != 0xaa || h[2] != 0x03 {
		return Payload
	}
	if h = p.header(8); h == nil {
		return none
	}
	if h[3] != 0 || h[4] != 0 || h[5] != 0 {
		return Payload
	}
	return etherProtocol(binary.BigEndian.Uint16(h[6:]))
}

func sayLLC(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	if len(h) < 3 || p.ip >= 0 {
		return b
	}
	b = append(b, "llc "...)
	if n := nameOf(accessPoints, uint64(h[0])); n != "" {
		b = append(b, n...)
	} else {
		b = appendHex(b, uint64(h[0]), 2)
	}
	return appendBytes(b, l)
}
