package syntax

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"
)

// answers looks up a few names.
var answers = Options{
	Resolve: func(name string) ([]netip.Addr, error) {
		switch name {
		case "both", "mld", "rtp", "group":
			return []netip.Addr{netip.MustParseAddr("::ffff:10.0.0.1"), netip.MustParseAddr("fe80::1%eth0"),
				netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")}, nil
		case "six":
			return []netip.Addr{netip.MustParseAddr("fe80::1")}, nil
		case "none":
			return nil, nil
		}
		return nil, errNotFound
	},
	ResolveEther: func(name string) (MAC, error) {
		if name == "both" || name == "six" {
			return MAC{2, 0, 0, 0, 0, 1}, nil
		}
		return MAC{}, errNotFound
	},
	InterfaceIndex: func(name string) (uint32, error) {
		if name == "eth0" || name == "5" || name == "lane" {
			return 7, nil
		}
		return 0, errNotFound
	},
}

var errNotFound = errors.New("not found")

// What an expression means, as another one in which all is spelled out. That
// libpcap 1.10.3 makes the same program of both was tested when the tables were
// written.
func TestParse(t *testing.T) {
	for _, test := range [...]struct{ in, want string }{
		{"", ""},
		{"  ", ""},

		// Qualifiers stay in force.
		{"udp port 50001 or 5353", "udp port 50001 or udp port 5353"},
		{"host 10.0.0.1 or 10.0.0.2 and not 10.0.0.3", "(host 10.0.0.1 or host 10.0.0.2) and not host 10.0.0.3"},
		{"port (80 or 443 and not 8080)", "(port 80 or port 443) and not port 8080"},
		{"not port 80 or 443", "not port 80 or port 443"},
		{"port not 80 or not 443", "not port 80 or not port 443"},
		{"udp port 1 or (tcp port 5) or 6", "udp port 1 or tcp port 5 or udp port 6"},
		{"udp port 1 or not (tcp port 5) or 6", "udp port 1 or not tcp port 5 or udp port 6"},
		{"udp port 1 or (2 or 3)", "udp port 1 or udp port 2 or udp port 3"},
		{"udp port 1 or ((2) or 3)", "udp port 1 or udp port 2 or udp port 3"},
		{"udp port 1 or (udp or tcp) or 2", "udp port 1 or udp or tcp or udp port 2"},
		{"udp port 1 or (tcp port 2 or 3)", "udp port 1 or tcp port 2 or tcp port 3"},
		{"port (80 or (443 and not 5))", "port 80 or (port 443 and not port 5)"},
		{"port ((80) or 443)", "port 80 or port 443"},
		{"port ((80))", "port 80"},
		{"udp port 1 or not 5 > 3", "udp port 1 or not 5 > 3"},
		{"udp port 1 or not (5) > 3", "udp port 1 or not 5 > 3"},
		{"udp port 1 or (5 > 3 or udp)", "udp port 1 or 5 > 3 or udp"},
		{"udp port 1 or ((5) + 3) > 3", "udp port 1 or 5 + 3 > 3"},
		{"host 10.0.0.1 or ff02::1", "host 10.0.0.1 or host ff02::1"},
		{"ether host 1:2:3:4:5:6 or 020000000001", "ether host 01:02:03:04:05:06 or ether host 02:00:00:00:00:01"},

		// "and" and "or" bind equally.
		{"udp or tcp and ip", "(udp or tcp) and ip"},
		{"udp and tcp or ip", "(udp and tcp) or ip"},
		{"udp or (tcp and ip)", "udp or (tcp and ip)"},
		{"udp and (tcp and (ip and arp))", "udp and tcp and ip and arp"},
		{"not udp and tcp", "not udp and tcp"},
		{"not (udp and tcp)", "not (udp and tcp)"},
		{"!!udp", "not not udp"},
		{"udp&&tcp||!ip", "(udp and tcp) or not ip"},

		// Directions.
		{"src 10.0.0.1", "src host 10.0.0.1"},
		{"ip src or dst 10.0.0.1", "ip host 10.0.0.1"},
		{"dst and src port 5", "src and dst port 5"},
		{"arp dst net 10", "arp dst net 10.0.0.0/8"},
		{"decnet src 1.2", "decnet src host 1.2"},
		{"decnet host 5", "decnet host 0.5"},
		{"tr dst 1-2-3-4-5-6", "ether dst host 01:02:03:04:05:06"},

		// Hosts and networks.
		{"host 10.1", "net 10.1.0.0/16"},
		{"host 5", "host 0.0.0.5"},
		{"net 239", "net 239.0.0.0/8"},
		{"net 0xe0000000", "net 224.0.0.0"},
		{"net 2561", "net 10.1.0.0/16"},
		{"net 0", "net 0.0.0.0"},
		{"net 224.0", "net 224.0.0.0/16"},
		{"net 10.1/16", "net 10.1.0.0/16"},
		{"net 10.0.0.1 mask 255.0.0.255", "net 10.0.0.1 mask 255.0.0.255"},
		{"net 10 or 11", "net 10.0.0.0/8 or net 11.0.0.0/8"},
		{"net 0.0.0.0/0", "net 0.0.0.0/0"},
		{"host 010.08.0.1", "host 10.8.0.1"},
		{"net FF02::/16", "net ff02::/16"},
		{"host ff02::1/128", "host ff02::1"},
		{"ip6 net ::/0", "ip6 net ::/0"},
		{"host ::ffff:10.0.0.1", "host ::ffff:10.0.0.1"},

		// Ports.
		{"port http", "tcp port 80"},
		{"port domain", "port 53"},
		{"sctp port domain", "sctp port 53"},
		{"udp port mdns", "udp port 5353"},
		{"port sap or ptp-event or llmnr", "udp port 9875 or udp port 319 or port 5355"},
		{`port \geneve or \80`, "udp port 6081 or port 80"},
		{"portrange 6000-5000", "portrange 5000-6000"},
		{"portrange 80", "portrange 80-80"},
		{"portrange http-ssh", "tcp portrange 22-80"},
		{"udp portrange 80-http", "udp portrange 80-80"},

		// Protocols.
		{`proto \udp or 6`, "proto 17 or proto 6"},
		{`ip proto \igmp`, "ip proto 2"},
		{`ether proto \arp or \stp`, "ether proto 0x0806 or ether proto 0x42"},
		{`iso proto \clnp`, "iso proto 129"},
		{"isis proto 5", "isis proto 5"},
		{`ip6 protochain \icmp`, "ip6 protochain 1"},
		{"ip proto 300", "ip proto 300"},
		{"es-is or is-is", "esis or isis"},

		// Other primitives.
		{"broadcast or fddi broadcast", "ether broadcast or ether broadcast"},
		{"multicast", "ether multicast"},
		{"less 0x40 or greater 010", "less 64 or greater 8"},
		{"byte 5 == 3 or byte 1 | 2", "byte 5 = 3 or byte 1 | 2"},
		{"inbound or outbound or ifindex 5", "inbound or outbound or ifindex 5"},
		{"vlan and vlan 5 and vlan (6)", "vlan and vlan 5 and vlan 6"},
		{"mpls 1048575 or pppoes 65535 or geneve 16777215", "mpls 1048575 or pppoes 65535 or geneve 16777215"},
		{"llc or llc I or llc rulenum or llc Xid", "llc or llc i or llc rnr or llc xid"},
		{"link[0] & 1 != 0", "ether[0] & 1 != 0"},
		{"tcp[tcpflags] & tcp-syn != 0", "tcp[13] & 2 != 0"},
		{"icmp6[icmp6type] = icmp6-echo", "icmp6[0] = 128"},
		{"ip[ip[0]:2] = length", "ip[ip[0]:2] = len"},
		{"ip[16] & 0xf0 == 0xe0", "ip[16] & 0xf0 = 224"},

		// Arithmetic, with the precedences of yacc.
		{"1 + 2 * 3 = 4", "1 + 2 * 3 = 4"},
		{"1 * 2 + 3 = 4", "1 * 2 + 3 = 4"},
		{"(1 + 2) * 3 = 4", "(1 + 2) * 3 = 4"},
		{"1 - 2 - 3 = 4", "1 - 2 - 3 = 4"},
		{"1 - (2 - 3) = 4", "1 - (2 - 3) = 4"},
		{"1 | 2 & 3 << 4 + 5 = 6", "1 | 2 & 3 << 4 + 5 = 6"},
		{"6 - 7 % 4 + 1 = 4", "6 - (7 % (4 + 1)) = 4"},
		{"1 * 2 ^ 3 | 4 = 5", "1 * (2 ^ (3 | 4)) = 5"},
		{"7 % 4 % 3 = 1", "7 % (4 % 3) = 1"},
		{"-1 % 2 = 1", "-(1 % 2) = 1"},
		{"(-1) % 2 = 1", "(-1) % 2 = 1"},
		{"-1 + 2 = 1", "-1 + 2 = 1"},
		{"- -len = 5", "--len = 5"},
		{"1 / ether[0] = 5", "1 / ether[0] = 5"},
		{"1 << 32 - 1 = 1", "1 << 32 - 1 = 1"},

		// Extensions.
		{"group 239.1.2.3 or group ff15::/16", "group 239.1.2.3 or group ff15::/16"},
		{"group 239.1.2.3/32 or group ff15:1::/32 or group ff15::1/128", "group 239.1.2.3 or group ff15:1::/32 or group ff15::1"},
		{"group 224.0.0.0/4 or mld or rtp", "group 224.0.0.0/4 or mld or rtp"},
		{"udp port 5 or mld or proto 6 and rtp", "(udp port 5 or mld or proto 6) and rtp"},
		{"host 10.0.0.1 or group 239.1.2.3", "host 10.0.0.1 or group 239.1.2.3"},
		{"(host 10.0.0.1) or mld", "(host 10.0.0.1) or mld"},
		{"mld and host 10.0.0.1", "mld and host 10.0.0.1"},
		{"ifname eth0 or ifname 5 or ifname lane", "ifindex 7 or ifindex 7 or ifindex 7"},

		// Names.
		{"host both", "host 10.0.0.1 or host fe80::1 or host 10.0.0.2"},
		{"ip host both", "ip host 10.0.0.1 or ip host 10.0.0.2"},
		{"arp src both", "arp src host 10.0.0.1 or arp src host 10.0.0.2"},
		{"ip6 host both and not six", "ip6 host fe80::1 and not ip6 host fe80::1"},
		{"udp or host both", "udp or host 10.0.0.1 or host fe80::1 or host 10.0.0.2"},
		{"not host both", "not (host 10.0.0.1 or host fe80::1 or host 10.0.0.2)"},
		{`host \both`, "host 10.0.0.1 or host fe80::1 or host 10.0.0.2"},
		{"ether host both", "ether host 02:00:00:00:00:01"},
		{"gateway both", "ether host 02:00:00:00:00:01 and not (host 10.0.0.1 or host fe80::1 or host 10.0.0.2)"},
		{"ip gateway both", "ether host 02:00:00:00:00:01 and not (ip host 10.0.0.1 or ip host 10.0.0.2)"},
		{"udp and gateway six", "udp and ether host 02:00:00:00:00:01 and not host fe80::1"},
		{"udp and not gateway six", "udp and not (ether host 02:00:00:00:00:01 and not host fe80::1)"},
		{"ip host mld or mld", "ip host 10.0.0.1 or ip host 10.0.0.2 or ip host 10.0.0.1 or ip host 10.0.0.2"},
	} {
		n, err := Parse(test.in, answers)
		if err != nil {
			t.Errorf("%s: %v", test.in, err)
			continue
		}
		if got := Canonical(n); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.in, got, test.want)
		}
	}
}

