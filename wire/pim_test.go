package wire

import "testing"

// The frames called Scapy are scapy's. Of the others, scapy knows no message; what
// tcpdump or tshark read in them is what the tests here want.
const (
	pimHelloFrame = "01005e00000d 080027000103 0800 " + "45c000580000400001679fc8c0a83801e000000d " +
		"20003df30001000200690002000481f409c4001300040000000100140004d76fc4dc00150004013c00000018000c01000a00000701000a00000800160000006300026162"
	pimByeFrame = "01005e00000d 080027000103 0800 " + "45c0001e000040000167a002c0a83801e000000d " +
		"2000dffc000100020000"
	pimHelloScapyFrame = "01005e00000d 080027000103 0800 " + "45000036000100000167e0a9c0a83801e000000d " +
		"2000539a0001000200690002000481f409c400130004000000070014000400000005"
	pimJoinScapyFrame = "01005e00000d 080027000103 0800 " + "4500003e000100000167e0a0c0a83802e000000d " +
		"2300c6060100c0a83801000100d201000020ef01010100010001010007200a090909010005200a000005"
	pimJoinFrame = "01005e00000d 080027000103 0800 " + "45c0005a0000400001679fc5c0a83802e000000d " +
		"2300aa870100c0a83801000200d201000020ef01010100020001010007200a090909010004200a000005010005200a00000601000020ef01010200000001010007200a090909"
	pimJoinAttrFrame = "01005e00000d 080027000103 0800 " + "45c000460000400001679fd9c0a83802e000000d " +
		"230086090100c0a83801000100d201000020ef01010100020000010104200a00000500040a0202024100010004200a000006"
	pimGraftFrame = "01005e00000d 080027000103 0800 " + "45c00036000040000167874dc0a83802c0a83801 " +
		"2600e40b0100c0a838010001000001000020ef01010100010000010000200a000005"
	pimGraftAckFrame = "01005e00000d 080027000103 0800 " + "45c00036000040000167874dc0a83801c0a83802 " +
		"2700e30a0100c0a838020001000001000020ef01010100010000010000200a000005"
	pimRegisterFrame = "01005e000001 080027000103 0800 " + "45c0003d000040004067483fc0a83801c0a83809 " +
		"2100deff0000000045000021000700000311bdbe0a000005ef01010113881389000d9ae968656c6c6f"
	pimRegisterWholeFrame = "01005e000001 080027000103 0800 " + "45c0003d000040004067483fc0a83801c0a83809 " +
		"2100d9250000000045000021000700000311bdbe0a000005ef01010113881389000d9ae968656c6c6f"
	pimNullFrame = "01005e000001 080027000103 0800 " + "45c00030000040004067484cc0a83801c0a83809 " +
		"21009eff400000004500001400010000406700000a000005ef010101"
	pimRegisterStopFrame = "01005e000001 080027000103 0800 " + "45c000260000400040674856c0a83809c0a83801 " +
		"2200e1d701000020ef01010101000a000005"
	pimBootstrapFrame = "01005e00000d 080027000103 0800 " + "45c0004e0000400001679fd2c0a83801e000000d " +
		"2400594f12341e0a01000a09090901000008ef0000000202000001000a0909090096c00001000a0909080096010001008104e000000000000000"
	pimAssertFrame = "01005e00000d 080027000103 0800 " + "45c0002e0000400001679ff2c0a83801e000000d " +
		"2500de5501000020ef01010101000a0000050000006e00000014"
	pimAssertRPTFrame = "01005e00000d 080027000103 0800 " + "45c0002e0000400001679ff2c0a83801e000000d " +
		"2500685a01000020ef0101010100000000008000006e00000014"
	pimAssertCancelFrame = "01005e00000d 080027000103 0800 " + "45c0002e0000400001679ff2c0a83801e000000d " +
		"2500ded701000020ef01010101000a000005ffffffffffffffff"
	pimCandidateFrame = "01005e000001 080027000103 0800 " + "45c0002a000040004067138b0a0909080a090909 " +
		"2800d18f01c0009601000a09090801000008ef000000"
	pimCandidateAllFrame = "01005e000001 080027000103 0800 " + "45c0002200004000406713930a0909080a090909 " +
		"2800c29800c0009601000a090908"
	pimRefreshFrame = "01005e00000d 080027000103 0800 " + "45c000380000400001679fe8c0a83801e000000d " +
		"2900b70801000020ef01010101000a00000501000a0000010000006e000000141810003c"
	pimElectionFrame = "01005e00000d 080027000103 0800 " + "45c000260000400001679ffac0a83801e000000d " +
		"2a10c15b01000a0909090000006e00000014"
	pimPackedFrame = "01005e000001 080027000103 0800 " + "45c000260000400040674856c0a83801c0a83809 " +
		"2d00d6d701000020ef01010101000a000005"
	pim6HelloFrame = "33330000000d 080027000103 86dd " + "6000000000206701fe800000000000000000000000000001ff02000000000000000000000000000d " +
		"2000b19600010002006900180012020020010db8000000000000000000000001"
	pim6JoinFrame = "33330000000d 080027000103 86dd " + "60000000005a6701fe800000000000000000000000000002ff02000000000000000000000000000d " +
		"2300731c0200fe800000000000000000000000000001000100d202000080ff350000000000000000000000000001000100010200048020010db80000000000000000000000070200048020010db8000000000000000000000008"
	pim6RegisterFrame = "33330000000d 080027000103 86dd " + "60000000003d674020010db800000000000000000000000120010db8000000000000000000000009 " +
		"210083140000000060000000000d110320010db8000000000000000000000007ff15000000000000000000000000000113881389000d681a68656c6c6f"
)

