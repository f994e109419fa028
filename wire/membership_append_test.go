package wire

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// Every code stands for a number whose code it is, and in between, the next
// smaller one is taken.
func TestCodes(t *testing.T) {
	for _, c := range []struct {
		code code
		most int
	}{{igmpCode, 255}, {mldCode, 65535}} {
		for v := range c.most {
			n, next := c.code.value(uint16(v)), c.code.value(uint16(v+1))
			if n >= next || c.code.code(n) != uint16(v) || c.code.code(next-1) != uint16(v) {
				t.Fatalf("code %d is %d, and its code %d; that of %d is %d", v, n, c.code.code(n), next-1, c.code.code(next-1))
			}
		}
		if got := c.code.value(uint16(c.most)); got != c.code.most() {
			t.Errorf("the greatest number is %d, want %d", c.code.most(), got)
		}
	}
}

func TestEncodeErrors(t *testing.T) {
	var (
		host  = netip.MustParseAddr("192.168.56.101")
		host6 = netip.MustParseAddr("fe80::101")
		group = netip.MustParseAddr("224.1.1.5")
		many  = make([]netip.Addr, 70000)
		one   = func(m Membership) *Report { return &Report{Source: host, Records: []Membership{m}} }
	)
	for i := range many {
		many[i] = host
	}
	tests := []struct {
		what interface {
			AppendFrame(b []byte, link *Link) ([]byte, error)
			Append(b []byte) ([]byte, error)
		}
		want string
	}{
		{&Query{}, "no source address"},
		{&Query{Source: host, Version: 4}, "version 4, and the newest is 3"},
		{&Query{Source: host6, Version: 3}, "version 3, and the newest is 2"},
		{&Query{Source: host6, Group: group}, "not of the source's family"},
		{&Query{Source: host, Group: host}, "192.168.56.101 is not a group"},
		{&Query{Source: host, Sources: []netip.Addr{host6}}, "not of the source's family"},
		{&Query{Source: host, Version: 2, MaxResponse: time.Second, Robustness: 2}, "version 2 has a group and a response time only"},
		{&Query{Source: host, Version: 2}, "the response time is 0s, and can be 100ms to 25.5s"},
		{&Query{Source: host, Version: 1, MaxResponse: time.Second}, "the response time is 1s, and can be 0s to 0s"},
		{&Query{Source: host, MaxResponse: -1}, "the response time is -1ns"},
		{&Query{Source: host, MaxResponse: time.Hour}, "can be 0s to 52m54.4s"},
		{&Query{Source: host6, MaxResponse: 3 * time.Hour}, "can be 0s to 2h19m47.584s"},
		{&Query{Source: host, Interval: 9 * time.Hour}, "the interval is 9h0m0s, and can be 31744 s at most"},
		{&Query{Source: host, Robustness: 8}, "the robustness is 8, and at most 7"},
		{&Query{Source: host, Group: group, Sources: many}, "it is 280012 bytes long, and an IP packet carries at most 65511"},
		{&Report{}, "no source address"},
		{&Report{Source: host, Version: 2}, "exactly one record"},
		{&Report{Source: host, Version: 1, Records: []Membership{{Type: ChangeToInclude, Group: group}}}, "version 1 has no leave"},
		{&Report{Source: host, Version: 2, Records: []Membership{{Type: ChangeToExclude, Group: group}}}, "exactly one record"},
		{one(Membership{Type: ModeIsExclude, Group: host6}), "not of the source's family"},
		{one(Membership{Type: ModeIsExclude, Group: host}), "192.168.56.101 is not a group"},
		{one(Membership{Type: ModeIsExclude}), "not of the source's family"},
		{one(Membership{Type: ModeIsExclude, Group: group, Auxiliary: []byte{1}}), "1 bytes of auxiliary data"},
		{one(Membership{Type: ModeIsExclude, Group: group, Auxiliary: make([]byte, 1024)}), "1024 bytes of auxiliary data"},
		{one(Membership{Type: ModeIsExclude, Group: group, Sources: many}), "it is 280016 bytes long"},
	}
	for _, tt := range tests {
		b, err := tt.what.AppendFrame([]byte("kept"), &testLink)
		_, err2 := tt.what.Append(nil)
		if err == nil || err2 == nil || !strings.Contains(err.Error(), tt.want) || err.Error() != err2.Error() || string(b) != "kept" {
			t.Errorf("%v and %v, want %q", err, err2, tt.want)
		}
	}
	q := Query{Source: host}
	if b, err := q.AppendFrame(nil, &Link{Tagged: true, VLAN: 4096}); err == nil || len(b) > 0 {
		t.Errorf("%v, of a VLAN 4096", err)
	}
}
