package wire

import "testing"

// Frames that scapy made.
const (
	igmp2QueryFrame = "01005e000001 080027000103 0800 " + "46c000200000400001020b6dc0a83801e000000194040000 " +
		"1164ee9b00000000"
	igmp2GroupQueryFrame = "01005e000001 080027000103 0800 " + "46c000200000400001020a68c0a83801e001010594040000 " +
		"110a0defe0010105"
	igmp1QueryFrame = "01005e000001 080027000103 0800 " + "45c0001c000040000102a075c0a83801e0000001 " +
		"1100eeff00000000"
	igmp1ReportFrame = "01005e000001 080027000103 0800 " + "45c0001c0000400001029f0cc0a83865e0010105 " +
		"12000cf9e0010105"
	igmp2ReportFrame = "01005e000001 080027000103 0800 " + "46c000200000400001020a04c0a83865e001010594040000 " +
		"160008f9e0010105"
	igmp2LeaveFrame = "01005e000001 080027000103 0800 " + "46c000200000400001020b08c0a83865e000000294040000 " +
		"170007f9e0010105"
	igmp3QueryFrame = "01005e000001 080027000103 0800 " + "46c0002c0000400001020260c0a83801e801010194040000 " +
		"118f76c9e80101010a920002c0000207c0000208"
	igmp3JoinFrame = "01005e000001 080027000103 0800 " + "46c000280000400001020aecc0a83865e000001694040000 " +
		"2200f8f70000000104000000e0010105"
	igmp3ReportFrame = "01005e000001 080027000103 0800 " + "46c0005c0000400001020ab8c0a83865e000001694040000 " +
		"220072b80000000503000001e8010101c000020703000000e001010504000001ef010101c000020905000001e8010101c000020706000002e8010102c0000207c0000208"
	igmp3AnswerFrame = "01005e000001 080027000103 0800 " + "46c000680000400001020aacc0a83865e000001694040000 " +
		"2200e2b80000000902000000e001010102000000e001010202000000e001010302000000e001010402000000e001010502000000e001010602000000e001010702000000e001010802000000e0010109"
	igmp3AnswerSFrame = "01005e000001 080027000103 0800 " + "46c000600000400001020ab4c0a83865e000001694040000 " +
		"220092a40000000301000009e8010101c0000201c0000202c0000203c0000204c0000205c0000206c0000207c0000208c000020902000001e0010109c000020109000000e0010109"
	dvmrpProbeFrame = "01005e000001 080027000103 0800 " + "45c00020000040000102a06ec0a83801e0000004 " +
		"1301ed9f000eff030000004d"
	pim1QueryFrame = "01005e000001 080027000103 0800 " + "45c00020000040000102a070c0a83801e0000002 " +
		"1400bba5100000002000005a"
	mrdAdvertFrame = "01005e000001 080027000103 0800 " + "46c000200000400001020b04c0a83801e000006a94040000 " +
		"3014cf6c007d0002"
	mrdSolicitFrame = "01005e000001 080027000103 0800 " + "46c0001c0000400001020b0cc0a83865e000000294040000 " +
		"3100ceff"
)

func TestIGMPLine(t *testing.T) {
	testLines(t, []lineTest{
		{igmp2QueryFrame, "querier 192.168.56.1 asks who is in any group, answer within 10 s (IGMPv2)"},
		{igmp2GroupQueryFrame, "querier 192.168.56.1 asks who is in 224.1.1.5, answer within 1 s (IGMPv2)"},
		{igmp1QueryFrame, "querier 192.168.56.1 asks who is in any group (IGMPv1)"},
		{igmp1ReportFrame, "192.168.56.101 is in 224.1.1.5 (IGMPv1)"},
		{igmp2ReportFrame, "192.168.56.101 is in 224.1.1.5 (IGMPv2)"},
		{igmp2LeaveFrame, "192.168.56.101 leaves 224.1.1.5 (IGMPv2)"},
		{igmp3QueryFrame, "querier 192.168.56.1 asks who is in 232.1.1.1 from 192.0.2.7, 192.0.2.8, answer within 24.8 s (IGMPv3)"},
		{igmp3JoinFrame, "192.168.56.101 joins 224.1.1.5 from any source (IGMPv3)"},
		{igmp3ReportFrame, "192.168.56.101 joins 232.1.1.1 from 192.0.2.7; leaves 224.1.1.5; joins 239.1.1.1 from any source but 192.0.2.9; joins 232.1.1.1 from 192.0.2.7; leaves 232.1.1.2 from 192.0.2.7, 192.0.2.8 (IGMPv3)"},
		{igmp3AnswerFrame, "192.168.56.101 is in 224.1.1.1, 224.1.1.2, 224.1.1.3, 224.1.1.4, 224.1.1.5, 224.1.1.6 from any source; and 3 more (IGMPv3)"},
		{igmp3AnswerSFrame, "192.168.56.101 is in 232.1.1.1 from 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4, 192.0.2.5, 192.0.2.6 and 3 more; is in 224.1.1.9 from any source but 192.0.2.1; reports 224.1.1.9 in an unknown way (IGMPv3)"},
		{dvmrpProbeFrame, "192.168.56.1 > 224.0.0.4 ttl 1 dvmrp probe"},
		{pim1QueryFrame, "192.168.56.1 > 224.0.0.2 ttl 1 pimv1 query"},
		{mrdAdvertFrame, "192.168.56.1 > 224.0.0.106 ttl 1 igmp multicast router advertisement"},
		{mrdSolicitFrame, "192.168.56.101 > 224.0.0.2 ttl 1 igmp multicast router solicitation"},
	})
}

