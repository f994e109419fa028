package membership

import (
	"math/rand/v2"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"mcast/internal/sys"
)

// BenchmarkList is 10,000 groups on 500 sockets, which were joined in blocks, in
// turns, or at random. On a machine that does other things besides, compare the
// time of processors.
func BenchmarkList(b *testing.B) {
	const n, sockets = 10_000, 500
	random := rand.New(rand.NewPCG(1, 2))
	shuffled := random.Perm(n)
	for _, bb := range []struct {
		name   string
		family sys.Family
		of     func(i int) int
	}{
		{"blocks", sys.IPv4, func(i int) int { return i / (n / sockets) }},
		{"turns", sys.IPv4, func(i int) int { return i % sockets }},
		{"random", sys.IPv4, func(i int) int { return shuffled[i] % sockets }},
		{"blocks6", sys.IPv6, func(i int) int { return i / (n / sockets) }},
		{"random6", sys.IPv6, func(i int) int { return shuffled[i] % sockets }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			h := oneHost(b)
			index := h.Interface("eth0").Index
			members := make([]*sys.Socket, sockets)
			for i := range members {
				members[i] = socket(b, h, bb.family)
			}
			for i := range n {
				g := netip.AddrFrom4([4]byte{239, 6, byte(i >> 8), byte(i)})
				if bb.family == sys.IPv6 {
					g = netip.AddrFrom16([16]byte{0: 0xff, 1: 0x15, 14: byte(i >> 8), 15: byte(i)})
				}
				must(b, members[bb.of(i)].JoinGroup(g, index))
			}
			before := processorTime(b)
			for b.Loop() {
				m := open(b, h) // which has learned nothing
				r := list(b, m)
				known := 0
				for _, g := range r.Memberships {
					known += len(g.Sockets)
				}
				if known != n {
					b.Fatalf("%d sockets were found, want %d", known, n)
				}
			}
			b.ReportMetric(float64((processorTime(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
}

// processorTime is what this process has used of the processors.
func processorTime(b *testing.B) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