// The tree itself, with its spans.
func TestParseTree(t *testing.T) {
	addr := netip.MustParseAddr
	ones := addr("255.255.255.255")
	for _, test := range [...]struct {
		in   string
		want Node
	}{
		{"udp", &Proto{Span{0, 3}, UDP}},
		{"not (udp)", &Not{Span{0, 9}, &Proto{Span{5, 8}, UDP}}},
		{"udp or tcp and (ip)", &And{Span{0, 19}, []Node{
			&Or{Span{0, 10}, []Node{&Proto{Span{0, 3}, UDP}, &Proto{Span{7, 10}, TCP}}},
			&Proto{Span{16, 18}, IP},
		}}},
		{"(udp or tcp) and ip", &And{Span{0, 19}, []Node{
			&Or{Span{1, 11}, []Node{&Proto{Span{1, 4}, UDP}, &Proto{Span{8, 11}, TCP}}},
			&Proto{Span{17, 19}, IP},
		}}},
		{"udp dst port 5 or 6", &Or{Span{0, 19}, []Node{
			&Port{Span: Span{0, 14}, Direction: Destination, Low: 5, High: 5, On: OnUDP},
			&Port{Span: Span{18, 19}, Direction: Destination, Low: 6, High: 6, On: OnUDP},
		}}},
		{"portrange 5-6", &Port{Span{0, 13}, AnyDirection, true, 5, 6, AnyTransport}},
		{"src host six", &Host{Span: Span{0, 12}, Direction: Source, Name: "six",
			Nets: []Net{{addr("fe80::1"), addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")}}}},
		{"net 10.0.0.0/8", &Host{Span: Span{0, 14}, IsNet: true, Nets: []Net{{addr("10.0.0.0"), addr("255.0.0.0")}}}},
		{"gateway six", &Gateway{Span{0, 11}, NoProtocol, "six", MAC{2, 0, 0, 0, 0, 1}, []netip.Addr{addr("fe80::1")}}},
		{"ip gateway both", &Gateway{Span{0, 15}, IP, "both", MAC{2, 0, 0, 0, 0, 1},
			[]netip.Addr{addr("10.0.0.1"), addr("10.0.0.2")}}},
		{"ether src both", &EtherHost{Span{0, 14}, Source, MAC{2, 0, 0, 0, 0, 1}, "both"}},
		{"host 10.0.0.1", &Host{Span: Span{0, 13}, Nets: []Net{{addr("10.0.0.1"), ones}}}},
		{"ifname eth0", &Interface{Span{0, 11}, 7, "eth0"}},
		{"vlan", &VLAN{Span: Span{0, 4}}},
		{"vlan 5", &VLAN{Span{0, 6}, true, 5}},
		{"llc ui", &LLC{Span{0, 6}, "ui", 0x03, 0xef}},
		{"llc", &LLC{Span: Span{0, 3}}},
		{"inbound", &Outbound{Span{0, 7}, true}},
		{"greater 5", &Shorthand{Span{0, 9}, "greater", true, 5, &Relation{
			Span{0, 9}, ">=", &FrameLength{Span{0, 9}}, &Number{Span{0, 9}, 5, ""},
		}, "frames of 5 bytes or more"}},
		{"byte 1 & 2", &Byte{Span{0, 10}, 1, '&', 2}},
		{"decnet host 1.2", &DECnetHost{Span{0, 15}, AnyDirection, 1<<10 | 2}},
		{"group ff15::1", &Group{Span{0, 13}, Net{addr("ff15::1"), addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")}}},
		{"tcp[tcpflags:2] >= -(len)", &Relation{Span{0, 25}, ">=",
			&Load{Span{0, 15}, TCP, &Number{Span{4, 12}, 13, "tcpflags"}, 2},
			&Negation{Span{19, 25}, &FrameLength{Span{21, 24}}},
		}},
		{"1+len != 2", &Relation{Span{0, 10}, "!=",
			&Binary{Span{0, 5}, "+", &Number{Span{0, 1}, 1, ""}, &FrameLength{Span{2, 5}}},
			&Number{Span{9, 10}, 2, ""},
		}},
	} {
		got, err := Parse(test.in, answers)
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\n got %#v, %v\nwant %#v", test.in, got, err, test.want)
		}
	}
}

// An extension's word has its definition with it, all of it where the word is.
func TestParseWord(t *testing.T) {
	n, err := Parse("udp or rtp", Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := n.(*Or).List[1].(*Shorthand)
	if w.Word != "rtp" || w.Span != (Span{7, 10}) || w.X.Where() != w.Span {
		t.Errorf("got %+v, with X at %v", w, w.X.Where())
	}
	for _, w := range primitives {
		s, ok := w.reader.(shorthand)
		if !ok {
			continue
		}
		definition, means := s.definition, s.means
		if s.number != "" {
			definition, means = fmt.Sprintf(definition, 5), fmt.Sprintf(means, 5)
		}
		if n, err := Parse(definition, Options{Strict: true}); err != nil || n == nil || means == "" || strings.Contains(means, "%!") {
			t.Errorf("%s: %q, %v", w.word, means, err)
		}
		if (w.argument == number) != (s.number != "") {
			t.Errorf("%s: nothing says whether a number follows", w.word)
		}
	}
}

// The samples in testdata: what tcpdump accepts, and below "# refused" what it
// refuses.
func TestParseSamples(t *testing.T) {
	text, err := os.ReadFile("testdata/expressions.txt")
	if err != nil {
		t.Fatal(err)
	}
	refused, count := false, 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		refused = refused || line == "# refused"
		if line == "" || line[0] == '#' {
			continue
		}
		count++
		if _, err := Parse(line, Options{Strict: true}); (err != nil) != refused {
			t.Errorf("%s: %v", line, err)
		}
	}
	if count < 50 {
		t.Errorf("only %d samples", count)
	}
}

func TestParseLimits(t *testing.T) {
	repeat := strings.Repeat
	for _, test := range [...]struct {
		what, in string
		ok       bool
	}{
		{"parentheses", repeat("(", 5000) + "udp" + repeat(")", 5000), true},
		{"too many parentheses", repeat("(", 5001) + "udp" + repeat(")", 5001), false},
		{"a million parentheses", repeat("(", 1_000_000), false},
		{"not", repeat("not ", 5000) + "udp", true},
		{"too many not", repeat("!", 5001) + "udp", false},
		{"too many minus", repeat("- ", 5001) + "1 = 1", false},
		{"brackets", repeat("ip[", 4000) + "0" + repeat("]", 4000) + " = 0", true},
		{"too many brackets", repeat("ip[", 6000) + "0" + repeat("]", 6000) + " = 0", false},
		{"too many %", repeat("5 % ", 6000) + "5 = 5", false},
		{"too many +", repeat("5 + ", 6000) + "5 = 5", false},
		{"a long chain", repeat("udp and ", 100_000) + "udp", true},
		{"a long chain of ports", "port 5" + repeat(" or 6", 100_000), true},
		{"a long chain of groups", "udp" + repeat(" and (tcp or ip and arp)", 100_000), true},
		{"a long chain of comparisons", "udp" + repeat(" and ip[6] & 1 = 0", 100_000), true},
		{"a chain that takes turns", "udp" + repeat(" and tcp or udp", 49_000), true},
		{"a chain that takes too many turns", "udp" + repeat(" and tcp or udp", 51_000), false},
		{"a long chain of words", "mld" + repeat(" or mld", 100_000), true},
	} {
		n, err := Parse(test.in, Options{})
		if (err == nil) != test.ok {
			t.Errorf("%s: %.200v", test.what, err)
		}
		if err == nil {
			Canonical(n)
			Describe(n)
		}
	}
}