func TestIGMPFields(t *testing.T) {
	testFields(t, []fieldsTest{
		{igmp1QueryFrame, IGMP, `type=0x11 (query) version=1 max_response_code=0 checksum=0xeeff group=0.0.0.0 checksum_state="good"`},
		{igmp2GroupQueryFrame, IGMP, `type=0x11 (query) version=2 max_response_code=10 max_response_ms=1000 checksum=0xdef group=224.1.1.5 checksum_state="good"`},
		{igmp3QueryFrame, IGMP, `type=0x11 (query) version=3 max_response_code=143 max_response_ms=24800 checksum=0x76c9 group=232.1.1.1 suppress=1 robustness=2 ` +
			`interval_code=146 interval_s=288 source_count=2 sources=[192.0.2.7 192.0.2.8] checksum_state="good"`},
		{igmp3AnswerSFrame[:len(igmp3AnswerSFrame)-16-24] + "09020000e0010109 0102030405060708", IGMP, `type=0x22 (report (version 3)) version=3 checksum=0x92a4 record_count=3 records=[` +
			`{type=1 (mode is include) auxiliary_words=0 source_count=9 group=232.1.1.1 sources=[192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 192.0.2.7 192.0.2.8 192.0.2.9]} ` +
			`{type=9 auxiliary_words=2 source_count=0 group=224.1.1.9 sources=[] auxiliary_data=0102030405060708}] checksum_state="bad"`},
		{dvmrpProbeFrame, IGMP, `type=0x13 (DVMRP) code=1 (probe) checksum=0xed9f data=000eff030000004d checksum_state="good"`},
		{pim1QueryFrame, IGMP, `type=0x14 (PIM version 1) code=0 (query) checksum=0xbba5 data=100000002000005a checksum_state="good"`},
		{mrdAdvertFrame, IGMP, `type=0x30 (multicast router advertisement) advertisement_interval_s=20 checksum=0xcf6c query_interval_s=125 robustness=2 checksum_state="good"`},
		{mrdSolicitFrame, IGMP, `type=0x31 (multicast router solicitation) checksum=0xceff checksum_state="good"`},
	})
}

