package capture

import "mcast/filter"

// linkTypeOf returns what frames of an interface begin with, by its hardware type (ARPHRD_ in
// linux/if_arp.h), as libpcap takes it to be. Of a type that is not
// known, the kernel is asked for frames without their link layer's header, and these get the header of a cooked
// capture.
func linkTypeOf(hardware uint16) (t filter.LinkType, cooked bool) {
	switch hardware {
	case 1, 23, 772: // Ethernet, Metricom, loopback
		return filter.Ethernet, false
	case 519, 768, 776, 0xfffe: // raw IP, tunnels of IPv4 in IPv4 and of IPv6 in IPv4, tun(4) and WireGuard
		return filter.Raw, false
	}
	return filter.LinuxSLL, true
}
