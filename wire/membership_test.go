package wire

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"reflect"
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

// FuzzParse parses anything that is in a sound packet. What can be encoded again,
// parses as before.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		p := decode(f, s)
		for _, l := range p.Layers() {
			if l.Protocol == IGMP || l.Protocol == MLD {
				f.Add(p.Header(l), l.Protocol == IGMP)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, v4 bool) {
		h := membershipHeader(netip.MustParseAddr("fe80::1"), netip.MustParseAddr("ff02::1"), 2)
		if v4 {
			h = membershipHeader(netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("224.0.0.1"), 2)
		}
		if h.check(len(data)) != nil {
			return
		}
		framed, err := testLink.append(nil, h.destination)
		if err != nil {
			t.Fatal(err)
		}
		framed = append(h.append(framed, len(data)), data...)
		var (
			p      Packet
			q, q2  Query
			r, r2  Report
			again  []byte
			is, ok bool
		)
		p.Decode(LinkEthernet, framed, len(framed), Options{})
		l := p.Layers()[len(p.Layers())-1]
		if is = q.Parse(&p, l); is {
			again, err = q.AppendFrame(nil, &testLink)
		} else if is = r.Parse(&p, l); is {
			again, err = r.AppendFrame(nil, &testLink)
		}
		if !is || err != nil {
			return
		}
		var p2 Packet
		p2.Decode(LinkEthernet, again, len(again), Options{})
		l = p2.Layers()[len(p2.Layers())-1]
		if q.Version != 0 {
			ok = q2.Parse(&p2, l) && reflect.DeepEqual(plain(&q), plain(&q2))
		} else {
			ok = r2.Parse(&p2, l) && reflect.DeepEqual(plainReport(&r), plainReport(&r2))
		}
		if !ok {
			t.Fatalf("%x became %x", framed, again)
		}
	})
}
