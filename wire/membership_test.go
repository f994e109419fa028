package wire

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

var testLink = Link{Source: [6]byte{8, 0, 0x27, 0, 1, 3}}

// What scapy made is what we make: the same messages in the same packets.
func TestEncodeAsScapy(t *testing.T) {
	var (
		host    = netip.MustParseAddr("192.168.56.101")
		router  = netip.MustParseAddr("192.168.56.1")
		host6   = netip.MustParseAddr("fe80::101")
		router6 = netip.MustParseAddr("fe80::1")
		group   = netip.MustParseAddr("224.1.1.5")
		addrs   = func(list ...string) (a []netip.Addr) {
			for _, s := range list {
				a = append(a, netip.MustParseAddr(s))
			}
			return a
		}
	)
	queries := []struct {
		query Query
		frame string
	}{
		{Query{Source: router, Version: 1}, igmp1QueryFrame},
		{Query{Source: router, Version: 2, MaxResponse: 10 * time.Second}, igmp2QueryFrame},
		{Query{Source: router, Version: 2, Group: group, MaxResponse: time.Second}, igmp2GroupQueryFrame},
		{Query{Source: router, Group: netip.MustParseAddr("232.1.1.1"), Sources: addrs("192.0.2.7", "192.0.2.8"), MaxResponse: 24800 * time.Millisecond,
			Suppress: true, Robustness: 2, Interval: 288 * time.Second}, igmp3QueryFrame},
		{Query{Source: router6, Version: 1, MaxResponse: 10 * time.Second}, mld1QueryFrame},
		{Query{Source: router6, Group: netip.MustParseAddr("ff35::1"), Sources: addrs("2001:db8::7"), MaxResponse: 35096 * time.Millisecond,
			Suppress: true, Robustness: 3, Interval: 125 * time.Second}, mld2QueryFrame},
	}
	for _, tt := range queries {
		got, err := tt.query.AppendFrame(nil, &testLink)
		same(t, got, err, tt.frame)
	}
	reports := []struct {
		report Report
		frame  string
	}{
		{Report{host, 1, []Membership{{Type: ModeIsExclude, Group: group}}}, igmp1ReportFrame},
		{Report{host, 2, []Membership{{Type: ModeIsExclude, Group: group}}}, igmp2ReportFrame},
		{Report{host, 2, []Membership{{Type: ChangeToInclude, Group: group}}}, igmp2LeaveFrame},
		{Report{host, 0, []Membership{{Type: ChangeToExclude, Group: group}}}, igmp3JoinFrame},
		{Report{host, 3, []Membership{
			{ChangeToInclude, netip.MustParseAddr("232.1.1.1"), addrs("192.0.2.7"), nil},
			{ChangeToInclude, group, nil, nil},
			{ChangeToExclude, netip.MustParseAddr("239.1.1.1"), addrs("192.0.2.9"), nil},
			{AllowNewSources, netip.MustParseAddr("232.1.1.1"), addrs("192.0.2.7"), nil},
			{BlockOldSources, netip.MustParseAddr("232.1.1.2"), addrs("192.0.2.7", "192.0.2.8"), nil},
		}}, igmp3ReportFrame},
		{Report{host6, 1, []Membership{{Type: ModeIsExclude, Group: netip.MustParseAddr("ff15::5")}}}, mld1ReportFrame},
		{Report{host6, 1, []Membership{{Type: ChangeToInclude, Group: netip.MustParseAddr("ff15::5")}}}, mld1DoneFrame},
		{Report{host6, 2, []Membership{
			{ChangeToExclude, netip.MustParseAddr("ff15::5"), nil, nil},
			{ChangeToInclude, netip.MustParseAddr("ff35::1"), addrs("2001:db8::7"), nil},
			{BlockOldSources, netip.MustParseAddr("ff35::2"), addrs("2001:db8::7"), nil},
		}}, mld2ReportFrame},
	}
	for _, tt := range reports {
		got, err := tt.report.AppendFrame(nil, &testLink)
		same(t, got, err, tt.frame)
	}
}