func TestPIMLine(t *testing.T) {
	testLines(t, []lineTest{
		{pimHelloFrame, "192.168.56.1 is a PIM neighbor for 105 s, DR priority 1"},
		{pimByeFrame, "192.168.56.1 is no longer a PIM neighbor"},
		{pimHelloScapyFrame, "192.168.56.1 is a PIM neighbor for 105 s, DR priority 7"},
		{pimJoinScapyFrame, "192.168.56.2 asks 192.168.56.1 to join (*,239.1.1.1) by way of RP 10.9.9.9 and to prune (10.0.0.5,239.1.1.1,rpt), for 210 s"},
		{pimJoinFrame, "192.168.56.2 asks 192.168.56.1 to join (*,239.1.1.1) by way of RP 10.9.9.9, (10.0.0.5,239.1.1.1) and to prune (10.0.0.6,239.1.1.1,rpt), (*,239.1.1.2) by way of RP 10.9.9.9, for 210 s"},
		{pimJoinAttrFrame, "192.168.56.2 asks 192.168.56.1 to join (10.0.0.5,239.1.1.1), (10.0.0.6,239.1.1.1), for 210 s"},
		{pimGraftFrame, "192.168.56.2 asks 192.168.56.1 to graft (10.0.0.5,239.1.1.1)"},
		{pimGraftAckFrame, "192.168.56.1 confirms to 192.168.56.2 the graft of (10.0.0.5,239.1.1.1)"},
		{pimRegisterFrame, "192.168.56.1 registers 10.0.0.5 > 239.1.1.1 with RP 192.168.56.9: 10.0.0.5:5000 > 239.1.1.1:5001 ttl 3 udp 5 B"},
		{pimRegisterWholeFrame, "192.168.56.1 registers 10.0.0.5 > 239.1.1.1 with RP 192.168.56.9: 10.0.0.5:5000 > 239.1.1.1:5001 ttl 3 udp 5 B"},
		{pimNullFrame, "192.168.56.1 null-registers 10.0.0.5 > 239.1.1.1 with RP 192.168.56.9"},
		{pimRegisterStopFrame, "192.168.56.9 asks 192.168.56.1 to stop registering 10.0.0.5 > 239.1.1.1"},
		{pimBootstrapFrame, "192.168.56.1 announces BSR 10.9.9.9, priority 10; RP for 239.0.0.0/8: 10.9.9.9, 10.9.9.8; RP for 224.0.0.0/4: none"},
		{pimAssertFrame, "192.168.56.1 asserts that it forwards (10.0.0.5,239.1.1.1), preference 110, metric 20"},
		{pimAssertRPTFrame, "192.168.56.1 asserts that it forwards (*,239.1.1.1) by way of the RP, preference 110, metric 20"},
		{pimAssertCancelFrame, "192.168.56.1 no longer asserts that it forwards (10.0.0.5,239.1.1.1)"},
		{pimCandidateFrame, "10.9.9.8 offers 10.9.9.8 as RP for 239.0.0.0/8, priority 192, for 150 s"},
		{pimCandidateAllFrame, "10.9.9.8 offers 10.9.9.8 as RP for all groups, priority 192, for 150 s"},
		{pimRefreshFrame, "192.168.56.1 refreshes the state of (10.0.0.5,239.1.1.1), originated by 10.0.0.1"},
		{pimElectionFrame, "192.168.56.1 > 224.0.0.13 ttl 1 pim DF election"},
		{pimPackedFrame, "192.168.56.1 > 192.168.56.9 ttl 64 pim packed null-register"},
		{pim6HelloFrame, "fe80::1 is a PIM neighbor for 105 s"},
		{pim6JoinFrame, "fe80::2 asks fe80::1 to join (2001:db8::7,ff35::1) and to prune (2001:db8::8,ff35::1), for 210 s"},
		{pim6RegisterFrame, "2001:db8::1 registers 2001:db8::7 > ff15::1 with RP 2001:db8::9: [2001:db8::7]:5000 > [ff15::1]:5001 hlim 3 udp 5 B"},
	})
}

