package text_test

import (
	"fmt"
	"strings"
	"testing"

	"mcast/internal/view"
	"mcast/internal/view/text"
)

// instructions reads a program as tcpdump -ddd prints it.
func instructions(t *testing.T, decimal string) *view.Program {
	t.Helper()
	p := &view.Program{}
	for _, line := range strings.Split(strings.TrimSpace(decimal), "\n")[1:] {
		var in view.Instruction
		if _, err := fmt.Sscan(line, &in.Code, &in.Jt, &in.Jf, &in.K); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		p.Instructions = append(p.Instructions, in)
	}
	return p
}

// TestProgram compares with what tcpdump 4.99.3 prints for
// "udp[8:2] = 3 - ip[1] and len > 60", -y EN10MB -s 65535.
func TestProgram(t *testing.T) {
	p := instructions(t, programDecimal)
	for _, tt := range []struct {
		print func(*strings.Builder) error
		want  string
	}{
		{func(b *strings.Builder) error { return text.Listing(b, p) }, programListing},
		{func(b *strings.Builder) error { return text.CArray(b, p) }, programArray},
		{func(b *strings.Builder) error { return text.Decimal(b, p) }, programDecimal},
	} {
		var b strings.Builder
		if err := tt.print(&b); err != nil || b.String() != tt.want {
			t.Errorf("%v\n%s\nand not\n%s", err, b.String(), tt.want)
		}
	}
}

// TestListing has the instructions of which tcpdump makes few, as libpcap's
// bpf_image.c writes them.
func TestListing(t *testing.T) {
	for _, tt := range []struct {
		in   view.Instruction
		want string
	}{
		{view.Instruction{Code: 0x06, K: 1<<32 - 1}, "ret      #-1"},
		{view.Instruction{Code: 0x16}, "ret      "},
		{view.Instruction{Code: 0x20, K: 1<<32 - 4096}, "ld       [proto]"},
		{view.Instruction{Code: 0x28, K: 1<<32 - 4096 + 4}, "ldh      [type]"},
		{view.Instruction{Code: 0x30, K: 1<<32 - 4096 + 48}, "ldb      [vlanp]"},
		{view.Instruction{Code: 0x30, K: 1<<32 - 4096 + 60}, "ldb      [vlan_tpid]"},
		{view.Instruction{Code: 0x30, K: 1<<32 - 4096 + 1}, "ldb      [-4095]"},
		{view.Instruction{Code: 0x30, K: 1<<32 - 1}, "ldb      [-1]"},
		{view.Instruction{Code: 0x80}, "ld       #pktlen"},
		{view.Instruction{Code: 0x81}, "unimp    0x81"},
		{view.Instruction{Code: 0xb1, K: 14}, "ldxb     4*([14]&0xf)"},
		{view.Instruction{Code: 0x50, K: 14}, "ldb      [x + 14]"},
		{view.Instruction{Code: 0x48, K: 1<<32 - 2}, "ldh      [x + -2]"},
		{view.Instruction{Code: 0x40, K: 0}, "ld       [x + 0]"},
		{view.Instruction{Code: 0x00, K: 255}, "ld       #0xff"},
		{view.Instruction{Code: 0x01, K: 255}, "ldx      #0xff"},
		{view.Instruction{Code: 0x60, K: 15}, "ld       M[15]"},
		{view.Instruction{Code: 0x61, K: 1}, "ldx      M[1]"},
		{view.Instruction{Code: 0x02, K: 1}, "st       M[1]"},
		{view.Instruction{Code: 0x03, K: 1}, "stx      M[1]"},
		{view.Instruction{Code: 0x05, K: 3}, "ja       4"},
		{view.Instruction{Code: 0x25, Jt: 1, Jf: 2, K: 10}, "jgt      #0xa             jt 2\tjf 3"},
		{view.Instruction{Code: 0x35, K: 10}, "jge      #0xa             jt 1\tjf 1"},
		{view.Instruction{Code: 0x45, Jt: 255, K: 1<<32 - 1}, "jset     #0xffffffff      jt 256\tjf 1"},
		{view.Instruction{Code: 0x1d}, "jeq      x                jt 1\tjf 1"},
		{view.Instruction{Code: 0x4d}, "jset     x                jt 1\tjf 1"},
		{view.Instruction{Code: 0x14, K: 5}, "sub      #5"},
		{view.Instruction{Code: 0x04, K: 1<<32 - 5}, "add      #-5"},
		{view.Instruction{Code: 0x54, K: 15}, "and      #0xf"},
		{view.Instruction{Code: 0x44, K: 15}, "or       #0xf"},
		{view.Instruction{Code: 0xa4, K: 15}, "xor      #0xf"},
		{view.Instruction{Code: 0x64, K: 15}, "lsh      #15"},
		{view.Instruction{Code: 0x94, K: 15}, "mod      #15"},
		{view.Instruction{Code: 0x9c}, "mod      x"},
		{view.Instruction{Code: 0x84}, "neg      "},
		{view.Instruction{Code: 0x07}, "tax      "},
		{view.Instruction{Code: 0x87}, "txa      "},
	} {
		var b strings.Builder
		if err := text.Listing(&b, &view.Program{Instructions: []view.Instruction{tt.in}}); err != nil || b.String() != "(000) "+tt.want+"\n" {
			t.Errorf("%+v: %q, want %q", tt.in, b.String(), tt.want)
		}
	}
}

