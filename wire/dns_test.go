package wire

import (
	"strings"
	"testing"
)

var (
	dnsQuery    = over(40001, 53, digits("1a2b 0100 0001 0000 0000 0001 07")+"example"+digits("03")+"com"+digits("00 0001 0001 00 0029 1000 00000000 0000"))
	dnsResponse = over(53, 40001, digits("1a2b 8180 0001 0005 0000 0000 07")+"example"+digits("03")+"com"+digits("00 00ff 0001"+
		"c00c 0001 0001 0000012c 0004 c0000250"+
		"c00c 001c 0001 0000012c 0010 20010db8000000000000000000000080"+
		"c00c 000f 0001 0000003c 0009 000a 04 6d61696c c00c"+
		"c00c 0010 0001 00000005 0010 0b")+"v=spf1 -all"+digits("03")+"two"+
		digits("c00c 002e 0001 00000005 0002 abcd"))

	mdnsQuery    = over(5353, 5353, digits("0000 0000 0002 0000 0000 0000 05")+"_http"+digits("04")+"_tcp"+digits("05")+"local"+digits("00 000c 8001 04")+"_ipp"+digits("c012 000c 0001"))
	mdnsResponse = over(5353, 5353, digits("0000 8400 0000 0002 0000 0002 05")+"_http"+digits("04")+"_tcp"+digits("05")+"local"+
		digits("00 000c 0001 00001194 000a 07")+"My.Site"+digits("c00c"+
		"c028 0021 8001 00000078 000d 0000 0000 1f90 04")+"h\xc3\xbct"+digits("c017"+
		"c044 0001 8001 00000078 0004 c0000207"+
		"c028 0010 8001 00001194 0008 07")+"path=/x")
	llmnrQuery = over(40000, 5355, digits("0005 0000 0001 0000 0000 0000 04")+"wpad"+digits("00 0001 0001"))
)

