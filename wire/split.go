package wire

import "encoding/binary"

// Superframe takes apart a frame that carries several UDP datagrams as one, as
// segmentation offload makes them on a sending host (UDP_SEGMENT in udp(7)) and
// UDP receive offload on a receiving one: one IP header, one UDP header, and the
// payloads one behind the other.
//
// Next works in place: the headers of a datagram are written in front of its
// payload, over the end of the payload before. CopyRun makes them elsewhere. Who uses
// both for one superframe gets each datagram once, from one of them.
type Superframe struct {
	buffer    []byte
	end       int // of what was taken, or is to be left out in front
	size      int // payload bytes of each datagram but the last
	head      [mostHead]byte
	headLen   int
	ip, udp   int // where the headers are in head
	version   int
	id        uint16 // IPv4: of the next datagram
	sumIP     uint64 // IPv4: of the header, but for length, identification and checksum
	sumUDP    uint64 // of pseudo header and UDP header, but for the lengths and the checksum
	payload   int    // what the lengths in head are for
	sizedIP   uint64 // sumIP with the length
	sizedUDP  uint64 // sumUDP with the lengths
	count     int
	total     int // payload bytes of all
	remaining int // payload bytes of those that were not taken
}

// mostHead is how long the headers of a superframe may be, all layers together.
const mostHead = 192

// SplitEthernet begins to take apart the Ethernet frame, with up to two VLAN tags,
// that is buffer[start:]. Each datagram but the last has segment bytes of payload.
// It reports false, and has changed nothing, if that is not a whole UDP superframe
// over IPv4, or over IPv6 with at most one header of options. A superframe inside
// a tunnel looks like one outside: see HeaderLen.
func (s *Superframe) SplitEthernet(buffer []byte, start, segment int) bool {
	const ether, tag, mostTags = 14, 4, 2
	at := start + ether
	if start < 0 || at > len(buffer) {
		return false
	}
	t := binary.BigEndian.Uint16(buffer[at-2:])
	for range mostTags {
		if t != typeDot1Q && t != typeDot1AD && t != typeOldQinQ {
			break
		}
		if at += tag; at > len(buffer) {
			return false
		}
		t = binary.BigEndian.Uint16(buffer[at-2:])
	}
	return (t == typeIPv4 || t == typeIPv6) && s.split(buffer, start, at, segment) && (s.version == 4) == (t == typeIPv4)
}

// SplitIP is SplitEthernet for a packet without a link layer.
func (s *Superframe) SplitIP(buffer []byte, start, segment int) bool {
	return start >= 0 && start <= len(buffer) && s.split(buffer, start, start, segment)
}

func (s *Superframe) split(buffer []byte, start, ip, segment int) bool {
	s.remaining = 0
	if ip >= len(buffer) || segment <= 0 {
		return false
	}
	var (
		packet    = buffer[ip:]
		udp, size int // from the IP header on
		ok        bool
	)
	s.version = int(packet[0] >> 4)
	switch s.version {
	case 4:
		udp, size, ok = layoutIPv4(packet)
	case 6:
		udp, size, ok = layoutIPv6(packet)
	}
	headLen := ip - start + udp + 8
	if !ok || headLen > mostHead || size < udp+8 || size > len(packet) ||
		int(binary.BigEndian.Uint16(packet[udp+4:])) != size-udp {
		return false
	}
	s.buffer, s.size = buffer[:ip+size], segment
	s.ip, s.udp, s.headLen = ip-start, ip-start+udp, headLen
	s.end = start + headLen
	copy(s.head[:headLen], buffer[start:])
	s.total = size - udp - 8
	s.remaining = s.total
	s.count = (s.total + segment - 1) / segment
	s.prepare()
	return true
}

// layoutIPv4 returns where the UDP header is and how long the packet is.
func layoutIPv4(p []byte) (udp, size int, ok bool) {
	if len(p) < 20 {
		return 0, 0, false
	}
	const moreOrOffset = 0x3fff
	udp, size = int(p[0]&0xf)*4, int(binary.BigEndian.Uint16(p[2:]))
	return udp, size, udp >= 20 && p[9] == numberUDP && binary.BigEndian.Uint16(p[6:])&moreOrOffset == 0
}

// MostExtension is how many bytes of options a UDP superframe over IPv6 may have, in a
// hop-by-hop or a destination options header, to be split: more than a router alert
// takes.
const MostExtension = 24

// layoutIPv6 does the same. A routing header is not passed over: with one the
// checksum covers another destination than the header's.
func layoutIPv6(p []byte) (udp, size int, ok bool) {
	if len(p) < 40 {
		return 0, 0, false
	}
	next := p[6]
	udp, size = 40, 40+int(binary.BigEndian.Uint16(p[4:]))
	if next == numberHopByHop || next == numberOptions {
		if udp+8 > len(p) || int(p[udp+1]) >= MostExtension/8 {
			return 0, 0, false
		}
		next, udp = p[udp], udp+8+int(p[udp+1])*8
	}
	return udp, size, next == numberUDP
}

