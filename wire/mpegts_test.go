package wire

import (
	"strings"
	"testing"
)

// tsPacket returns a packet with an adaptation field, and with payload unless the
// field fills it.
func tsPacket(pid uint16, counter byte, adaptation string) string {
	control := byte(0x10)
	switch {
	case len(adaptation) == 184:
		control = 0x20
	case adaptation != "":
		control = 0x30
	}
	head := string([]byte{syncByte, byte(pid >> 8), byte(pid), control | counter}) + adaptation
	return head + strings.Repeat("\xff", tsPacketSize-len(head))
}

// tsStuffing fills a packet behind an adaptation field of two bytes.
var tsStuffing = strings.Repeat("\xff", 182)

// tsSeven returns the packets of a usual datagram.
func tsSeven() string {
	all := ""
	for i := range byte(7) {
		all += tsPacket(256, 3+i, "")
	}
	return all
}

var (
	mpegtsSeven = over(40001, 1234, tsSeven())
	mpegtsMixed = over(40001, 1234, tsPacket(0x4000, 5, "")+tsPacket(256, 15, "")+tsPacket(256, 0, "")+tsPacket(257, 1, "")+
		tsPacket(nullPID, 0, "")+tsPacket(256, 2, "")+tsPacket(0x8100, 3, ""))
	mpegtsClock = over(40001, 1234, tsPacket(0x4100, 3, digits("b7 50 005e30a77e11")+tsStuffing[6:])+tsPacket(256, 4, ""))
)

func TestMPEGTS(t *testing.T) {
	testDecoded(t, []decoded{
		{name: "seven", frame: mpegtsSeven,
			layers: "Ethernet IPv4 UDP MPEGTS",
			line:   "192.168.56.103:40001 > 224.1.1.5:1234 ttl 1 udp 1316 B mpegts 7 packets pid 256 cc 3-9"},
		{name: "several streams", frame: mpegtsMixed,
			layers: "Ethernet IPv4 UDP MPEGTS",
			line:   "192.168.56.103:40001 > 224.1.1.5:1234 ttl 1 udp 1316 B mpegts 7 packets pid 0 cc 5, pid 256 cc 15-3, pid 257 cc 1, pid 8191 [MPEGTS continuity counter 2, not 1; MPEGTS packet marked as damaged]"},
		{name: "a clock", frame: mpegtsClock,
			layers: "Ethernet IPv4 UDP MPEGTS",
			line:   "192.168.56.103:40001 > 224.1.1.5:1234 ttl 1 udp 376 B mpegts 2 packets pid 256 cc 3-4",
			of:     MPEGTS, fields: "packets=[sync=0x47 transport_error=0 payload_start=1 priority=0 pid=256 scrambling=0(none) adaptation=2(adaptation field) continuity=3 adaptation_length=183 discontinuity=0 random_access=1 pcr=3703703417; sync=0x47 transport_error=0 payload_start=0 priority=0 pid=256 scrambling=0(none) adaptation=1(payload) continuity=4 data=" + strings.Repeat("ff", 184) + "]"},
		{name: "sent twice", frame: over(40001, 1234, tsPacket(256, 4, "")+tsPacket(256, 4, "")+tsPacket(256, 5, "")),
			layers: "Ethernet IPv4 UDP MPEGTS",
			line:   "192.168.56.103:40001 > 224.1.1.5:1234 ttl 1 udp 564 B mpegts 3 packets pid 256 cc 4-5"},
		{name: "adaptation alone does not count", frame: over(40001, 1234, tsPacket(256, 4, "")+tsPacket(256, 4, "\xb7\x00"+tsStuffing)+tsPacket(256, 5, "")),
			layers: "Ethernet IPv4 UDP MPEGTS",
			line:   "192.168.56.103:40001 > 224.1.1.5:1234 ttl 1 udp 564 B mpegts 3 packets pid 256 cc 4-5"},
		{name: "a discontinuity that is announced", frame: over(40001, 1234, tsPacket(256, 4, "")+tsPacket(256, 9, "\x01\x80")),
			layers: "Ethernet IPv4 UDP MPEGTS",
			line:   "192.168.56.103:40001 > 224.1.1.5:1234 ttl 1 udp 376 B mpegts 2 packets pid 256 cc 4-9"},
		{name: "a sync byte lost", frame: over(40001, 1234, tsPacket(256, 4, "")+tsPacket(256, 5, "")+"\x00"+tsPacket(256, 6, "")[1:]+tsPacket(256, 7, "")),
			layers: "Ethernet IPv4 UDP MPEGTS",
			line:   "192.168.56.103:40001 > 224.1.1.5:1234 ttl 1 udp 752 B mpegts 4 packets pid 256 cc 4-7 [MPEGTS marked 0x00, not 0x47]"},
		{name: "an adaptation field too large", frame: over(40001, 1234, tsPacket(256, 4, "\xb7\x00")+tsPacket(256, 5, "")),
			layers: "Ethernet IPv4 UDP MPEGTS",
			line:   "192.168.56.103:40001 > 224.1.1.5:1234 ttl 1 udp 376 B mpegts 2 packets pid 256 cc 4-5 [bad MPEGTS length 183: at most 182 possible]"},
		{name: "a part of a packet", frame: over(40001, 5004, digits("8021 0007 00000008 00000009")+tsPacket(256, 7, "")+"G"),
			layers: "Ethernet IPv4 UDP RTP MPEGTS",
			line:   "192.168.56.103:40001 > 224.1.1.5:5004 ttl 1 udp 201 B rtp MP2T seq 7 time 8 ssrc 0x00000009 189 B mpegts 1 packet pid 256 cc 7 [MPEGTS truncated: 189 bytes, at least 376 needed]"},
	})
}
