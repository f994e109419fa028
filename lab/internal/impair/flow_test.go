package impair

import (
	"encoding/binary"
	"testing"
)

func TestFlowOf(t *testing.T) {
	ip4 := datagram(1, 0)
	change := func(at int, b ...byte) []byte {
		c := append([]byte(nil), ip4...)
		copy(c[at:], b)
		return c
	}
	tag := func(f []byte, tags ...byte) []byte {
		return append(append(append([]byte(nil), f[:12]...), tags...), f[12:]...)
	}
	ip6 := func(next byte, rest ...byte) []byte {
		b := make([]byte, 14+40)
		b[12], b[13], b[14], b[14+6], b[14+8], b[14+24] = 0x86, 0xdd, 0x60, next, 0xfd, 0xfd
		return append(b, rest...)
	}
	ports := []byte{0, 1, 0, 2, 0, 0, 0, 0}
	same := func(name string, a, b []byte) {
		t.Helper()
		if flowOf(a) != flowOf(b) {
			t.Errorf("%s are of two flows: %+v and %+v", name, flowOf(a), flowOf(b))
		}
	}
	differ := func(name string, a, b []byte) {
		t.Helper()
		if flowOf(a) == flowOf(b) {
			t.Errorf("%s are of one flow: %+v", name, flowOf(a))
		}
	}
	same("two frames of a flow", ip4, datagram(1, 5))
	same("a frame with a tag and one without", ip4, tag(ip4, 0x81, 0, 0, 5))
	same("a frame with two tags and one without", ip4, tag(ip4, 0x88, 0xa8, 0, 5, 0x81, 0, 0, 6))
	differ("ports", ip4, datagram(2, 0))
	same("source ports to a group", ip4, change(34, 9, 9))
	differ("source ports to a host", change(30, 192), change(30, 192, 0, 2, 3, 9, 9))
	differ("sources", ip4, change(26, 1))
	differ("destinations", ip4, change(30, 224))
	differ("protocols", ip4, change(23, 6))
	differ("a whole datagram and the first fragment of one", ip4, change(20, 0x20))
	same("fragments of datagrams between different ports", change(20, 0x20), change(20, 0, 5, 64, 17, 0, 0, 192, 0, 2, 1, 239, 1, 1, 1, 9, 9))

	udp6 := ip6(17, ports...)
	if f := flowOf(udp6); f.ports != 1<<16|2 || f.protocol != 17 {
		t.Errorf("UDP over IPv6 is %+v", f)
	}
	toGroup := func(ports ...byte) []byte {
		b := ip6(17, append(ports, 0, 0, 0, 0)...)
		b[14+24] = 0xff
		return b
	}
	same("source ports to a group of IPv6", toGroup(0, 1, 0, 2), toGroup(0, 9, 0, 2))
	differ("ports of a group of IPv6", toGroup(0, 1, 0, 2), toGroup(0, 1, 0, 9))
	same("UDP with a hop-by-hop header and without", udp6, ip6(0, append([]byte{17, 0, 5, 2, 0, 0, 1, 0}, ports...)...))
	differ("UDP and its fragment", udp6, ip6(44, append([]byte{17, 0, 0, 1, 0, 0, 0, 1}, ports...)...))
	differ("IPv6 and what only says so", udp6, append(append([]byte(nil), udp6[:14]...), 0x40))
	differ("hosts that ask by ARP", []byte("\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x08\x06"), []byte("\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x02\x08\x06"))

	// Whatever is cut is read without a fault.
	for _, f := range [][]byte{ip4, udp6, ip6(0, 17, 0, 5, 2, 0, 0, 1, 0, 0, 1, 0, 2), ip6(60, 17, 255, 0, 0, 0, 0, 0, 0)} {
		for n := range f {
			flowOf(f[:n:n])
		}
	}
}

// A flow that goes on is not forgotten when many others come and go.
func TestFlowsAreBounded(t *testing.T) {
	var s flows
	f := datagram(0, 0)
	steady := datagram(9, 0)
	for i := range 5 * mostFlows {
		binary.BigEndian.PutUint32(f[26:], uint32(i))
		s.next(f)
		if _, n := s.next(steady); n != uint64(i) {
			t.Fatalf("the flow has had %d frames, want %d", n, i)
		}
	}
	if n := len(s.recent) + len(s.rest); n > 2*mostFlows {
		t.Errorf("%d flows are remembered", n)
	}
}
