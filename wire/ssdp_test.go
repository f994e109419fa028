package wire

import (
	"testing"
)

var (
	ssdpNotify = over(1900, 1900, "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=1800\r\n"+
		"LOCATION: http://192.0.2.1:80/d.xml\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\nUSN: uuid:1::upnp:rootdevice\r\n\r\n")
	ssdpSearch   = over(50000, 1900, "M-SEARCH * HTTP/1.1\r\nHost: 239.255.255.250:1900\r\nMan: \"ssdp:discover\"\r\nMX: 2\r\nSt:ssdp:all\r\n\r\n")
	ssdpResponse = over(40000, 50000, "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nLOCATION: http://192.0.2.1:80/d.xml\r\nEXT:\r\n\r\n")
)

func TestSSDP(t *testing.T) {
	testDecoded(t, []decoded{
		{name: "alive", frame: ssdpNotify,
			layers: "Ethernet IPv4 UDP SSDP",
			line:   "192.168.56.103:1900 > 224.1.1.5:1900 ttl 1 udp 183 B ssdp NOTIFY ssdp:alive upnp:rootdevice http://192.0.2.1:80/d.xml",
			of:     SSDP, fields: `start_line="NOTIFY * HTTP/1.1" nts="ssdp:alive" nt="upnp:rootdevice" usn="uuid:1::upnp:rootdevice" location="http://192.0.2.1:80/d.xml" headers=[name="HOST" value="239.255.255.250:1900"; name="CACHE-CONTROL" value="max-age=1800"; name="LOCATION" value="http://192.0.2.1:80/d.xml"; name="NT" value="upnp:rootdevice"; name="NTS" value="ssdp:alive"; name="USN" value="uuid:1::upnp:rootdevice"]`},
		{name: "search", frame: ssdpSearch,
			layers: "Ethernet IPv4 UDP SSDP",
			line:   "192.168.56.103:50000 > 224.1.1.5:1900 ttl 1 udp 93 B ssdp M-SEARCH ssdp:all",
			of:     SSDP, fields: `start_line="M-SEARCH * HTTP/1.1" st="ssdp:all" headers=[name="Host" value="239.255.255.250:1900"; name="Man" value="\"ssdp:discover\""; name="MX" value="2"; name="St" value="ssdp:all"]`},
		{name: "response", frame: ssdpResponse,
			layers: "Ethernet IPv4 UDP SSDP",
			line:   "192.168.56.103:40000 > 224.1.1.5:50000 ttl 1 udp 83 B ssdp HTTP/1.1 200 OK upnp:rootdevice http://192.0.2.1:80/d.xml",
			of:     SSDP, fields: `start_line="HTTP/1.1 200 OK" st="upnp:rootdevice" location="http://192.0.2.1:80/d.xml" headers=[name="ST" value="upnp:rootdevice"; name="LOCATION" value="http://192.0.2.1:80/d.xml"; name="EXT" value=""]`},
		{name: "no end of the headers", frame: over(1900, 1900, "NOTIFY * HTTP/1.1\r\nNT: a\r\n"),
			layers: "Ethernet IPv4 UDP SSDP",
			line:   "192.168.56.103:1900 > 224.1.1.5:1900 ttl 1 udp 26 B ssdp NOTIFY a [SSDP truncated: 26 bytes, at least 27 needed]"},
		{name: "a header without a colon", frame: over(1900, 1900, "NOTIFY * HTTP/1.1\r\nNT: a\r\nUSN\r\n\r\n"),
			layers: "Ethernet IPv4 UDP SSDP Payload",
			line:   "192.168.56.103:1900 > 224.1.1.5:1900 ttl 1 udp 33 B ssdp NOTIFY a [SSDP garbled from byte 68 on]"},
		{name: "a body", frame: over(1900, 1900, "NOTIFY * HTTP/1.1\nNT: a\n\nbody"),
			layers: "Ethernet IPv4 UDP SSDP Payload",
			line:   "192.168.56.103:1900 > 224.1.1.5:1900 ttl 1 udp 29 B ssdp NOTIFY a"},
		{name: "not for a terminal", frame: over(1900, 1900, "NOTIFY * HTTP/1.1\r\nNT: \x1b[2J\r\n\r\n"),
			layers: "Ethernet IPv4 UDP SSDP",
			line:   "192.168.56.103:1900 > 224.1.1.5:1900 ttl 1 udp 31 B ssdp NOTIFY .[2J"},
	})
}
