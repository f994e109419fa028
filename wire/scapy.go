package wire

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// AppendScapy appends the summary of a whole Ethernet frame as scapy 2.5.0 prints
// it (Packet.summary(), with nothing loaded beyond scapy.all, names of ports off,
// and no guess at what UDP and TCP carry):
//
//	Ether / IP / UDP 192.168.56.103:52582 > 224.1.1.5:50001 / Raw / Padding
//
// It knows Ethernet, VLAN tags, ARP, IPv4, IPv6 with hop-by-hop, destination and
// fragment headers, UDP, TCP and ICMP. Everything else is Raw, as it mostly is to
// scapy, IGMP included. It allocates nothing beyond what b has no room for.
func AppendScapy(b, frame []byte) []byte {
	s := scapy{frame: frame}
	s.dissect()
	return s.append(b)
}

// scapy is a frame as scapy takes it apart. Its layers are not those of a Packet:
// lengths are believed, and padding is what each layer leaves over.
type scapy struct {
	frame    []byte
	layers   [mostLayers]scapyLayer
	n        int
	paddings int // how many layers have left something over
}

type scapyLayer struct {
	kind       scapyKind
	start, end int
}

type scapyKind uint8

const (
	scapyNone scapyKind = iota
	scapyEther
	scapyDot3
	scapyDot1Q
	scapyDot1AD
	scapyARP
	scapyIP
	scapyIPv6
	scapyHopByHop
	scapyDestination
	scapyFragment
	scapyUDP
	scapyTCP
	scapyICMP
	scapyIPError // the packet that an ICMP error quotes, as the next three
	scapyUDPError
	scapyTCPError
	scapyICMPError
	scapyRaw
)

// scapyNames are scapy's classes, which it shows where it has no more to say.
var scapyNames = [...]string{
	scapyEther: "Ether", scapyDot3: "Dot3", scapyDot1Q: "Dot1Q", scapyDot1AD: "Dot1AD", scapyARP: "ARP", scapyIP: "IP", scapyIPv6: "IPv6",
	scapyHopByHop: "IPv6ExtHdrHopByHop", scapyDestination: "IPv6ExtHdrDestOpt", scapyFragment: "IPv6ExtHdrFragment",
	scapyUDP: "UDP", scapyTCP: "TCP", scapyICMP: "ICMP",
	scapyIPError: "IPerror", scapyUDPError: "UDPerror", scapyTCPError: "TCPerror", scapyICMPError: "ICMPerror", scapyRaw: "Raw",
}

// dissect finds the layers.
func (s *scapy) dissect() {
	kind, at, end := scapyEther, 0, len(s.frame)
	if len(s.frame) >= 14 && binary.BigEndian.Uint16(s.frame[12:]) <= mostLength {
		kind = scapyDot3
	}
	for kind != scapyNone && at < end && s.n < len(s.layers) {
		header, carried, next := s.layer(kind, s.frame[at:end])
		if header > end-at {
			if !scapyQuotes(kind, end-at) {
				kind = scapyRaw
			}
			header, carried, next = end-at, 0, scapyNone
		}
		s.layers[s.n] = scapyLayer{kind, at, end}
		s.n++
		at += header
		if at+carried < end {
			s.paddings++
			end = at + carried
		}
		kind = next
	}
}

// scapyQuotes tells whether scapy knows a header of an ICMP error's quotation by its
// first n bytes, where the quotation ends (RFC 792 asks for 8 bytes behind the IP
// header): the last field must be whole. What is cut off are mostly options.
func scapyQuotes(kind scapyKind, n int) bool {
	switch kind {
	case scapyIPError:
		return n >= 20 || slices.Contains([]int{4, 6, 8, 9, 10, 12, 16}, n)
	case scapyUDPError:
		return n == 6
	case scapyTCPError:
		return n >= 20 || slices.Contains([]int{2, 4, 8, 12, 14, 16, 18}, n)
	case scapyICMPError:
		return slices.Contains([]int{1, 2, 4, 6, 8, 12, 16}, n)
	}
	return false
}

// mostLength is the largest length in place of an EtherType.
const mostLength = 1500

