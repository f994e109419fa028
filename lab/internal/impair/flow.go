package impair

import "encoding/binary"

// flow is what tells the frames of one conversation, in one direction, from others:
// addresses, ports and protocol, as far as there are. Fragments have no ports, since only the first
// of a packet shows them. Nor does the source port count of what is sent to a group: the kernel
// commonly chose it, and then nothing would be the same the next time.
type flow struct {
	source, destination [16]byte // of IP, or else of Ethernet
	protocol            uint32   // of IP; or else the EtherType with a bit on top
	ports               uint32
}

const notIP = 1 << 16

// flowOf reads the flow of an Ethernet frame.
func flowOf(frame []byte) (f flow) {
	const ether, tag, mostTags = 14, 4, 2
	if len(frame) < ether {
		return f
	}
	at := ether
	kind := binary.BigEndian.Uint16(frame[at-2:])
	for range mostTags {
		if kind != 0x8100 && kind != 0x88a8 || len(frame) < at+tag {
			break
		}
		at += tag
		kind = binary.BigEndian.Uint16(frame[at-2:])
	}
	packet := frame[at:]
	switch {
	case kind == 0x0800 && f.readIPv4(packet), kind == 0x86dd && f.readIPv6(packet):
	default:
		f = flow{protocol: notIP | uint32(kind)}
		copy(f.destination[:], frame[:6])
		copy(f.source[:], frame[6:12])
	}
	return f
}

func (f *flow) readIPv4(p []byte) bool {
	if len(p) < 20 || p[0]>>4 != 4 {
		return false
	}
	copy(f.source[:], p[12:16])
	copy(f.destination[:], p[16:20])
	const moreOrOffset = 0x3fff
	fragment := binary.BigEndian.Uint16(p[6:])&moreOrOffset != 0
	f.readTransport(p[9], p[min(len(p), int(p[0]&15)*4):], fragment, p[16]>>4 == 0xe)
	return true
}

func (f *flow) readIPv6(p []byte) bool {
	if len(p) < 40 || p[0]>>4 != 6 {
		return false
	}
	copy(f.source[:], p[8:24])
	copy(f.destination[:], p[24:40])
	next, rest, fragment := p[6], p[40:], false
	const hopByHop, routing, fragmentHeader, options = 0, 43, 44, 60
	for len(rest) >= 8 && (next == hopByHop || next == routing || next == fragmentHeader || next == options) {
		size := 8 + int(rest[1])*8
		if next == fragmentHeader {
			size, fragment = 8, true
		}
		next, rest = rest[0], rest[min(size, len(rest)):]
	}
	f.readTransport(next, rest, fragment, p[24] == 0xff)
	return true
}

func (f *flow) readTransport(protocol byte, p []byte, fragment, group bool) {
	f.protocol = uint32(protocol)
	const tcp, udp, dccp, sctp, udplite = 6, 17, 33, 132, 136
	switch protocol {
	case tcp, udp, dccp, sctp, udplite:
		if !fragment && len(p) >= 4 {
			f.ports = binary.BigEndian.Uint32(p)
			if group {
				f.ports &= 0xffff
			}
		}
	}
}

// number returns a number for the flow, which depends on the seed.
func (f *flow) number(seed uint64) uint64 {
	n := mix(seed)
	for _, b := range [][16]byte{f.source, f.destination} {
		n = mix(n ^ binary.BigEndian.Uint64(b[:]))
		n = mix(n ^ binary.BigEndian.Uint64(b[8:]))
	}
	return mix(n ^ (uint64(f.protocol)<<32 | uint64(f.ports)))
}

// flows counts the frames of each flow.
type flows struct {
	seed         uint64
	recent, rest map[flow]*counter
}

type counter struct {
	flow  uint64 // its number
	count uint64 // frames so far
}

// mostFlows are remembered, and as many that have not been seen since. A flow that was
// forgotten begins anew.
const mostFlows = 1 << 16

// next returns the number of the frame's flow, and how many of that flow came before.
func (s *flows) next(frame []byte) (number, n uint64) {
	f := flowOf(frame)
	c := s.recent[f]
	if c == nil {
		if s.recent == nil || len(s.recent) == mostFlows {
			s.recent, s.rest = make(map[flow]*counter), s.recent
		}
		if c = s.rest[f]; c == nil {
			c = &counter{flow: f.number(s.seed)}
		}
		s.recent[f] = c
	}
	n = c.count
	c.count++
	return c.flow, n
}
