package wire

import (
	"testing"
)

// Frames made by scapy 2.5.0.
const (
	neighborAsk = "33330000000102000000000186dd " +
		"6000000000203afffe800000000000000000000000000001ff02000000000000 " +
		"00000001ff00000287007a9700000000fe800000000000000000000000000002 " +
		"0101020000000001 "
	neighborTell = "33330000000102000000000186dd " +
		"6000000000203afffe800000000000000000000000000002fe80000000000000 " +
		"000000000000000188009819e0000000fe800000000000000000000000000002 " +
		"0201020000000002 "
	routerTell = "33330000000102000000000186dd " +
		"6000000000683afffe800000000000000000000000000001ff02000000000000 " +
		"000000000000000186003d744088070800000000000000000101020000000001 " +
		"05010000000005dc030440c0ffffffffffffffff0000000020010db800000000 " +
		"0000000000000000190500000000025820010db8000000000000000000000053 " +
		"20010db8000000000000000000000054 "
	routerAsk = "33330000000102000000000186dd " +
		"6000000000083a40fe800000000000000000000000000001ff02000000000000 " +
		"000000000000000285007d3600000000 "
	icmpv6Ping = "33330000000102000000000186dd " +
		"60000000000b3a4020010db800000000000000000000000120010db800000000 " +
		"000000000000000280005fd300070008616263 "
	icmpv6TooBig = "33330000000102000000000186dd " +
		"6000000000383a4020010db800000000000000000000000120010db800000000 " +
		"000000000000000202002be900000500600000000008114020010db800000000 " +
		"000000000000000220010db8000000000000000000000001000100020008a466 "
	routerRedirect = "33330000000102000000000186dd " +
		"6000000000403afffe800000000000000000000000000001fe80000000000000 " +
		"00000000000000058900856c00000000fe800000000000000000000000000009 " +
		"20010db800000000000000000000000704030000000000007878787878787878 " +
		"7878787878787878 "
)

func TestICMPv6(t *testing.T) {
	testDecoded(t, []decoded{
		{name: "neighbor solicitation", frame: neighborAsk,
			layers: "Ethernet IPv6 ICMPv6",
			line:   "fe80::1 > ff02::1:ff00:2 hlim 255 icmpv6 neighbor solicitation target fe80::2",
			of:     ICMPv6, fields: `type=135(neighbor solicitation) code=0 checksum=0x7a97 target=fe80::2 options=[type=1(source link-layer address) mac=020000000001] checksum_state="good"`},
		{name: "neighbor advertisement", frame: neighborTell,
			layers: "Ethernet IPv6 ICMPv6",
			line:   "fe80::2 > fe80::1 hlim 255 icmpv6 neighbor advertisement target fe80::2",
			of:     ICMPv6, fields: `type=136(neighbor advertisement) code=0 checksum=0x9819 router=1 solicited=1 override=1 target=fe80::2 options=[type=2(target link-layer address) mac=020000000002] checksum_state="good"`},
		{name: "router advertisement", frame: routerTell,
			layers: "Ethernet IPv6 ICMPv6",
			line:   "fe80::1 > ff02::1 hlim 255 icmpv6 router advertisement",
			of:     ICMPv6, fields: `type=134(router advertisement) code=0 checksum=0x3d74 hop_limit=64 managed=1 other_configuration=0 preference=1(high) lifetime=1800 reachable_time=0 retransmission_time=0 options=[type=1(source link-layer address) mac=020000000001; type=5(MTU) mtu=1500; type=3(prefix) prefix_length=64 on_link=1 autonomous=1 valid_lifetime=4294967295 preferred_lifetime=4294967295 prefix=2001:db8::; type=25(DNS servers) lifetime=600 servers=[2001:db8::53; 2001:db8::54]] checksum_state="good"`},
		{name: "router solicitation from afar", frame: routerAsk,
			layers: "Ethernet IPv6 ICMPv6",
			line:   "fe80::1 > ff02::2 hlim 64 icmpv6 router solicitation [ICMPv6 with hop limit 64, not 255]",
			of:     ICMPv6, fields: `type=133(router solicitation) code=0 checksum=0x7d36 options=[] checksum_state="good"`},
		{name: "echo", frame: icmpv6Ping,
			layers: "Ethernet IPv6 ICMPv6 Payload",
			line:   "2001:db8::1 > 2001:db8::2 hlim 64 icmpv6 echo request id 7 seq 8 3 B",
			of:     ICMPv6, fields: `type=128(echo request) code=0 checksum=0x5fd3 identifier=7 sequence=8 checksum_state="good"`},
		{name: "packet too big", frame: icmpv6TooBig,
			layers: "Ethernet IPv6 ICMPv6 Payload",
			line:   "2001:db8::1 > 2001:db8::2 hlim 64 icmpv6 packet too big mtu 1280 48 B",
			of:     ICMPv6, fields: `type=2(packet too big) code=0 checksum=0x2be9 mtu=1280 checksum_state="good"`},
		{name: "redirect", frame: routerRedirect,
			layers: "Ethernet IPv6 ICMPv6",
			line:   "fe80::1 > fe80::5 hlim 255 icmpv6 redirect target fe80::9",
			of:     ICMPv6, fields: `type=137(redirect) code=0 checksum=0x856c target=fe80::9 destination=2001:db8::7 options=[type=4(redirected header) data=00000000000078787878787878787878787878787878] checksum_state="good"`},
		{name: "an option without length", frame: patched(neighborAsk, 79, "00"),
			layers: "Ethernet IPv6 ICMPv6",
			line:   "fe80::1 > ff02::1:ff00:2 hlim 255 icmpv6 neighbor solicitation target fe80::2 [bad ICMPv6 checksum 0x7a97, right is 0x7a98; bad ICMPv6 length 0: at least 8 possible]"},
		{name: "an option too long", frame: patched(neighborAsk, 79, "02"),
			layers: "Ethernet IPv6 ICMPv6",
			line:   "fe80::1 > ff02::1:ff00:2 hlim 255 icmpv6 neighbor solicitation target fe80::2 [bad ICMPv6 checksum 0x7a97, right is 0x7a96; bad ICMPv6 length 16: at most 8 possible]"},
		{name: "truncated", frame: patched(neighborAsk, 18, "0010"),
			layers: "Ethernet IPv6 ICMPv6 Padding",
			line:   "fe80::1 > ff02::1:ff00:2 hlim 255 icmpv6 neighbor solicitation [bad ICMPv6 checksum 0x7a97, right is 0x7dab; ICMPv6 truncated: 16 bytes, at least 24 needed]"},
	})
}
