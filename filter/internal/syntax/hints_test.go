package syntax

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
)

// asked are options as the mcast command has them, where no host is known.
var asked = Options{
	Resolve:        func(string) ([]netip.Addr, error) { return nil, errNotFound },
	InterfaceIndex: func(string) (uint32, error) { return 2, nil },
}

// followed returns an expression in which a hint was followed as a reader would,
// by what the hint says and the error marks, and false if it proposes nothing.
// Of "and" and "or" it takes the first.
func followed(in string, e *Error) (out string, ok bool) {
	hint, _, _ := strings.Cut(e.Hint, "; ")
	text, ok := strings.CutPrefix(hint, `did you mean "`)
	text = strings.TrimSuffix(text, `"?`)
	if !ok {
		if text, ok = strings.CutPrefix(hint, "write "); !ok {
			return "", false
		}
		if first, _, two := strings.Cut(text, `" or "`); two {
			text = strings.TrimPrefix(first, `"`)
		}
	}
	return in[:e.Span.Start] + text + in[e.Span.End:], true
}

// Whoever follows the hints gets what he wanted.
func TestHintsFollowed(t *testing.T) {
	for _, test := range [...]struct{ in, want string }{
		// Slips, and words from elsewhere.
		{"udp prot 53", "udp port 53"},
		{"upd port 53", "udp port 53"},
		{"udp nad tcp", "udp and tcp"},
		{"udp AND tcp", "udp and tcp"},
		{"prot udp", `proto \udp`},
		{"dst prt 53", "dst port 53"},
		{"dest port 53", "dst port 53"},
		{"dport 53", "dst port 53"},
		{"udp sport 53", "udp src port 53"},
		{"dst-port 53", "dst port 53"},
		{"to 10.0.0.1", "dst host 10.0.0.1"},
		{"from 10.0.0.1", "src host 10.0.0.1"},
		{"ports 5000", "port 5000"},
		{"ip proto udpp", `ip proto \udp`},
		{"ether proto arpp", `ether proto \arp`},
		{"ip proto ospff", "ip proto ospf"},
		{"ip proto udp", `ip proto \udp`},
		{"ether type 0x800", "ether proto 0x0800"},
		{"ethertype 0x800", "ether proto 0x0800"},
		{"ntp", "port ntp"},
		{"ssh", "port ssh"},
		{"dns", "port domain"},
		{"vxlan", "udp port 4789"},
		{"ipv6 multicast", "ip6 multicast"},
		{"ip mcast", "ip multicast"},
		{"interface eth0", "ifname eth0"},
		{"udp not port 53", "udp and not port 53"},
		{"host 10.0.0.1 andnot tcp", "host 10.0.0.1 and not tcp"},
		{"(src or port 5)", "src or dst port 5"},
		{"udp port 53 or tpc", "udp port 53 or tcp"},
		{"udp port 53 and dsdt host 10.0.0.1", "udp port 53 and dst host 10.0.0.1"},
		{"less100", "less 100"},
		{"port53", "port 53"},
		{"udpport 53", "udp port 53"},
		{"tcp80", "tcp port 80"},
		{"vlan5", "vlan 5"},
		{"group239.1.1.1", "group 239.1.1.1"},
		{"udp port 5000and dst host 1.2.3.4", "udp port 5000 and dst host 1.2.3.4"},
		{"'udp'", "udp"},
		{`host "1.2.3.4"`, "host 1.2.3.4"},

		// Ports.
		{"udp 5000", "udp port 5000"},
		{"udp dst 5000", "udp dst port 5000"},
		{"udp host 5000", "udp port 5000"},
		{"udp dst port > 1024", "udp dst portrange 1025-65535"},
		{"udp dst port >= 1024", "udp dst portrange 1024-65535"},
		{"udp dst port < 1024", "udp dst portrange 0-1023"},
		{"udp dst port <= 1024", "udp dst portrange 0-1024"},
		{"udp.port >= 1024", "udp portrange 1024-65535"},
		{"port != 53", "not port 53"},
		{"udp dst port != 53", "udp and not dst port 53"},
		{"tcp or udp port != 53", "tcp or (udp and not port 53)"},
		{"udp.port != 53", "udp and not port 53"},
		{"port = 53", "port 53"},
		{"dst port 5000-5010", "dst portrange 5000-5010"},
		{"port 5000:5010", "portrange 5000-5010"},
		{"tcp port range 80-90", "tcp portrange 80-90"},
		{"portrange 5000 - 5010", "portrange 5000-5010"},
		{"tcp dst prot 5", "tcp dst port 5"},
		{"udp src or dst prot 5", "udp src or dst port 5"},
		{"udp and tcp dst prot 5 or 6", "udp and tcp dst port 5 or 6"},
		{"tcp src portrnge 5000-5010", "tcp src portrange 5000-5010"},
		{"udp src prot 5000,5010", "udp src port 5000 or udp src port 5010"},
		{"ip6 dst prot 5", "ip6 and dst port 5"},
		{"udp dst hots 10.0.0.1", "udp and dst host 10.0.0.1"},
		{"icmp dst hst 10.0.0.1", "icmp and dst host 10.0.0.1"},
		{"port 53 or 5000-5010", "port 53 or portrange 5000-5010"},
		{"port 80,443", "port 80 or port 443"},
		{"udp and port 80, 443, 8080", "udp and (port 80 or port 443 or port 8080)"},
		{"not port 80,443", "not (port 80 or port 443)"},
		{"port 80,443 and udp", "port 80 or port 443 and udp"},
		{"tcp port {80,443}", "tcp port 80 or tcp port 443"},
		{"tcp port 80/443", "tcp port 80 or tcp port 443"},
		{"port 53/udp", "udp port 53"},
		{"udp/53", "udp port 53"},
		{"port dst 53", "dst port 53"},
		{"port udp 53", "udp port 53"},
		{"src dst port 53", "src or dst port 53"},
		{"tcp or dst udp 53", "tcp or udp dst port 53"},
		{"ip src port 5", "ip and src port 5"},

		// Hosts and networks.
		{"10.0.0.1", "host 10.0.0.1"},
		{"10.0.0.0/8", "net 10.0.0.0/8"},
		{"host 1.2.3.4/24", "net 1.2.3.0/24"},
		{"src host 1.2.3.4/32", "src host 1.2.3.4"},
		{"host ff02::1/64", "net ff02::/64"},
		{"net 10.0.0.1/8", "net 10.0.0.0/8"},
		{"net 10/8", "net 10.0.0.0/8"},
		{"net 10.0.0.0 netmask 255.0.0.0", "net 10.0.0.0 mask 255.0.0.0"},
		{"net 10.0.0.1 netmask 255.0.0.0", "net 10.0.0.0 mask 255.0.0.0"},
		{"net 10.0.0.0/255.0.0.0", "net 10.0.0.0 mask 255.0.0.0"},
		{"net 10.0.0.5/255.0.0.255", "net 10.0.0.5 mask 255.0.0.255"},
		{"net 239.1.1.0-239.1.1.9", "net 239.1.1.0/29 or net 239.1.1.8/31"},
		{"host 10.0.0.*", "net 10.0.0.0/24"},
		{"ip 10.0.0.0/8", "ip net 10.0.0.0/8"},
		{"ip ff15::/16", "ip6 net ff15::/16"},
		{"ip6 10.0.0.1", "ip host 10.0.0.1"},
		{"ip6 host 10.0.0.1", "ip host 10.0.0.1"},
		{"ip host ff02::1", "ip6 host ff02::1"},
		{"ip addr 1.2.3.4", "ip host 1.2.3.4"},
		{"ip4 addr 1.2.3.4", "ip host 1.2.3.4"},
		{"dst addr 1.2.3.4", "dst host 1.2.3.4"},
		{"dst addrss 1.2.3.4", "dst host 1.2.3.4"},
		{"dst ip 1.2.3.4", "ip dst host 1.2.3.4"},
		{"host src 1.2.3.4", "src host 1.2.3.4"},
		{"net dst 10.0.0.0/8", "dst net 10.0.0.0/8"},
		{"udp 239.1.1.1", "udp and host 239.1.1.1"},
		{"tcp or udp dst 239.1.1.1", "tcp or (udp and dst host 239.1.1.1)"},
		{"not udp dst 239.1.1.1", "not (udp and dst host 239.1.1.1)"},
		{"udp dst 239.1.1.1 or 239.1.1.2", "udp and (dst host 239.1.1.1 or dst host 239.1.1.2)"},
		{"igmp host 239.1.1.1", "igmp and host 239.1.1.1"},
		{"dst 239.1.1.1:5000", "dst host 239.1.1.1 and dst port 5000"},
		{"udp dst 239.1.1.1:5000", "dst host 239.1.1.1 and udp dst port 5000"},
		{"not dst 239.1.1.1:5000", "not (dst host 239.1.1.1 and dst port 5000)"},
		{"host [ff02::1]:5000", "host ff02::1 and port 5000"},
		{"host = 1.2.3.4", "host 1.2.3.4"},
		{"port 10.0.0.1", "host 10.0.0.1"},
		{"host 1:2:3:4:5:6", "ether host 1:2:3:4:5:6"},
		{"ether dst 01:00:5e:00:00:01,01:00:5e:00:00:02", "ether dst 01:00:5e:00:00:01 or ether dst 01:00:5e:00:00:02"},
		{"ether src host 1.2.3.4", "src host 1.2.3.4"},
		{"ip.addr == 1.2.3.4", "host 1.2.3.4"},
		{"host 1.2.3.4 or ip.src != 10.0.0.0/8", "host 1.2.3.4 or not src net 10.0.0.0/8"},

		// Groups.
		{"group 239.1.1.1 or 239.1.1.2", "group 239.1.1.1 or group 239.1.1.2"},
		{"group 239.1.1.1 239.1.1.2", "group 239.1.1.1 or group 239.1.1.2"},
		{"udp and group 239.1.1.1,239.1.1.2", "udp and (group 239.1.1.1 or group 239.1.1.2)"},
		{"group 239.1.1.1:5000", "group 239.1.1.1 and port 5000"},
		{"igmp or group 239.1.1.1:5000", "igmp or (group 239.1.1.1 and port 5000)"},
		{"group [ff15::1]:5000", "group ff15::1 and port 5000"},
		{"group ff02::1%eth0", "group ff02::1 and ifname eth0"},
		{"group 239.1.1.1+3", "group 239.1.1.1 or group 239.1.1.2/31"},
		{"group 10.0.0.1@232.1.1.1", "src host 10.0.0.1 and group 232.1.1.1"},
		{"10.0.0.1@232.1.1.1:5000", "src host 10.0.0.1 and dst host 232.1.1.1 and dst port 5000"},
		{"dst group 239.1.1.1", "group 239.1.1.1"},
		{"udp group 239.1.1.1", "udp and group 239.1.1.1"},
		{"group 10.0.0.1", "host 10.0.0.1"},
		{"group ::ffff:239.1.1.1", "group 239.1.1.1"},
		{"group ::ffff:239.1.0.0/112", "group 239.1.0.0/16"},
		{"group ::ffff:10.0.0.1", "host 10.0.0.1"},
		{"group 10.0.0.0/8", "net 10.0.0.0/8"},
		{"group 239.1.1.1/8", "group 239.0.0.0/8"},
		{"group 239/8", "group 239.0.0.0/8"},
		{"multicast 239.1.1.1", "group 239.1.1.1"},
		{"multicast group 239.1.1.1", "group 239.1.1.1"},
		{"igmp v3", "igmp"},
		{"igmp query", "igmp[0] = 0x11"},
		{"udp or igmp leave", "udp or igmp[0] = 0x17"},
		{"not igmp report", "not (igmp[0] = 0x12 or igmp[0] = 0x16 or igmp[0] = 0x22)"},
		{"mld v2", "mld"},
		{"rtp 33", "rtp and udp[9] & 0x7f = 33"},
		{"tcp or rtp 33", "tcp or (rtp and udp[9] & 0x7f = 33)"},

		// Bytes.
		{"tcp syn", "tcp[tcpflags] & tcp-syn != 0"},
		{"tcp rst", "tcp[tcpflags] & tcp-rst != 0"},
		{"tcp & tcp-syn != 0", "tcp[tcpflags] & tcp-syn != 0"},
		{"tcp[flags] & tcp-syn != 0", "tcp[tcpflags] & tcp-syn != 0"},
		{"tcp[tcpflags] & tcp-syn", "tcp[tcpflags] & tcp-syn != 0"},
		{"ip ttl 1", "ip[8] = 1"},
		{"ttl < 5", "ip[8] < 5"},
		{"ip tos 0", "ip[1] = 0"},
		{"dscp 46", "ip[1] >> 2 = 46"},
		{"icmp type 8", "icmp[icmptype] = 8"},
		{"icmp echo", "icmp[icmptype] = icmp-echo"},
		{"icmp6 type 143", "icmp6[icmp6type] = 143"},
		{"ip[9] = udp", "ip[9] = 17"},
		{"ip[16:4] = 239.1.1.1", "ip[16:4] = 0xef010101"},
		{"ip[16] & 0xf0 = e0", "ip[16] & 0xf0 = 0xe0"},
		{"len => 100", "len >= 100"},
		{"udp or 100 < len < 200", "udp or (100 < len and len < 200)"},
		{"ip.ttl <= 1", "ip[8] <= 1"},
		{"vlan id 5", "vlan 5"},
		{"vlan = 5", "vlan 5"},
	} {
		_, err := Parse(test.in, asked)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: is no mistake", test.in)
			continue
		}
		out, ok := followed(test.in, e)
		if !ok {
			t.Errorf("%s: the hint is %q", test.in, e.Hint)
			continue
		}
		n, err := Parse(out, asked)
		if err != nil {
			t.Errorf("%s: becomes %s: %v", test.in, out, err)
			continue
		}
		want, err := Parse(test.want, asked)
		if err != nil {
			t.Fatal(err)
		}
		if Canonical(n) != Canonical(want) {
			t.Errorf("%s: becomes %s, want %s", test.in, out, test.want)
		}
	}
}