// same compares a frame with one of scapy's, but for the Ethernet destination, for
// which scapy was told the same address for all.
func same(t *testing.T, got []byte, err error, want string) {
	t.Helper()
	w := frame(t, want)
	if err != nil {
		t.Error(err)
		return
	}
	if !bytes.Equal(got[6:], w[6:]) {
		t.Errorf("%x, want\n%x", got, w)
	}
}

// random makes messages at random, from what a fuzzer or a seed gives.
type random struct{ *rand.Rand }

func (r random) addr(v4 bool) netip.Addr {
	var b [16]byte
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	if v4 {
		return netip.AddrFrom4([4]byte(b[:4]))
	}
	return netip.AddrFrom16(b)
}

func (r random) addrs(v4 bool) (list []netip.Addr) {
	for range r.IntN(5) {
		list = append(list, r.addr(v4))
	}
	return list
}

func (r random) group(v4 bool) netip.Addr {
	b := r.addr(v4).AsSlice()
	if v4 {
		b[0] = 0xe0 | b[0]&15
	} else {
		b[0] = 0xff
	}
	return address(b)
}

func (r random) link() *Link {
	k := &Link{Source: [6]byte{8, byte(r.Uint32())}, Tagged: r.IntN(2) == 0}
	if k.Tagged {
		k.VLAN, k.Priority = uint16(r.IntN(4096)), uint8(r.IntN(8))
	}
	return k
}

func (r random) query() *Query {
	v4 := r.IntN(2) == 0
	q := &Query{Source: r.addr(v4), Version: uint8(1 + r.IntN(2)), Group: r.group(v4)}
	if r.IntN(3) == 0 {
		q.Group = netip.IPv6Unspecified()
		if v4 {
			q.Group = netip.IPv4Unspecified()
		}
	}
	if v4 {
		q.Version = uint8(1 + r.IntN(3))
	}
	switch {
	case q.full() && v4:
		q.MaxResponse = time.Duration(igmpCode.value(uint16(r.IntN(256)))) * 100 * time.Millisecond
	case q.full():
		q.MaxResponse = time.Duration(mldCode.value(uint16(r.IntN(65536)))) * time.Millisecond
	case !v4:
		q.MaxResponse = time.Duration(r.IntN(65536)) * time.Millisecond
	case q.Version == 2:
		q.MaxResponse = time.Duration(1+r.IntN(255)) * 100 * time.Millisecond
	}
	if q.full() {
		q.Suppress, q.Robustness = r.IntN(2) == 0, uint8(r.IntN(8))
		q.Interval = time.Duration(igmpCode.value(uint16(r.IntN(256)))) * time.Second
		q.Sources = r.addrs(v4)
	}
	return q
}

func (r random) report() *Report {
	v4 := r.IntN(2) == 0
	rep := &Report{Source: r.addr(v4), Version: uint8(1 + r.IntN(2))}
	if v4 {
		rep.Version = uint8(1 + r.IntN(3))
	}
	if rep.Version != newest(v4) {
		m := Membership{Type: ModeIsExclude, Group: r.group(v4)}
		if r.IntN(2) == 0 && (!v4 || rep.Version > 1) {
			m.Type = ChangeToInclude
		}
		rep.Records = []Membership{m}
		return rep
	}
	for range r.IntN(5) {
		m := Membership{Type: RecordType(r.IntN(256)), Group: r.group(v4), Sources: r.addrs(v4)}
		if n := r.IntN(4) * 4; n > 0 {
			m.Auxiliary = r.addr(false).AsSlice()[:n]
		}
		rep.Records = append(rep.Records, m)
	}
	return rep
}

