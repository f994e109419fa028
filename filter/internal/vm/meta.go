package vm

import (
	"encoding/binary"

	"mcast/filter/internal/classic"
)

// load answers a load that asks the kernel. Without metadata nothing is known
// but the protocol, which is in the frame if that is an Ethernet frame.
func (m *Meta) load(what uint32, frame []byte) uint32 {
	if what == classic.AncProtocol {
		return protocol(frame)
	}
	if m == nil {
		return 0
	}
	switch what {
	case classic.AncPacketType:
		return uint32(m.PacketType)
	case classic.AncInterface:
		return m.Interface
	}
	if !m.VLAN {
		return 0
	}
	switch what {
	case classic.AncVLANTag:
		return uint32(m.TCI)
	case classic.AncVLANPresent:
		return 1
	case classic.AncVLANProtocol:
		return uint32(m.TPID)
	}
	return 0
}

// protocol returns the EtherType of an Ethernet frame, or what Linux calls
// those that have a length in its place (linux/if_ether.h).
func protocol(frame []byte) uint32 {
	const (
		smallest = 0x0600 // EtherType
		novell   = 0x0001 // ETH_P_802_3: IPX without an 802.2 header
		llc      = 0x0004 // ETH_P_802_2
	)
	const place = 12 // of the EtherType in an Ethernet frame
	if len(frame) < place+2 {
		return 0
	}
	t := uint32(binary.BigEndian.Uint16(frame[place:]))
	switch {
	case t >= smallest:
		return t
	case len(frame) >= place+4 && frame[14] == 0xff && frame[15] == 0xff:
		return novell
	}
	return llc
}