// Where nothing can be written instead, nothing is proposed, and what is known
// is said.
func TestHintsThatOnlyTell(t *testing.T) {
	for _, test := range [...]struct{ in, wrong, problem, hint string }{
		{"arp port 5", "arp port", "arp has no ports to look for", "ports are those of tcp, udp and sctp"},
		{"igmp port 5", "igmp port", "igmp has no ports to look for", "ports are those of tcp, udp and sctp"},
		{"icmp port 5", "icmp port", "icmp has no ports to look for", "ports are those of tcp, udp and sctp"},
		{"vlan 5 or 6", "6", "the number 6 alone says nothing", "a second vlan would look behind the first one; in files of Ethernet frames it is (ether[14:2] & 0xfff = 5 or ether[14:2] & 0xfff = 6) and vlan"},
		{"mpls 5,6", ",", "',' means nothing here", "a second mpls would look behind the first one; in files of Ethernet frames it is (ether[14:4] >> 12 = 5 or ether[14:4] >> 12 = 6) and mpls"},
		{"pppoes 5 or 6", "6", "the number 6 alone says nothing", "a second pppoes would look behind the first one; in files of Ethernet frames it is (ether[16:2] = 5 or ether[16:2] = 6) and pppoes"},
		{"vlan foo", "foo", `"vlan" is followed by a number, if by anything`, ""},
		{"port 70000", "70000", "port numbers end at 65535", ""},
		{"port > 70000", ">", `"port" is not compared: it has its port right behind it`, ""},
		{"ether host 00:11:22:33:44", "00:11:22:33:44",
			"00:11:22:33:44 is no address: Ethernet's have six bytes, not 5, and IPv6's eight groups, or fewer and ::", ""},
		{"ether host 00:11:22:33:44:5g", "00:11:22:33:44:5g",
			"00:11:22:33:44:5g is no Ethernet address: each of its bytes has one or two hexadecimal digits", ""},
		{"host fe80:::1", "fe80:::1", "fe80:::1 is no IPv6 address", ""},
		{"host 1.2.3.4.5", "1.2.3.4.5", "1.2.3.4.5 is no IPv4 address, and no host is called so", ""},
		{"host 256.1.1.1.1", "256.1.1.1.1", "256.1.1.1.1 is no IPv4 address, and no host is called so", ""},
		{"src group 239.1.1.1", "239.1.1.1", `"and" or "or" is expected before "239.1.1.1"`, ""},
		{`udp port 5 \`, `\`, `'\' means nothing here`, `a backslash comes before a name: \udp`},
		{"gateway 10.0.0.1", "10.0.0.1",
			"gateway needs the name of a host, of which both the Ethernet and the IP address are looked up",
			"by its addresses it is ether host … and not host …"},
	} {
		_, err := Parse(test.in, asked)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: is no mistake", test.in)
			continue
		}
		if got := test.in[e.Span.Start:e.Span.End]; got != test.wrong || e.Problem != test.problem || e.Hint != test.hint {
			t.Errorf("%s: at %q: %s; %s", test.in, got, e.Problem, e.Hint)
		}
	}
}

