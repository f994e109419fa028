package codegen

import (
	"errors"
	"testing"

	"mcast/filter/internal/flow"
	"mcast/filter/internal/syntax"
	"mcast/filter/internal/vm"
)

// links are all link types that a frame can begin with.
var links = []Link{Ethernet, LinuxSLL, LinuxSLL2, Raw, IPv4, IPv6, Null, Loop}

// program compiles a tree, or returns the reason why it cannot be.
func program(t *testing.T, n syntax.Node, target Target) (*vm.Machine, *syntax.Error) {
	t.Helper()
	g, err := Compile(n, target)
	var refused *syntax.Error
	if errors.As(err, &refused) {
		return nil, refused
	}
	if err != nil {
		t.Fatal(err)
	}
	plain, err := g.Program(1)
	if err != nil {
		t.Fatal(err)
	}
	g.Optimize()
	instructions, err := g.Program(1)
	if err != nil {
		t.Fatal(err)
	}
	if len(instructions) > len(plain) {
		t.Errorf("%T for %s: %d instructions, and %d before they are optimised", n, linkNames[target.Link], len(instructions), len(plain))
	}
	m, err := vm.New(instructions)
	if err != nil {
		t.Fatalf("%T for %s: %v", n, linkNames[target.Link], err)
	}
	return m, nil
}

// TestProtocols compiles every protocol's name for every link type, alone and
// behind every encapsulation: each has a meaning or a reason.
func TestProtocols(t *testing.T) {
	outer := map[string]syntax.Node{
		"":       nil,
		"vlan":   &syntax.VLAN{},
		"mpls":   &syntax.MPLS{},
		"pppoes": &syntax.PPPoES{},
		"geneve": &syntax.Geneve{},
	}
	compiled := 0
	for _, p := range syntax.Protocols() {
		if _, numbers := p.Carried(); len(numbers) == 0 && p != syntax.Link {
			t.Errorf("%s has no meaning", p)
		}
		for _, link := range links {
			for _, live := range []bool{false, true} {
				for name, o := range outer {
					var n syntax.Node = &syntax.Proto{Protocol: p}
					if o != nil {
						n = &syntax.And{List: []syntax.Node{o, n}}
					}
					if m, refused := program(t, n, Target{Link: link, Live: live}); refused != nil {
						if refused.Problem == "" {
							t.Errorf("%s protocol %d for %s is refused without a reason", name, p, linkNames[link])
						}
					} else {
						compiled++
						m.Match(make([]byte, 200), 200, nil)
					}
				}
			}
		}
	}
	if compiled < 1000 {
		t.Errorf("only %d of them compile", compiled)
	}
}

// TestPrimitives compiles every word that a primitive begins with, alone and with
// what may follow it: each has a meaning.
func TestPrimitives(t *testing.T) {
	options := syntax.Options{InterfaceIndex: func(string) (uint32, error) { return 1, nil }}
	for _, word := range syntax.Words() {
		forms, compiled := 0, 0
		for _, argument := range []string{"", " 5", " 5 = 5", " 239.1.1.1", " ff15::1", " eth0"} {
			n, err := syntax.Parse(word+argument, options)
			if err != nil {
				continue
			}
			forms++
			for _, link := range links {
				for _, live := range []bool{false, true} {
					if m, refused := program(t, n, Target{Link: link, Live: live}); refused == nil {
						compiled++
						m.Match(make([]byte, 200), 200, nil)
					}
				}
			}
		}
		if forms == 0 || compiled == 0 {
			t.Errorf("%s is tried in %d forms, and compiles for %d targets", word, forms, compiled)
		}
	}
}

