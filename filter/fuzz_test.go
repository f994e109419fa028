package filter

import (
	"errors"
	"net/netip"
	"testing"
)

// anything resolves every name, so that the fuzzer gets past them.
var anything = Options{
	Resolve: func(name string) ([]netip.Addr, error) {
		return []netip.Addr{netip.AddrFrom4([4]byte{10, 0, 0, byte(len(name))}), netip.MustParseAddr("fd00::1")}, nil
	},
	ResolveEther:   func(name string) ([6]byte, error) { return [6]byte{2, 0, 0, 0, 0, byte(len(name))}, nil },
	InterfaceIndex: func(name string) (uint32, error) { return uint32(len(name)), nil },
}

// FuzzCompile compiles anything for everything. Compile checks each program
// as the kernel does; here, the canonical expression must give the same one.
func FuzzCompile(f *testing.F) {
	for _, e := range expressions {
		f.Add(e, byte(Ethernet), false)
	}
	for _, e := range wrong {
		f.Add(e.expression, byte(Ethernet), true)
	}
	for l := range linkTypes {
		f.Add("udp port 5000 or (pppoes and not net 10) or ifname eth0", byte(l), true)
	}
	f.Add("net 2001:db8::/32 or group ff15:1::/32 and not group 239.1.1.1/32", byte(Ethernet), false)
	f.Add("vlan 5 and geneve 7 and protochain 17 or group ff15::/16", byte(Ethernet), true)
	f.Add("tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420 - (ip[2:2] % ip[0] << 3)", byte(Ethernet), false)
	f.Add("gateway a or ether host b or host c and (not net 239 or 224.0)", byte(Ethernet), false)
	frame := udpFrame("239.1.1.1", 5000, make([]byte, 64))
	f.Fuzz(func(t *testing.T, expression string, link byte, live bool) {
		o := anything
		o.LinkType = LinkType(int(link) % len(linkTypes))
		o.Live = live && o.LinkType != LinuxSLL && o.LinkType != LinuxSLL2
		p, err := Compile(expression, o)
		var wrong *Error
		switch {
		case errors.As(err, &wrong):
			if wrong.Start < 0 || wrong.Start > wrong.End || wrong.End > len(expression) || wrong.Problem == "" {
				t.Fatalf("%q: error at %d to %d: %q", expression, wrong.Start, wrong.End, wrong.Problem)
			}
			_ = wrong.Show()
			return
		case err != nil:
			t.Fatal(err)
		}
		for n := range frame {
			p.MatchMeta(frame[:n], len(frame), &Meta{VLAN: true, TCI: 5})
		}
		x, err := Explain(expression, o)
		if err != nil {
			t.Fatalf("%q compiles, and has no explanation: %v", expression, err)
		}
		if !equal(p, x.Program) {
			t.Fatalf("%q is compiled to another program when it is explained", expression)
		}
		q, err := Compile(x.Canonical, o)
		if err != nil {
			t.Fatalf("%q: its canonical form %q: %v", expression, x.Canonical, err)
		}
		if !equal(p, q) {
			t.Fatalf("%q and its canonical form %q compile to different programs:\n%s\n%s", expression, x.Canonical, p.text(), q.text())
		}
	})
}
