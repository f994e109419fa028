package mcast

import (
	"errors"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func makeAddrs(list ...string) []netip.Addr {
	var out []netip.Addr
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

// makeGroup makes a Group for the tables below.
func makeGroup(addr string, count int, iface string, port uint16, sources ...string) Group {
	return Group{Addr: netip.MustParseAddr(addr), Count: count, Interface: iface, Port: port, Sources: makeAddrs(sources...)}
}

var goodGroups = []struct {
	text string
	want Group
	back string // the canonical text; empty if it is text
}{
	{"224.1.1.5:50001", makeGroup("224.1.1.5", 0, "", 50001), ""},
	{"224.1.1.5", makeGroup("224.1.1.5", 0, "", 0), ""},
	{"224.0.0.0", makeGroup("224.0.0.0", 0, "", 0), ""},
	{"239.255.255.255:65535", makeGroup("239.255.255.255", 0, "", 65535), ""},
	{"239.1.1.1:05000", makeGroup("239.1.1.1", 0, "", 5000), "239.1.1.1:5000"},

	// IPv6, with and without brackets.
	{"[ff15::1]:5000", makeGroup("ff15::1", 0, "", 5000), ""},
	{"[ff15::1]", makeGroup("ff15::1", 0, "", 0), "ff15::1"},
	{"ff15::1:5000", makeGroup("ff15::1:5000", 0, "", 0), ""},
	{"[ff15::1:5000]:5000", makeGroup("ff15::1:5000", 0, "", 5000), ""},
	{"FF15:0:0:0:0:0:0:1", makeGroup("ff15::1", 0, "", 0), "ff15::1"},
	{"ff15::1.2.3.4", makeGroup("ff15::102:304", 0, "", 0), "ff15::102:304"},

	// Interfaces.
	{"ff02::1%eth0", makeGroup("ff02::1", 0, "eth0", 0), ""},
	{"ff02::1%eth0:5000", makeGroup("ff02::1", 0, "eth0", 5000), "[ff02::1]%eth0:5000"},
	{"[ff02::1]%eth0:5000", makeGroup("ff02::1", 0, "eth0", 5000), ""},
	{"[ff02::1%eth0]:5000", makeGroup("ff02::1", 0, "eth0", 5000), "[ff02::1]%eth0:5000"},
	{"[ff02::1%eth0]", makeGroup("ff02::1", 0, "eth0", 0), "ff02::1%eth0"},
	{"[ff02::1%eth0]+10:5000", makeGroup("ff02::1", 10, "eth0", 5000), "[ff02::1]+10%eth0:5000"},
	{"239.1.1.1%eth0.100:5000", makeGroup("239.1.1.1", 0, "eth0.100", 5000), ""},
	{"239.1.1.1%br-lan_1", makeGroup("239.1.1.1", 0, "br-lan_1", 0), ""},
	{"239.1.1.1%eth0:1", makeGroup("239.1.1.1", 0, "eth0", 1), ""},
	{"239.1.1.1%3:5000", makeGroup("239.1.1.1", 0, "3", 5000), ""},
	{"239.1.1.1%192.0.2.1:5000", makeGroup("239.1.1.1", 0, "192.0.2.1", 5000), ""},
	{"239.1.1.1%0.0.0.0:5000", makeGroup("239.1.1.1", 0, "0.0.0.0", 5000), ""},
	{"ff15::1%[fd00::1]", makeGroup("ff15::1", 0, "fd00::1", 0), ""},
	{"[ff15::1]%[fd00::1]:5000", makeGroup("ff15::1", 0, "fd00::1", 5000), ""},
	{"239.1.1.1%Ethernet 2:5000", makeGroup("239.1.1.1", 0, "Ethernet 2", 5000), ""},
	{"239.1.1.1%Беспроводная сеть", makeGroup("239.1.1.1", 0, "Беспроводная сеть", 0), ""},

	// Blocks.
	{"239.1.1.1+100:5000", makeGroup("239.1.1.1", 100, "", 5000), ""},
	{"239.1.1.1+1", makeGroup("239.1.1.1", 0, "", 0), "239.1.1.1"},
	{"239.1.1.0/28:5000", makeGroup("239.1.1.0", 16, "", 5000), "239.1.1.0+16:5000"},
	{"239.1.1.5/32", makeGroup("239.1.1.5", 0, "", 0), "239.1.1.5"},
	{"[ff15::]/120:5000", makeGroup("ff15::", 256, "", 5000), "[ff15::]+256:5000"},
	{"ff15::/120:5000", makeGroup("ff15::", 256, "", 5000), "[ff15::]+256:5000"},
	{"[ff15::1]+100", makeGroup("ff15::1", 100, "", 0), "ff15::1+100"},
	{"ff15::1+10:5000", makeGroup("ff15::1", 10, "", 5000), "[ff15::1]+10:5000"},
	{"239.0.0.0/12", makeGroup("239.0.0.0", MaxGroups, "", 0), "239.0.0.0+1048576"},
	{"ff15::/108", makeGroup("ff15::", MaxGroups, "", 0), "ff15::+1048576"},
	{"239.255.255.0+256", makeGroup("239.255.255.0", 256, "", 0), ""},
	{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe+2", makeGroup("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", 2, "", 0), ""},

	// Sources.
	{"192.0.2.7@232.1.1.1:5000", makeGroup("232.1.1.1", 0, "", 5000, "192.0.2.7"), ""},
	{"192.0.2.7,192.0.2.8@232.1.1.1:5000", makeGroup("232.1.1.1", 0, "", 5000, "192.0.2.7", "192.0.2.8"), ""},
	{"fd00::1@[ff35::1]+10%eth0:5000", makeGroup("ff35::1", 10, "eth0", 5000, "fd00::1"), ""},
	{"[fd00::1]@[ff35::1]:5", makeGroup("ff35::1", 0, "", 5, "fd00::1"), "fd00::1@[ff35::1]:5"},
	{"[fd00::1],fd00::2@ff35::1", makeGroup("ff35::1", 0, "", 0, "fd00::1", "fd00::2"), "fd00::1,fd00::2@ff35::1"},
	{"192.0.2.7@232.1.1.0/30%3:5000", makeGroup("232.1.1.0", 4, "3", 5000, "192.0.2.7"), "192.0.2.7@232.1.1.0+4%3:5000"},
}

func TestParseGroup(t *testing.T) {
	for _, tt := range goodGroups {
		g, err := ParseGroup(tt.text)
		if err != nil {
			t.Errorf("ParseGroup(%q): %v", tt.text, err)
			continue
		}
		if !reflect.DeepEqual(g, tt.want) {
			t.Errorf("ParseGroup(%q) = %+v, want %+v", tt.text, g, tt.want)
		}
		back := tt.back
		if back == "" {
			back = tt.text
		}
		if s := g.String(); s != back {
			t.Errorf("ParseGroup(%q).String() = %q, want %q", tt.text, s, back)
		}
		if again, err := ParseGroup(back); err != nil || !reflect.DeepEqual(again, g) {
			t.Errorf("ParseGroup(%q) = %+v, %v, want %+v", back, again, err, g)
		}
		if err := g.Validate(); err != nil {
			t.Errorf("ParseGroup(%q).Validate() = %v", tt.text, err)
		}
	}
}

const (
	hintForm  = "write GROUP:PORT, for example 239.1.1.1:5000 or [ff15::1]:5000"
	hintIPv4  = "IPv4 groups are 224.0.0.0 to 239.255.255.255"
	hintIPv6  = "IPv6 groups begin with ff, for example ff15::1"
	hintCount = "a block has 1 to 1048576 groups"
	hintPort  = "ports are 1 to 65535"
	hintFour  = "an IPv4 address has four numbers, for example 239.1.1.1"
	hintName  = "write the address; names are not looked up"
	hintIndex = "give an interface with such a name by its index"
	hintHost  = "a source is a host's unicast address, before the @: SOURCE@GROUP"
	hintAlone = "a source is an address alone; the rest stands after the group: SOURCE@GROUP%INTERFACE:PORT"
	hintAlias = "an alias such as eth0:1 is a label: give the interface, %eth0, or the address that has it, %192.0.2.1"
)

// badGroups is what people type and what they are told.
var badGroups = []struct {
	text, problem, hint string
}{
	{"", "is empty", hintForm},

	// The address.
	{"10.0.0.1:5000", "10.0.0.1 is not a multicast address", hintIPv4},
	{"10.0.0.0/8", "10.0.0.0 is not a multicast address", hintIPv4},
	{"223.255.255.255", "223.255.255.255 is not a multicast address", hintIPv4},
	{"240.0.0.0", "240.0.0.0 is not a multicast address", hintIPv4},
	{"fe80::1%eth0", "fe80::1 is not a multicast address", hintIPv6},
	{"::5000", "::5000 is not a multicast address", hintIPv6},
	{"::ffff:224.1.1.1", "::ffff:224.1.1.1 is an IPv4 address mapped into IPv6", "use the IPv4 address itself, 224.1.1.1"},
	{"[::ffff:224.1.1.0]/28:5000", "::ffff:224.1.1.0 is an IPv4 address mapped into IPv6", "use the IPv4 address itself, 224.1.1.0"},
	{"239.1.1:5000", "239.1.1 is not an IPv4 address", hintFour},
	{"239.1.1.1.1:5000", "239.1.1.1.1 is not an IPv4 address", hintFour},
	{"239.1.1.:5000", "239.1.1. is not an IPv4 address", hintFour},
	{"239.1.1.256:5000", "239.1.1.256 is not an IPv4 address", "each of the four numbers is 0 to 255"},
	{"239.01.1.1:5000", "01 in 239.01.1.1 has a leading zero", "some programs read it as octal: leave the zero out"},
	{"5000", "5000 is not an address", hintForm},
	{":5000", "there is no group address", "write the group first, for example 239.1.1.1:5000"},
	{"%eth0", "there is no group address", "write the group first, for example 239.1.1.1%eth0"},
	{":", "there is no group address", hintForm},
	{"example.com:5000", "example.com is not an address", hintName},
	{"localhost", "localhost is not an address", hintName},
	{"eth0:5000", "eth0 is not an address", hintName},
	{"gr\u00fcppe", "gr\u00fcppe is not an address", hintName},
	{"a\x1b[2Jb", `"a\x1b[2Jb" is not an address`, hintName},
	{"*:5000", "* is not an address", hintName},
	{"ff15::g", "ff15::g is not an IPv6 address", "an IPv6 group is ff15::1, and [ff15::1]:5000 with a port"},
	{"ff15::1:50001", "ff15::1:50001 is not an IPv6 address", "write [ff15::1]:50001"},
	{"ff15::1:50001+10", "ff15::1:50001 is not an IPv6 address", "write [ff15::1]+10:50001"},
	{"ff15:0:0:0:0:0:0:1:5000", "ff15:0:0:0:0:0:0:1:5000 is not an IPv6 address", "write [ff15::1]:5000"},
	{"fd00::1:50001", "fd00::1 is not a multicast address", hintIPv6},

	// Brackets.
	{"[ff15::1:5000", "the closing bracket is missing", "write [ff15::1]:5000"},
	{"[ff15::1]5000", "the colon between the bracket and 5000 is missing", "write [ff15::1]:5000"},
	{"[ff15::1]x", "x follows the bracket", "after the bracket come +COUNT or /PREFIX, then %INTERFACE, then :PORT"},
	{"[239.1.1.1]:5000", "the brackets hold an IPv4 address", "write 239.1.1.1:5000"},
	{"[ff15::1+10]:5000", "ff15::1+10 is not an IPv6 address", "brackets hold an IPv6 address alone, as in [ff15::1]+10%eth0:5000"},
	{"[]:5000", `"" is not an IPv6 address`, "brackets hold an IPv6 address alone, as in [ff15::1]+10%eth0:5000"},

	// The port.
	{"239.1.1.1:0", "port 0 is out of range", hintPort},
	{"239.1.1.1:70000", "port 70000 is out of range", hintPort},
	{"239.1.1.1:99999999999999999999", "port 99999999999999999999 is out of range", hintPort},
	{"239.1.1.1:-1", "port -1 is not a number", hintPort},
	{"239.1.1.1:http", "port http is not a number", hintPort},
	{"239.1.1.1:5000-5010", "port 5000-5010 is not a number", hintPort},
	{"239.1.1.1:", "there is no port after the colon", "write the port, or leave the colon out"},
	{"[ff15::1]:", "there is no port after the colon", "write the port, or leave the colon out"},
	{"239.1.1.1:5000:6000", "there is a second port, 6000", "write one port, at the end"},
	{"239.1.1.1:5000/udp", "/udp after the port is not part of a group", "write 239.1.1.1:5000"},
	{"239.1.1.1,5000", "a comma stands before the port", "write 239.1.1.1:5000"},
	{"ff15::1,5000", "a comma stands before the port", "write [ff15::1]:5000"},

	// White space.
	{"239.1.1.1 :5000", "there is white space in it", "write 239.1.1.1:5000"},
	{" 239.1.1.1:5000\n", "there is white space in it", "write 239.1.1.1:5000"},
	{"192.0.2.7, 192.0.2.8 @ 232.1.1.1", "there is white space in it", "write 192.0.2.7,192.0.2.8@232.1.1.1"},
	{"239.1.1.1 %Ethernet 2", "there is white space in it", "write 239.1.1.1%Ethernet 2"},
	{"239.1.1.1 5000", `"239.1.1.1 5000" is not an address`, hintName},

	// Blocks.
	{"239.1.1.1+0", "count 0 is out of range", hintCount},
	{"239.1.1.1+-1", "count -1 is not a number", hintCount},
	{"239.1.1.1+", "the count is missing", hintCount},
	{"239.1.1.1+x", "count x is not a number", hintCount},
	{"239.0.0.0+1048577", "count 1048577 is out of range", hintCount},
	{"239.255.255.250+10", "10 groups from 239.255.255.250 are more than there are", "the last group is 239.255.255.255: at most +6 from there"},
	{"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]+2", "2 groups from ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff are more than there are",
		"the last group is ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff: at most +1 from there"},
	{"239.1.1.0/33", "prefix length 33 is out of range", "an IPv4 prefix is /0 to /32"},
	{"ff15::/129", "prefix length 129 is out of range", "an IPv6 prefix is /0 to /128"},
	{"239.1.1.0/", "the prefix length is missing", "an IPv4 prefix is /0 to /32"},
	{"239.1.1.0/255.255.255.0", "prefix length 255.255.255.0 is not a number", "an IPv4 prefix is /0 to /32"},
	{"239.1.1.1/0", "the block /0 is too large", "a block has at most 1048576 groups, which is /12"},
	{"239.0.0.0/8", "the block /8 is too large", "a block has at most 1048576 groups, which is /12"},
	{"ff15::/0", "the block /0 is too large", "a block has at most 1048576 groups, which is /108"},
	{"239.1.1.5/28:5000", "239.1.1.5 is not the first group of a /28", "the block that holds it is 239.1.1.0/28"},
	{"239.1.1.0/28+3", "there is a second block, +3", "a block is either +COUNT or /PREFIX, once"},
	{"239.1.1.0:5000/28", "the block /28 stands too late", "write 239.1.1.0+16:5000"},
	{"239.1.1.1%eth0+10:5000", "the block +10 stands too late", "write 239.1.1.1+10%eth0:5000"},
	{"239.1.1.1-239.1.1.9:5000", "a block is not written as a range", "write 239.1.1.1+9:5000"},
	{"ff15::1-ff15::9", "a block is not written as a range", "write ff15::1+9"},
	{"239.1.1.9-239.1.1.1", "239.1.1.9 to 239.1.1.1 is no block of groups", hintCount},
	{"239.0.0.0-239.255.255.255", "239.0.0.0 to 239.255.255.255 is no block of groups", hintCount},
	{"10.0.0.1-10.0.0.9", "10.0.0.1 is not a multicast address", hintIPv4},
	{"239.1.1.1-ff15::9", "239.1.1.1-ff15 is not an address", hintName},

	// Interfaces.
	{"239.1.1.1%", "there is no interface after the %", "write %eth0, or leave the % out"},
	{"239.1.1.1%:5000", "there is no interface after the %", "write %eth0, or leave the % out"},
	{"[ff02::1%]:5000", "there is no interface after the %", "write %eth0, or leave the % out"},
	{"ff02::1%[]", "there is no interface after the %", "write %eth0, or leave the % out"},
	{"[ff02::1%eth0]%eth1", "there is a second interface, eth1", "name one interface"},
	{"239.1.1.1%eth0%eth1", "there is a second interface, eth1", "name one interface"},
	{"239.1.1.1:5000%eth0", "the interface eth0 stands too late", "write 239.1.1.1%eth0:5000"},
	{"239.1.1.1%eth0:1:5000", "eth0:1:5000 has more than one colon after the %", hintAlias},
	{"[ff02::1%eth0:1]:5000", "interface eth0:1 holds a colon", "an alias such as eth0:1 is a label: give the interface, eth0, or the address that has it"},
	{"ff15::1%fd00::1", "fd00::1 has more than one colon after the %", "an IPv6 address of an interface stands in brackets, %[fd00::1]"},
	{"ff15::1%[fd00::1", "the closing bracket of the interface is missing", "write %[fd00::1] for the interface that has this address"},
	{"239.1.1.1%[eth0]:5000", "the brackets of the interface hold no IPv6 address", "write 239.1.1.1%eth0:5000"},
	{"239.1.1.1%eth0@if5:5000", "an @ stands in the interface; what follows it there is not part of the name", "write 239.1.1.1%eth0:5000"},
	{"192.0.2.7@232.1.1.1%eth0.5@eth0", "an @ stands in the interface; what follows it there is not part of the name", "write 192.0.2.7@232.1.1.1%eth0.5"},
	{"[ff02::1%eth0@if5]:5000", "an @ stands in the interface; what follows it there is not part of the name", "write [ff02::1]%eth0:5000"},
	{"239.1.1.1%eth0,eth1", "interface eth0,eth1 holds \",\", which means something else in a group", hintIndex},
	{"239.1.1.1%0", "there is no interface 0", "indexes begin at 1; leave the interface out for any"},
	{"239.1.1.1%e\x00", `interface "e\x00" begins or ends with white space or cannot be printed`, hintIndex},
	{"239.1.1.1%e\xff", `interface "e\xff" begins or ends with white space or cannot be printed`, hintIndex},
	{"239.1.1.1%" + strings.Repeat("x", 300), "the interface's name is longer than 256 bytes", "give the interface by its index"},

	// Sources.
	{"@239.1.1.1:5", "there is no source before the @", "write 239.1.1.1:5"},
	{"@10.0.0.1", "there is no source before the @", "write SOURCE@GROUP, or GROUP alone for any source"},
	{"192.0.2.7@", "there is no group address", hintForm},
	{"192.0.2.7@:5000", "there is no group address", "write the group first, for example 239.1.1.1:5000"},
	{"192.0.2.7@192.0.2.8@232.1.1.1", "there is more than one @", "separate sources by commas: 192.0.2.7,192.0.2.8@232.1.1.1"},
	{"192.0.2.7,@232.1.1.1", "there is an empty source before the @", "write SOURCE,SOURCE@GROUP"},
	{"fd00::1@232.1.1.1", "source fd00::1 is IPv6 and group 232.1.1.1 is IPv4", "the group and its sources are all IPv4 or all IPv6"},
	{"192.0.2.7@[ff35::1]:5", "source 192.0.2.7 is IPv4 and group ff35::1 is IPv6", "the group and its sources are all IPv4 or all IPv6"},
	{"232.1.1.1@192.0.2.7:5000", "the source stands before the @ and the group after it", "write 192.0.2.7@232.1.1.1:5000"},
	{"232.1.1.1@232.1.1.2:5000", "source 232.1.1.1 is a multicast address", hintHost},
	{"0.0.0.0@232.1.1.1", "source 0.0.0.0 is no host's address", "leave the source out for any source"},
	{"255.255.255.255@232.1.1.1", "source 255.255.255.255 is the broadcast address", hintHost},
	{"::ffff:192.0.2.7@232.1.1.1", "source ::ffff:192.0.2.7 is an IPv4 address mapped into IPv6", "use the IPv4 address itself, 192.0.2.7"},
	{"192.0.2.7,192.0.2.7@232.1.1.1", "source 192.0.2.7 is there twice", "name each source once"},
	{"fe80::1%eth0@ff35::1", "source fe80::1 has a zone", "the interface stands after the group, once: SOURCE@GROUP%INTERFACE"},
	{"192.0.2.7:5000@232.1.1.1", "source 192.0.2.7:5000 is not an address", hintAlone},
	{"192.0.2.0/24@232.1.1.1", "source 192.0.2.0/24 is not an address", hintAlone},
	{"user@239.1.1.1:5000", "source user is not an address", hintName},
	{"192.0.2@232.1.1.1", "source 192.0.2 is not an IPv4 address", "an IPv4 address has four numbers, for example 239.1.1.1"},
	{strings.Repeat("192.0.2.7,", MaxSources) + "192.0.2.8@232.1.1.1", "1025 sources are too many", "a group has at most 1024 sources"},
	{"239.1.1.1,239.1.1.2:5000", "there is a comma and no @ after it", "commas separate sources, SOURCE,SOURCE@GROUP; each group is an argument of its own"},
	{"192.0.2.7,232.1.1.1:5000", "there is a comma and no @ after it", "write 192.0.2.7@232.1.1.1:5000"},

	// Other programs' forms.
	{"udp://@239.1.1.1:5000", "a URL is not a group", "write 239.1.1.1:5000"},
	{"udp://239.1.1.1:5000?pkt_size=1316", "a URL is not a group", "write 239.1.1.1:5000"},
	{"rtp://192.0.2.7@232.1.1.1:5000/", "a URL is not a group", "write 192.0.2.7@232.1.1.1:5000"},
	{"udp://@[ff15::1%eth0]:5000", "a URL is not a group", "write [ff15::1]%eth0:5000"},
	{"http://example.com", "a URL is not a group", hintForm},
}

func TestParseGroupErrors(t *testing.T) {
	for _, tt := range badGroups {
		g, err := ParseGroup(tt.text)
		var ge *GroupError
		if !errors.As(err, &ge) {
			t.Errorf("ParseGroup(%q) = %v, %v, want a *GroupError", tt.text, g, err)
			continue
		}
		if ge.Text != tt.text {
			t.Errorf("ParseGroup(%q): the error's text is %q", tt.text, ge.Text)
		}
		if ge.Problem != tt.problem {
			t.Errorf("ParseGroup(%q): problem %q, want %q", tt.text, ge.Problem, tt.problem)
		}
		if ge.Hint() != tt.hint {
			t.Errorf("ParseGroup(%q): hint %q, want %q", tt.text, ge.Hint(), tt.hint)
		}
		if !reflect.DeepEqual(g, Group{}) {
			t.Errorf("ParseGroup(%q) returned %+v along with an error", tt.text, g)
		}
		checkGroupError(t, tt.text, ge)
	}
}

// checkGroupError holds every error to what is promised of all: one printable line, and a hint that can be pasted.
func checkGroupError(t *testing.T, text string, err *GroupError) {
	t.Helper()
	if s := err.Error(); !isPrintable(s) || len(s) > 1024 {
		t.Errorf("ParseGroup(%q): the error is not one short printable line: %q", text, s)
	}
	if !isPrintable(err.Hint()) || err.Hint() == "" {
		t.Errorf("ParseGroup(%q): the hint is not one printable line: %q", text, err.Hint())
	}
	s, ok := strings.CutPrefix(err.Hint(), "write ")
	s, _, _ = strings.Cut(s, ", or ")
	if !ok || !strings.ContainsAny(s, ".:") || strings.Contains(s, "for example") || strings.HasPrefix(s, "%") {
		return // advice in words
	}
	if _, err := ParseGroup(s); err != nil {
		t.Errorf("ParseGroup(%q): what the hint says to write is wrong too: %v", text, err)
	}
}

// A hint is found by trying what the text may have meant. Those trials must not lead to more and more trials, nor a
// text of any length to an error as long.
func TestParseGroupHostile(t *testing.T) {
	for _, s := range []string{"@", ",", "%", ":", "+", "/", "[", "]", "://", "@,%", ",@%:", "%@,", "[@,%]", " @", "1.", "a,", "::1,", "::1@"} {
		for _, start := range []string{"", "@", "%", "239.1.1.1", "239.1.1.1%e", "ff15::1,", "udp://"} {
			text := start + strings.Repeat(s, 2000)
			_, err := ParseGroup(text)
			ge, ok := errors.AsType[*GroupError](err)
			if !ok {
				t.Errorf("ParseGroup(%.20q...) = %v, want a *GroupError", text, err)
				continue
			}
			checkGroupError(t, text, ge)
		}
	}
}

func TestGroupErrorText(t *testing.T) {
	for text, want := range map[string]string{
		"":              "group is empty",
		"10.0.0.1:5000": `group "10.0.0.1:5000": 10.0.0.1 is not a multicast address`,
		"a\nb":          `group "a\nb": "a\nb" is not an address`,
		strings.Repeat("é", 1000): `group "` + strings.Repeat("é", 32) + `"...: "` + strings.Repeat("é", 32) +
			`"... is not an address`,
		"x" + strings.Repeat("é", 1000): `group "x` + strings.Repeat("é", 31) + `"...: "x` + strings.Repeat("é", 31) +
			`"... is not an address`,
	} {
		if _, err := ParseGroup(text); err == nil || err.Error() != want {
			t.Errorf("ParseGroup(%q): %v, want %s", text, err, want)
		}
	}
}

func TestRequirePort(t *testing.T) {
	for _, tt := range []struct{ text, want, hint string }{
		{"239.1.1.1:5000", "", ""},
		{"239.1.1.1", "group 239.1.1.1 has no port", "write the port at the end, for example 239.1.1.1:5000"},
		{"ff15::a", "group ff15::a has no port", "write the port at the end, for example [ff15::a]:5000"},
		{"192.0.2.7@232.1.1.1+2%eth0", "group 192.0.2.7@232.1.1.1+2%eth0 has no port",
			"write the port at the end, for example 192.0.2.7@232.1.1.1+2%eth0:5000"},
		{"ff15::1:5000", "group ff15::1:5000 has no port",
			"write [ff15::1]:5000, or [ff15::1:5000]:PORT if 5000 belongs to the address"},
		{"fd00::1@ff35::1:5000%eth0", "group fd00::1@ff35::1:5000%eth0 has no port",
			"write fd00::1@[ff35::1]%eth0:5000, or fd00::1@[ff35::1:5000]%eth0:PORT if 5000 belongs to the address"},
		{"ff15:1:2:3:4:5:6:5000", "group ff15:1:2:3:4:5:6:5000 has no port",
			"write the port at the end, for example [ff15:1:2:3:4:5:6:5000]:5000"},
	} {
		g, err := ParseGroup(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		err = g.RequirePort()
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.text, err)
			}
			continue
		}
		var ge *GroupError
		if !errors.As(err, &ge) {
			t.Errorf("%s: %v, want a *GroupError", tt.text, err)
			continue
		}
		if ge.Error() != tt.want || ge.Hint() != tt.hint {
			t.Errorf("%s: %q, hint %q; want %q, hint %q", tt.text, ge, ge.Hint(), tt.want, tt.hint)
		}
	}
}

func TestGroupValidate(t *testing.T) {
	g := func(change func(*Group)) Group {
		g := makeGroup("239.1.1.1", 0, "", 5000)
		change(&g)
		return g
	}
	for _, tt := range []struct {
		group Group
		want  string // empty: valid
	}{
		{g(func(g *Group) {}), ""},
		{g(func(g *Group) { g.Port = 0 }), ""},
		{g(func(g *Group) { g.Count = 1 }), ""},
		{g(func(g *Group) { g.Count = MaxGroups; g.Addr = netip.MustParseAddr("238.0.0.0") }), ""},
		{g(func(g *Group) { g.Sources = makeAddrs("192.0.2.7") }), ""},
		{g(func(g *Group) { g.Exclude = makeAddrs("192.0.2.7") }), ""},
		{g(func(g *Group) { g.Interface = "fd00::1" }), ""},

		{Group{}, "group has no address"},
		{Group{Port: 5000}, "group has no address"},
		{g(func(g *Group) { g.Addr = netip.MustParseAddr("10.0.0.1") }),
			`group "10.0.0.1:5000": 10.0.0.1 is not a multicast address`},
		{g(func(g *Group) { g.Addr = netip.MustParseAddr("ff02::1%eth0") }),
			`group "[ff02::1%eth0]:5000": ff02::1 has a zone`},
		{g(func(g *Group) { g.Addr = netip.MustParseAddr("::ffff:239.1.1.1") }),
			`group "[::ffff:239.1.1.1]:5000": ::ffff:239.1.1.1 is an IPv4 address mapped into IPv6`},
		{g(func(g *Group) { g.Count = -1 }), `group "239.1.1.1:5000": count -1 is out of range`},
		{g(func(g *Group) { g.Count = MaxGroups + 1 }), `group "239.1.1.1+1048577:5000": count 1048577 is out of range`},
		{g(func(g *Group) { g.Addr = netip.MustParseAddr("239.255.255.255"); g.Count = 2 }),
			`group "239.255.255.255+2:5000": 2 groups from 239.255.255.255 are more than there are`},
		{g(func(g *Group) { g.Sources = makeAddrs("192.0.2.7"); g.Exclude = makeAddrs("192.0.2.8") }),
			`group "192.0.2.7@239.1.1.1:5000": it has both Sources and Exclude`},
		{g(func(g *Group) { g.Sources = makeAddrs("fd00::1") }),
			`group "fd00::1@239.1.1.1:5000": source fd00::1 is IPv6 and group 239.1.1.1 is IPv4`},
		{g(func(g *Group) { g.Sources = make([]netip.Addr, 1) }), `group "@239.1.1.1:5000": source 1 has no address`},
		{g(func(g *Group) { g.Exclude = makeAddrs("239.1.1.2") }),
			`group "239.1.1.1:5000": excluded source 239.1.1.2 is a multicast address`},
		{g(func(g *Group) { g.Exclude = makeAddrs("192.0.2.7", "192.0.2.7") }),
			`group "239.1.1.1:5000": excluded source 192.0.2.7 is there twice`},
		{g(func(g *Group) { g.Exclude = make([]netip.Addr, MaxSources+1) }), `group "239.1.1.1:5000": 1025 sources are too many`},
		{g(func(g *Group) { g.Interface = "eth0:1" }), `group "239.1.1.1%[eth0:1]:5000": interface eth0:1 holds a colon`},
		{g(func(g *Group) { g.Interface = "a\nb" }),
			`group "239.1.1.1%a\nb:5000": interface "a\nb" begins or ends with white space or cannot be printed`},
		{g(func(g *Group) { g.Interface = "a/b" }),
			`group "239.1.1.1%a/b:5000": interface a/b holds "/", which means something else in a group`},
	} {
		err := tt.group.Validate()
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%v: %v", tt.group, err)
		case tt.want != "" && (err == nil || err.Error() != tt.want):
			t.Errorf("%v: %v, want %s", tt.group, err, tt.want)
		}
		if ge, ok := errors.AsType[*GroupError](err); err != nil && (!ok || !isPrintable(err.Error()) || ge.Hint() == "") {
			t.Errorf("%v: %#v is not a printable *GroupError with a hint", tt.group, err)
		}
	}
}