func TestPIMFields(t *testing.T) {
	testFields(t, []fieldsTest{
		{pimHelloFrame, PIM, `version=2 type=0 (hello) flags=0x0 checksum=0x3df3 options=[{type=1 (holdtime) length=2 holdtime_s=105} ` +
			`{type=2 (LAN prune delay) length=4 tracking=1 propagation_delay_ms=500 override_interval_ms=2500} {type=19 (DR priority) length=4 dr_priority=1} ` +
			`{type=20 (generation ID) length=4 generation_id=0xd76fc4dc} {type=21 (state refresh) length=4 version=1 interval_s=60} ` +
			`{type=24 (address list) length=12 addresses=[10.0.0.7 10.0.0.8]} {type=22 (bidirectional) length=0} {type=99 length=2 data=6162}] checksum_state="good"`},
		{pimJoinFrame, PIM, `version=2 type=3 (join/prune) flags=0x0 checksum=0xaa87 upstream_neighbor=192.168.56.1 group_count=2 holdtime_s=210 groups=[` +
			`{address=239.1.1.1 mask_length=32 joined_count=2 pruned_count=1 ` +
			`joined=[{address=10.9.9.9 mask_length=32 sparse=1 wildcard=1 rpt=1} {address=10.0.0.5 mask_length=32 sparse=1 wildcard=0 rpt=0}] ` +
			`pruned=[{address=10.0.0.6 mask_length=32 sparse=1 wildcard=0 rpt=1}]} ` +
			`{address=239.1.1.2 mask_length=32 joined_count=0 pruned_count=1 joined=[] pruned=[{address=10.9.9.9 mask_length=32 sparse=1 wildcard=1 rpt=1}]}] checksum_state="good"`},
		{pimJoinAttrFrame, PIM, `version=2 type=3 (join/prune) flags=0x0 checksum=0x8609 upstream_neighbor=192.168.56.1 group_count=1 holdtime_s=210 groups=[` +
			`{address=239.1.1.1 mask_length=32 joined_count=2 pruned_count=0 joined=[{address=10.0.0.5 mask_length=32 sparse=1 wildcard=0 rpt=0 attributes=00040a0202024100} ` +
			`{address=10.0.0.6 mask_length=32 sparse=1 wildcard=0 rpt=0}] pruned=[]}] checksum_state="good"`},
		{pimRegisterFrame, PIM, `version=2 type=1 (register) flags=0x0 checksum=0xdeff border=0 null_register=0 checksum_state="good"`},
		{pimRegisterWholeFrame, PIM, `version=2 type=1 (register) flags=0x0 checksum=0xd925 border=0 null_register=0 checksum_state="good"`},
		{pimNullFrame, PIM, `version=2 type=1 (register) flags=0x0 checksum=0x9eff border=0 null_register=1 source=10.0.0.5 group=239.1.1.1 checksum_state="good"`},
		{pimRegisterStopFrame, PIM, `version=2 type=2 (register-stop) flags=0x0 checksum=0xe1d7 group=239.1.1.1 group_mask_length=32 source=10.0.0.5 checksum_state="good"`},
		{pimBootstrapFrame, PIM, `version=2 type=4 (bootstrap) flags=0x0 checksum=0x594f fragment_tag=0x1234 hash_mask_length=30 priority=10 bsr=10.9.9.9 mappings=[` +
			`{address=239.0.0.0 mask_length=8 bidirectional=0 scope_zone=0 rp_count=2 fragment_rp_count=2 rps=[{address=10.9.9.9 holdtime_s=150 priority=192} {address=10.9.9.8 holdtime_s=150 priority=1}]} ` +
			`{address=224.0.0.0 mask_length=4 bidirectional=1 scope_zone=1 rp_count=0 fragment_rp_count=0 rps=[]}] checksum_state="good"`},
		{pimAssertRPTFrame, PIM, `version=2 type=5 (assert) flags=0x0 checksum=0x685a group=239.1.1.1 group_mask_length=32 source=0.0.0.0 rpt=1 metric_preference=110 metric=20 checksum_state="good"`},
		{pimCandidateFrame, PIM, `version=2 type=8 (candidate RP advertisement) flags=0x0 checksum=0xd18f prefix_count=1 priority=192 holdtime_s=150 rp=10.9.9.8 prefixes=[` +
			`{address=239.0.0.0 mask_length=8 bidirectional=0 scope_zone=0}] checksum_state="good"`},
		{pimRefreshFrame, PIM, `version=2 type=9 (state refresh) flags=0x0 checksum=0xb708 group=239.1.1.1 group_mask_length=32 source=10.0.0.5 originator=10.0.0.1 rpt=0 ` +
			`metric_preference=110 metric=20 mask_length=24 ttl=16 prune_indicator=0 prune_now=0 assert_override=0 interval_s=60 checksum_state="good"`},
		{pimPackedFrame, PIM, `version=2 type=13 (extension) subtype=0 (packed null-register) checksum=0xd6d7 data=01000020ef01010101000a000005 checksum_state="good"`},
		{pim6JoinFrame, PIM, `version=2 type=3 (join/prune) flags=0x0 checksum=0x731c upstream_neighbor=fe80::1 group_count=1 holdtime_s=210 groups=[` +
			`{address=ff35::1 mask_length=128 joined_count=1 pruned_count=1 joined=[{address=2001:db8::7 mask_length=128 sparse=1 wildcard=0 rpt=0}] ` +
			`pruned=[{address=2001:db8::8 mask_length=128 sparse=1 wildcard=0 rpt=0}]}] checksum_state="good"`},
	})
}