// What is wrong is said, and all that is sound is read. With router alert the IPv4
// header has 24 bytes.
func TestIGMPFaults(t *testing.T) {
	testEdits(t, []editTest{
		{"hop limit", igmp3JoinFrame, set(8, 64), "192.168.56.101 joins 224.1.1.5 from any source (IGMPv3) [IGMP with hop limit 64, not 1]"},
		{"no router alert", igmp2LeaveFrame, set(20, 1, 1, 1, 1), "192.168.56.101 leaves 224.1.1.5 (IGMPv2) [IGMP without router alert]"},
		{"no router alert is needed", igmp1ReportFrame, set(0, 0x45), "192.168.56.101 is in 224.1.1.5 (IGMPv1)"},
		{"DVMRP from afar", dvmrpProbeFrame, set(8, 64), "192.168.56.1 > 224.0.0.4 ttl 64 dvmrp probe"},
		{"records", igmp3JoinFrame, set(24+6, 0xff, 0xff), "192.168.56.101 joins 224.1.1.5 from any source (IGMPv3) [IGMP announces 65535, room for 1]"},
		{"one record too many", igmp3ReportFrame, set(24+6, 0, 6),
			"192.168.56.101 joins 232.1.1.1 from 192.0.2.7; leaves 224.1.1.5; joins 239.1.1.1 from any source but 192.0.2.9; " +
				"joins 232.1.1.1 from 192.0.2.7; leaves 232.1.1.2 from 192.0.2.7, 192.0.2.8 (IGMPv3) [IGMP announces 6, room for 5]"},
		{"sources of a record", igmp3JoinFrame, set(24+10, 0, 3), "192.168.56.101 joins 224.1.1.5 from any source (IGMPv3) [IGMP announces 3, room for 0]"},
		{"auxiliary data", igmp3JoinFrame, set(24+9, 9), "192.168.56.101 joins 224.1.1.5 from any source (IGMPv3) [IGMP announces 9, room for 0]"},
		{"sources of a query", igmp3QueryFrame, set(24+10, 0, 3),
			"querier 192.168.56.1 asks who is in 232.1.1.1 from 192.0.2.7, 192.0.2.8, answer within 24.8 s (IGMPv3) [IGMP announces 3, room for 2]"},
		{"a query between versions", igmp3QueryFrame, cut(24 + 10), "192.168.56.1 > 232.1.1.1 ttl 1 igmp query [bad IGMP length 10: at least 12 possible]"},
		{"half a report", igmp3JoinFrame, cut(24 + 7), "192.168.56.101 > 224.0.0.22 ttl 1 igmp report (version 3) [IGMP truncated: 7 bytes, at least 8 needed]"},
		{"hardly a report", igmp3JoinFrame, cut(24 + 3), "192.168.56.101 > 224.0.0.22 ttl 1 IGMP 3 B [IGMP truncated: 3 bytes, at least 8 needed]"},
		{"half a record", igmp3JoinFrame, cut(24 + 14), "192.168.56.101 reports something (IGMPv3) [IGMP announces 1, room for 0]"},
		{"no records", igmp3JoinFrame, func(b []byte) []byte { return set(24+6, 0, 0)(b[:24+8]) }, "192.168.56.101 reports nothing (IGMPv3)"},
		{"more behind it", igmp2ReportFrame, func(b []byte) []byte { return append(b, 1, 2, 3) }, "192.168.56.101 is in 224.1.1.5 (IGMPv2)"},
		{"unknown type", igmp2ReportFrame, set(24, 0x99), "192.168.56.101 > 224.1.1.5 ttl 1 igmp type 153"},
		{"unknown code", dvmrpProbeFrame, set(21, 77), "192.168.56.1 > 224.0.0.4 ttl 1 dvmrp type 77"},
		{"a fragment", igmp3JoinFrame, set(6, 0x20), "192.168.56.101 joins 224.1.1.5 from any source (IGMPv3)"},
	})
}

func TestIGMPChecksum(t *testing.T) {
	testLines(t, []lineTest{{igmp3JoinFrame[:len(igmp3JoinFrame)-1] + "6",
		"192.168.56.101 joins 224.1.1.6 from any source (IGMPv3) [bad IGMP checksum 0xf8f7, right is 0xf8f6]"}})
}

// A capture that ends early is not a fault of the sender.
func TestMessageCut(t *testing.T) {
	tests := []struct {
		frame string
		n     int
		line  string
	}{
		{igmp3ReportFrame, 14 + 24 + 20, "192.168.56.101 joins 232.1.1.1 from 192.0.2.7 (IGMPv3) [IGMP not captured beyond 20 bytes]"},
		{igmp3QueryFrame, 14 + 24 + 16, "querier 192.168.56.1 asks who is in 232.1.1.1 from 192.0.2.7, answer within 24.8 s (IGMPv3) [IGMP not captured beyond 16 bytes]"},
		{igmp3QueryFrame, 14 + 24 + 8, "192.168.56.1 > 232.1.1.1 ttl 1 igmp query [IGMP not captured beyond 8 bytes]"},
		{pimJoinFrame, 14 + 20 + 34, "192.168.56.2 asks 192.168.56.1 to join (*,239.1.1.1) by way of RP 10.9.9.9, for 210 s [PIM not captured beyond 34 bytes]"},
		{pimJoinFrame, 14 + 20 + 33, "192.168.56.2 > 224.0.0.13 ttl 1 pim join/prune [PIM not captured beyond 33 bytes]"},
	}
	for _, tt := range tests {
		var p Packet
		b := frame(t, tt.frame)
		p.Decode(LinkEthernet, b[:tt.n], len(b), Options{})
		if got := string(p.AppendLine(nil)); got != tt.line {
			t.Errorf("%s, want\n%s", got, tt.line)
		}
	}
}
