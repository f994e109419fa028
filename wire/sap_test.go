package wire

import (
	"testing"
)

const sdpText = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=My show\r\nc=IN IP4 239.1.1.5/127\r\nt=0 0\r\na=tool:x\r\n" +
	"m=audio 5004 RTP/AVP 0 96\r\na=rtpmap:96 L24/48000/2\r\nm=video 5006/2 RTP/AVP 33\r\nc=IN IP4 239.1.1.6/127\r\n"

var (
	sapAnnounce = over(9875, 9875, digits("2000 1234 c0000201")+"application/sdp\x00"+sdpText)
	sapDelete   = over(9875, 9875, digits("2401 1234 c0000201")+"AUTHv=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n")
)

func TestSAP(t *testing.T) {
	testDecoded(t, []decoded{
		{name: "announcement", frame: sapAnnounce,
			layers: "Ethernet IPv4 UDP SAP SDP",
			line:   `192.168.56.103:9875 > 224.1.1.5:9875 ttl 1 udp 210 B sap announce 0x1234 from 192.0.2.1 sdp "My show" 239.1.1.5/127 audio 5004 RTP/AVP 0 96, video 5006/2 RTP/AVP 33 to 239.1.1.6/127`,
			of:     SAP, fields: `version=1 delete=0 encrypted=0 compressed=0 authentication_length=0 hash=0x1234 source=192.0.2.1 payload_type="application/sdp"`},
		{name: "deletion", frame: sapDelete,
			layers: "Ethernet IPv4 UDP SAP SDP",
			line:   "192.168.56.103:9875 > 224.1.1.5:9875 ttl 1 udp 43 B sap delete 0x1234 from 192.0.2.1 sdp",
			of:     SAP, fields: "version=1 delete=1 encrypted=0 compressed=0 authentication_length=4 hash=0x1234 source=192.0.2.1 authentication=41555448"},
		{name: "compressed, from IPv6", frame: over(9875, 9875, digits("3100 1234 fe80000000000000 0000000000000001")+"zzzz"),
			layers: "Ethernet IPv4 UDP SAP Payload",
			line:   "192.168.56.103:9875 > 224.1.1.5:9875 ttl 1 udp 24 B sap announce 0x1234 from fe80::1 compressed",
			of:     SAP, fields: "version=1 delete=0 encrypted=0 compressed=1 authentication_length=0 hash=0x1234 source=fe80::1"},
		{name: "encrypted", frame: over(9875, 9875, digits("2200 1234 c0000201")+"zzzz"),
			layers: "Ethernet IPv4 UDP SAP Payload",
			line:   "192.168.56.103:9875 > 224.1.1.5:9875 ttl 1 udp 12 B sap announce 0x1234 from 192.0.2.1 encrypted"},
		{name: "another payload", frame: over(9875, 9875, digits("2000 1234 c0000201")+"text/plain\x00hello"),
			layers: "Ethernet IPv4 UDP SAP Payload",
			line:   "192.168.56.103:9875 > 224.1.1.5:9875 ttl 1 udp 24 B sap announce 0x1234 from 192.0.2.1",
			of:     SAP, fields: `version=1 delete=0 encrypted=0 compressed=0 authentication_length=0 hash=0x1234 source=192.0.2.1 payload_type="text/plain"`},
		{name: "a type without an end", frame: over(9875, 9875, digits("2000 1234 c0000201")+"application/sdp"),
			layers: "Ethernet IPv4 UDP SAP Payload",
			line:   "192.168.56.103:9875 > 224.1.1.5:9875 ttl 1 udp 23 B sap announce 0x1234 from 192.0.2.1 [SAP garbled from byte 50 on]"},
		{name: "more authentication than room", frame: over(9875, 9875, digits("20ff 1234 c0000201 00000000")),
			layers: "Ethernet IPv4 UDP SAP Payload",
			line:   "192.168.56.103:9875 > 224.1.1.5:9875 ttl 1 udp 12 B sap announce 0x1234 from 192.0.2.1 [bad SAP length 1020: at most 4 possible]"},
		{name: "version 0", frame: over(9875, 9875, digits("0000 1234 c0000201")+sdpText),
			layers: "Ethernet IPv4 UDP SAP Payload",
			line:   "192.168.56.103:9875 > 224.1.1.5:9875 ttl 1 udp 194 B sap announce 0x1234 from 192.0.2.1 [SAP version 0, not 1]"},
		{name: "truncated", frame: over(9875, 9875, digits("2000 1234")),
			layers: "Ethernet IPv4 UDP SAP",
			line:   "192.168.56.103:9875 > 224.1.1.5:9875 ttl 1 udp 4 B sap [SAP truncated: 4 bytes, at least 8 needed]"},
	})
}
