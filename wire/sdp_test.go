package wire

import (
	"testing"
)

func TestSDP(t *testing.T) {
	testDecoded(t, []decoded{
		{name: "session", frame: sapAnnounce,
			layers: "Ethernet IPv4 UDP SAP SDP",
			line:   `192.168.56.103:9875 > 224.1.1.5:9875 ttl 1 udp 210 B sap announce 0x1234 from 192.0.2.1 sdp "My show" 239.1.1.5/127 audio 5004 RTP/AVP 0 96, video 5006/2 RTP/AVP 33 to 239.1.1.6/127`,
			of:     SDP, fields: `version=0 origin="- 1 1 IN IP4 192.0.2.1" session_name="My show" connection="IN IP4 239.1.1.5/127" time="0 0" attributes=[attribute="tool:x"] media=[media="audio" port=5004 protocol="RTP/AVP" formats="0 96" attributes=[attribute="rtpmap:96 L24/48000/2"]; media="video" port=5006 port_count=2 protocol="RTP/AVP" formats="33" connection="IN IP4 239.1.1.6/127" attributes=[]]`},
		{name: "a line that is none", frame: over(9875, 9875, digits("2000 1234 c0000201")+"v=0\r\ns=a\r\nwhat?\r\n"),
			layers: "Ethernet IPv4 UDP SAP SDP Payload",
			line:   `192.168.56.103:9875 > 224.1.1.5:9875 ttl 1 udp 25 B sap announce 0x1234 from 192.0.2.1 sdp "a" [SDP garbled from byte 60 on]`,
			of:     SDP, fields: `version=0 session_name="a" attributes=[] media=[]`},
		{name: "not for a terminal", frame: over(9875, 9875, digits("2000 1234 c0000201")+"v=0\ns=\x1b]0;x\x07\nm=audio\n"),
			layers: "Ethernet IPv4 UDP SAP SDP",
			line:   `192.168.56.103:9875 > 224.1.1.5:9875 ttl 1 udp 29 B sap announce 0x1234 from 192.0.2.1 sdp ".]0;x." audio`,
			of:     SDP, fields: `version=0 session_name="\x1b]0;x\a" attributes=[] media=[media="audio" attributes=[]]`},
	})
}
