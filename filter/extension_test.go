package filter

import (
	"fmt"
	"testing"
)

// keeps is an expression, and frames that it keeps and does not keep.
type keeps struct {
	expression string
	options    Options
	yes, no    map[string][]byte
}

func (k keeps) check(t *testing.T) {
	t.Helper()
	p, err := Compile(k.expression, k.options)
	if err != nil {
		t.Errorf("%s: %v", k.expression, err)
		return
	}
	for name, frame := range k.yes {
		if !p.Match(frame, len(frame)) {
			t.Errorf("%s does not keep %s: % x", k.expression, name, frame)
		}
	}
	for name, frame := range k.no {
		if p.Match(frame, len(frame)) {
			t.Errorf("%s keeps %s: % x", k.expression, name, frame)
		}
	}
}

func TestGroup(t *testing.T) {
	others := func(n int) []record {
		var list []record
		for i := range n {
			list = append(list, record{fmt.Sprintf("239.9.9.%d", i), []string{"10.0.0.1", "10.0.0.2"}[:i%3%2], byte(i % 2)})
		}
		return list
	}
	others6 := func(n int) []record {
		var list []record
		for i := range n {
			list = append(list, record{fmt.Sprintf("ff15::9:%x", i), []string{"fd00::1", "fd00::2"}[:i%3], byte(i % 2)})
		}
		return list
	}
	hit := record{group: "239.1.1.1"}
	hit6 := record{group: "ff15::1"}
	yes := map[string][]byte{
		"a datagram":          udpFrame("239.1.1.1", 5000, nil),
		"a later fragment":    ether(0x0800, ip4(17, "10.0.0.1", "239.1.1.1", nil, 100, make([]byte, 40))),
		"an IGMPv1 report":    igmpFrame("239.1.1.1", igmp(0x12, "239.1.1.1")),
		"a leave":             igmpFrame("224.0.0.2", igmp(0x17, "239.1.1.1")),
		"a query":             igmpFrame("239.1.1.1", igmp(0x11, "239.1.1.1")),
		"an IGMPv3 report":    igmpFrame("224.0.0.22", report(0x22, hit)),
		"the third record":    igmpFrame("224.0.0.22", report(0x22, append(others(2), hit)...)),
		"the eighth record":   igmpFrame("224.0.0.22", report(0x22, append(others(7), hit)...)),
		"a report with nine":  igmpFrame("224.0.0.22", report(0x22, others(9)...)),
		"a join to a source":  igmpFrame("224.0.0.22", report(0x22, record{"239.1.1.1", []string{"10.0.0.1"}, 0})),
		"a record before one": igmpFrame("224.0.0.22", report(0x22, append([]record{hit}, others(3)...)...)),
	}
	no := map[string][]byte{
		"another group":             udpFrame("239.1.1.2", 5000, nil),
		"a general query":           igmpFrame("224.0.0.1", igmp(0x11, "0.0.0.0")),
		"another group's report":    igmpFrame("224.0.0.22", report(0x22, others(8)...)),
		"the group as a source":     igmpFrame("224.0.0.22", report(0x22, record{"239.2.2.2", []string{"239.1.1.1"}, 0})),
		"a DVMRP message":           igmpFrame("224.0.0.4", igmp(0x13, "239.1.1.1")),
		"a datagram from the group": ether(0x0800, ip4(17, "239.1.1.1", "10.0.0.1", nil, 0, udp(1, 2, nil))),
		"a fragment of IGMP":        ether(0x0800, ip4(2, "10.0.0.1", "224.0.0.22", nil, 7, igmp(0x16, "239.1.1.1"))),
		"ARP":                       ether(0x0806, make([]byte, 28)),
		"an empty report":           igmpFrame("224.0.0.22", report(0x22)),
	}
	keeps{"group 239.1.1.1", Options{}, yes, no}.check(t)
	keeps{"not group 239.1.1.1", Options{}, no, yes}.check(t)
	delete(no, "another group")
	keeps{"group 239.1.0.0/16", Options{}, yes, no}.check(t)

	yes6 := map[string][]byte{
		"a datagram":               udpFrame("ff15::1", 5000, nil),
		"an MLDv1 report":          mldFrame("ff15::1", mld(131, "ff15::1")),
		"a done":                   mldFrame("ff02::2", mld(132, "ff15::1")),
		"a query":                  mldFrame("ff15::1", mld(130, "ff15::1")),
		"an MLDv2 report":          mldFrame("ff02::16", report(143, hit6)),
		"the third record":         mldFrame("ff02::16", report(143, append(others6(2), hit6)...)),
		"the eighth record":        mldFrame("ff02::16", report(143, append(others6(7), hit6)...)),
		"a report with nine":       mldFrame("ff02::16", report(143, others6(9)...)),
		"without a hop-by-hop":     ether(0x86dd, ip6(58, "fe80::1", "ff02::16", report(143, append(others6(3), hit6)...))),
		"with a longer hop-by-hop": ether(0x86dd, ip6(0, "fe80::1", "ff02::16", extension(58, 2, report(143, append(others6(3), hit6)...)))),
	}
	no6 := map[string][]byte{
		"another group":          udpFrame("ff15::2", 5000, nil),
		"a general query":        mldFrame("ff02::1", mld(130, "::")),
		"another group's report": mldFrame("ff02::16", report(143, others6(8)...)),
		"a neighbor message":     ether(0x86dd, ip6(58, "fe80::1", "ff02::1:ff00:1", mld(135, "ff15::1"))),
		"the IPv4 group":         udpFrame("239.1.1.1", 5000, nil),
	}
	keeps{"group ff15::1", Options{}, yes6, no6}.check(t)
	keeps{"not group ff15::1", Options{}, no6, yes6}.check(t)
	delete(no6, "another group")
	keeps{"group ff15::/112", Options{}, yes6, no6}.check(t)

	tagged := map[string][]byte{"a tagged report": ether(0x8100, tag(7, 0x0800, igmpFrame("224.0.0.22", report(0x22, hit))[14:]))}
	keeps{"vlan 7 and group 239.1.1.1", Options{}, tagged, yes}.check(t)
	keeps{"group 239.1.1.1 or group 239.1.1.2", Options{}, yes, map[string][]byte{"IPv6": udpFrame("ff15::1", 5000, nil)}}.check(t)
	// Behind a tag, another group looks elsewhere.
	second := udpFrame("239.1.1.2", 5000, nil)
	keeps{"group 239.1.1.1 or vlan 7 or group 239.1.1.2", Options{}, map[string][]byte{
		"the first":              udpFrame("239.1.1.1", 5000, nil),
		"the second, with a tag": ether(0x8100, tag(9, 0x0800, second[14:])),
	}, map[string][]byte{"the second, without": second}}.check(t)

	sll := func(frame []byte) []byte {
		header := make([]byte, 14, 2+len(frame))
		return append(header, frame[12:]...)
	}
	keeps{"group 239.1.1.1", Options{LinkType: LinuxSLL}, map[string][]byte{"a cooked report": sll(yes["the eighth record"])}, map[string][]byte{"another": sll(no["another group's report"])}}.check(t)
	keeps{"group ff15::1", Options{LinkType: Raw}, map[string][]byte{"a raw report": yes6["the eighth record"][14:]}, map[string][]byte{"another": no6["another group's report"][14:]}}.check(t)
}

