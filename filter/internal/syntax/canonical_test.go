package syntax

import (
	"net/netip"
	"testing"
)

// Trees that no expression has.
func TestCanonicalOfTrees(t *testing.T) {
	udp, tcp := &Proto{Protocol: UDP}, &Proto{Protocol: TCP}
	for _, test := range [...]struct {
		tree Node
		want string
	}{
		{nil, ""},
		{&Port{Low: 5, High: 5, On: OnTCP | OnUDP}, "tcp port 5 or udp port 5"},
		{&And{List: []Node{udp, &Port{Low: 5, High: 5, On: OnUDP | OnSCTP}}}, "udp and (udp port 5 or sctp port 5)"},
		{&And{List: []Node{udp, &And{List: []Node{tcp, udp}}}}, "udp and tcp and udp"},
		{&Not{X: &Not{X: &Or{List: []Node{udp, tcp}}}}, "not not (udp or tcp)"},
		{&Relation{Op: "=", X: &Binary{Op: "%", X: &Negation{X: &FrameLength{}}, Y: &Number{Value: 5}}, Y: &Number{}},
			"(-len) % 5 = 0"},
		{&Relation{Op: "=", X: &Negation{X: &Binary{Op: "*", X: &FrameLength{}, Y: &Number{Value: 5}}}, Y: &Number{}},
			"-(len * 5) = 0"},
	} {
		got := Canonical(test.tree)
		if got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
		if test.tree == nil {
			continue
		}
		if n, err := Parse(got, Options{}); err != nil || Canonical(n) != got {
			t.Errorf("%s: %v", got, err)
		}
	}
}

// Where hosts are in force, a word would be a name: the hosts go into
// parentheses, and only those.
func TestCanonicalWords(t *testing.T) {
	for _, test := range [...]struct{ in, want string }{
		{"udp port 5 or mld", "udp port 5 or mld"},
		{"(host both) or mld", "(host 10.0.0.1) or (host fe80::1) or (host 10.0.0.2) or mld"},
		{"(not host six) and mld", "not (host fe80::1) and mld"},
		{"(ether host both or udp) and mld", "(ether host 02:00:00:00:00:01 or udp) and mld"},
		{"(udp or ether host both) and mld", "(udp or ether host 02:00:00:00:00:01) and mld"},
		{"(host six) and ((net 10 and udp) or rtp)", "(host fe80::1) and ((net 10.0.0.0/8 and udp) or rtp)"},
		{"(host six) and (udp or rtp)", "host fe80::1 and (udp or rtp)"},
		{"(host six) and (udp port 5 or rtp)", "host fe80::1 and (udp port 5 or rtp)"},
		{"(host six) and group 239.1.1.1", "host fe80::1 and group 239.1.1.1"},
	} {
		n, err := Parse(test.in, answers)
		if err != nil {
			t.Errorf("%s: %v", test.in, err)
			continue
		}
		got := Canonical(n)
		if got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.in, got, test.want)
		}
		check(t, test.in, answers)
	}
}

func TestNetString(t *testing.T) {
	for _, test := range [...]struct{ addr, mask, want string }{
		{"10.0.0.1", "255.255.255.255", "10.0.0.1"},
		{"10.0.0.0", "255.0.0.0", "10.0.0.0/8"},
		{"0.0.0.0", "0.0.0.0", "0.0.0.0/0"},
		{"224.0.0.0", "240.0.0.0", "224.0.0.0/4"},
		{"10.0.0.1", "255.0.0.255", "10.0.0.1 mask 255.0.0.255"},
		{"0.0.0.1", "0.0.0.1", "0.0.0.1 mask 0.0.0.1"},
		{"10.0.0.0", "247.0.0.0", "10.0.0.0 mask 247.0.0.0"},
		{"ff02::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ff02::1"},
		{"ff00::", "ff00::", "ff00::/8"},
	} {
		n := Net{netip.MustParseAddr(test.addr), netip.MustParseAddr(test.mask)}
		if got := n.String(); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}
