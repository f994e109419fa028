package syntax

import (
	"errors"
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	for _, test := range [...]struct{ in, wrong, problem, hint string }{
		// Slips.
		{"udp prot 5", "prot", `"prot" cannot come right after "udp"`, `did you mean "port"?`},
		{"tcp dst prot 5", "prot", `"prot" cannot come right after "tcp dst"`, `did you mean "port"?`},
		{"udp dst hots 10.0.0.1", "udp dst hots 10.0.0.1", "udp has no hosts to look for", "write udp and dst host 10.0.0.1"},
		{"igmp dst prot 5", "igmp dst", "igmp has no hosts to look for", ""},
		{"tpc", "tpc", `no word of the filter language is called "tpc"`, `did you mean "tcp"?`},
		{"udp and (hots 10.0.0.1)", "hots", `no word of the filter language is called "hots"`, `did you mean "host"?`},
		{"UDP", "UDP", `no word of the filter language is called "UDP"`, `did you mean "udp"?`},
		{"udp port 5 an tcp", "an", `"and" or "or" is expected before "an"`, `did you mean "and"?`},
		{"port mdsn", "mdsn", `no port is called "mdsn"`, `did you mean "mdns"?`},
		{`ip proto \igpm`, `\igpm`, `no protocol is called "igpm"`, `did you mean "\igmp"?`},
		{"icmp[icmptype] = icmp-eco", "icmp-eco",
			`a number, len or PROTOCOL[…] is expected, and "icmp-eco" is none`, `did you mean "icmp-echo"?`},
		{"tcp[tcpflags] & syn != 0", "syn",
			`a number, len or PROTOCOL[…] is expected, and "syn" is none`, `did you mean "tcp-syn"?`},
		{"llc xdi", "xdi", `802.2 has no frames of the kind "xdi"`, `did you mean "xid"?`},

		// Words from elsewhere.
		{"icmpv6", "icmpv6", `no word of the filter language is called "icmpv6"`, `did you mean "icmp6"?`},
		{"udp dest port 5", "dest", `"dest" cannot come right after "udp"`, `did you mean "dst"?`},
		{"dns", "dns", `no word of the filter language is called "dns"`, "write port domain"},
		{"mdns", "mdns", `no word of the filter language is called "mdns"`, "write port mdns"},
		{"gre", "gre", `no word of the filter language is called "gre"`, "write ip proto gre"},
		{"gizmo", "gizmo", `no word of the filter language is called "gizmo"`, ""},
		{"udp.port == 5", "udp.port == 5",
			`"udp.port" is a field of Wireshark's display filters, which are another language`,
			"write udp port 5"},
		{"udp and ip.addr == 1.2.3.4", "ip.addr == 1.2.3.4",
			`"ip.addr" is a field of Wireshark's display filters, which are another language`,
			"write host 1.2.3.4"},
		{"host 10.0.0.1 or ip.src != 10.0.0.0/8", "ip.src != 10.0.0.0/8",
			`"ip.src" is a field of Wireshark's display filters, which are another language`,
			"write not src net 10.0.0.0/8"},
		{"tcp.flags.syn == 0", "tcp.flags.syn == 0",
			`"tcp.flags.syn" is a field of Wireshark's display filters, which are another language`,
			"write tcp[tcpflags] & tcp-syn = 0"},
		{"ip.ttl <= 1", "ip.ttl <= 1",
			`"ip.ttl" is a field of Wireshark's display filters, which are another language`,
			"write ip[8] <= 1"},
		{"vlan.id", "vlan.id",
			`"vlan.id" is a field of Wireshark's display filters, which are another language`, "here it is vlan"},
		{"rtp.ssrc == 5", "rtp.ssrc",
			`"rtp.ssrc" is a field of Wireshark's display filters, which are another language`, ""},

		// Names that swallow operators.
		{"len-4 > 5", "len-4", "len-4 reads as one name", "write len - 4"},
		{"udp and 5 < len-4-1", "len-4-1", "len-4-1 reads as one name", "write len - 4 - 1"},
		{"ip[len-4] = 1", "len-4", "len-4 reads as one name", "write len - 4"},
		{"port 5000-6000", "port 5000-6000", `"5000-6000" is a range of ports`, "write portrange 5000-6000"},
		{"portrange 5000 - 6000", "portrange 5000 - 6000",
			"a range is written with a hyphen and without blanks",
			"write portrange 5000-6000"},

		// Addresses.
		{"10.0.0.1", "10.0.0.1", "nothing says what this address is of", "write host 10.0.0.1"},
		{"udp or 10.0.0.0/8", "10.0.0.0/8", "nothing says what this address is of", "write net 10.0.0.0/8"},
		{"ff02::1", "ff02::1", "nothing says what this address is of", "write host ff02::1"},
		{"1:2:3:4:5:6", "1:2:3:4:5:6", "nothing says what this address is of", "write ether host 1:2:3:4:5:6"},
		{"1.2.3.4:80", "1.2.3.4:80", "nothing says what this address is of", "write host 1.2.3.4 and port 80"},
		{"host 1.2.3.4:80", "host 1.2.3.4:80",
			"an address and a port are two conditions", "write host 1.2.3.4 and port 80"},
		{"ip 10.0.0.1", "ip 10.0.0.1", `"10.0.0.1" cannot come right after "ip"`, "write ip host 10.0.0.1"},
		{"host 239.1.1.256", "239.1.1.256",
			"239.1.1.256 is no IPv4 address: 256 is not a number from 0 to 255", ""},
		{"host ::1.2.3.256", "::1.2.3.256", "::1.2.3.256 is no IPv6 address", ""},
		{"host 1:2:3", "1:2:3",
			"1:2:3 is no address: Ethernet's have six bytes, not 3, and IPv6's eight groups, or fewer and ::", ""},
		{"net 10/8", "net 10/8", "a mask belongs to an address with dots, and 10 is a number", "write net 10.0.0.0/8"},
		{"src 10.0.0.0/8", "src 10.0.0.0/8",
			"a mask belongs to a network, and host is about single addresses",
			"write src net 10.0.0.0/8"},
		{"host 10.0.0.0 mask 255.0.0.0", "host 10.0.0.0 mask 255.0.0.0",
			"a mask belongs to a network, and host is about single addresses",
			"write net 10.0.0.0/8"},
		{"host ff00::/8", "host ff00::/8",
			"a mask belongs to a network, and host is about single addresses", "write net ff00::/8"},
		{"net 10.0.0.1/8", "net 10.0.0.1/8",
			"bits are set in the address that the mask does not count", "write net 10.0.0.0/8"},
		{"net ff02::1/16", "net ff02::1/16", "bits are set in the address behind its prefix", "write net ff02::/16"},
		{"net 10.0.0.0/33", "33", "the length of a prefix is at most 32", ""},
		{"host 10.0.0.0/33", "33", "the length of a prefix is at most 32", ""},
		{"net ::/129", "129", "the length of a prefix is at most 128", ""},
		{"ip6 host 10.0.0.1", "ip6 host 10.0.0.1", "this is no IPv6 address", "write ip host 10.0.0.1"},
		{"ip host ff02::1", "ip host ff02::1",
			"this is an IPv6 address, which ip does not have", "write ip6 host ff02::1"},
		{"port 10.0.0.1", "port 10.0.0.1", "an address is not a port", "write host 10.0.0.1"},
		{"host 1:2:3:4:5:6", "host 1:2:3:4:5:6",
			"an Ethernet address is only looked for by ether host", "write ether host 1:2:3:4:5:6"},
		{"decnet host 64.1", "64.1", "64.1 is no DECnet address: these are from 0.0 to 63.1023", ""},
		{"ether host 5", "5", "this is no Ethernet address", "an Ethernet address is like 02:00:00:00:00:01"},

		// Ports.
		{"port 99999", "99999", "port numbers end at 65535", ""},
		{"udp port 5 or 65536", "65536", "port numbers end at 65535", ""},
		{"portrange 1-65536", "1-65536", "port numbers end at 65535", ""},
		{"udp port http", "http", `the port "http" is one of TCP`, "write 80; that is its number"},
		{"udp 5353", "udp 5353", `"5353" cannot come right after "udp"`, "write udp port 5353"},
		{"udp port", "", `"udp port" needs the number or the name of a port after it`, ""},
		{"udp port or tcp", "or", `"udp port" needs the number or the name of a port after it`, ""},
		{"udp port == 5", "udp port == 5",
			`"udp port" is not compared: it has its port right behind it`, "write udp port 5"},
		{"port 80 443", "port 80 443", `"and" or "or" is expected before "443"`, "write port 80 or 443"},
		{"port 80, 443", "port 80, 443", "',' means nothing here", "write port 80 or 443"},
		{"port (80 or udp)", "udp", `"udp" is a word of the filter language, where a port is expected`,
			"close the parentheses before"},
		{"port geneve", "port geneve",
			`"geneve" is a word of the filter language, where a port is expected`, `write port \geneve`},

		// Qualifiers that do not go together.
		{"tcp portrange 1-2 or ip6 portrange 5-6", "ip6 portrange 5-6", "ip6 has no range of ports to look for", "write (ip6 and portrange 5-6)"},
		{"group ::ffff:239.1.1.1", "group ::ffff:239.1.1.1", "these are not all multicast addresses, which are those in 224.0.0.0/4 and ff00::/8", "write group 239.1.1.1"},
		{"tcp host 10.0.0.1", "tcp host 10.0.0.1", "tcp has no hosts to look for", "write tcp and host 10.0.0.1"},
		{"ip src port 5", "ip src port 5", "ip has no ports to look for", "write ip and src port 5"},
		{"tcp proto 5", "tcp proto", "tcp has no protocols to look for", "ip, ip6, ether, iso and isis have"},
		{"ip proto udp", "ip proto udp",
			`"udp" is a word of the filter language, where a protocol is expected`, `write ip proto \udp`},
		{"src proto 5", "proto", `"proto" has no direction`, "leave src and dst out"},
		{"src or port 5", "src or", `"dst", or a host, is expected after "src"`, "write src or dst"},
		{"udp multicast", "udp multicast", "only ether multicast, ip multicast and ip6 multicast exist",
			"write ip multicast and udp"},
		{"ip6 broadcast", "ip6 broadcast",
			"only ether broadcast and ip broadcast exist", "write ip6 multicast; IPv6 has no broadcasts"},
		{"ether", "ether",
			`"ether" alone says nothing: all frames have a link-layer header`,
			"host, proto, broadcast or multicast comes behind it"},

		// Conditions that are not there, or not joined.
		{"udp and", "", `after "and" a condition is missing`, ""},
		{"udp or or tcp", "or", `after "or" a condition is missing`, ""},
		{"or udp", "or", `before "or" a condition is missing`, ""},
		{"not", "", `after "not" a condition is missing`, ""},
		{"udp ip", "ip", `"and" or "or" is expected before "ip"`, `write "and ip" or "or ip"`},
		{"udp & port 5", "&", `"&" computes with numbers`, "write &&; it joins conditions"},
		{"udp or 5", "5", "the number 5 alone says nothing", "write port 5"},

		// Parentheses and brackets.
		{"ip multicast and (udp", "(", "this parenthesis is never closed", "put ) where its conditions end"},
		{"udp)", ")", "this parenthesis was never opened", ""},
		{"udp and ()", "()", "there is nothing between the parentheses", ""},
		{"ip[8 = 1", "=", `] is expected, not "="`, ""},
		{"(tpc and udp", "tpc", `no word of the filter language is called "tpc"`, `did you mean "tcp"?`},
		{"tcp and (udp dst prot 5 and ip[icmptype", "prot", `"prot" cannot come right after "udp dst"`, `did you mean "port"?`},
		{"(10.0.0.1 or udp", "10.0.0.1", "nothing says what this address is of", "write host 10.0.0.1"},
		{"ip[8", "[", "this bracket is never closed", ""},
		{"ip[8:3] = 1", "3", "only 1, 2 or 4 bytes can be read at once, not 3", ""},

		// Comparisons.
		{"1 < ip[8] < 5", "1 < ip[8] < 5", "a comparison has two sides only", "write 1 < ip[8] and ip[8] < 5"},
		{"ip[8] = = 5", "= =", `a number, len or PROTOCOL[…] is expected, not "="`, "write ="},
		{"tcp-syn", "tcp-syn", "the number tcp-syn alone says nothing", "write tcp[tcpflags] & tcp-syn != 0"},
		{"tcp & tcp-syn", "tcp & tcp-syn", `"tcp" is no number`, "write tcp[tcpflags] & tcp-syn != 0"},
		{"tcp[13] & 2", "tcp[13] & 2",
			"a value is compared with another one by = != < <= > or >=", "write tcp[13] & 2 != 0"},
		{"vlan == 10", "vlan == 10", "only numbers are compared: len, or PROTOCOL[…]", "write vlan 10"},
		{"1 / 0 = 1", "0", "division by zero", ""},
		{"1 % (2 - 2) = 1", "2 - 2", "division by zero", ""},
		{"1 << 32 = 1", "32", "a number has 32 bits, which cannot be shifted by more than 31", ""},
		{"len << (30 + 2) = 1", "30 + 2", "a number has 32 bits, which cannot be shifted by more than 31", ""},
		{"ip[0] >> -1 = 1", "-1", "a number has 32 bits, which cannot be shifted by more than 31", ""},
		{"ah[0] = 1", "ah", `the bytes of "ah" cannot be told`,
			"ip[…], ip6[…] or ether[…] count from the start of an outer header"},
		{"len = 4294967296", "4294967296", "4294967296 does not fit into 32 bits", ""},
		{"len = 089", "089", "089 is no number: one that begins with 0 is octal", "leave the 0 in front out"},

		// Tags and tunnels.
		{"vlan 4096", "4096", "VLAN numbers end at 4095", ""},
		{"mpls 1048576", "1048576", "MPLS label numbers end at 1048575", ""},
		{"pppoes 65536", "65536", "PPPoE session numbers end at 65535", ""},
		{"geneve (16777216)", "16777216", "Geneve network numbers end at 16777215", ""},
		{"mpls and vlan", "vlan", "there is no VLAN tag after an MPLS label", "vlan comes before mpls"},

		// Captures of another kind.
		{"type mgt", "type", `"type" belongs to captures of 802.11, for which filters are not compiled here`, ""},
		{"wlan ra 1:2:3:4:5:6", "ra", `"ra" belongs to captures of 802.11, for which filters are not compiled here`, ""},
		{"radio[0] = 1", "radio", `"radio" belongs to captures of 802.11, for which filters are not compiled here`, ""},
		{"udp or vpi 5", "vpi", `"vpi" belongs to captures of ATM, for which filters are not compiled here`, ""},
		{"sio 5", "sio", `"sio" belongs to captures of SS7, for which filters are not compiled here`, ""},
		{"on eth0", "on", `"on" belongs to captures of PF (pflog), for which filters are not compiled here`, ""},
		{"rnr 5", "rnr", `"rnr" belongs to captures of PF (pflog), for which filters are not compiled here`, ""},
		{"ether host $ff", "$ff", `"$ff" belongs to captures of ARCnet, for which filters are not compiled here`, ""},

		// Names that are not looked up.
		{"host server", "server",
			`"server" is no address, and names of hosts are not looked up here`, "its address may stand here"},
		{"ether host server", "server",
			`"server" is no Ethernet address, and names of Ethernet hosts are not looked up here`,
			"an Ethernet address is like 02:00:00:00:00:01"},
		{"net loopback", "loopback", "names of networks are not looked up", "a network is like 10.0.0.0/8"},
		{"decnet host server", "server", "names of DECnet hosts are not looked up", "an address is AREA.NODE"},
		{"ifname eth0", "eth0",
			"names of interfaces are not looked up here", "ifindex and the number of the interface say the same"},
		{"gateway 10.0.0.1", "10.0.0.1",
			"gateway needs the name of a host, of which both the Ethernet and the IP address are looked up",
			"by its addresses it is ether host … and not host …"},

		// Extensions.
		{"group 10.0.0.1", "group 10.0.0.1",
			"these are not all multicast addresses, which are those in 224.0.0.0/4 and ff00::/8",
			"write host 10.0.0.1"},
		{"group 224.0.0.0/3", "group 224.0.0.0/3",
			"these are not all multicast addresses, which are those in 224.0.0.0/4 and ff00::/8",
			"write net 224.0.0.0/3"},
		{"group 239.1.1.1/8", "group 239.1.1.1/8",
			"bits are set in the address behind its prefix", "write group 239.0.0.0/8"},
		{"group 239.1/16", "group 239.1/16", "239.1 is no IP address", "write group 239.1.0.0/16"},
		{"group server", "server", `"group" is followed by the address of a multicast group`,
			"one is like group 239.1.1.1 or group 239.0.0.0/8"},
		{"host 10.0.0.1 or mld", "mld", `"mld" is no address, and names of hosts are not looked up here`,
			"after host and net this is the name of a host; write mld before them, or (host …) in parentheses"},
		{"port mld", "mld", `no port is called "mld"`, "a port without a name of its own is told by its number"},
	} {
		n, err := Parse(test.in, Options{})
		var e *Error
		if n != nil || !errors.As(err, &e) {
			t.Errorf("%s: got %v, %v", test.in, n, err)
			continue
		}
		wrong := strings.LastIndex(test.in, test.wrong)
		if e.Span.Start < 0 || e.Span.End < e.Span.Start || e.Span.End > len(test.in) {
			t.Errorf("%s: the error is at %v", test.in, e.Span)
			continue
		}
		if got := test.in[e.Span.Start:e.Span.End]; got != test.wrong || got == "" && e.Span.Start != wrong {
			t.Errorf("%s: the error is at %q, not at %q", test.in, got, test.wrong)
		}
		if e.Problem != test.problem || e.Hint != test.hint || e.Expression != test.in {
			t.Errorf("%s:\n got %s\n     %s\nwant %s\n     %s", test.in, e.Problem, e.Hint, test.problem, test.hint)
		}
	}
}

