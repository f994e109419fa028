package wire

import (
	"testing"
	"unicode"
)

// An ICMP error up to what it quotes, and headers that are quoted.
const (
	toQuoter   = "020000000001 020000000002 0800 4500 0050 0001 0000 40 01 74a7 01010101 02020202 0304 0000 00000000"
	quotedTCP  = "4500 003c 0001 0000 40 06 70b2 02020202 03030303"
	quotedICMP = "4500 003c 0001 0000 40 01 70b7 02020202 03030303"
)

// These are scapy's own words; many more are compared with scapy itself, in
// internal/interop.
func TestAppendScapy(t *testing.T) {
	hello := ipHello + helloUDP + helloData
	for _, tt := range []struct{ name, frame, want string }{
		{"hello", toGroup + hello, "Ether / IP / UDP 192.168.56.103:52582 > 224.1.1.5:50001 / Raw"},
		{"padding", toGroup + hello + "0000000000", "Ether / IP / UDP 192.168.56.103:52582 > 224.1.1.5:50001 / Raw / Padding"},
		{"a tag", toGroup[:26] + "8100 000a 0800" + hello, "Ether / Dot1Q / IP / UDP 192.168.56.103:52582 > 224.1.1.5:50001 / Raw"},
		{"an unknown type", toGroup[:26] + "1234 00", "08:00:27:00:01:03 > 01:00:5e:01:01:05 (0x1234) / Raw"},
		{"half a header", toGroup + ipHello[:20], "08:00:27:00:01:03 > 01:00:5e:01:01:05 (IPv4) / Raw"},
		{"a quotation of 8 bytes of TCP", toQuoter + quotedTCP + "0007000801020304", "Ether / IP / ICMP 1.1.1.1 > 2.2.2.2 dest-unreach fragmentation-needed / IPerror / TCPerror"},
		{"a quotation that ends within a field", toQuoter + quotedTCP + "0007000801020304 05", "Ether / IP / ICMP 1.1.1.1 > 2.2.2.2 dest-unreach fragmentation-needed / IPerror / Raw"},
		{"a quotation without its options", toQuoter + quotedTCP + "0007000801020304 00000000 80020909 00000000 0204", "Ether / IP / ICMP 1.1.1.1 > 2.2.2.2 dest-unreach fragmentation-needed / IPerror / TCPerror"},
		{"a quotation of a timestamp request", toQuoter + quotedICMP + "0d00000000000000", "Ether / IP / ICMP 1.1.1.1 > 2.2.2.2 dest-unreach fragmentation-needed / IPerror / ICMPerror"},
		{"nothing", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(AppendScapy(nil, frame(t, tt.frame))); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestAppendHexdump(t *testing.T) {
	got := string(AppendHexdump([]byte("# "), []byte("Hello, World!\x1f\x7e\x7f\x80\xff")))
	want := "# 0000  48 65 6C 6C 6F 2C 20 57 6F 72 6C 64 21 1F 7E 7F  Hello, World!.~.\n" +
		"0010  80 FF                                            ..\n"
	if got != want {
		t.Errorf("\n%s, want\n%s", got, want)
	}
}

func FuzzAppendScapy(f *testing.F) {
	for _, s := range seeds {
		f.Add(frame(f, s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, r := range string(AppendScapy(nil, data)) {
			if !unicode.IsPrint(r) {
				t.Fatalf("not printable: %q", r)
			}
		}
	})
}

func TestScapyDoesNotAllocate(t *testing.T) {
	b := frame(t, toGroup+ipHello+helloUDP+helloData)
	line := make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { line = AppendHexdump(AppendScapy(line[:0], b), b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
