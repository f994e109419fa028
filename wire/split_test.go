package wire

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// Headers of superframes, without lengths and checksums.
const (
	ether4  = "01005e010105 020000000001 0800"
	ether6  = "333300000105 020000000001 86dd"
	vlan4   = "01005e010105 020000000001 8100 2064 0800"
	qinq6   = "333300000105 020000000001 88a8 0007 8100 0000 86dd"
	ip4     = "45b80000 fffe4000 0111 0000 c0a83867 e0010105"
	ip4opt  = "46000000 12340000 0111 0000 c0a83867 e0010105 94040000"
	ip6     = "6b8 12345 0000 11 01 fe800000000000000000000000000001 ff150000000000000000000000000105"
	ip6hop  = "60000000 0000 00 01 fe800000000000000000000000000001 ff150000000000000000000000000105 1100 0502 0000 0100"
	ip6dest = "60000000 0000 3c 01 fe800000000000000000000000000001 ff150000000000000000000000000105 1101 0104 00000000 0106 000000000000"
	ip6both = "60000000 0000 00 01 fe800000000000000000000000000001 ff150000000000000000000000000105 3c00 0502 0000 0100 1101 0104 00000000 0106 000000000000"
	udpHead = "cd66 c351 0000 0000"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// superframe returns headers with a payload behind them, lengths put in.
func superframe(link, ip string, payload []byte) []byte {
	l, network := unhex(link), unhex(ip)
	b := append(append(append([]byte{}, l...), network...), unhex(udpHead)...)
	b = append(b, payload...)
	p := b[len(l):]
	if p[0]>>4 == 4 {
		binary.BigEndian.PutUint16(p[2:], uint16(len(p)))
	} else {
		binary.BigEndian.PutUint16(p[4:], uint16(len(p)-40))
	}
	binary.BigEndian.PutUint16(p[len(network)+4:], uint16(len(p)-len(network)))
	return b
}

// alone is the frame of a single datagram, made the slow way.
func alone(link, ip string, payload []byte, n int) []byte {
	b := superframe(link, ip, payload)
	l, h := len(unhex(link)), len(unhex(ip))
	p := b[l:]
	udp := p[h:]
	var addresses []byte
	if p[0]>>4 == 4 {
		binary.BigEndian.PutUint16(p[4:], binary.BigEndian.Uint16(p[4:])+uint16(n))
		binary.BigEndian.PutUint16(p[10:], plainSum(p[:h]))
		addresses = p[12:20]
	} else {
		addresses = p[8:40]
	}
	length := []byte{0, 17, udp[4], udp[5]}
	sum := plainSum(addresses, length, udp)
	if sum == 0 {
		sum = 0xffff
	}
	binary.BigEndian.PutUint16(udp[6:], sum)
	return b
}

func TestSplit(t *testing.T) {
	payload := make([]byte, 4200)
	for i := range payload {
		payload[i] = byte(i ^ i>>8*37)
	}
	for _, tt := range []struct{ name, link, ip string }{
		{"IPv4", ether4, ip4}, {"IPv4 with a tag", vlan4, ip4opt}, {"IPv6", ether6, ip6}, {"IPv6 with two tags", qinq6, ip6hop},
		{"IPv6 with destination options", ether6, ip6dest}, {"raw IPv4", "", ip4}, {"raw IPv6", "", ip6},
	} {
		for _, segment := range []int{1, 2, 3, 7, 8, 63, 64, 1000, 1400} {
			for _, total := range []int{segment, segment + 1, 2 * segment, 3*segment - 1, 2000} {
				const before = 5 // bytes in the buffer, in front of the frame
				buffer := append(bytes.Repeat([]byte{0xee}, before), superframe(tt.link, tt.ip, payload[:total])...)
				buffer = append(buffer, 0xdd)[:len(buffer)]
				var s Superframe
				begin := s.SplitEthernet
				if tt.link == "" {
					begin = s.SplitIP
				}
				if !begin(buffer, before, segment) {
					t.Fatalf("%s: %d of %d: not split", tt.name, segment, total)
				}
				want := (total + segment - 1) / segment
				if head := len(unhex(tt.link + tt.ip + udpHead)); s.Len() != want || s.HeaderLen() != head {
					t.Errorf("%s: %d of %d: %d datagrams with headers of %d bytes", tt.name, segment, total, s.Len(), s.HeaderLen())
				}
				wire, c := 0, s // a copy, whose datagrams are made elsewhere
				rest := payload[:total]
				for n := range want {
					length, count := c.NextRun()
					wire += length
					if n < total/segment && count != total/segment-n {
						t.Fatalf("%s: %d of %d: datagram %d is the first of %d", tt.name, segment, total, n, count)
					}
					copied := make([]byte, length)
					if c.CopyRun(copied[1:], 1) != 0 || c.CopyRun(copied, 1) != 1 {
						t.Fatalf("%s: %d of %d: datagram %d was not copied", tt.name, segment, total, n)
					}
					start, end, ok := s.Next()
					if !bytes.Equal(copied, buffer[start:end]) {
						t.Fatalf("%s: %d of %d: datagram %d copied:\n%x, want\n%x", tt.name, segment, total, n, copied, buffer[start:end])
					}
					part := rest[:min(segment, len(rest))]
					rest = rest[len(part):]
					if !ok || !bytes.Equal(buffer[start:end], alone(tt.link, tt.ip, part, n)) {
						t.Fatalf("%s: %d of %d: datagram %d, %v:\n%x, want\n%x", tt.name, segment, total, n, ok, buffer[start:end], alone(tt.link, tt.ip, part, n))
					}
				}
				if _, _, ok := s.Next(); ok || c.CopyRun(make([]byte, 5000), 2000) != 0 {
					t.Errorf("%s: %d of %d: too many datagrams", tt.name, segment, total)
				}
				if s.WireLen() != wire || c.WireLen() != wire {
					t.Errorf("%s: %d of %d: %d bytes on the wire, want %d", tt.name, segment, total, s.WireLen(), wire)
				}
				if buffer[0] != 0xee || buffer[before-1] != 0xee || buffer[:len(buffer)+1][len(buffer)] != 0xdd {
					t.Errorf("%s: %d of %d: bytes outside were changed", tt.name, segment, total)
				}
			}
		}
	}
}

// TestZeroChecksum: a checksum of 0 is sent as 0xffff.
func TestZeroChecksum(t *testing.T) {
	found := 0
	for v := range 1 << 16 {
		payload := []byte{byte(v >> 8), byte(v), 0, 0}
		frame := superframe(ether4, ip4, payload)
		var s Superframe
		if !s.SplitEthernet(frame, 0, 2) {
			t.Fatal("not split")
		}
		start, end, _ := s.Next()
		switch binary.BigEndian.Uint16(frame[start+40 : end]) {
		case 0:
			t.Fatalf("%x: no checksum", payload)
		case 0xffff:
			found++
		}
	}
	if found == 0 {
		t.Error("no payload has that checksum: nothing was tested")
	}
}

func TestNoSuperframe(t *testing.T) {
	payload := make([]byte, 100)
	spoilt := func(b []byte, at int, v ...byte) []byte {
		copy(b[at:], v)
		return b
	}
	for _, tt := range []struct {
		name    string
		frame   []byte
		segment int
	}{
		{"nothing", nil, 10},
		{"no segment size", superframe(ether4, ip4, payload), 0},
		{"cut", superframe(ether4, ip4, payload)[:141], 10},
		{"a fragment", spoilt(superframe(ether4, ip4, payload), 20, 0x20), 10},
		{"a later fragment", spoilt(superframe(ether4, ip4, payload), 20, 0, 1), 10},
		{"TCP", spoilt(superframe(ether4, ip4, payload), 23, 6), 10},
		{"a short header", spoilt(superframe(ether4, ip4, payload), 14, 0x44), 10},
		{"a UDP length of its own", spoilt(superframe(ether4, ip4, payload), 38, 0, 18), 10},
		{"an IP length of its own", spoilt(superframe(ether4, ip4, payload), 16, 0, 40), 10},
		{"a routing header", spoilt(superframe(ether6, ip6hop, payload), 20, 43), 10},
		{"a fragment of IPv6", spoilt(superframe(ether6, ip6hop, payload), 20, 44), 10},
		{"a long header", spoilt(superframe(ether6, ip6hop, payload), 55, 255), 10},
		{"two headers", superframe(ether6, ip6both, payload), 10},
		{"another EtherType", spoilt(superframe(ether4, ip4, payload), 12, 0x88, 0x47), 10},
		{"another version", spoilt(superframe(ether4, ip4, payload), 12, 0x86, 0xdd), 10},
		{"three tags", superframe("333300000105 020000000001 88a8 0007 8100 0000 8100 0000 86dd", ip6, payload), 10},
		{"tags to the end", bytes.Repeat([]byte{0x81, 0}, 60), 10},
	} {
		before := bytes.Clone(tt.frame)
		var s Superframe
		if s.SplitEthernet(tt.frame, 0, tt.segment) {
			t.Errorf("%s: it is split", tt.name)
		}
		if !bytes.Equal(tt.frame, before) {
			t.Errorf("%s: it was changed", tt.name)
		}
	}
}

func TestSplitAllocations(t *testing.T) {
	frame := superframe(ether4, ip4, make([]byte, 6400))
	var s Superframe
	work := make([]byte, len(frame))
	if n := testing.AllocsPerRun(100, func() {
		copy(work, frame)
		s.SplitEthernet(work, 0, 64)
		for _, _, ok := s.Next(); ok; _, _, ok = s.Next() {
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzSplit(f *testing.F) {
	for _, link := range []string{ether4, vlan4} {
		f.Add(superframe(link, ip4, make([]byte, 50)), 0, 10)
		f.Add(superframe(link, ip4opt, make([]byte, 50)), 0, 50)
	}
	f.Add(superframe(qinq6, ip6dest, make([]byte, 50)), 0, 7)
	f.Add(append([]byte{1, 2, 3}, superframe("", ip6, make([]byte, 9))...), 3, 1)
	f.Fuzz(func(t *testing.T, frame []byte, start, segment int) {
		for _, begin := range []func(*Superframe, []byte, int, int) bool{(*Superframe).SplitEthernet, (*Superframe).SplitIP} {
			buffer := bytes.Clone(frame)
			var s Superframe
			if !begin(&s, buffer, start, segment) {
				if !bytes.Equal(buffer, frame) {
					t.Error("changed")
				}
				continue
			}
			n, head, payload := 0, 0, 0
			for {
				from, to, ok := s.Next()
				if !ok {
					break
				}
				if n++; n == 1 {
					head = to - from - min(segment, to-from)
				}
				if from < start || to > len(buffer) || from >= to {
					t.Fatalf("datagram %d is %d:%d of %d", n, from, to, len(buffer))
				}
				payload += to - from
			}
			if n != s.Len() || payload > len(frame)+n*max(head, 192) {
				t.Errorf("%d datagrams of %d, %d bytes", n, s.Len(), payload)
			}
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	for _, size := range []int{64, 1400} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			frame := superframe(ether4, ip4, make([]byte, 44*size))
			head := bytes.Clone(frame[:42])
			var s Superframe
			b.ReportAllocs()
			for b.Loop() {
				if _, _, ok := s.Next(); !ok {
					copy(frame, head) // it was taken apart in place
					s.SplitEthernet(frame, 0, size)
				}
			}
		})
	}
}