func (r random) datagram() *Datagram {
	v4 := r.IntN(2) == 0
	d := &Datagram{
		Link: *r.link(), Source: netip.AddrPortFrom(r.addr(v4), uint16(r.Uint32())), Destination: netip.AddrPortFrom(r.group(v4), 65000),
		HopLimit: uint8(1 + r.IntN(255)), DSCP: uint8(r.IntN(64)), Payload: make([]byte, r.IntN(100)),
	}
	for i := range d.Payload {
		d.Payload[i] = byte(r.Uint32())
	}
	if v4 {
		d.Identification, d.DontFragment = uint16(r.Uint32()), r.IntN(2) == 0
	}
	return d
}

// FuzzEncode makes messages and datagrams of a seed, encodes, decodes and compares.
func FuzzEncode(f *testing.F) {
	for i := range uint64(200) {
		f.Add(i, i*i)
	}
	f.Fuzz(func(t *testing.T, a, b uint64) {
		r := random{rand.New(rand.NewPCG(a, b))}
		q := r.query()
		framed, err := q.AppendFrame([]byte("kept"), r.link())
		var gotQ Query
		p, l := sound(t, framed, err, q.Source)
		if !gotQ.Parse(p, l) || !reflect.DeepEqual(plain(&gotQ), plain(q)) {
			t.Fatalf("%+v, want\n%+v", gotQ, *q)
		}
		checkDestination(t, p, q.Destination())

		rep := r.report()
		framed, err = rep.AppendFrame([]byte("kept"), r.link())
		var gotR Report
		p, l = sound(t, framed, err, rep.Source)
		if !gotR.Parse(p, l) || !reflect.DeepEqual(plainReport(&gotR), plainReport(rep)) {
			t.Fatalf("%+v, want\n%+v", gotR, *rep)
		}
		checkDestination(t, p, rep.Destination())

		d := r.datagram()
		framed, err = d.AppendFrame([]byte("kept"))
		p, _ = sound(t, framed, err, d.Source.Addr())
		checkDatagram(t, p, d)
	})
}

// sound decodes a frame in which nothing may be wrong, and returns its last layer.
// A source that is not link-local is nothing that the encoder decides.
func sound(t *testing.T, framed []byte, err error, source netip.Addr) (*Packet, Layer) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if string(framed[:4]) != "kept" {
		t.Fatalf("what was there is gone: %q", framed[:4])
	}
	var p Packet
	p.Decode(LinkEthernet, framed[4:], len(framed)-4, Options{})
	for _, f := range p.Faults() {
		if f.Kind != BadSource || source.IsLinkLocalUnicast() {
			t.Fatalf("%s of %x", p.AppendFault(nil, f), framed[4:])
		}
	}
	for i, l := range p.Layers() {
		if (l.Protocol == IGMP || l.Protocol == MLD || l.Protocol == UDP || l.Protocol == IPv4) && l.Checksum != Good {
			t.Fatalf("layer %d: checksum %v", i, l.Checksum)
		}
	}
	return &p, p.Layers()[len(p.Layers())-1]
}

// checkDestination looks whether a packet goes to a group, with its MAC.
func checkDestination(t *testing.T, p *Packet, to netip.Addr) {
	t.Helper()
	_, got, _ := p.Addresses()
	mac, _ := GroupMAC(to)
	if got != to || !bytes.Equal(p.Data[:6], mac[:]) {
		t.Fatalf("to %v, %x; want %v, %x", got, p.Data[:6], to, mac)
	}
}

func checkDatagram(t *testing.T, p *Packet, d *Datagram) {
	t.Helper()
	checkDestination(t, p, d.Destination.Addr())
	source, _, _ := p.Addresses()
	from, to, _ := p.Ports()
	udp, _ := p.Find(UDP)
	ip, _ := p.carrier(udp)
	if source != d.Source.Addr() || from != d.Source.Port() || to != d.Destination.Port() || p.hopLimit(ip) != d.HopLimit || !bytes.Equal(p.Carried(udp), d.Payload) {
		t.Fatalf("%s, want %+v", p.AppendLine(nil), d)
	}
	want := map[string]uint64{"dscp": uint64(d.DSCP)}
	if ip.Protocol == IPv4 {
		want["identification"], want["dont_fragment"] = uint64(d.Identification), 0
		if d.DontFragment {
			want["dont_fragment"] = 1
		}
	}
	for i, l := range p.Layers() {
		for _, f := range p.Fields(i) {
			if n, ok := want[f.Name]; ok && l == ip && f.Value.Number != n {
				t.Fatalf("%s is %d, want %d", f.Name, f.Value.Number, n)
			}
		}
	}
}