// layer returns how long the header of a layer is, how much it carries, and what
// that is.
func (s *scapy) layer(kind scapyKind, b []byte) (header, carried int, next scapyKind) {
	rest := func(header int) int { return max(len(b)-header, 0) }
	short := func(header int) bool { return len(b) < header }
	switch kind {
	case scapyEther:
		if !short(14) {
			return 14, rest(14), scapyOfType(binary.BigEndian.Uint16(b[12:]))
		}
		return 14, 0, scapyNone
	case scapyDot3:
		return 14, min(int(binary.BigEndian.Uint16(b[12:])), rest(14)), scapyRaw
	case scapyDot1Q, scapyDot1AD:
		if short(4) {
			return 4, 0, scapyNone
		}
		t := binary.BigEndian.Uint16(b[2:])
		if t <= mostLength {
			return 4, min(int(t), rest(4)), scapyRaw
		}
		return 4, rest(4), scapyOfType(t)
	case scapyARP:
		if short(8) {
			return 8, 0, scapyNone
		}
		return 8 + 2*int(b[4]) + 2*int(b[5]), 0, scapyNone
	case scapyIP, scapyIPError:
		return s.ipv4(kind, b)
	case scapyIPv6:
		if short(40) {
			return 40, 0, scapyNone
		}
		return 40, min(int(binary.BigEndian.Uint16(b[4:])), rest(40)), scapyOfNextHeader(b[6])
	case scapyHopByHop, scapyDestination:
		if short(2) {
			return 2, 0, scapyNone
		}
		n := int(b[1])*8 + 8
		return n, rest(n), scapyOfNextHeader(b[0])
	case scapyFragment:
		if short(8) {
			return 8, 0, scapyNone
		}
		if binary.BigEndian.Uint16(b[2:])&^7 != 0 {
			return 8, rest(8), scapyRaw
		}
		return 8, rest(8), scapyOfNextHeader(b[0])
	case scapyUDP, scapyUDPError:
		if short(8) {
			return 8, 0, scapyNone
		}
		n := int(binary.BigEndian.Uint16(b[4:])) - 8
		if n < 0 { // a slice of Python's, that many from the end
			n = max(rest(8)+n, 0)
		}
		return 8, min(n, rest(8)), scapyRaw
	case scapyTCP, scapyTCPError:
		if short(13) {
			return 20, 0, scapyNone
		}
		n := max(int(b[12]>>4)*4, 20)
		return n, rest(n), scapyRaw
	case scapyICMP, scapyICMPError:
		return s.icmp(kind, b)
	}
	return len(b), 0, scapyNone
}

func (s *scapy) ipv4(kind scapyKind, b []byte) (header, carried int, next scapyKind) {
	if len(b) < 20 {
		return 20, 0, scapyNone
	}
	header = max(int(b[0]&0xf)*4, 20)
	rest := max(len(b)-header, 0)
	if n := int(binary.BigEndian.Uint16(b[2:])) - int(b[0]&0xf)*4; n >= 0 {
		rest = min(n, rest)
	}
	next = scapyRaw
	whole := binary.BigEndian.Uint16(b[6:])&0x1fff == 0
	quoted := kind == scapyIPError
	switch {
	case b[9] == numberIPv6 && !quoted:
		next = scapyIPv6
	case !whole:
	case b[9] == 4 && quoted:
		next = scapyIPError
	case b[9] == 4:
		next = scapyIP
	case b[9] == numberICMP && quoted:
		next = scapyICMPError
	case b[9] == numberICMP:
		next = scapyICMP
	case b[9] == numberTCP && quoted:
		next = scapyTCPError
	case b[9] == numberTCP:
		next = scapyTCP
	case b[9] == numberUDP && quoted:
		next = scapyUDPError
	case b[9] == numberUDP:
		next = scapyUDP
	}
	return header, rest, next
}

func (s *scapy) icmp(kind scapyKind, b []byte) (header, carried int, next scapyKind) {
	header = 8
	switch b[0] {
	case 13, 14: // timestamps
		header = 20
	case 17, 18: // address masks
		header = 12
	case 37, 38: // domain names: identifier, sequence number and four bytes that are not used
		header = 12
	}
	next = scapyRaw
	switch b[0] {
	case 3, 4, 5, 11, 12:
		next = scapyIPError
	}
	return header, max(len(b)-header, 0), next
}

