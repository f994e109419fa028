package wire

import (
	"testing"
)

// Frames made by scapy 2.5.0.
const (
	icmpPing = "01005e0101050200000000010800 " +
		"45000054000100004001f6a4c0000201c00002020800cacf0001000278787878 " +
		"7878787878787878787878787878787878787878787878787878787878787878 " +
		"7878787878787878787878787878787878787878 "
	icmpPort = "01005e0101050200000000010800 " +
		"45000038000100004001f6c0c0000201c00002020303811a000000004500001c " +
		"000100004011f6ccc0000202c00002010001000200087bd7 "
	icmpTooBig = "01005e0101050200000000010800 " +
		"45000038000100004001f6c0c0000201c000020203047ba1000005784500001c " +
		"000100004011f6ccc0000202c00002010001000200087bd7 "
	icmpTime = "01005e0101050200000000010800 " +
		"45000038000100004001f6c0c0000201c00002020b00791d000000004500001c " +
		"000100004011f6ccc0000202c00002010001000200087bd7 "
	icmpGateway = "01005e0101050200000000010800 " +
		"45000038000100004001f6c0c0000201c00002020501bd12c00002094500001c " +
		"000100004011f6ccc0000202c00002010001000200087bd7 "
	icmpClock = "01005e0101050200000000010800 " +
		"45000028000100004001f6d0c0000201c00002020d00f2f00001000200000003 " +
		"0000000400000005 "
)

// Two routers, RFC 1256.
const (
	icmpRouters        = "01005e000001 020000000001 0800 4500002c 00010000 010117ce c0000201 e0000001 " + icmpTwoRouters
	icmpTwoRouters     = "0900 69f1 0202 0708 c0000201 00000000 c0000202 ffffffff"
	icmpRoutersTooMany = "01005e000001 020000000001 0800 4500002c 00010000 010117ce c0000201 e0000001 0900 65f1 0602 0708 c0000201 00000000 c0000202 ffffffff"
)

func TestICMP(t *testing.T) {
	testDecoded(t, []decoded{
		{name: "echo", frame: icmpPing,
			layers: "Ethernet IPv4 ICMP Payload",
			line:   "192.0.2.1 > 192.0.2.2 ttl 64 icmp echo request id 1 seq 2 56 B",
			of:     ICMP, fields: `type=8(echo request) code=0 checksum=0xcacf identifier=1 sequence=2 checksum_state="good"`},
		{name: "port unreachable", frame: icmpPort,
			layers: "Ethernet IPv4 ICMP Payload",
			line:   "192.0.2.1 > 192.0.2.2 ttl 64 icmp destination unreachable, port unreachable 28 B",
			of:     ICMP, fields: `type=3(destination unreachable) code=3(port unreachable) checksum=0x811a checksum_state="good"`},
		{name: "fragmentation needed", frame: icmpTooBig,
			layers: "Ethernet IPv4 ICMP Payload",
			line:   "192.0.2.1 > 192.0.2.2 ttl 64 icmp destination unreachable, fragmentation needed mtu 1400 28 B",
			of:     ICMP, fields: `type=3(destination unreachable) code=4(fragmentation needed) checksum=0x7ba1 mtu=1400 checksum_state="good"`},
		{name: "time exceeded", frame: icmpTime,
			layers: "Ethernet IPv4 ICMP Payload",
			line:   "192.0.2.1 > 192.0.2.2 ttl 64 icmp time exceeded, in transit 28 B",
			of:     ICMP, fields: `type=11(time exceeded) code=0(in transit) checksum=0x791d checksum_state="good"`},
		{name: "redirect", frame: icmpGateway,
			layers: "Ethernet IPv4 ICMP Payload",
			line:   "192.0.2.1 > 192.0.2.2 ttl 64 icmp redirect, for the host 28 B",
			of:     ICMP, fields: `type=5(redirect) code=1(for the host) checksum=0xbd12 gateway=192.0.2.9 checksum_state="good"`},
		{name: "timestamp", frame: icmpClock,
			layers: "Ethernet IPv4 ICMP",
			line:   "192.0.2.1 > 192.0.2.2 ttl 64 icmp timestamp request id 1 seq 2 0 B",
			of:     ICMP, fields: `type=13(timestamp request) code=0 checksum=0xf2f0 identifier=1 sequence=2 originate=3 receive=4 transmit=5 checksum_state="good"`},
		{name: "bad checksum", frame: patched(icmpPing, 36, "0000"),
			layers: "Ethernet IPv4 ICMP Payload",
			line:   "192.0.2.1 > 192.0.2.2 ttl 64 icmp echo request id 1 seq 2 56 B [bad ICMP checksum 0x0000, right is 0xcacf]"},
		{name: "unknown", frame: patched(icmpPing, 34, "6301"),
			layers: "Ethernet IPv4 ICMP Payload",
			line:   "192.0.2.1 > 192.0.2.2 ttl 64 icmp type 99, code 1 56 B [bad ICMP checksum 0xcacf, right is 0x6fce]"},
		{name: "router advertisement", frame: icmpRouters,
			layers: "Ethernet IPv4 ICMP",
			line:   "192.0.2.1 > 224.0.0.1 ttl 1 icmp router advertisement 0 B",
			of:     ICMP, fields: `type=9(router advertisement) code=0 checksum=0x69f1 lifetime=1800 routers=[address=192.0.2.1 preference=0; address=192.0.2.2 preference=-1] checksum_state="good"`},
		{name: "more routers than room", frame: icmpRoutersTooMany,
			layers: "Ethernet IPv4 ICMP",
			line:   "192.0.2.1 > 224.0.0.1 ttl 1 icmp router advertisement 0 B [ICMP announces 6, room for 2]",
			of:     ICMP, fields: `type=9(router advertisement) code=0 checksum=0x65f1 lifetime=1800 routers=[address=192.0.2.1 preference=0; address=192.0.2.2 preference=-1] checksum_state="good"`},
	})
}
