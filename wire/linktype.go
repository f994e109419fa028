package wire

// LinkType is what a frame begins with, as a number of capture files
// (https://www.tcpdump.org/linktypes.html).
type LinkType int

// The link types that are decoded. A frame of another one is a Payload.
const (
	LinkNull      LinkType = 0   // BSD loopback, in the byte order of the machine that captured it
	LinkEthernet  LinkType = 1   // Ethernet
	LinkRaw       LinkType = 101 // IPv4 or IPv6, as the first four bits say
	LinkLoop      LinkType = 108 // BSD loopback, in network byte order
	LinkLinuxSLL  LinkType = 113 // cooked capture of Linux, version 1
	LinkIPv4      LinkType = 228 // IPv4
	LinkIPv6      LinkType = 229 // IPv6
	LinkLinuxSLL2 LinkType = 276 // cooked capture of Linux, version 2
)

// outermost returns what a frame of a link type begins with.
func (l LinkType) outermost(frame []byte) Protocol {
	switch l {
	case LinkEthernet:
		return Ethernet
	case LinkNull, LinkLoop:
		return Loopback
	case LinkLinuxSLL:
		return LinuxSLL
	case LinkLinuxSLL2:
		return LinuxSLL2
	case LinkIPv4:
		return IPv4
	case LinkIPv6:
		return IPv6
	case LinkRaw, 12, 14: // the latter two are what some systems call it
		return ipVersion(frame)
	}
	return Payload
}

// ipVersion tells IPv4 and IPv6 apart by the first four bits.
func ipVersion(b []byte) Protocol {
	if len(b) > 0 {
		switch b[0] >> 4 {
		case 4:
			return IPv4
		case 6:
			return IPv6
		}
	}
	return Payload
}