// TestPlaces reads the first byte of each header through every encapsulation.
func TestPlaces(t *testing.T) {
	tests := []struct {
		name  string
		link  Link
		live  bool
		outer []syntax.Node
		frame []byte // up to the IPv4 header
	}{
		{"Ethernet", Ethernet, false, nil, []byte{12: 0x08, 13: 0}},
		{"SLL", LinuxSLL, false, nil, []byte{14: 0x08, 15: 0}},
		{"SLL2", LinuxSLL2, false, nil, []byte{0: 0x08, 19: 0}},
		{"raw", Raw, false, nil, nil},
		{"IPv4", IPv4, false, nil, nil},
		{"null", Null, false, nil, []byte{2, 0, 0, 0}},
		{"loop", Loop, false, nil, []byte{0, 0, 0, 2}},
		{"a tag", Ethernet, false, []syntax.Node{&syntax.VLAN{Has: true, ID: 5}}, []byte{12: 0x81, 13: 0, 14: 0xe0, 15: 5, 16: 0x08, 17: 0}},
		{"a tag, live", Ethernet, true, []syntax.Node{&syntax.VLAN{Has: true, ID: 5}}, []byte{12: 0x81, 13: 0, 14: 0xe0, 15: 5, 16: 0x08, 17: 0}},
		{"two tags", Ethernet, false, []syntax.Node{&syntax.VLAN{}, &syntax.VLAN{Has: true, ID: 7}}, []byte{12: 0x88, 13: 0xa8, 16: 0x81, 19: 7, 20: 0x08, 21: 0}},
		{"two labels", Ethernet, false, []syntax.Node{&syntax.MPLS{}, &syntax.MPLS{Has: true, Label: 3}}, []byte{12: 0x88, 13: 0x47, 20: 0x31, 21: 0}},
		{"PPPoE", Ethernet, false, []syntax.Node{&syntax.PPPoES{Has: true, Session: 9}}, []byte{12: 0x88, 13: 0x64, 14: 0x11, 17: 9, 21: 0x21}},
		{"a tag and PPPoE", Ethernet, false, []syntax.Node{&syntax.VLAN{}, &syntax.PPPoES{}}, []byte{12: 0x81, 13: 0, 16: 0x88, 17: 0x64, 18: 0x11, 25: 0x21}},
	}
	// IPv4 with an option of 4 bytes; UDP port 5000.
	packet := []byte{0x46, 9: 17, 16: 239, 17: 1, 18: 1, 19: 1, 24: 0x13, 25: 0x88, 26: 0x13, 27: 0x88, 40: 0}
	inner := []syntax.Node{
		&syntax.Proto{Protocol: syntax.IP},
		&syntax.Port{Low: 5000, High: 5000, On: syntax.OnUDP},
		&syntax.Relation{Op: "=", X: &syntax.Load{Protocol: syntax.IP, Index: &syntax.Number{Value: 16}, Size: 1}, Y: &syntax.Number{Value: 239}},
		&syntax.Relation{Op: "=", X: &syntax.Load{Protocol: syntax.UDP, Index: &syntax.Number{Value: 2}, Size: 2}, Y: &syntax.Number{Value: 5000}},
	}
	for _, tt := range tests {
		m, refused := program(t, &syntax.And{List: append(tt.outer, inner...)}, Target{Link: tt.link, Live: tt.live})
		if refused != nil {
			t.Errorf("%s: %s", tt.name, refused.Problem)
			continue
		}
		frame := append(append([]byte(nil), tt.frame...), packet...)
		if !m.Match(frame, len(frame), nil) {
			t.Errorf("%s: % x is not kept", tt.name, frame)
		}
		frame[len(tt.frame)+27]++
		if m.Match(frame, len(frame), nil) {
			t.Errorf("%s: another port is kept", tt.name)
		}
	}
}

// TestTooLarge stops at expressions that nobody means.
func TestTooLarge(t *testing.T) {
	var chains, hosts []syntax.Node
	for i := range uint32(1000) {
		chains = append(chains, &syntax.ProtoChain{Number: i % 256})
	}
	for i := range uint16(30000) {
		hosts = append(hosts, &syntax.DECnetHost{Address: i})
	}
	for name, list := range map[string][]syntax.Node{"chains": chains, "hosts": hosts} {
		if _, err := Compile(&syntax.Or{List: list}, Target{}); !errors.Is(err, flow.ErrTooLarge) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
