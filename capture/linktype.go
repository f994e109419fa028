package capture

import "mcast/filter"

// HardwareLinkType returns what frames of an interface of Linux begin with in a live
// capture, by its hardware type (ARPHRD_ in linux/if_arp.h), as libpcap takes it to be.
//
// It knows those by which IP multicast commonly comes. Of any other the frames are
// captured without their link layer's header, and get the header of a cooked capture
// in its place.
func HardwareLinkType(hardware uint16) (t filter.LinkType, cooked bool) {
	switch hardware {
	case 1, 23, 772: // Ethernet, Metricom, loopback
		return filter.Ethernet, false
	case 519, 768, 776, 0xfffe: // raw IP, tunnels of IPv4 in IPv4 and of IPv6 in IPv4, tun(4) and WireGuard
		return filter.Raw, false
	}
	return filter.LinuxSLL, true
}