func TestDNS(t *testing.T) {
	testDecoded(t, []decoded{
		{name: "query", frame: dnsQuery,
			layers: "Ethernet IPv4 UDP DNS",
			line:   "192.168.56.103:40001 > 224.1.1.5:53 ttl 1 udp 40 B dns query 0x1a2b A example.com",
			of:     DNS, fields: `id=0x1a2b response=0 opcode=0(query) authoritative=0 truncated=0 recursion_desired=1 recursion_available=0 authentic_data=0 checking_disabled=0 rcode=0(NOERROR) question_count=1 answer_count=0 authority_count=0 additional_count=1 questions=[name="example.com" type=1(A) class=1(IN)] answers=[] authorities=[] additionals=[name="." type=41(OPT) udp_size=4096]`},
		{name: "response", frame: dnsResponse,
			layers: "Ethernet IPv4 UDP DNS",
			line:   "192.168.56.103:53 > 224.1.1.5:40001 ttl 1 udp 136 B dns response 0x1a2b A example.com 192.0.2.80 ttl 300, AAAA example.com 2001:db8::80 ttl 300, MX example.com mail.example.com ttl 60, 2 more",
			of:     DNS, fields: `id=0x1a2b response=1 opcode=0(query) authoritative=0 truncated=0 recursion_desired=1 recursion_available=1 authentic_data=0 checking_disabled=0 rcode=0(NOERROR) question_count=1 answer_count=5 authority_count=0 additional_count=0 questions=[name="example.com" type=255(ANY) class=1(IN)] answers=[name="example.com" type=1(A) class=1(IN) ttl=300 address=192.0.2.80; name="example.com" type=28(AAAA) class=1(IN) ttl=300 address=2001:db8::80; name="example.com" type=15(MX) class=1(IN) ttl=60 preference=10 target="mail.example.com"; name="example.com" type=16(TXT) class=1(IN) ttl=5 texts=[text="v=spf1 -all"; text="two"]; name="example.com" type=46(RRSIG) class=1(IN) ttl=5 data=abcd] authorities=[] additionals=[]`},
		{name: "no such name", frame: over(53, 40001, digits("1a2b 8103 0001 0000 0000 0000 066e6f73756368 00 0001 0001")),
			layers: "Ethernet IPv4 UDP DNS",
			line:   "192.168.56.103:53 > 224.1.1.5:40001 ttl 1 udp 24 B dns response 0x1a2b NXDOMAIN A nosuch"},
		{name: "mDNS query", frame: mdnsQuery,
			layers: "Ethernet IPv4 UDP MDNS",
			line:   "192.168.56.103:5353 > 224.1.1.5:5353 ttl 1 udp 45 B mdns query PTR _http._tcp.local QU, PTR _ipp._tcp.local",
			of:     MDNS, fields: `id=0x0 response=0 opcode=0(query) authoritative=0 truncated=0 recursion_desired=0 recursion_available=0 authentic_data=0 checking_disabled=0 rcode=0(NOERROR) question_count=2 answer_count=0 authority_count=0 additional_count=0 questions=[name="_http._tcp.local" type=12(PTR) class=1(IN) unicast_response=1; name="_ipp._tcp.local" type=12(PTR) class=1(IN) unicast_response=0] answers=[] authorities=[] additionals=[]`},
		{name: "mDNS response", frame: mdnsResponse,
			layers: "Ethernet IPv4 UDP MDNS",
			line:   `192.168.56.103:5353 > 224.1.1.5:5353 ttl 1 udp 111 B mdns response PTR _http._tcp.local My\.Site._http._tcp.local ttl 4500, SRV My\.Site._http._tcp.local h\195\188t.local:8080 ttl 120`,
			of:     MDNS, fields: `id=0x0 response=1 opcode=0(query) authoritative=1 truncated=0 recursion_desired=0 recursion_available=0 authentic_data=0 checking_disabled=0 rcode=0(NOERROR) question_count=0 answer_count=2 authority_count=0 additional_count=2 questions=[] answers=[name="_http._tcp.local" type=12(PTR) class=1(IN) cache_flush=0 ttl=4500 target="My\\.Site._http._tcp.local"; name="My\\.Site._http._tcp.local" type=33(SRV) class=1(IN) cache_flush=1 ttl=120 priority=0 weight=0 port=8080 target="hüt.local"] authorities=[] additionals=[name="hüt.local" type=1(A) class=1(IN) cache_flush=1 ttl=120 address=192.0.2.7; name="My\\.Site._http._tcp.local" type=16(TXT) class=1(IN) cache_flush=1 ttl=4500 texts=[text="path=/x"]]`},
		{name: "LLMNR", frame: llmnrQuery,
			layers: "Ethernet IPv4 UDP LLMNR",
			line:   "192.168.56.103:40000 > 224.1.1.5:5355 ttl 1 udp 22 B llmnr query 0x0005 A wpad",
			of:     LLMNR, fields: `id=0x5 response=0 opcode=0(query) conflict=0 truncated=0 tentative=0 rcode=0(NOERROR) question_count=1 answer_count=0 authority_count=0 additional_count=0 questions=[name="wpad" type=1(A) class=1(IN)] answers=[] authorities=[] additionals=[]`},
		{name: "known answers", frame: over(5353, 5353, digits("0000 0000 0001 0001 0000 0000 0161 00 000c 0001 c00c 000c 0001 00000010 0002 c00c")),
			layers: "Ethernet IPv4 UDP MDNS",
			line:   "192.168.56.103:5353 > 224.1.1.5:5353 ttl 1 udp 33 B mdns query PTR a, 1 answer"},
		{name: "more questions than room", frame: over(40001, 53, digits("1a2b 0100 ffff 0000 0000 0000 0161 00 0001 0001")),
			layers: "Ethernet IPv4 UDP DNS",
			line:   "192.168.56.103:40001 > 224.1.1.5:53 ttl 1 udp 19 B dns query 0x1a2b A a [DNS announces 65535, room for 1]",
			of:     DNS, fields: `id=0x1a2b response=0 opcode=0(query) authoritative=0 truncated=0 recursion_desired=1 recursion_available=0 authentic_data=0 checking_disabled=0 rcode=0(NOERROR) question_count=65535 answer_count=0 authority_count=0 additional_count=0 questions=[name="a" type=1(A) class=1(IN)] answers=[] authorities=[] additionals=[]`},
		{name: "more records than room", frame: over(53, 40001, digits("1a2b 8100 0000 0002 0000 0000 0161 00 0001 0001 00000001 0004 c0000201 00")),
			layers: "Ethernet IPv4 UDP DNS Payload",
			line:   "192.168.56.103:53 > 224.1.1.5:40001 ttl 1 udp 30 B dns response 0x1a2b A a 192.0.2.1 ttl 1 [DNS announces 2, room for 1]"},
		{name: "a pointer to itself", frame: over(40001, 53, digits("1a2b 0100 0001 0000 0000 0000 c00c 0001 0001")),
			layers: "Ethernet IPv4 UDP DNS Payload",
			line:   "192.168.56.103:40001 > 224.1.1.5:53 ttl 1 udp 18 B dns query 0x1a2b [DNS garbled from byte 54 on]"},
		{name: "a pointer ahead", frame: over(40001, 53, digits("1a2b 0100 0001 0000 0000 0000 c00e 0161 00 0001 0001")),
			layers: "Ethernet IPv4 UDP DNS Payload",
			line:   "192.168.56.103:40001 > 224.1.1.5:53 ttl 1 udp 21 B dns query 0x1a2b [DNS garbled from byte 54 on]"},
		{name: "a label of a kind that nobody knows", frame: over(40001, 53, digits("1a2b 0100 0001 0000 0000 0000 4161 00 0001 0001")),
			layers: "Ethernet IPv4 UDP DNS Payload",
			line:   "192.168.56.103:40001 > 224.1.1.5:53 ttl 1 udp 19 B dns query 0x1a2b [DNS garbled from byte 54 on]"},
		{name: "a name too long", frame: over(40001, 53, digits("1a2b 0100 0001 0000 0000 0000")+strings.Repeat("\x3f"+strings.Repeat("a", 63), 4)+digits("00 0001 0001")),
			layers: "Ethernet IPv4 UDP DNS Payload",
			line:   "192.168.56.103:40001 > 224.1.1.5:53 ttl 1 udp 273 B dns query 0x1a2b [DNS garbled from byte 54 on]"},
		{name: "an address of three bytes", frame: over(53, 40001, digits("1a2b 8100 0000 0001 0000 0000 0161 00 0001 0001 00000001 0003 c00002")),
			layers: "Ethernet IPv4 UDP DNS",
			line:   "192.168.56.103:53 > 224.1.1.5:40001 ttl 1 udp 28 B dns response 0x1a2b A a ttl 1 [bad DNS length 3: at least 4 possible]"},
		{name: "a target that does not fit", frame: over(53, 40001, digits("1a2b 8100 0000 0001 0000 0000 0161 00 000c 0001 00000001 0003 056162")),
			layers: "Ethernet IPv4 UDP DNS",
			line:   "192.168.56.103:53 > 224.1.1.5:40001 ttl 1 udp 28 B dns response 0x1a2b PTR a ? ttl 1 [DNS garbled from byte 67 on]"},
		{name: "names with everything in them", frame: over(53, 40001, digits("1a2b 0100 0001 0000 0000 0000 06 612e5c1b20ff 00 0001 0001")),
			layers: "Ethernet IPv4 UDP DNS",
			line:   `192.168.56.103:53 > 224.1.1.5:40001 ttl 1 udp 24 B dns query 0x1a2b A a\.\\\027 \255`,
			of:     DNS, fields: `id=0x1a2b response=0 opcode=0(query) authoritative=0 truncated=0 recursion_desired=1 recursion_available=0 authentic_data=0 checking_disabled=0 rcode=0(NOERROR) question_count=1 answer_count=0 authority_count=0 additional_count=0 questions=[name="a\\.\\\\\x1b \xff" type=1(A) class=1(IN)] answers=[] authorities=[] additionals=[]`},
		{name: "truncated", frame: over(40001, 53, digits("1a2b 0100 0001")),
			layers: "Ethernet IPv4 UDP DNS",
			line:   "192.168.56.103:40001 > 224.1.1.5:53 ttl 1 udp 6 B dns [DNS truncated: 6 bytes, at least 12 needed]"},
		{name: "bytes behind it", frame: over(40001, 53, digits("1a2b 0100 0001 0000 0000 0000 0161 00 0001 0001 ffff")),
			layers: "Ethernet IPv4 UDP DNS Payload",
			line:   "192.168.56.103:40001 > 224.1.1.5:53 ttl 1 udp 21 B dns query 0x1a2b A a"},
	})
}