// TestGroupsAreSearchedOnce looks how long programs are: the records of a report are
// searched for all groups at once, if these are looked for at the same place.
func TestGroupsAreSearchedOnce(t *testing.T) {
	length := func(expression string) int {
		p, err := Compile(expression, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return len(p.Instructions())
	}
	one := length("group 239.1.1.1")
	for expression, most := range map[string]int{
		"group 239.1.1.1 or group 239.1.1.2":                                        one + 20,
		"not group 239.1.1.1 and not group 239.1.1.2":                               one + 20,
		"not (not group 239.1.1.1 and not group 239.1.1.2)":                         one + 20,
		"group 239.1.1.1 or udp or group 239.1.1.2":                                 one + 25,
		"vlan and (group 239.1.1.1 or group 239.1.1.2)":                             one + 30,
		"group 239.1.1.1 or (ip and group 239.2.2.2) or not udp or group 239.1.1.2": 2*one + 25,
	} {
		if n := length(expression); n > most {
			t.Errorf("%s: %d instructions, and %d for one group", expression, n, one)
		}
	}
	if n := length("group 239.1.1.1 or vlan or group 239.1.1.2"); n < 2*one-20 {
		t.Errorf("a group inside a tag and one outside are searched for together: %d instructions, and %d for one group", n, one)
	}
	first, second, third := udpFrame("239.1.1.1", 5, nil), udpFrame("239.1.1.2", 5, nil), udpFrame("239.1.1.3", 5, nil)
	reported := igmpFrame("224.0.0.22", report(0x22, record{group: "239.1.1.9"}, record{group: "239.1.1.2"}))
	keeps{"not group 239.1.1.1 and udp and not group 239.1.1.2", Options{},
		map[string][]byte{"another": third},
		map[string][]byte{"the first": first, "the second": second}}.check(t)
	keeps{"not group 239.1.1.1 and not group 239.1.1.2", Options{},
		map[string][]byte{"another": third},
		map[string][]byte{"the first": first, "a report of the second": reported}}.check(t)
	keeps{"not group 239.1.1.1 and not vlan and not group 239.1.1.2", Options{},
		map[string][]byte{"the second, not in a tag": second},
		map[string][]byte{"the first": first}}.check(t)
}

func TestMLD(t *testing.T) {
	keeps{"mld", Options{}, map[string][]byte{
		"a query":              mldFrame("ff02::1", mld(130, "::")),
		"a report":             mldFrame("ff02::16", report(143, record{group: "ff15::1"})),
		"a done":               mldFrame("ff02::2", mld(132, "ff15::1")),
		"an old report":        mldFrame("ff15::1", mld(131, "ff15::1")),
		"without a hop-by-hop": ether(0x86dd, ip6(58, "fe80::1", "ff02::1", mld(130, "::"))),
		"a longer hop-by-hop":  ether(0x86dd, ip6(0, "fe80::1", "ff02::16", extension(58, 1, mld(131, "ff15::1")))),
	}, map[string][]byte{
		"a neighbor message": ether(0x86dd, ip6(58, "fe80::1", "ff02::1", mld(135, "::"))),
		"a router message":   mldFrame("ff02::1", mld(134, "::")),
		"UDP":                udpFrame("ff15::1", 5000, []byte{143}),
		"UDP behind options": ether(0x86dd, ip6(0, "fe80::1", "ff02::16", extension(17, 0, mld(143, "ff15::1")))),
		"IGMP":               igmpFrame("224.0.0.1", igmp(0x11, "0.0.0.0")),
	}}.check(t)
}

func TestRTP(t *testing.T) {
	rtp := func(version, kind byte) []byte {
		b := make([]byte, 12)
		b[0], b[1] = version<<6, kind
		return b
	}
	frame := func(source, destination uint16, payload []byte) []byte {
		return ether(0x0800, ip4(17, "10.0.0.1", "239.1.1.1", nil, 0, udp(source, destination, payload)))
	}
	keeps{"rtp", Options{}, map[string][]byte{
		"IPv4":           frame(1024, 5004, rtp(2, 96)),
		"with a marker":  frame(40000, 1024, rtp(2, 33|0x80)),
		"type 71":        frame(40000, 5004, rtp(2, 71)),
		"type 77":        frame(40000, 5004, rtp(2, 77)),
		"IPv6":           udpFrame("ff15::1", 5004, rtp(2, 96)),
		"first fragment": ether(0x0800, ip4(17, "10.0.0.1", "239.1.1.1", nil, 0x2000, udp(5004, 5004, rtp(2, 96)))),
	}, map[string][]byte{
		"a low source port":      frame(1023, 5004, rtp(2, 96)),
		"a low destination port": frame(5004, 53, rtp(2, 96)),
		"another version":        frame(5004, 5004, rtp(1, 96)),
		"RTCP 200":               frame(5005, 5005, rtp(2, 200)),
		"RTCP 204":               frame(5005, 5005, rtp(2, 204)),
		"IPv6 RTCP":              udpFrame("ff15::1", 5004, rtp(2, 201)),
		"11 bytes":               frame(5004, 5004, rtp(2, 96)[:11]),
		"a later fragment":       ether(0x0800, ip4(17, "10.0.0.1", "239.1.1.1", nil, 3, udp(5004, 5004, rtp(2, 96)))),
		"TCP":                    ether(0x0800, ip4(6, "10.0.0.1", "239.1.1.1", nil, 0, tcp(5004, 5004, rtp(2, 96)))),
	}}.check(t)
}

func TestProtoChain(t *testing.T) {
	payload := udp(1, 2, nil)
	yes := map[string][]byte{
		"directly":      ether(0x86dd, ip6(17, "fd00::1", "ff15::1", payload)),
		"hop-by-hop":    ether(0x86dd, ip6(0, "fd00::1", "ff15::1", extension(17, 1, payload))),
		"a long chain":  ether(0x86dd, ip6(0, "fd00::1", "ff15::1", extension(60, 1, extension(43, 2, extension(44, 0, authentication(17, 4, payload)))))),
		"IPv4 directly": udpFrame("239.1.1.1", 5000, nil),
		"IPv4 with AH":  ether(0x0800, ip4(51, "10.0.0.1", "239.1.1.1", routerAlert, 0, authentication(51, 4, authentication(17, 4, payload)))),
	}
	no := map[string][]byte{
		"TCP":                  ether(0x86dd, ip6(6, "fd00::1", "ff15::1", tcp(1, 2, nil))),
		"TCP in a chain":       ether(0x86dd, ip6(0, "fd00::1", "ff15::1", extension(60, 1, extension(6, 2, tcp(1, 2, nil))))),
		"no next header":       ether(0x86dd, ip6(59, "fd00::1", "ff15::1", nil)),
		"IPv4 TCP":             ether(0x0800, ip4(6, "10.0.0.1", "239.1.1.1", nil, 0, tcp(1, 2, nil))),
		"IPv4 TCP with AH":     ether(0x0800, ip4(51, "10.0.0.1", "239.1.1.1", nil, 0, authentication(6, 4, tcp(1, 2, nil)))),
		"UDP behind something": ether(0x86dd, ip6(99, "fd00::1", "ff15::1", extension(17, 0, payload))),
	}
	keeps{"protochain 17", Options{}, yes, no}.check(t)
	keeps{"ip6 protochain \\udp or ip protochain \\udp", Options{}, yes, no}.check(t)
	keeps{"not protochain 17", Options{}, no, yes}.check(t)

	// Seven headers are looked behind, and eight; of nine, nobody knows.
	chain := func(n int, next byte, payload []byte) []byte {
		for range n {
			payload, next = extension(next, 0, payload), 60
		}
		return ether(0x86dd, ip6(next, "fd00::1", "ff15::1", payload))
	}
	keeps{"protochain 17", Options{}, map[string][]byte{
		"7 headers and UDP": chain(7, 17, payload),
		"8 headers and UDP": chain(8, 17, payload),
		"9 headers and TCP": chain(9, 6, tcp(1, 2, nil)),
	}, map[string][]byte{
		"7 headers and TCP": chain(7, 6, tcp(1, 2, nil)),
		"8 headers and TCP": chain(8, 6, tcp(1, 2, nil)),
	}}.check(t)
}

func TestGeneve(t *testing.T) {
	inner := udpFrame("239.1.1.1", 5000, nil)
	over := func(header []byte) []byte { return udpFrame("10.0.0.9", 6081, header) }
	over6 := func(header []byte) []byte { return udpFrame("fd00::9", 6081, header) }
	yes := map[string][]byte{
		"Ethernet":          over(geneve(0, 7, 0x6558, inner)),
		"with options":      over(geneve(5, 7, 0x6558, inner)),
		"bare IPv4":         over(geneve(1, 7, 0x0800, inner[14:])),
		"Ethernet, by IPv6": over6(geneve(2, 7, 0x6558, inner)),
		"bare IPv4 by IPv6": over6(geneve(0, 7, 0x0800, inner[14:])),
	}
	no := map[string][]byte{
		"not Geneve":      inner,
		"another version": over(append([]byte{0x40}, geneve(0, 7, 0x6558, inner)[1:]...)),
		"TCP inside":      over(geneve(0, 7, 0x0800, ip4(6, "10.0.0.1", "240.1.1.1", nil, 0, tcp(5000, 5000, nil)))),
	}
	keeps{"geneve and udp port 5000", Options{}, yes, no}.check(t)
	keeps{"geneve 7 and dst net 239.0.0.0/8", Options{}, yes, no}.check(t)
	keeps{"geneve 8 and udp", Options{}, nil, yes}.check(t)
	// The frame inside has an Ethernet header, or not.
	delete(yes, "bare IPv4")
	delete(yes, "bare IPv4 by IPv6")
	keeps{"geneve and ether src 02:00:00:00:00:01", Options{}, yes, map[string][]byte{"bare": over(geneve(1, 7, 0x0800, inner[14:]))}}.check(t)
	// ISO begins three bytes into the 802.2 header of the frame inside, whatever the
	// tunnel itself is carried by.
	clnp := over(geneve(0, 7, 0x6558, ether(3, []byte{0xfe, 0xfe, 0x03, 0x81})))
	yes = map[string][]byte{"CLNP": clnp}
	no = map[string][]byte{"IS-IS": over(geneve(0, 7, 0x6558, ether(3, []byte{0xfe, 0xfe, 0x03, 0x83})))}
	keeps{"geneve and clnp", Options{}, yes, no}.check(t)
	yes = map[string][]byte{"CLNP": ether(0x8847, append([]byte{0, 0, 0x11, 64}, clnp[14:]...))}
	keeps{"mpls and geneve and clnp", Options{}, yes, no}.check(t)
	yes = map[string][]byte{"CLNP": ether(0x8864, append([]byte{0x11, 0, 0, 1, 0, 60, 0, 0x21}, clnp[14:]...))}
	keeps{"pppoes and geneve and clnp", Options{}, yes, no}.check(t)
	// No tunnel: what looks into it does not keep the frame.
	yes = map[string][]byte{"tunnel": over(geneve(0, 7, 0x6558, inner))}
	keeps{"geneve or udp", Options{}, yes, map[string][]byte{"plain": inner}}.check(t)
}

func TestLive(t *testing.T) {
	frame := udpFrame("239.1.1.1", 5000, nil)
	inside := ether(0x8100, tag(7, 0x0800, frame[14:]))
	double := ether(0x8100, tag(9, 0x0800, frame[14:]))
	taken := &Meta{VLAN: true, TCI: 0xe007, TPID: 0x8100}
	tests := []struct {
		expression string
		frame      []byte
		meta       *Meta
		want       bool
	}{
		{"vlan", frame, taken, true},
		{"vlan", frame, nil, false},
		{"vlan", inside, nil, true},
		{"vlan 7", frame, taken, true},
		{"vlan 8", frame, taken, false},
		{"vlan 7", inside, nil, true},
		{"vlan 8", inside, nil, false},
		{"vlan 7 and udp port 5000", frame, taken, true},
		{"vlan 7 and udp port 5000", inside, nil, true},
		{"vlan 7 and udp port 5001", frame, taken, false},
		{"vlan 7 and vlan 9 and udp port 5000", double, taken, true},
		{"vlan and vlan 8", double, taken, false},
		{"udp port 5000", frame, taken, true},
		{"tcp or (vlan and udp)", inside, nil, true},
		{"vlan and group 239.1.1.1", inside, nil, true},
		{"outbound", frame, &Meta{PacketType: 4}, true},
		{"outbound", frame, &Meta{}, false},
		{"inbound", frame, &Meta{PacketType: 4}, false},
		{"inbound and udp", frame, &Meta{PacketType: 2}, true},
		{"ifindex 3", frame, &Meta{Interface: 3}, true},
		{"ifindex 3", frame, &Meta{Interface: 4}, false},
		{"ifname eth7", frame, &Meta{Interface: 7}, true},
		{"ifname eth7", frame, &Meta{Interface: 3}, false},
	}
	o := Options{Live: true, InterfaceIndex: func(string) (uint32, error) { return 7, nil }}
	for _, tt := range tests {
		p, err := Compile(tt.expression, o)
		if err != nil {
			t.Errorf("%s: %v", tt.expression, err)
			continue
		}
		if got := p.MatchMeta(tt.frame, len(tt.frame), tt.meta); got != tt.want {
			t.Errorf("%s with %+v: %t, want %t", tt.expression, tt.meta, got, tt.want)
		}
	}
}

// TestLiveCooked: no socket has a filter that sees a cooked header.
func TestLiveCooked(t *testing.T) {
	for _, l := range LinkTypes() {
		_, err := Compile("ip", Options{LinkType: l, Live: true})
		if want := l == LinuxSLL || l == LinuxSLL2; (err != nil) != want {
			t.Errorf("%v: error %v", l, err)
		}
	}
}
