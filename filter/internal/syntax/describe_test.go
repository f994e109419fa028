package syntax

import (
	"testing"
)

func TestDescribe(t *testing.T) {
	for _, test := range [...]struct{ in, want string }{
		{"", "every frame"},
		{"udp", "UDP datagrams (over IPv4 or IPv6)"},
		{"not udp", "all but UDP datagrams (over IPv4 or IPv6)"},
		{"not not udp", "UDP datagrams (over IPv4 or IPv6)"},
		{"udp dst port 50001 and not host 10.0.0.1", `frames that are all of these:
- UDP datagrams to port 50001 (over IPv4 or IPv6)
- all but IPv4 packets from or to 10.0.0.1, or ARP or RARP frames about it
Note: ` + string(hostIsARP) + "\nNote: " + string(firstFragment)},
		{"not (udp or not (tcp and ip))", `frames that are none of these:
- UDP datagrams (over IPv4 or IPv6)
- frames that are not all of these at once:
  - TCP segments (over IPv4 or IPv6)
  - IPv4 packets`},

		// "and" and "or" bind equally: told only if there are no parentheses.
		{"udp or arp and ip6", `frames that are all of these:
- frames that are any of these:
  - UDP datagrams (over IPv4 or IPv6)
  - ARP frames
- IPv6 packets
Note: ` + string(leftToRight)},
		{"(udp or arp) and ip6", `frames that are all of these:
- frames that are any of these:
  - UDP datagrams (over IPv4 or IPv6)
  - ARP frames
- IPv6 packets`},

		{"vlan 5 and ip net 239", `frames that are all of these:
- frames with a tag of VLAN 5
- IPv4 packets from or to addresses in 239.0.0.0/8
Note: ` + string(insideVLAN)},
		{"mpls 5", "frames with the MPLS label 5\nNote: " + string(insideTunnel)},
		{"pppoes", "PPPoE session frames\nNote: " + string(insideTunnel)},
		{"geneve 5", "Geneve packets (UDP datagrams to port 6081) of virtual network 5\nNote: " + string(insideTunnel)},

		{"arp src 1.2.3.4", "ARP frames sent by 1.2.3.4"},
		{"rarp dst net 10", "RARP frames asking for or answering addresses in 10.0.0.0/8"},
		{"src and dst host ff02::1", "IPv6 packets from and to ff02::1"},
		{"host both", "IP packets from or to both (10.0.0.1 or 10.0.0.2 or fe80::1), or ARP or RARP frames about it\nNote: " +
			string(hostIsARP)},
		{"ether src both", "frames from the Ethernet address both (02:00:00:00:00:01)"},
		{"gateway six", "what six forwards: frames from or to its Ethernet address 02:00:00:00:00:01 " +
			"that are neither from nor to fe80::1"},
		{"decnet host 1.2", "DECnet packets from or to 1.2"},
		{"tcp portrange 5-6", "TCP segments from or to a port from 5 to 6 (over IPv4 or IPv6)\nNote: " + string(firstFragment)},
		{"src port 5", "TCP segments or UDP datagrams or SCTP packets from port 5 (over IPv4 or IPv6)\nNote: " +
			string(firstFragment)},

		{`ether proto \arp`, "frames of Ethernet type 0x0806 (arp)"},
		{"ether proto 0x42", "802.2 frames for the service access point 0x42 (stp)"},
		{"ip proto 2", "IPv4 packets of protocol 2 (igmp)"},
		{"proto 17", "IPv4 or IPv6 packets of protocol 17 (udp) (in IPv6, directly behind the header or a fragment header)"},
		{"iso proto 131", "ISO (OSI) packets of protocol 0x83 (isis)"},
		{"isis proto 5", "IS-IS packets of type 5"},
		{"ip6 protochain 6", "IPv6 packets that have a header of protocol 6 (tcp), be it behind other headers"},

		{"multicast", "frames to a multicast Ethernet address, or to all stations"},
		{"ip multicast", "IPv4 packets to 224.0.0.0 and above (multicast, but also the broadcast to 255.255.255.255)"},
		{"ip6 multicast", "IPv6 packets to a multicast address (ff00::/8)"},
		{"broadcast", "frames to all stations (link-layer broadcasts)"},
		{"ip broadcast", "IPv4 packets to a broadcast address of the network"},
		{"less 64", "frames of 64 bytes or less"},
		{"greater 64", "frames of 64 bytes or more"},
		{"byte 5 & 3", "frames whose byte 5, counted from 0, has one of the bits of 0x3"},
		{"byte 5 | 3", "frames whose byte 5, counted from 0, is not zero together with the bits of 0x3"},
		{"inbound", "frames that this host receives"},
		{"ifindex 5", "frames of the interface with index 5"},
		{"ifname eth0", "frames of the interface eth0, which has index 7"},
		{"llc", "frames with an 802.2 header"},
		{"llc xid", "802.2 frames of the kind XID"},

		{"len < 60", "frames in which len < 60"},
		{"ip[8] = 1", "frames in which ip[8] = 1, where ip[8] is byte 8 of the IPv4 header (the time to live)\nNote: " +
			string(noRoom)},
		{"udp[ip[0]:2] > 5", "frames in which udp[ip[0]:2] > 5, " +
			"where ip[0] is byte 0 of the IPv4 header (the version and the header length), " +
			"udp[…:2] is 2 bytes of the UDP header, or behind it\nNote: " + string(ipv4Only) + "\nNote: " + string(noRoom)},

		{"group 239.1.2.3", "IPv4 packets to the multicast group 239.1.2.3, or IGMP messages about it"},
		{"group ff15::/16", "IPv6 packets to multicast groups in ff15::/16, or MLD messages about one of them"},
		{"mld", mldMeaning},
		{"rtp", rtpMeaning},
	} {
		n, err := Parse(test.in, answers)
		if err != nil {
			t.Errorf("%s: %v", test.in, err)
			continue
		}
		if got := Describe(n); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.in, got, test.want)
		}
	}
}

// Every protocol and every extension has words of its own.
func TestDescribeProtocols(t *testing.T) {
	for _, p := range Protocols() {
		if x := protocols[p]; p.String() == "" || p != Link && (x.means == "" || len(x.numbers) == 0) {
			t.Errorf("protocol %d: %+v", p, x)
		}
	}
}
