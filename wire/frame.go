package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
)

// Link is what a frame has on the outside: Ethernet addresses, and a VLAN tag if
// it is to have one. Frames are not padded to the least length that a wire wants,
// which is the network card's task, and have no frame check sequence.
type Link struct {
	Source [6]byte

	// Destination is, if it is zero, the one that follows from the group that
	// the packet goes to. For a packet to a single host it has to be given.
	Destination [6]byte

	// Tagged says that the frame has a VLAN tag, with this VLAN (0 to 4095; in
	// 0 only the priority counts) and priority (0 to 7).
	Tagged   bool
	VLAN     uint16
	Priority uint8
}

// GroupMAC returns the Ethernet address of frames to a group (RFC 1112, section
// 6.4; RFC 2464, section 7). 32 IPv4 groups share one, and 2^80 groups of IPv6.
// Of other addresses, it returns false.
func GroupMAC(group netip.Addr) (mac [6]byte, ok bool) {
	switch {
	case !group.IsMulticast():
		return mac, false
	case group.Is4():
		a := group.As4()
		return [6]byte{0x01, 0x00, 0x5e, a[1] & 0x7f, a[2], a[3]}, true
	}
	a := group.As16()
	return [6]byte{0x33, 0x33, a[12], a[13], a[14], a[15]}, true
}

var (
	errFamilies = errors.New("source and destination are not of one address family")
	errTag      = errors.New("a VLAN is 0 to 4095, and a priority 0 to 7")
)

// append appends the link layer's header of a packet, of either version of IP.
func (k *Link) append(b []byte, to netip.Addr) ([]byte, error) {
	destination := k.Destination
	if destination == [6]byte{} {
		mac, ok := GroupMAC(to)
		if !ok {
			return b, fmt.Errorf("%v is no group, so its Ethernet address has to be given", to)
		}
		destination = mac
	}
	if k.Tagged && (k.VLAN > 0xfff || k.Priority > 7) {
		return b, errTag
	}
	b = append(b, destination[:]...)
	b = append(b, k.Source[:]...)
	if k.Tagged {
		b = binary.BigEndian.AppendUint16(b, typeDot1Q)
		b = binary.BigEndian.AppendUint16(b, uint16(k.Priority)<<13|k.VLAN)
	}
	if to.Is4() {
		return binary.BigEndian.AppendUint16(b, typeIPv4), nil
	}
	return binary.BigEndian.AppendUint16(b, typeIPv6), nil
}

// ipHeader is what is said of a packet that is encoded.
type ipHeader struct {
	source, destination netip.Addr
	number              uint8 // of what it carries
	hopLimit            uint8
	dscp                uint8
	identification      uint16 // IPv4
	dontFragment        bool   // IPv4
	routerAlert         bool
}

// check says what is wrong with the header of a packet that carries n bytes.
func (h *ipHeader) check(n int) error {
	if !h.source.IsValid() || !h.destination.IsValid() || h.source.Is4() != h.destination.Is4() {
		return errFamilies
	}
	if h.dscp > 63 {
		return fmt.Errorf("the DSCP is %d, and at most 63", h.dscp)
	}
	if most := mostCarried(h.source.Is4(), h.routerAlert); n > most {
		return fmt.Errorf("%d bytes, and an IP packet carries at most %d", n, most)
	}
	return nil
}

// mostCarried returns how many bytes a packet has room for.
func mostCarried(v4, routerAlert bool) int {
	switch {
	case v4 && routerAlert:
		return 0xffff - 24
	case v4:
		return 0xffff - 20
	case routerAlert:
		return 0xffff - 8
	}
	return 0xffff
}

// append appends the header of a packet that carries n bytes, hop-by-hop options
// included.
func (h *ipHeader) append(b []byte, n int) []byte {
	if h.source.Is4() {
		return h.append4(b, n)
	}
	next := h.number
	if h.routerAlert {
		next = 0 // hop-by-hop options
		n += 8
	}
	b = binary.BigEndian.AppendUint32(b, 6<<28|uint32(h.dscp)<<22)
	b = binary.BigEndian.AppendUint16(b, uint16(n))
	b = append(b, next, h.hopLimit)
	source, destination := h.source.As16(), h.destination.As16()
	b = append(b, source[:]...)
	b = append(b, destination[:]...)
	if h.routerAlert {
		// The option, whose value 0 is MLD, and two bytes of padding.
		b = append(b, h.number, 0, routerAlert6, 2, 0, 0, 1, 0)
	}
	return b
}

func (h *ipHeader) append4(b []byte, n int) []byte {
	start, length, flags := len(b), 20, uint16(0)
	if h.routerAlert {
		length = 24
	}
	if h.dontFragment {
		flags = 0x4000
	}
	b = append(b, 0x40|byte(length/4), h.dscp<<2)
	b = binary.BigEndian.AppendUint16(b, uint16(length+n))
	b = binary.BigEndian.AppendUint16(b, h.identification)
	b = binary.BigEndian.AppendUint16(b, flags)
	b = append(b, h.hopLimit, h.number, 0, 0)
	source, destination := h.source.As4(), h.destination.As4()
	b = append(b, source[:]...)
	b = append(b, destination[:]...)
	if h.routerAlert {
		b = append(b, routerAlert4, 4, 0, 0)
	}
	binary.BigEndian.PutUint16(b[start+10:], checksum(sum(0, b[start:])))
	return b
}

// pseudoSum returns the sum of the pseudo header of a packet, for the checksum of
// the n bytes that it carries (RFC 8200, section 8.1).
func (h *ipHeader) pseudoSum(n int) uint64 {
	s := sumUint16(sumUint16(0, uint16(h.number)), uint16(n))
	if h.source.Is4() {
		source, destination := h.source.As4(), h.destination.As4()
		return sum(sum(s, source[:]), destination[:])
	}
	source, destination := h.source.As16(), h.destination.As16()
	return sum(sum(s, source[:]), destination[:])
}