// prepare sums what all datagrams have in common.
func (s *Superframe) prepare() {
	ip, udp := s.head[s.ip:s.udp], s.head[s.udp:s.headLen]
	var addresses []byte
	if s.version == 6 {
		addresses = ip[8:40]
	} else {
		addresses = ip[12:20]
		s.id = binary.BigEndian.Uint16(ip[4:])
		copy(ip[2:6], []byte{0, 0, 0, 0})
		copy(ip[10:12], []byte{0, 0})
		s.sumIP = sum(0, ip)
	}
	s.sumUDP = sumUint16(sum(sum(0, addresses), udp[:4]), numberUDP)
	copy(udp[4:8], []byte{0, 0, 0, 0})
	s.payload = -1
}

// setPayload puts the lengths of a datagram of so much payload into head, if they are
// not there yet.
func (s *Superframe) setPayload(n int) {
	if n == s.payload {
		return
	}
	s.payload = n
	udpLen := uint16(s.headLen - s.udp + n)
	binary.BigEndian.PutUint16(s.head[s.udp+4:], udpLen)
	// It is summed twice: the pseudo header has it as well.
	s.sizedUDP = sumUint16(sumUint16(s.sumUDP, udpLen), udpLen)
	ip := s.head[s.ip:]
	if s.version == 4 {
		length := uint16(s.headLen - s.ip + n)
		binary.BigEndian.PutUint16(ip[2:], length)
		s.sizedIP = sumUint16(s.sumIP, length)
	} else {
		binary.BigEndian.PutUint16(ip[4:], uint16(s.headLen-s.ip-40+n))
	}
}

// Len returns how many datagrams there are, those included that were taken.
func (s *Superframe) Len() int { return s.count }

// HeaderLen returns how many bytes come before the payload of each datagram. Where the
// sender says that its segments begin further behind, they are those of a tunnel, and
// the superframe must be left whole.
func (s *Superframe) HeaderLen() int { return s.headLen }

// WireLen returns how many bytes the frames of all datagrams have together, those
// included that were taken.
func (s *Superframe) WireLen() int { return s.count*s.headLen + s.total }

// NextRun returns how many bytes the frame of the next datagram has, and how many
// datagrams in a row are as long: all but perhaps the last. 0 means that there are
// no more.
func (s *Superframe) NextRun() (length, count int) {
	switch {
	case s.remaining == 0:
		return 0, 0
	case s.remaining < s.size:
		return s.headLen + s.remaining, 1
	}
	return s.headLen + s.size, s.remaining / s.size
}

// Next makes the frame of the next datagram, with lengths, IPv4 identification
// and checksums as if it had been sent alone: the identification is one more than
// that of the one before, as it is when the kernel segments. The frame is
// buffer[start:end], until the next call. False means that there are no more.
func (s *Superframe) Next() (start, end int, ok bool) {
	length, _ := s.NextRun()
	if length == 0 {
		return 0, 0, false
	}
	s.setPayload(length - s.headLen)
	start, end = s.end-s.headLen, s.end-s.headLen+length
	copy(s.buffer[start:], s.head[:s.headLen])
	s.finish(s.buffer[start:end])
	s.remaining -= length - s.headLen
	s.end = end
	return start, end, true
}

// CopyRun is Next for a run of datagrams, which makes their frames in b and leaves the
// buffer as it is: the first at its beginning, and each of the others stride bytes
// behind the one before, as far as there is room. It returns how many it has made.
func (s *Superframe) CopyRun(b []byte, stride int) int {
	length, count := s.NextRun()
	if length == 0 || length > len(b) {
		return 0
	}
	count = min(count, (len(b)-length)/stride+1)
	s.setPayload(length - s.headLen)
	head, rest := s.head[:s.headLen], s.buffer[s.end:]
	for range count {
		frame := b[:length]
		copy(frame, head)
		copy(frame[len(head):], rest)
		s.finish(frame)
		rest = rest[length-len(head):]
		b = b[min(stride, len(b)):]
	}
	s.remaining -= count * (length - s.headLen)
	s.end += count * (length - s.headLen)
	return count
}

// finish completes the headers that b has in front of its payload.
func (s *Superframe) finish(b []byte) {
	if s.version == 4 {
		ip := b[s.ip:]
		binary.BigEndian.PutUint16(ip[4:], s.id)
		binary.BigEndian.PutUint16(ip[10:], checksum(sumUint16(s.sizedIP, s.id)))
		s.id++
	}
	right := checksum(sum(s.sizedUDP, b[s.headLen:]))
	if right == 0 {
		right = 0xffff // 0 would say that there is none (RFC 768)
	}
	binary.BigEndian.PutUint16(b[s.udp+6:], right)
}
