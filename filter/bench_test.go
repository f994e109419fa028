package filter

import (
	"testing"

	"golang.org/x/net/bpf"
)

var benchmarks = []string{
	"udp dst port 50001",
	"host 192.168.56.103 and (udp port 50001 or 5353)",
	"group 239.1.1.1",
}

func BenchmarkCompile(b *testing.B) {
	for _, e := range benchmarks {
		b.Run(e, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Compile(e, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMatch runs programs on a frame that they keep, and beside it the
// machine of x/net/bpf.
func BenchmarkMatch(b *testing.B) {
	frame := udpFrame("239.1.1.1", 50001, make([]byte, 22))
	for _, e := range benchmarks {
		p, err := Compile(e, Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(e, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !p.Match(frame, len(frame)) {
					b.Fatal("the frame is not kept")
				}
			}
		})
		machine, err := bpf.NewVM(disassemble(p))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(e+"/x-net-bpf", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if n, err := machine.Run(frame); n == 0 || err != nil {
					b.Fatal("the frame is not kept", err)
				}
			}
		})
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	frame := udpFrame("239.1.1.1", 50001, make([]byte, 22))
	for _, e := range append([]string{"vlan or protochain 6 or group ff15::1 or geneve"}, benchmarks...) {
		p, err := Compile(e, Options{Live: true})
		if err != nil {
			t.Fatal(err)
		}
		meta := &Meta{}
		if n := testing.AllocsPerRun(100, func() {
			p.Match(frame, len(frame))
			p.MatchMeta(frame, len(frame), meta)
		}); n != 0 {
			t.Errorf("%s: %v allocations", e, n)
		}
	}
}