// plain returns a query without the difference between no sources and none.
func plain(q *Query) Query {
	c := *q
	if len(c.Sources) == 0 {
		c.Sources = nil
	}
	return c
}

func plainReport(r *Report) Report {
	c := Report{Source: r.Source, Version: r.Version}
	for _, m := range r.Records {
		if len(m.Sources) == 0 {
			m.Sources = nil
		}
		if len(m.Auxiliary) == 0 {
			m.Auxiliary = nil
		}
		c.Records = append(c.Records, m)
	}
	return c
}

// Messages alone are those of the frames.
func TestAppendAlone(t *testing.T) {
	r := random{rand.New(rand.NewPCG(1, 2))}
	for range 200 {
		q, rep := r.query(), r.report()
		whole, err1 := q.AppendFrame(nil, r.link())
		alone, err2 := q.Append([]byte("kept"))
		if err1 != nil || err2 != nil || !bytes.HasPrefix(alone, []byte("kept")) || !bytes.HasSuffix(whole, alone[4:]) {
			t.Fatalf("%+v: %x is not at the end of %x (%v, %v)", q, alone, whole, err1, err2)
		}
		whole, err1 = rep.AppendFrame(nil, r.link())
		alone, err2 = rep.Append([]byte("kept"))
		if err1 != nil || err2 != nil || !bytes.HasPrefix(alone, []byte("kept")) || !bytes.HasSuffix(whole, alone[4:]) {
			t.Fatalf("%+v: %x is not at the end of %x (%v, %v)", rep, alone, whole, err1, err2)
		}
	}
}

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

// The greatest message that there is room for.
func TestEncodeMost(t *testing.T) {
	for _, source := range []string{"192.0.2.1", "fe80::1"} {
		q := Query{Source: netip.MustParseAddr(source)}
		m := message{kind: aQuery, igmp: q.Source.Is4(), version: newest(q.Source.Is4())}
		for range (mostCarried(m.igmp, true) - m.least()) / m.size() {
			q.Sources = append(q.Sources, q.Source)
		}
		framed, err := q.AppendFrame([]byte("kept"), &testLink)
		p, l := sound(t, framed, err, q.Source)
		var got Query
		if !got.Parse(p, l) || len(got.Sources) != len(q.Sources) {
			t.Errorf("%d sources, want %d", len(got.Sources), len(q.Sources))
		}
		q.Sources = append(q.Sources, q.Source)
		if _, err := q.AppendFrame(nil, &testLink); err == nil {
			t.Errorf("one source more is no error")
		}
	}
}

func TestMembershipDoesNotAllocate(t *testing.T) {
	var (
		p    Packet
		gotQ Query
		gotR Report
		b    = make([]byte, 0, 4096)
		r    = random{rand.New(rand.NewPCG(3, 4))}
	)
	for range 20 {
		q, rep, d, link := r.query(), r.report(), r.datagram(), r.link()
		both := func() {
			b, _ = q.AppendFrame(b[:0], link)
			p.Decode(LinkEthernet, b, len(b), Options{})
			gotQ.Parse(&p, p.Layers()[len(p.Layers())-1])
			b, _ = rep.AppendFrame(b[:0], link)
			p.Decode(LinkEthernet, b, len(b), Options{})
			gotR.Parse(&p, p.Layers()[len(p.Layers())-1])
			b, _ = d.AppendFrame(b[:0])
		}
		both() // makes room for the sources
		if n := testing.AllocsPerRun(50, both); n != 0 {
			t.Errorf("%v allocations for %+v, %+v", n, q, rep)
		}
	}
}
