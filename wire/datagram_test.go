package wire

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
)

func TestDatagram(t *testing.T) {
	d := Datagram{
		Link:   testLink,
		Source: netip.MustParseAddrPort("192.168.56.103:52582"), Destination: netip.MustParseAddrPort("224.1.1.5:50001"),
		Identification: 0x1234, DontFragment: true, Payload: []byte("Hello, World!"),
	}
	got, err := d.AppendFrame(nil)
	if want := frame(t, toGroup+ipHello+helloUDP+helloData); err != nil || string(got) != string(want) {
		t.Errorf("%x, want\n%x (%v)", got, want, err)
	}
	d.Link.Tagged, d.Link.VLAN, d.Link.Priority = true, 10, 5
	d.Link.Destination = [6]byte{2, 0, 0, 0, 0, 1}
	d.Destination = netip.MustParseAddrPort("192.168.56.104:50001")
	got, err = d.AppendFrame(nil)
	if want := "020000000001 080027000103 8100 a00a 0800"; err != nil || string(got[:18]) != string(frame(t, want)) {
		t.Errorf("%x, want\n%s (%v)", got[:18], want, err)
	}
}

// A checksum that comes out as 0 is sent as 0xffff: 0 says that there is none.
func TestDatagramChecksum(t *testing.T) {
	for _, from := range []string{"192.0.2.1:1", "[2001:db8::1]:1"} {
		d := Datagram{Source: netip.MustParseAddrPort(from), Destination: netip.MustParseAddrPort("224.1.1.5:2"), Payload: make([]byte, 2)}
		if d.Source.Addr().Is6() {
			d.Destination = netip.MustParseAddrPort("[ff15::1]:2")
		}
		seen := false
		for n := range 0x10000 {
			binary.BigEndian.PutUint16(d.Payload, uint16(n))
			b, err := d.AppendFrame(nil)
			if err != nil {
				t.Fatal(err)
			}
			switch binary.BigEndian.Uint16(b[len(b)-4:]) {
			case 0:
				t.Fatalf("checksum 0 of %x", b)
			case 0xffff:
				var p Packet
				p.Decode(LinkEthernet, b, len(b), Options{})
				if l, _ := p.Find(UDP); l.Checksum != Good {
					t.Errorf("%v of %x", l.Checksum, b)
				}
				seen = true
			}
		}
		if !seen {
			t.Error("no checksum was 0xffff")
		}
	}
}

func TestDatagramErrors(t *testing.T) {
	from, from6 := netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("[2001:db8::1]:1")
	to, to6 := netip.MustParseAddrPort("224.1.1.5:2"), netip.MustParseAddrPort("[ff15::1]:2")
	tests := []struct {
		d    Datagram
		want string
	}{
		{Datagram{}, "not of one address family"},
		{Datagram{Source: from, Destination: to6}, "encode a datagram 192.0.2.1:1 > [ff15::1]:2: source and destination are not of one address family"},
		{Datagram{Source: from, Destination: from}, "192.0.2.1 is no group, so its Ethernet address has to be given"},
		{Datagram{Source: from, Destination: to, DSCP: 64}, "the DSCP is 64, and at most 63"},
		{Datagram{Source: from, Destination: to, Link: Link{Tagged: true, VLAN: 4096}}, "a VLAN is 0 to 4095"},
		{Datagram{Source: from, Destination: to, Payload: make([]byte, 65508)}, "65516 bytes, and an IP packet carries at most 65515"},
		{Datagram{Source: from6, Destination: to6, Payload: make([]byte, 65528)}, "65536 bytes, and an IP packet carries at most 65535"},
	}
	for _, tt := range tests {
		if b, err := tt.d.AppendFrame([]byte("kept")); err == nil || !strings.Contains(err.Error(), tt.want) || string(b) != "kept" {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
	for _, d := range []Datagram{{Source: from, Destination: to, Payload: make([]byte, 65507)}, {Source: from6, Destination: to6, Payload: make([]byte, 65527)}} {
		b, err := d.AppendFrame([]byte("kept"))
		sound(t, b, err, d.Source.Addr())
	}
}

func TestGroupMAC(t *testing.T) {
	for group, want := range map[string][6]byte{
		"224.1.1.5":      {0x01, 0, 0x5e, 1, 1, 5},
		"239.129.1.5":    {0x01, 0, 0x5e, 1, 1, 5},
		"ff02::1:ff00:1": {0x33, 0x33, 0xff, 0, 0, 1},
	} {
		if got, ok := GroupMAC(netip.MustParseAddr(group)); !ok || got != want {
			t.Errorf("%s: %x, want %x", group, got, want)
		}
	}
	if mac, ok := GroupMAC(netip.MustParseAddr("192.0.2.1")); ok {
		t.Errorf("%x of no group", mac)
	}
}
