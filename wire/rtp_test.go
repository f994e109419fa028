package wire

import (
	"testing"
)

var (
	rtpMPEGTS   = over(5000, 5004, digits("8021 04d2 0000ddd5 11223344")+tsSeven())
	rtpExtended = over(40000, 6001, digits("9060 0007 00000008 00000009 bede 0001 10aa0000")+"video")
)

func TestRTP(t *testing.T) {
	testDecoded(t, []decoded{
		{name: "MPEG-TS", frame: rtpMPEGTS,
			layers: "Ethernet IPv4 UDP RTP MPEGTS",
			line:   "192.168.56.103:5000 > 224.1.1.5:5004 ttl 1 udp 1328 B rtp MP2T seq 1234 time 56789 ssrc 0x11223344 1316 B mpegts 7 packets pid 256 cc 3-9",
			of:     RTP, fields: "version=2 padding=0 extension=0 csrc_count=0 marker=0 payload_type=33(MP2T) sequence=1234 timestamp=56789 ssrc=0x11223344"},
		{name: "CSRCs", frame: over(40000, 6000, digits("82e0 0001 00000002 deadbeef 00000001 00000002")+"video"),
			layers: "Ethernet IPv4 UDP RTP Payload",
			line:   "192.168.56.103:40000 > 224.1.1.5:6000 ttl 1 udp 25 B rtp type 96 marker seq 1 time 2 ssrc 0xdeadbeef 5 B",
			of:     RTP, fields: "version=2 padding=0 extension=0 csrc_count=2 marker=1 payload_type=96 sequence=1 timestamp=2 ssrc=0xdeadbeef csrcs=[ssrc=0x1; ssrc=0x2]"},
		{name: "an extension", frame: rtpExtended,
			layers: "Ethernet IPv4 UDP RTP Payload",
			line:   "192.168.56.103:40000 > 224.1.1.5:6001 ttl 1 udp 25 B rtp type 96 seq 7 time 8 ssrc 0x00000009 5 B",
			of:     RTP, fields: "version=2 padding=0 extension=1 csrc_count=0 marker=0 payload_type=96 sequence=7 timestamp=8 ssrc=0x9 extension_profile=0xbede extension_data=10aa0000"},
		{name: "padding", frame: over(40000, 6002, digits("a000 0007 00000008 00000009")+"audio audio 00000004"+"\x00\x00\x00\x04"),
			layers: "Ethernet IPv4 UDP RTP Payload",
			line:   "192.168.56.103:40000 > 224.1.1.5:6002 ttl 1 udp 36 B rtp PCMU seq 7 time 8 ssrc 0x00000009 20 B",
			of:     RTP, fields: "version=2 padding=1 extension=0 csrc_count=0 marker=0 payload_type=0(PCMU) sequence=7 timestamp=8 ssrc=0x9 padding_length=4"},
		{name: "too much padding", frame: over(5004, 5004, digits("a000 0007 00000008 00000009")+"audio\xff"),
			layers: "Ethernet IPv4 UDP RTP Payload",
			line:   "192.168.56.103:5004 > 224.1.1.5:5004 ttl 1 udp 18 B rtp PCMU seq 7 time 8 ssrc 0x00000009 6 B [bad RTP length 255: at most 6 possible]"},
		{name: "padding of nothing", frame: over(5004, 5004, digits("a000 0007 00000008 00000009")+"audio\x00"),
			layers: "Ethernet IPv4 UDP RTP Payload",
			line:   "192.168.56.103:5004 > 224.1.1.5:5004 ttl 1 udp 18 B rtp PCMU seq 7 time 8 ssrc 0x00000009 6 B [bad RTP length 0: at least 1 possible]"},
		{name: "more CSRCs than room", frame: over(5004, 5004, digits("8f00 0007 00000008 00000009 0000000a")),
			layers: "Ethernet IPv4 UDP RTP",
			line:   "192.168.56.103:5004 > 224.1.1.5:5004 ttl 1 udp 16 B rtp PCMU seq 7 time 8 ssrc 0x00000009 0 B [RTP truncated: 16 bytes, at least 72 needed]"},
		{name: "an extension larger than the datagram", frame: over(5004, 5004, digits("9000 0007 00000008 00000009 bede 0009 00000000")),
			layers: "Ethernet IPv4 UDP RTP",
			line:   "192.168.56.103:5004 > 224.1.1.5:5004 ttl 1 udp 20 B rtp PCMU seq 7 time 8 ssrc 0x00000009 0 B [RTP truncated: 20 bytes, at least 52 needed]"},
		{name: "truncated", frame: over(5004, 5004, digits("8000 0007 00000008")),
			layers: "Ethernet IPv4 UDP RTP",
			line:   "192.168.56.103:5004 > 224.1.1.5:5004 ttl 1 udp 8 B [RTP truncated: 8 bytes, at least 12 needed]"},
		{name: "MPEG-TS of a dynamic type", frame: over(5004, 5004, digits("8060 0007 00000008 00000009")+tsPacket(256, 7, "")+tsPacket(256, 8, "")),
			layers: "Ethernet IPv4 UDP RTP MPEGTS",
			line:   "192.168.56.103:5004 > 224.1.1.5:5004 ttl 1 udp 388 B rtp type 96 seq 7 time 8 ssrc 0x00000009 376 B mpegts 2 packets pid 256 cc 7-8"},
	})
}