func scapyOfType(t uint16) scapyKind {
	switch t {
	case typeIPv4:
		return scapyIP
	case typeIPv6:
		return scapyIPv6
	case typeARP:
		return scapyARP
	case typeDot1Q:
		return scapyDot1Q
	case typeDot1AD:
		return scapyDot1AD
	}
	return scapyRaw
}

func scapyOfNextHeader(n uint8) scapyKind {
	switch n {
	case 0:
		return scapyHopByHop
	case 4:
		return scapyIP
	case numberTCP:
		return scapyTCP
	case numberUDP:
		return scapyUDP
	case numberFragment:
		return scapyFragment
	case numberOptions:
		return scapyDestination
	}
	return scapyRaw
}

// append appends the summary: the innermost layer that has something to say says
// it, the others are shown by their names.
func (s *scapy) append(b []byte) []byte {
	speaker := -1
	for i := range s.n {
		if s.speaks(i) {
			speaker = i
		}
	}
	for i := range s.n {
		if i > 0 {
			b = append(b, " / "...)
		}
		if i == speaker {
			b = s.say(b, i)
		} else {
			b = append(b, scapyNames[s.layers[i].kind]...)
		}
	}
	for range s.paddings {
		b = append(b, " / Padding"...)
	}
	return b
}

// speaks tells whether a layer has something to say.
func (s *scapy) speaks(i int) bool {
	switch s.layers[i].kind {
	case scapyEther, scapyDot3, scapyDot1Q, scapyDot1AD, scapyARP, scapyIP, scapyIPv6, scapyUDP, scapyTCP, scapyICMP:
		return true
	}
	return false
}

// bytes returns a layer, header and all.
func (s *scapy) bytes(i int) []byte { return s.frame[s.layers[i].start:s.layers[i].end] }

// say appends what a layer that speaks says.
func (s *scapy) say(b []byte, i int) []byte {
	h := s.bytes(i)
	switch s.layers[i].kind {
	case scapyEther:
		b = append(appendMAC(b, h[6:12]), " > "...)
		b = append(appendMAC(b, h[:6]), " ("...)
		return append(appendScapyType(b, binary.BigEndian.Uint16(h[12:])), ')')
	case scapyDot3:
		b = append(appendMAC(append(b, "802.3 "...), h[6:12]), " > "...)
		return appendMAC(b, h[:6])
	case scapyDot1Q, scapyDot1AD:
		b = append(b, "802.1q "...)
		if outer := s.bytes(i - 1); s.layers[i-1].kind == scapyEther {
			b = append(appendMAC(b, outer[6:12]), " > "...)
			b = append(appendMAC(b, outer[:6]), ' ')
		}
		if s.layers[i].kind == scapyDot1AD {
			return append(b, "(??) vlan ??"...) // scapy looks for a Dot1Q here
		}
		b = append(appendScapyType(append(b, '('), binary.BigEndian.Uint16(h[2:])), ')')
		return appendNumber(append(b, " vlan "...), binary.BigEndian.Uint16(h)&0xfff)
	case scapyARP:
		return appendScapyARP(b, h)
	case scapyIP:
		b = append(appendScapyAddress(b, h[12:16], true), " > "...)
		b = append(appendScapyAddress(b, h[16:20], true), ' ')
		b = appendNameOf(b, scapyProtocols, "", uint64(h[9]))
		if at := binary.BigEndian.Uint16(h[6:]) & 0x1fff; at != 0 {
			b = appendNumber(append(b, " frag:"...), at)
		}
		return b
	case scapyIPv6:
		b = append(appendScapyAddress(b, h[8:24], false), " > "...)
		b = append(appendScapyAddress(b, h[24:40], false), " ("...)
		return append(appendNumber(b, h[6]), ')')
	case scapyUDP:
		return s.appendPorts(append(b, "UDP "...), i)
	case scapyTCP:
		b = append(s.appendPorts(append(b, "TCP "...), i), ' ')
		return appendTCPFlags(b, uint16(h[12]&1)<<8|uint16(h[13]))
	}
	b = append(b, "ICMP "...)
	if i > 0 && s.layers[i-1].kind == scapyIP {
		ip := s.bytes(i - 1)
		b = append(appendScapyAddress(b, ip[12:16], true), " > "...)
		b = append(appendScapyAddress(b, ip[16:20], true), ' ')
	}
	b = append(appendNameOf(b, scapyICMPTypes, "", uint64(h[0])), ' ')
	for _, t := range scapyICMPCodes {
		if t.of == h[0] {
			return appendNameOf(b, t.codes, "", uint64(h[1]))
		}
	}
	return appendNumber(b, h[1])
}

