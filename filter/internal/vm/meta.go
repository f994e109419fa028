package vm

import "encoding/binary"

// load answers a load that asks the kernel. Without metadata nothing is known
// but the protocol, which is in the frame if that is an Ethernet frame.
func (m *Meta) load(what uint32, frame []byte) uint32 {
	if what == ancProtocol {
		return protocol(frame)
	}
	if m == nil {
		return 0
	}
	switch what {
	case ancPacketType:
		return uint32(m.PacketType)
	case ancInterface:
		return m.Interface
	}
	if !m.VLAN {
		return 0
	}
	switch what {
	case ancVLANTag:
		return uint32(m.TCI)
	case ancVLANPresent:
		return 1
	case ancVLANProtocol:
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
	if len(frame) < ancProtocolPlace+2 {
		return 0
	}
	t := uint32(binary.BigEndian.Uint16(frame[ancProtocolPlace:]))
	switch {
	case t >= smallest:
		return t
	case len(frame) >= ancProtocolPlace+4 && frame[14] == 0xff && frame[15] == 0xff:
		return novell
	}
	return llc
}
