package wire

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// Datagram is a UDP datagram in an IPv4 or IPv6 packet in an Ethernet frame.
type Datagram struct {
	Link                Link
	Source, Destination netip.AddrPort // of one family; zones do not matter
	HopLimit            uint8          // 0 is 1, which is multicast's default
	DSCP                uint8          // 0 to 63
	Identification      uint16         // of an IPv4 packet
	DontFragment        bool           // IPv4
	Payload             []byte         // up to 65,507 bytes over IPv4, 65,527 over IPv6
}

// AppendFrame appends the frame, with its checksums. It fails, and appends
// nothing, if the addresses do not fit together, there is no Ethernet destination
// to send to, or a value is beyond its range. It allocates nothing beyond what b
// has no room for.
func (d *Datagram) AppendFrame(b []byte) ([]byte, error) {
	h := ipHeader{
		source: d.Source.Addr(), destination: d.Destination.Addr(), number: numberUDP,
		hopLimit: max(d.HopLimit, 1), dscp: d.DSCP, identification: d.Identification, dontFragment: d.DontFragment,
	}
	n := 8 + len(d.Payload)
	err := h.check(n)
	framed := b
	if err == nil {
		framed, err = d.Link.append(b, h.destination)
	}
	if err != nil {
		return b, fmt.Errorf("encode a datagram %v > %v: %w", d.Source, d.Destination, err)
	}
	b = h.append(framed, n)
	start := len(b)
	b = binary.BigEndian.AppendUint16(b, d.Source.Port())
	b = binary.BigEndian.AppendUint16(b, d.Destination.Port())
	b = binary.BigEndian.AppendUint16(b, uint16(n))
	b = append(b, 0, 0)
	b = append(b, d.Payload...)
	right := checksum(sum(h.pseudoSum(n), b[start:]))
	if right == 0 {
		right = 0xffff // 0 stands for none (RFC 768)
	}
	binary.BigEndian.PutUint16(b[start+6:], right)
	return b, nil
}