// appendPorts appends the ports of a layer, with addresses if it is carried by IP
// without anything in between.
func (s *scapy) appendPorts(b []byte, i int) []byte {
	h := s.bytes(i)
	var src, dst []byte
	if i > 0 {
		switch ip := s.bytes(i - 1); s.layers[i-1].kind {
		case scapyIP:
			src, dst = ip[12:16], ip[16:20]
		case scapyIPv6:
			src, dst = ip[8:24], ip[24:40]
		}
	}
	end := func(b, address, port []byte) []byte {
		if address != nil {
			b = append(appendScapyAddress(b, address, true), ':')
		}
		return appendNumber(b, binary.BigEndian.Uint16(port))
	}
	b = append(end(b, src, h), " > "...)
	return end(b, dst, h[2:])
}

// appendTCPFlags appends the letters of flags.
func appendTCPFlags(b []byte, flags uint16) []byte {
	const letters = "FSRPAUECN"
	for i := range letters {
		if flags&(1<<i) != 0 {
			b = append(b, letters[i])
		}
	}
	return b
}

// appendScapyARP appends what ARP says.
func appendScapyARP(b, h []byte) []byte {
	hardware, protocol := int(h[4]), int(h[5])
	sender := h[8:]
	source := sender[hardware : hardware+protocol]
	target := sender[2*hardware+protocol : 2*hardware+2*protocol]
	b = append(b, "ARP "...)
	switch op := binary.BigEndian.Uint16(h[6:]); op {
	case 1:
		b = append(appendScapyAddress(append(b, "who has "...), target, true), " says "...)
		return appendScapyAddress(b, source, true)
	case 2:
		b = append(b, "is at "...)
		b = append(appendMAC(b, sender[:hardware]), " says "...)
		return appendScapyAddress(b, source, true)
	default:
		if n := nameOf(scapyARPOperations, uint64(op)); n != "" {
			b = append(b, n...)
		} else {
			b = appendNumber(b, op)
		}
		b = append(appendScapyAddress(append(b, ' '), source, true), " > "...)
		return appendScapyAddress(b, target, true)
	}
}

// appendScapyAddress appends an address as inet_ntop(3) of glibc writes it. With
// note it adds, as scapy does in places, what is built into the address.
func appendScapyAddress(b, address []byte, note bool) []byte {
	a, ok := netip.AddrFromSlice(address)
	switch {
	case !ok:
		return b
	case a.Is4():
		return a.AppendTo(b)
	}
	if a16 := a.As16(); [12]byte(a16[:12]) == [12]byte{} && (a16[12] != 0 || a16[13] != 0) {
		return netip.AddrFrom4([4]byte(a16[12:])).AppendTo(append(b, "::"...)) // IPv4-compatible
	}
	b = a.AppendTo(b)
	if note && address[0] == 0x20 && address[1] == 0x02 { // RFC 3056
		b = append(b, " [6to4 GW: "...)
		b = append(netip.AddrFrom4([4]byte(address[2:6])).AppendTo(b), ']')
	}
	return b
}

// appendScapyType appends an EtherType by its name, or as a number.
func appendScapyType(b []byte, t uint16) []byte {
	if n := nameOf(scapyTypes, uint64(t)); n != "" {
		return append(b, n...)
	}
	return appendHex(b, uint64(t), 1)
}
