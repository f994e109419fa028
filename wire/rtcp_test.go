package wire

import (
	"testing"
)

var (
	rtcpCompound = over(40001, 6003, digits("81c8 000c 11223344 e8754700 80000000 000004d2 0000000a 00003368"+
		"55667788 40fffffb 00011170 0000000c abcdef01 00010000"+
		"81ca 0006 11223344 0109")+"user@host"+digits("0604")+"tool"+digits("000000"+
		"81cb 0003 11223344 04")+"done"+digits("000000"))
	rtcpFeedback = over(40001, 6005, digits("80c9 0001 00000001"+"81cd 0003 00000001 00000002 006400ff"+
		"81ce 0002 00000001 00000002"+"83cc 0003 00000001")+"mcst"+digits("00000005"))
)

func TestRTCP(t *testing.T) {
	testDecoded(t, []decoded{
		{name: "report, description, goodbye", frame: rtcpCompound,
			layers: "Ethernet IPv4 UDP RTCP",
			line:   "192.168.56.103:40001 > 224.1.1.5:6003 ttl 1 udp 96 B rtcp SR ssrc 0x11223344 reports 1, SDES cname user@host, BYE ssrc 0x11223344",
			of:     RTCP, fields: `packets=[version=2 padding=0 count=1 type=200(SR) length=52 ssrc=0x11223344 ntp_seconds=3900000000 ntp_fraction=2147483648 rtp_timestamp=1234 packet_count=10 octet_count=13160 reports=[ssrc=0x55667788 fraction_lost=64 packets_lost=-5 highest_sequence=70000 jitter=12 last_sr=0xabcdef01 delay_since_last_sr=65536]; version=2 padding=0 count=1 type=202(SDES) length=28 chunks=[ssrc=0x11223344 items=[type=1(CNAME) text="user@host"; type=6(TOOL) text="tool"]]; version=2 padding=0 count=1 type=203(BYE) length=16 sources=[ssrc=0x11223344] reason="done"]`},
		{name: "feedback", frame: rtcpFeedback,
			layers: "Ethernet IPv4 UDP RTCP",
			line:   "192.168.56.103:40001 > 224.1.1.5:6005 ttl 1 udp 52 B rtcp RR ssrc 0x00000001, RTPFB ssrc 0x00000001, PSFB ssrc 0x00000001, APP ssrc 0x00000001",
			of:     RTCP, fields: `packets=[version=2 padding=0 count=0 type=201(RR) length=8 ssrc=0x1 reports=[]; version=2 padding=0 format=1(NACK) type=205(RTPFB) length=16 ssrc=0x1 media_ssrc=0x2 data=006400ff; version=2 padding=0 format=1(PLI) type=206(PSFB) length=12 ssrc=0x1 media_ssrc=0x2 data=; version=2 padding=0 subtype=3 type=204(APP) length=16 ssrc=0x1 name="mcst" data=00000005]`},
		{name: "more reports than room", frame: over(40001, 6003, digits("85c9 0001 00000001")),
			layers: "Ethernet IPv4 UDP RTCP",
			line:   "192.168.56.103:40001 > 224.1.1.5:6003 ttl 1 udp 8 B rtcp RR ssrc 0x00000001 reports 5 [RTCP announces 5, room for 0]"},
		{name: "more sources than room", frame: over(40001, 6003, digits("85cb 0001 00000001")),
			layers: "Ethernet IPv4 UDP RTCP",
			line:   "192.168.56.103:40001 > 224.1.1.5:6003 ttl 1 udp 8 B rtcp BYE ssrc 0x00000001 [RTCP announces 5, room for 1]"},
		{name: "no room for a sender", frame: over(40001, 6003, digits("80c8 0001 00000001")),
			layers: "Ethernet IPv4 UDP RTCP",
			line:   "192.168.56.103:40001 > 224.1.1.5:6003 ttl 1 udp 8 B rtcp SR ssrc 0x00000001 [bad RTCP length 8: at least 28 possible]"},
		{name: "a length too large", frame: over(5005, 5005, digits("80c9 0009 00000001")),
			layers: "Ethernet IPv4 UDP RTCP Payload",
			line:   "192.168.56.103:5005 > 224.1.1.5:5005 ttl 1 udp 8 B rtcp [bad RTCP length 40: at most 8 possible]"},
		{name: "a second packet of another version", frame: over(5005, 5005, digits("80c9 0001 00000001 40ca 0000")),
			layers: "Ethernet IPv4 UDP RTCP Payload",
			line:   "192.168.56.103:5005 > 224.1.1.5:5005 ttl 1 udp 12 B rtcp RR ssrc 0x00000001 [RTCP version 1, not 2]"},
		{name: "truncated", frame: over(5005, 5005, digits("80c9 0001 00000001 81ca")),
			layers: "Ethernet IPv4 UDP RTCP",
			line:   "192.168.56.103:5005 > 224.1.1.5:5005 ttl 1 udp 10 B rtcp RR ssrc 0x00000001 [RTCP truncated: 10 bytes, at least 12 needed]"},
	})
}
