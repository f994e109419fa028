//go:build interop && linux

package interop

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
)

// What expressions ask for and what frames have comes from these lists, so that
// what is asked for is there now and then.
var (
	macs = []string{
		"02:00:00:00:00:01", "02:00:00:00:00:02", "ff:ff:ff:ff:ff:ff", "01:00:5e:01:02:03", "33:33:00:00:00:01", "aa:00:04:00:0a:04",
	}
	addrs4 = []string{"10.0.0.1", "10.0.0.2", "192.168.56.3", "224.0.0.1", "239.1.2.3", "10.0.255.255", "255.255.255.255", "0.0.0.0"}
	nets4  = []string{
		"10.0.0.0/8", "10.0.0.0/24", "10.0.0.0/30", "192.168.56.3/32", "224.0.0.0/4", "0.0.0.0/0", "10.0.0.0/31",
		"10.0.0.0 mask 255.255.0.0", "10.0.0.1 mask 255.0.0.255", "0.0.0.1 mask 0.0.0.255", "224.0.0.0 mask 240.0.0.0", "10.0.0.0 mask 255.0.0.0",
		"10", "10.0", "10.0.0", "192.168", "239.1.2", "224", "10/8", "192.168/16", "239.1/16",
	}
	addrs6 = []string{"fe80::1", "2001:db8::1", "2001:db8:0:1::2", "ff02::1", "ff15::1234", "::1", "::", "::ffff:10.0.0.1"}
	nets6  = []string{
		"ff00::/8", "2001:db8::/32", "2001:db8::/64", "2001:db8:0:1::/64", "fe80::/10", "::/0", "2001:db8::/127", "ff15::1234/128", "2001:db8::/33",
		"ff00::/9", "::/96", "2001:db8::/65", "fe80::/1",
	}
	ports = []uint16{53, 80, 50001, 5353, 6081, 161, 0, 65535}
	// Both TCP and UDP have these, in /etc/services of every system and at IANA.
	portNames  = map[uint16]string{53: "domain", 161: "snmp"}
	vlanIDs    = []uint16{1, 10, 100, 0, 4095}
	labels     = []uint32{16, 100000, 0, 3, 1048575}
	sessions   = []uint16{1, 0x1234, 0, 0xffff}
	networkIDs = []uint32{7, 0xabcdef, 0} // of Geneve
	ipProtos   = []uint8{1, 2, 6, 9, 17, 50, 51, 58, 103, 112, 132, 0, 43, 44, 59, 60, 135, 4}
	protoNames = []string{"icmp", "igmp", "tcp", "udp", "esp", "ah", "pim", "vrrp", "sctp", "gre", "ospf"}
	etherTypes = []uint16{
		0x0800, 0x86dd, 0x0806, 0x8035, 0x8100, 0x88a8, 0x9100, 0x8847, 0x8848, 0x8863, 0x8864, 0x6001, 0x6002, 0x6003, 0x6004, 0x6007,
		0x809b, 0x80f3, 0x8137, 0x9000, 0x88cc,
	}
	saps         = []uint16{0x42, 0xfe, 0xe0, 0xf0, 0xaa, 0x06, 0xff, 0x00}
	pppProtocols = []uint16{0x21, 0x57, 0x281, 0xc021, 0x23, 0x31}
	decnetNodes  = []uint16{1<<10 | 2, 1<<10 | 10, 63<<10 | 1023}
	lengths      = []int{700, 750, 800, 1000, 1514}
	interfaces   = []uint32{1, 2, 7}
	isisPDUs     = []uint8{2, 3, 15, 16, 17, 18, 20, 24, 25, 26, 27, 0, 1}
	osiProtocols = []uint8{0x81, 0x82, 0x83, 0x00}
)

// random chooses, the same for the same seed.
type random struct {
	*rand.Rand
	bias
}

// bias makes frames and expressions of one kind more likely than others.
type bias struct {
	plain  bool // no authentication headers, and nothing unknown, in packets
	chain  bool // "protochain"
	tags   bool // VLAN, MPLS, PPPoE
	tunnel bool // Geneve
}

func newRandom(seed uint64, stream string) random {
	h := uint64(14695981039346656037) // FNV-1a, so that every test has a stream of its own
	for _, c := range []byte(stream) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return random{Rand: rand.New(rand.NewPCG(seed, h))}
}

// in says yes once in n times.
func (r random) in(n int) bool { return r.IntN(n) == 0 }

func pick[T any](r random, of []T) T { return of[r.IntN(len(of))] }

// choice is something with a weight.
type choice[T any] struct {
	weight int
	is     T
}

// weighted picks by weight.
func weighted[T any](r random, choices []choice[T]) T {
	sum := 0
	for _, c := range choices {
		sum += c.weight
	}
	n := r.IntN(sum)
	for _, c := range choices {
		if n -= c.weight; n < 0 {
			return c.is
		}
	}
	panic("no choice has a weight")
}

// spelled writes a number in one of the three ways.
func spelled[T uint8 | uint16 | uint32 | int](r random, n T) string {
	switch {
	case r.in(4):
		return fmt.Sprintf("%#x", n)
	case r.in(12):
		return fmt.Sprintf("%#o", n)
	}
	return fmt.Sprint(n)
}

func (r random) addr4() [4]byte { return netip.MustParseAddr(pick(r, addrs4)).As4() }

func (r random) addr6() [16]byte { return netip.MustParseAddr(pick(r, addrs6)).As16() }

// noise returns n bytes, which are random or zero.
func (r random) noise(n int) []byte {
	b := make([]byte, n)
	if r.in(2) {
		for i := range b {
			b[i] = byte(r.Uint32())
		}
	}
	return b
}
