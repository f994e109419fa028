package lab_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"mcast/lab"
)

// BenchmarkHosts starts and closes a lab of hosts at a switch.
func BenchmarkHosts(b *testing.B) {
	for _, hosts := range []int{4, 100, 500} {
		b.Run(strconv.Itoa(hosts), func(b *testing.B) {
			topology := &lab.Topology{Name: "many", Segments: []lab.Segment{{Name: "lan", Kind: lab.Switch}}}
			for i := range hosts {
				topology.Hosts = append(topology.Hosts, lab.Host{
					Name: fmt.Sprintf("h%d", i),
					Interfaces: []lab.Interface{{
						Name: "eth0", Segment: "lan", Addresses: prefixes(fmt.Sprintf("10.0.%d.%d/16", i/200, i%200+1)),
					}},
				})
			}
			for b.Loop() {
				l, err := lab.Start(context.Background(), topology)
				if err != nil {
					b.Fatal(err)
				}
				if err := l.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(residentMB(b), "MB")
		})
	}
}

// residentMB returns the memory that the process has had at most, without what is shared
// with files, in MB.
func residentMB(b *testing.B) float64 {
	runtime.GC()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kB, err := strconv.Atoi(strings.Fields(value)[0])
			if err != nil {
				b.Fatal(err)
			}
			return float64(kB) / 1000
		}
	}
	b.Fatal("there is no VmHWM in /proc/self/status")
	return 0
}