func TestGroupAddrs(t *testing.T) {
	for text, want := range map[string][]netip.Addr{
		"239.1.1.1":         makeAddrs("239.1.1.1"),
		"239.1.1.254+3":     makeAddrs("239.1.1.254", "239.1.1.255", "239.1.2.0"),
		"239.255.255.254+2": makeAddrs("239.255.255.254", "239.255.255.255"),
		"ff15::ffff+2":      makeAddrs("ff15::ffff", "ff15::1:0"),
		"239.1.1.0/30":      makeAddrs("239.1.1.0", "239.1.1.1", "239.1.1.2", "239.1.1.3"),
	} {
		g, err := ParseGroup(text)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := slices.Collect(g.Addrs()); !slices.Equal(got, want) {
			t.Errorf("%s: Addrs %v, want %v", text, got, want)
		}
		if g.Len() != len(want) {
			t.Errorf("%s: Len %d, want %d", text, g.Len(), len(want))
		}
		for a := range g.Addrs() {
			if a != want[0] {
				t.Errorf("%s: first address %v, want %v", text, a, want[0])
			}
			break
		}
	}
	if got := slices.Collect(Group{}.Addrs()); len(got) != 0 {
		t.Errorf("the zero Group has the addresses %v", got)
	}
}

func TestGroupAddrsAllocs(t *testing.T) {
	g := makeGroup("239.1.1.1", 1000, "eth0", 5000, "192.0.2.7")
	n := 0
	if allocs := testing.AllocsPerRun(100, func() {
		for a := range g.Addrs() {
			if g.Contains(a) {
				n++
			}
		}
	}); allocs != 0 {
		t.Errorf("ranging over a thousand addresses allocates %v times, want 0", allocs)
	}
	if n != 101*1000 {
		t.Errorf("%d addresses, want %d", n, 101*1000)
	}
}

