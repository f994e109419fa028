package syntax

import (
	"strings"
	"testing"
)

func BenchmarkParse(b *testing.B) {
	for _, test := range [...]struct{ name, in string }{
		{"short", "udp dst port 50001 and host 192.168.56.3"},
		{"10kB", strings.Repeat("(udp dst port 50001 and host 192.168.56.3 and ip[8] & 0xf0 != 1) or ", 145) + "igmp"},
	} {
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(test.in)))
			for b.Loop() {
				if _, err := Parse(test.in, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
