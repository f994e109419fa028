package capture

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"

	"mcast/filter"
	"mcast/internal/sys"
	"mcast/wire"
)

// expressions, and whether they are the same of a superframe and of its datagrams,
// over Ethernet.
var uniformExpressions = []struct {
	text    string
	uniform bool
}{
	{"", true}, {"udp", true}, {"ip and arp", true}, {"udp port 5000", true}, {"udp dst port 5000 and dst net 239.0.0.0/8", true},
	{"dst net 224.0.0.0/4 or dst net ff00::/8", true}, {"not udp port 53", true}, {"host 192.0.2.1 or host 2001:db8::1", true},
	{"tcp", true}, {"igmp or pim or mld", true}, {"vlan 7", true}, {"vlan and udp port 5000", true}, {"vlan 7 and vlan 8 and udp", true}, {"inbound", true}, {"outbound and udp", true},
	{"ether multicast", true}, {"ip[8] < 2", true}, {"ip[6:2] & 0x1fff = 0", true}, {"ip proto 17 and portrange 5000-5010", true},
	{"group 239.1.1.1", true}, {"ip multicast or ip6 multicast", true}, {"icmp[0] = 8", true}, {"tcp[tcpflags] & tcp-syn != 0", true},
	{"len > 200", false}, {"less 200", false}, {"greater 200 and udp", false}, {"udp[4:2] = 72", false}, {"ip[2:2] > 100", false}, {"ip[4:2] = 7", false}, {"ip[10:2] = 7", false},
	{"ip6[4:2] = 72", false}, {"udp[8] = 0x80", false}, {"udp[8:4] = 1", false}, {"rtp", false}, {"ether[100] = 1", false}, {"udp[200] = 1 or udp port 53", false}, {"geneve", false},
	{"not udp[6:2] = 0", false}, {"ip6 protochain 17", true}, {"udp[0:4] = 1 or len < 100", false},
}

func instructions(t testing.TB, text string, link filter.LinkType) (*filter.Program, []sys.Instruction) {
	t.Helper()
	p, err := filter.Compile(text, filter.Options{LinkType: link, Live: true})
	if tooLong := (*filter.TooLongError)(nil); err != nil && !errors.As(err, &tooLong) {
		t.Fatal(err)
	}
	var list []sys.Instruction
	for _, in := range p.Instructions() {
		list = append(list, sys.Instruction(in))
	}
	return p, list
}

func TestUniform(t *testing.T) {
	for _, tt := range uniformExpressions {
		_, program := instructions(t, tt.text, filter.Ethernet)
		if got := uniform(program, filter.Ethernet); got != tt.uniform {
			t.Errorf("%q: %v", tt.text, got)
		}
	}
	for text, want := range map[string]bool{"udp port 5000": true, "host 192.0.2.1": true, "ip6 and udp": true, "udp[4:2] = 9": false, "less 100": false} {
		_, program := instructions(t, text, filter.Raw)
		if got := uniform(program, filter.Raw); got != want {
			t.Errorf("raw: %q: %v", text, got)
		}
	}
}

