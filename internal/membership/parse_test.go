package membership

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"testing"
)

// nativeHex writes an address as /proc/net/igmp does on this machine.
func nativeHex(a string) string {
	b := netip.MustParseAddr(a).As4()
	return fmt.Sprintf("%08X", binary.NativeEndian.Uint32(b[:]))
}

var igmpText = "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n" +
	"1\tlo        :     1      V3\n\t\t\t\t" + nativeHex("224.0.0.1") + "     1 0:00000000\t\t0\n" +
	"12\tfifteen-letters:     2      V2\n\t\t\t\t" + nativeHex("239.1.1.1") + "     3 1:0000001F\t\t1\n" +
	"\t\t\t\t" + nativeHex("224.0.0.1") + "     1 0:00000000\t\t0\n"

const igmp6Text = `2    eth0            ff020000000000000000000000000001     1 0000000C 0
3    fifteen-letters ff150000000000000000000000000001    12 00000004 17
`

func TestParseIGMP(t *testing.T) {
	want := []entry{
		{1, "lo", netip.MustParseAddr("224.0.0.1"), 1, 3},
		{12, "fifteen-letters", netip.MustParseAddr("239.1.1.1"), 3, 2},
		{12, "fifteen-letters", netip.MustParseAddr("224.0.0.1"), 1, 2},
	}
	if got := parseIGMP([]byte(igmpText)); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	// A name may have white space that is not ASCII's: the kernel refuses that only.
	odd := "4\tem\u2003space :     1      V1\n\t\t\t\t" + nativeHex("239.1.1.1") + "     1 0:00000000\t\t0\n"
	if got := parseIGMP([]byte(odd)); len(got) != 1 || got[0].name != "em\u2003space" || got[0].version != 1 {
		t.Errorf("%+v", got)
	}
}

func TestParseIGMP6(t *testing.T) {
	want := []entry{
		{2, "eth0", netip.MustParseAddr("ff02::1"), 1, 0},
		{3, "fifteen-letters", netip.MustParseAddr("ff15::1"), 12, 0},
	}
	if got := parseIGMP6([]byte(igmp6Text)); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

const (
	mcfilterText = `Idx Device        MCA        SRC    INC    EXC
  2   eth0 0xe8010101 0xc0000207      1      0
  2   eth0 0xe8010101 0xc0000208      0      2
`
	mcfilter6Text = `Idx Device                Multicast Address                   Source Address    INC    EXC
  2   eth0 ff3e0000000000000000000080000001 20010db8000000000000000000000007      1      0
`
	snmp6Text = "ifIndex                         \t2\nIcmp6OutGroupMembResponses      \t3\nIcmp6OutMLDv2Reports            \t4\n"
	inet6Text = "fe800000000000000000000000000001 0c 40 20 80     eth0\n"
)

func TestParseFilters(t *testing.T) {
	got := map[place][]ListedSource{}
	parseMcfilter([]byte(mcfilterText), got)
	parseMcfilter6([]byte(mcfilter6Text), got)
	want := map[place][]ListedSource{
		{2, netip.MustParseAddr("232.1.1.1")}:    {{netip.MustParseAddr("192.0.2.7"), 1, 0}, {netip.MustParseAddr("192.0.2.8"), 0, 2}},
		{2, netip.MustParseAddr("ff3e::8000:1")}: {{netip.MustParseAddr("2001:db8::7"), 1, 0}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

func TestParseCounters(t *testing.T) {
	if got := parseSNMP6([]byte(snmp6Text)); got != (reports{3, 4}) {
		t.Errorf("%+v", got)
	}
	n := 0
	parseIfInet6([]byte(inet6Text), func(index int, a netip.Addr) {
		n++
		if index != 12 || a != netip.MustParseAddr("fe80::1") {
			t.Errorf("%d, %v", index, a)
		}
	})
	if n != 1 {
		t.Errorf("%d addresses", n)
	}
}

// What is parsed is sound, whatever the text.
func checkEntries(t *testing.T, list []entry, v4 bool, size int) {
	for _, e := range list {
		if e.index <= 0 || e.users < 0 || e.group.Is4() != v4 || !e.group.IsValid() || e.version < 0 || e.version > 3 {
			t.Errorf("%+v", e)
		}
	}
	if len(list) > size {
		t.Errorf("%d entries from %d bytes", len(list), size)
	}
}

func FuzzParseIGMP(f *testing.F) {
	f.Add([]byte(igmpText))
	f.Add([]byte("1\t:V3\n\t0 1\n"))
	f.Add([]byte("1\tlo:1 V3\n 010000E0 1\n\n \n"))
	f.Fuzz(func(t *testing.T, b []byte) { checkEntries(t, parseIGMP(b), true, len(b)) })
}

func FuzzParseIGMP6(f *testing.F) {
	f.Add([]byte(igmp6Text))
	f.Add([]byte("0 0 0 0\n"))
	f.Fuzz(func(t *testing.T, b []byte) { checkEntries(t, parseIGMP6(b), false, len(b)) })
}

func FuzzParseFilters(f *testing.F) {
	f.Add([]byte(mcfilterText))
	f.Add([]byte(mcfilter6Text))
	f.Fuzz(func(t *testing.T, b []byte) {
		for v4, parse := range map[bool]func([]byte, map[place][]ListedSource){true: parseMcfilter, false: parseMcfilter6} {
			got := map[place][]ListedSource{}
			parse(b, got)
			for at, list := range got {
				for _, l := range list {
					if at.group.Is4() != v4 || l.Source.Is4() != v4 || l.Include < 0 || l.Exclude < 0 {
						t.Errorf("%v: %v", at, l)
					}
				}
			}
		}
	})
}

func FuzzParseCounters(f *testing.F) {
	f.Add([]byte(snmp6Text))
	f.Add([]byte(inet6Text))
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = parseSNMP6(b)
		parseIfInet6(b, func(index int, a netip.Addr) {
			if index < 0 || !a.Is6() {
				t.Errorf("%d, %v", index, a)
			}
		})
	})
}
