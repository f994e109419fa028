package wire

import "testing"

// Frames that scapy made.
const (
	vrrp2Frame = "01005e000012 00005e000107 0800 " + "4500002800000000ff70e2a8c0a83802e0000012 " +
		"210764010001814fc0a838fe0000000000000000"
	vrrp3Frame = "01005e000012 00005e000107 0800 " + "4500002400000000ff70e2acc0a83802e0000012 " +
		"3107000200640208c0a838fec0a838fd"
	vrrp36Frame = "333300000012 00005e000207 86dd " + "60000000001870fffe800000000000000000000000000002ff020000000000000000000000000012 " +
		"3107780100325925fe8000000000000000000000000000ff"
)

const (
	hsrp1Frame = "01005e000002 00000c07ac01 0800 " + "45000030000000000111e110c0a83802e0000002 " +
		"07c107c1001cbca1000010030a6e0100636973636f000000c0a838fe"
	hsrp2Frame = "01005e000066 00000c9ff12c 0800 " + "45000050000000000111e08cc0a83802e0000066 " +
		"07c107c1003c990c012802000604012c00000c9ff12c0000006e00000bb800002710c0a838fe0000000000000000000000000308636973636f000000"
)

func TestFirstHopLine(t *testing.T) {
	testLines(t, []lineTest{
		{vrrp2Frame, "192.168.56.2 is master of virtual router 7 at 192.168.56.254, priority 100, every 1 s (VRRPv2)"},
		{vrrp3Frame, "192.168.56.2 gives up virtual router 7 at 192.168.56.254, 192.168.56.253 (VRRPv3)"},
		{vrrp36Frame, "fe80::2 is master of virtual router 7 at fe80::ff, priority 120, every 0.5 s (VRRPv3)"},
		{hsrp1Frame, "192.168.56.2:1985 > 224.0.0.2:1985 ttl 1 udp 20 B hsrp hello group 1 active priority 110 at 192.168.56.254"},
		{hsrp2Frame, "192.168.56.2:1985 > 224.0.0.102:1985 ttl 1 udp 52 B hsrpv2 hello group 300 active priority 110 at 192.168.56.254"},
	})
}

func TestFirstHopFields(t *testing.T) {
	testFields(t, []fieldsTest{
		{vrrp2Frame, VRRP, `version=2 type=1 (advertisement) router=7 priority=100 address_count=1 authentication=0 interval_ms=1000 checksum=0x814f addresses=[192.168.56.254] ` +
			`authentication_data=0000000000000000 checksum_state="good"`},
		{vrrp36Frame, VRRP, `version=3 type=1 (advertisement) router=7 priority=120 address_count=1 interval_ms=500 checksum=0x5925 addresses=[fe80::ff] checksum_state="good"`},
		{hsrp1Frame, HSRP, `version=0 operation=0 (hello) state=16 (active) hello_s=3 hold_s=10 priority=110 group=1 authentication="cisco\x00\x00\x00" address=192.168.56.254`},
		{hsrp2Frame, HSRP, `version=2 operation=0 (hello) state=6 (active) group=300 identifier=00000c9ff12c priority=110 hello_ms=3000 hold_ms=10000 address=192.168.56.254 data=0308636973636f000000`},
	})
}

func TestFirstHopFaults(t *testing.T) {
	testEdits(t, []editTest{
		{"hop limit", vrrp2Frame, set(8, 1), "192.168.56.2 is master of virtual router 7 at 192.168.56.254, priority 100, every 1 s (VRRPv2) [VRRP with hop limit 1, not 255]"},
		{"addresses", vrrp3Frame, set(20+3, 9), "192.168.56.2 gives up virtual router 7 at 192.168.56.254, 192.168.56.253 (VRRPv3) [VRRP announces 9, room for 2]"},
		{"version", vrrp2Frame, set(20, 0x91), "192.168.56.2 > 224.0.0.18 ttl 255 vrrp [VRRP version 9, not 3]"},
		{"half", vrrp2Frame, cut(20 + 5), "192.168.56.2 > 224.0.0.18 ttl 255 vrrp [VRRP truncated: 5 bytes, at least 8 needed]"},
	})
}