// randomSuperframe makes a superframe, with numbers that the expressions look for.
func randomSuperframe(r *rand.Rand, link filter.LinkType) (frame []byte, segment int) {
	o := binary.BigEndian
	pick := func(list ...int) int { return list[r.IntN(len(list))] }
	v4 := r.IntN(2) == 0
	if link == filter.Ethernet {
		frame = append(frame, byte(pick(1, 2)), 0, 0x5e, 1, 1, 1, 2, 0, 0, 0, 0, 1)
		for range r.IntN(3) {
			frame = o.AppendUint16(frame, uint16(pick(0x8100, 0x88a8, 0x9100)))
			frame = o.AppendUint16(frame, uint16(pick(7, 8, 0x2007)))
		}
		frame = o.AppendUint16(frame, map[bool]uint16{true: 0x0800, false: 0x86dd}[v4])
	}
	ip := len(frame)
	if v4 {
		words := 5 + r.IntN(3)
		frame = append(frame, 0x40|byte(words), 0, 0, 0, 0, byte(r.IntN(9)), byte(pick(0, 0x40)), 0, byte(pick(1, 64)), 17, byte(r.IntN(2)), byte(r.IntN(9)),
			192, 0, 2, 1, 239, 1, 1, 1)
		frame = append(frame, make([]byte, (words-5)*4)...)
	} else {
		frame = append(frame, 0x60|byte(r.IntN(16)), 0, 0, 0, 0, 0, 17, byte(pick(1, 64)),
			0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
			0xff, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, byte(r.IntN(3)))
		if r.IntN(3) == 0 {
			frame[len(frame)-34] = byte(pick(0, 60))
			frame = append(frame, 17, 0, 5, 2, 0, 0, 1, 0)
		}
	}
	udp := len(frame)
	frame = o.AppendUint16(frame, uint16(pick(53, 5000, 5001, 6081)))
	frame = o.AppendUint16(frame, uint16(pick(53, 5000, 5001, 6081)))
	frame = append(frame, 0, 0, 0, byte(r.IntN(2)))
	segment = pick(1, 8, 64, 150, 300)
	for range segment*(1+r.IntN(5)) + 1 + r.IntN(segment) {
		frame = append(frame, byte(pick(0, 1, 0x80, r.IntN(256))))
	}
	o.PutUint16(frame[udp+4:], uint16(len(frame)-udp))
	if v4 {
		o.PutUint16(frame[ip+2:], uint16(len(frame)-ip))
	} else {
		o.PutUint16(frame[ip+4:], uint16(len(frame)-ip-40))
	}
	return frame, segment
}

// TestSuperset: what the kernel would run keeps each superframe of which the filter
// keeps a datagram, and a uniform program decides alike on all.
func TestSuperset(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, link := range []filter.LinkType{filter.Ethernet, filter.Raw} {
		may, err := newMachine(mayBeSuperframe(link))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range uniformExpressions {
			exact, err := filter.Compile(e.text, filter.Options{LinkType: link, Live: true})
			if err != nil {
				continue // not for every link type
			}
			_, program := instructions(t, e.text, link)
			alike := uniform(program, link)
			for range 400 {
				frame, segment := randomSuperframe(r, link)
				meta := filter.Meta{VLAN: r.IntN(2) == 0, TCI: 7, PacketType: uint8(4 * r.IntN(2))}
				if !may(frame) {
					t.Fatalf("%v: %x is left out", link, frame)
				}
				whole := exact.MatchMeta(frame, len(frame), &meta)
				var s wire.Superframe
				begin := s.SplitEthernet
				if link == filter.Raw {
					begin = s.SplitIP
				}
				if !begin(frame, 0, segment) {
					t.Fatalf("%x is not split", frame)
				}
				for start, end, ok := s.Next(); ok; start, end, ok = s.Next() {
					if one := exact.MatchMeta(frame[start:end], end-start, &meta); alike && one != whole {
						t.Fatalf("%v: %q is not uniform: %v of the superframe, %v of %x", link, e.text, whole, one, frame[start:end])
					}
				}
			}
		}
	}
}

// newMachine returns a function that runs a program of which Match of package filter
// knows nothing, in the simplest way.
func newMachine(program []sys.Instruction) (func(frame []byte) bool, error) {
	return func(frame []byte) bool {
		a := uint32(0)
		for at := 0; at < len(program); {
			in := program[at]
			at++
			switch in.Op {
			case opLoadLength:
				a = uint32(len(frame))
			case opLoadByte:
				a = uint32(frame[in.K])
			case opLoadHalf:
				a = uint32(binary.BigEndian.Uint16(frame[in.K:]))
			case opShiftRight:
				a >>= in.K
			case opJump:
				at += int(in.K)
			case opJumpEqual, opJumpGE:
				if in.Op == opJumpEqual && a == in.K || in.Op == opJumpGE && a >= in.K {
					at += int(in.Jt)
				} else {
					at += int(in.Jf)
				}
			case opReturn:
				return in.K != 0
			default:
				return false
			}
		}
		return false
	}, nil
}

func BenchmarkUniform(b *testing.B) {
	_, program := instructions(b, "udp port 5000 and (dst net 224.0.0.0/4 or dst net ff00::/8) or igmp or mld", filter.Ethernet)
	for b.Loop() {
		if !uniform(program, filter.Ethernet) {
			b.Fatal("not uniform")
		}
	}
}