func TestErrorText(t *testing.T) {
	for _, test := range [...]struct {
		e    Error
		want string
	}{
		{Error{Expression: "udp prot", Span: Span{4, 8}, Problem: "a", Hint: "b"}, `filter "udp prot", at "prot": a; b`},
		{Error{Expression: "udp", Span: Span{3, 3}, Problem: "a"}, `filter "udp", at its end: a`},
		{Error{Expression: "udp", Span: Span{0, 3}, Problem: "a"}, `filter "udp": a`},
		{Error{Expression: "a\nb", Span: Span{2, 3}, Problem: "c", Err: errors.New("d\ne")}, `filter "a\nb", at "b": c: d e`},
		{Error{}, `filter "", at its end: `},
	} {
		if got := test.e.Error(); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

// Why a name was not found can be asked for.
func TestResolveErrors(t *testing.T) {
	for _, in := range []string{
		"host nowhere", "udp or src nowhere", "ether host nowhere", "gateway nowhere", "ifname nowhere",
	} {
		_, err := Parse(in, answers)
		var e *Error
		if !errors.Is(err, errNotFound) || !errors.As(err, &e) || in[e.Span.Start:e.Span.End] != "nowhere" {
			t.Errorf("%s: %v", in, err)
		}
	}
	for _, in := range []string{"host none", "ip host six", "arp host six", "ip gateway six"} {
		if n, err := Parse(in, answers); err == nil {
			t.Errorf("%s: %s", in, Canonical(n))
		}
	}
	if _, err := Parse("gateway both", Options{Resolve: answers.Resolve}); err == nil {
		t.Error("gateway was accepted without Ethernet addresses")
	}
	if _, err := Parse("gateway both", Options{ResolveEther: answers.ResolveEther}); err == nil {
		t.Error("gateway was accepted without IP addresses")
	}
}

// With Strict, extensions are what they are in tcpdump: names, or nothing.
func TestStrict(t *testing.T) {
	strict := answers
	strict.Strict = true
	for _, in := range []string{"mld", "udp or rtp", "group 239.1.1.1", "ifname eth0", "host 10.0.0.1 or group 239.1.1.1"} {
		_, err := Parse(in, strict)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Problem, "is an extension that tcpdump does not have") &&
			e.Problem != `"ifname" is not in tcpdump's language for this link type` {
			t.Errorf("%s: %v", in, err)
		}
	}
	for _, in := range []string{"host mld or rtp", "host 10.0.0.1 or group", "src group"} {
		if _, err := Parse(in, strict); err != nil {
			t.Errorf("%s: %v", in, err)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range [...]struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"port", "port", 0},
		{"prot", "port", 1},
		{"por", "port", 1},
		{"portt", "port", 1},
		{"poet", "port", 1},
		{"tpc", "udp", 3},
		{"mutlicats", "multicast", 2},
	} {
		if got := distance(test.a, test.b, 9); got != test.want {
			t.Errorf("from %q to %q: %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