// What cannot be a name of a host is not asked for.
func TestHintsAskNothing(t *testing.T) {
	calls := 0
	counting := Options{Resolve: func(string) ([]netip.Addr, error) {
		calls++
		return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
	}}
	for _, in := range []string{"dst prt 53", "host 1.2.3.4.5", "dst group 239.1.1.1", "src addrss 10.0.0.1", "src dst port 53"} {
		if _, err := Parse(in, counting); err == nil || calls != 0 {
			t.Errorf("%s: %v, %d names were looked up", in, err, calls)
			calls = 0
		}
	}
}

// checkHint tests that an expression in which a hint is followed is right, or
// wrong only further to the right.
func checkHint(t *testing.T, in string, o Options) (proposes bool) {
	t.Helper()
	_, err := Parse(in, o)
	var e *Error
	if !errors.As(err, &e) || e.Err != nil {
		return false
	}
	out, ok := followed(in, e)
	if !ok {
		return false
	}
	_, err = Parse(out, o)
	// The mark may begin further to the left than what is wrong, see
	// parser.advise.
	var again *Error
	if errors.As(err, &again) && strings.HasSuffix(again.Problem, "never closed") && opened(out) == opened(in) {
		return true // what is never closed is seen at the end
	}
	if errors.As(err, &again) && again.Err == nil && again.Span.End < e.Span.Start+len(out)-(len(in)-(e.Span.End-e.Span.Start)) {
		t.Errorf("%q: %v\nbecomes %q: %v", in, e, out, again)
	}
	return true
}