// PIM begins behind 20 bytes of IPv4.
func TestPIMFaults(t *testing.T) {
	testEdits(t, []editTest{
		{"version", pimHelloFrame, set(20, 0x10), "192.168.56.1 > 224.0.0.13 ttl 1 pim hello [PIM version 1, not 2]"},
		{"option", pimHelloFrame, set(20+6, 0xff, 0xff), "192.168.56.1 is a PIM neighbor [bad PIM length 65535: at most 60 possible]"},
		{"half an option", pimByeFrame, cut(20 + 7), "192.168.56.1 is a PIM neighbor [PIM truncated: 7 bytes, at least 8 needed]"},
		{"for ever", pimByeFrame, set(20+8, 0xff, 0xff), "192.168.56.1 is a PIM neighbor for ever"},
		{"groups", pimJoinFrame, set(20+11, 200), "192.168.56.2 asks 192.168.56.1 to join (*,239.1.1.1) by way of RP 10.9.9.9, (10.0.0.5,239.1.1.1) " +
			"and to prune (10.0.0.6,239.1.1.1,rpt), (*,239.1.1.2) by way of RP 10.9.9.9, for 210 s [PIM announces 200, room for 2]"},
		{"sources", pimGraftFrame, set(20+22, 1, 0), "192.168.56.2 asks 192.168.56.1 to graft (10.0.0.5,239.1.1.1) [PIM announces 256, room for 1]"},
		{"attributes without end", pimJoinAttrFrame, set(20+34+6, 0x01), "192.168.56.2 > 224.0.0.13 ttl 1 pim join/prune [PIM announces 2, room for 0]"},
		{"group of no family", pimGraftFrame, set(20+14, 77), "192.168.56.2 > 192.168.56.1 ttl 1 pim graft [PIM address of unknown family 77]"},
		{"neighbor of no family", pimGraftFrame, set(20+4, 77), "192.168.56.2 > 192.168.56.1 ttl 1 pim graft [PIM address of unknown family 77]"},
		{"half an assert", pimAssertFrame, cut(20 + 24), "192.168.56.1 > 224.0.0.13 ttl 1 pim assert [PIM truncated: 24 bytes, at least 26 needed]"},
		{"RPs", pimBootstrapFrame, set(20+22, 9, 9), "192.168.56.1 announces BSR 10.9.9.9, priority 10; RP for 239.0.0.0/8: 10.9.9.9, 10.9.9.8, 129.4.224.0 [PIM address of unknown family 0]"},
		{"prefixes", pimCandidateFrame, set(20+4, 3), "10.9.9.8 offers 10.9.9.8 as RP for 239.0.0.0/8, priority 192, for 150 s [PIM announces 3, room for 1]"},
		{"register of nothing", pimRegisterFrame, cut(20 + 8), "192.168.56.1 > 192.168.56.9 ttl 64 pim register [IPv4 truncated: 0 bytes, at least 20 needed]"},
		{"half a register", pimRegisterFrame, cut(20 + 6), "192.168.56.1 > 192.168.56.9 ttl 64 pim register [PIM truncated: 6 bytes, at least 8 needed]"},
	})
}

func TestPIMRegisterLayers(t *testing.T) {
	if got, want := layersOf(decode(t, pimRegisterFrame)), "Ethernet IPv4 PIM IPv4 UDP Payload"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := layersOf(decode(t, pim6RegisterFrame)), "Ethernet IPv6 PIM IPv6 UDP Payload"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := layersOf(decode(t, pimNullFrame)), "Ethernet IPv4 PIM"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