func TestCount(t *testing.T) {
	for want, c := range map[string]view.Count{
		"0 of 0 frames\n":   {},
		"1 of 1 frame\n":    {Kept: 1, Frames: 1},
		"3 of 120 frames\n": {Kept: 3, Frames: 120},
	} {
		var b strings.Builder
		if err := text.Count(&b, &c); err != nil || b.String() != want {
			t.Errorf("%q, want %q", b.String(), want)
		}
	}
}

const programListing = `(000) ldh      [12]
(001) jeq      #0x800           jt 2	jf 19
(002) ldb      [23]
(003) jeq      #0x11            jt 4	jf 19
(004) ldh      [20]
(005) jset     #0x1fff          jt 19	jf 6
(006) ldxb     4*([14]&0xf)
(007) ldh      [x + 22]
(008) st       M[1]
(009) ldb      [15]
(010) tax      
(011) ld       #0x3
(012) sub      x
(013) tax      
(014) ld       M[1]
(015) jeq      x                jt 16	jf 19
(016) ld       #pktlen
(017) jgt      #0x3c            jt 18	jf 19
(018) ret      #65535
(019) ret      #0
`

const programArray = `{ 0x28, 0, 0, 0x0000000c },
{ 0x15, 0, 17, 0x00000800 },
{ 0x30, 0, 0, 0x00000017 },
{ 0x15, 0, 15, 0x00000011 },
{ 0x28, 0, 0, 0x00000014 },
{ 0x45, 13, 0, 0x00001fff },
{ 0xb1, 0, 0, 0x0000000e },
{ 0x48, 0, 0, 0x00000016 },
{ 0x2, 0, 0, 0x00000001 },
{ 0x30, 0, 0, 0x0000000f },
{ 0x7, 0, 0, 0x00000004 },
{ 0x0, 0, 0, 0x00000003 },
{ 0x1c, 0, 0, 0x00000000 },
{ 0x7, 0, 0, 0x00000004 },
{ 0x60, 0, 0, 0x00000001 },
{ 0x1d, 0, 3, 0x00000000 },
{ 0x80, 0, 0, 0x00000000 },
{ 0x25, 0, 1, 0x0000003c },
{ 0x6, 0, 0, 0x0000ffff },
{ 0x6, 0, 0, 0x00000000 },
`

const programDecimal = `20
40 0 0 12
21 0 17 2048
48 0 0 23
21 0 15 17
40 0 0 20
69 13 0 8191
177 0 0 14
72 0 0 22
2 0 0 1
48 0 0 15
7 0 0 4
0 0 0 3
28 0 0 0
7 0 0 4
96 0 0 1
29 0 3 0
128 0 0 0
37 0 1 60
6 0 0 65535
6 0 0 0
`