func TestGroupContains(t *testing.T) {
	for _, tt := range []struct {
		group string
		addr  string
		want  bool
	}{
		{"239.1.1.1", "239.1.1.1", true},
		{"239.1.1.1", "239.1.1.2", false},
		{"239.1.1.1", "239.1.1.0", false},
		{"239.1.1.1", "::ffff:239.1.1.1", true},
		{"239.1.1.0/28", "239.1.1.15", true},
		{"239.1.1.0/28", "239.1.1.16", false},
		{"239.1.1.254+3", "239.1.2.0", true},
		{"239.1.1.1", "ff15::1", false},
		{"ff15::1", "239.1.1.1", false},
		{"ff02::1", "ff02::1%eth0", true},
		{"ff15::ffff:ffff:ffff:ffff+2", "ff15::1:0:0:0:0", true}, // over the 64-bit border
		{"ff15::ffff:ffff:ffff:ffff+2", "ff15::1:0:0:0:1", false},
		{"ff15::+2", "ff16::1", false},
		{"ff16::+2", "ff15::1", false},
	} {
		g, err := ParseGroup(tt.group)
		if err != nil {
			t.Fatal(err)
		}
		if got := g.Contains(netip.MustParseAddr(tt.addr)); got != tt.want {
			t.Errorf("%s contains %s: %t, want %t", tt.group, tt.addr, got, tt.want)
		}
	}
	if makeGroup("239.1.1.1", 0, "", 0).Contains(netip.Addr{}) || (Group{}).Contains(netip.Addr{}) {
		t.Error("a group contains the zero address")
	}
}