// opened returns how many parentheses and brackets are open at the end.
func opened(in string) (n int) {
	for _, c := range in {
		switch c {
		case '(', '[':
			n++
		case ')', ']':
			n--
		}
	}
	return n
}

// Of expressions with all kinds of mistakes, too, the hints are true.
func TestHintsOfMutants(t *testing.T) {
	base := []string{
		"udp dst port 5000 and dst host 239.1.1.1", "group 239.1.1.1 and not vlan 5", "ip6 dst net ff15::/16 or icmp6",
		"tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "ether host 01:00:5e:01:02:03 and ip proto 17",
		"(tcp portrange 80-90 or udp port domain) and src net 10.0.0.0/8", "less 100 and greater 50",
		"ip[6:2] & 0x1fff = 0 and len >= 64", "igmp or pim or mld or rtp", "net 10.0.0.0 mask 255.0.0.0",
		"vlan 5 and ip multicast", "mpls 100 && !arp", "not (src host 1.2.3.4 or dst port http)",
		`ip proto \igmp or ether proto \ip6`, "icmp[icmptype] == icmp-echo",
	}
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789.:/-[]()=!<>&| ,"
	r := rand.New(rand.NewPCG(3, 3))
	proposals := 0
	for range 20_000 {
		s := base[r.IntN(len(base))]
		words := strings.Fields(s)
		i := r.IntN(len(words))
		switch at := r.IntN(len(s)); r.IntN(5) {
		case 0:
			s = s[:at] + s[at+1:]
		case 1:
			s = s[:at] + string(letters[r.IntN(len(letters))]) + s[at:]
		case 2:
			s = strings.Join(append(words[:i:i], words[i+1:]...), " ")
		case 3:
			j := r.IntN(len(words))
			words[i], words[j] = words[j], words[i]
			s = strings.Join(words, " ")
		case 4:
			other := strings.Fields(base[r.IntN(len(base))])
			words[i] = other[r.IntN(len(other))]
			s = strings.Join(words, " ")
		}
		if checkHint(t, s, asked) {
			proposals++
		}
	}
	if proposals < 2000 {
		t.Errorf("only %d hints propose something", proposals)
	}
}

// Hints of long expressions take little: what is tried is parsed, and that allocates.
func TestHintsOfLong(t *testing.T) {
	for _, in := range []string{
		strings.Repeat("port 80 or ", 900) + "prot 80", strings.Repeat("port 80 or ", 300) + "prot 80",
		strings.Repeat("10.0.0.1,", 400), "group " + strings.Repeat("239.1.1.1+9,", 330), strings.Repeat("ip", 2000),
		strings.Repeat("port80", 600), "5 < " + strings.Repeat("(", 2000), strings.Repeat("vlan 5,", 500),
		"group 239.1.1.1" + strings.Repeat(" or 239.1.1.1", 300),
	} {
		var err error
		allocations := testing.AllocsPerRun(1, func() { _, err = Parse(in, asked) })
		if err == nil || allocations > 10*float64(len(in)) {
			t.Errorf("%.40s…: %v, %v allocations", in, err, allocations)
		}
	}
}
