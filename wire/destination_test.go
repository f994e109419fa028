package wire

import (
	"net/netip"
	"testing"
)

func TestDestination(t *testing.T) {
	for name, tt := range map[string]struct{ frame, want string }{
		"UDP":                   {toGroup + ipHello + helloUDP + helloData, "224.1.1.5:50001"},
		"tagged":                {toGroup[:26] + "8100 000a 0800" + ipHello + helloUDP + helloData, "224.1.1.5:50001"},
		"IGMP":                  {igmp3JoinFrame, "224.0.0.22:0"},
		"MLD":                   {mld2ReportFrame, "[ff02::16]:0"},
		"TCP":                   {tcpSYN, "192.0.2.2:50000"},
		"IPv6 with extensions":  {extendedFrame, "[ff15::1]:5000"},
		"inside VXLAN":          {vxlanFrame, "224.1.1.5:4789"},
		"inside a PIM register": {pimRegisterFrame, "192.168.56.9:0"},
		"ARP":                   {arpRequest, "invalid AddrPort"},
	} {
		var p Packet
		if got, ok := p.Destination(LinkEthernet, frame(t, tt.frame)); got.String() != tt.want || ok != got.IsValid() {
			t.Errorf("%s goes to %v, %v, want %s", name, got, ok, tt.want)
		}
	}
}

func TestDestinationDoesNotAllocate(t *testing.T) {
	var p Packet
	for _, s := range seeds {
		b := frame(t, s)
		if n := testing.AllocsPerRun(100, func() { p.Destination(LinkEthernet, b) }); n != 0 {
			t.Errorf("%v allocations for %s", n, s)
		}
	}
}

// FuzzDestination compares the short way with the long one.
func FuzzDestination(f *testing.F) {
	for _, s := range seeds {
		b := frame(f, s)
		f.Add(b, uint16(LinkEthernet))
		f.Add(b[14:], uint16(LinkRaw))
	}
	f.Fuzz(func(t *testing.T, data []byte, link uint16) {
		var p Packet
		want, wantOK := p.decodedDestination(LinkType(link), data)
		if got, ok := p.Destination(LinkType(link), data); got != want || ok != wantOK {
			t.Fatalf("%x goes to %v, %v; decoded, to %v, %v", data, got, ok, want, wantOK)
		}
	})
}

func BenchmarkDestination(b *testing.B) {
	var (
		p  Packet
		to netip.AddrPort
	)
	frame := datagram(b, 64)
	b.ReportAllocs()
	for b.Loop() {
		to, _ = p.Destination(LinkEthernet, frame)
	}
	_ = to
}
