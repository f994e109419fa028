package capture

import (
	"mcast/filter"
	"mcast/internal/sys"
	"mcast/wire"
)

// uniform says whether a program certainly decides alike on a superframe and on each of
// the datagrams that it is split into. It runs the program on what superframes have
// in common: it knows of each byte of their headers whether it is certain, or
// the same in the datagrams, or another there; and takes both branches where an outcome is not
// certain. A decision on what is another there makes the answer no. So does a program that is
// too large to be followed.
func uniform(program []sys.Instruction, link filter.LinkType) bool {
	budget := 200_000
	for _, l := range layouts(link) {
		if !l.uniform(program, &budget) {
			return false
		}
	}
	return true
}

// knowledge is what is known of a number.
type knowledge uint8

const (
	certain knowledge = iota
	same              // in the superframe and in its datagrams
	varies
)

// number is a number in the machine, or a byte of a frame.
type number struct {
	is knowledge
	v  uint32 // if it is certain
}

// layout is the beginning of a superframe, up to where its bytes vary for good.
type layout []number

// layouts returns those of all superframes that wire.Superframe splits.
func layouts(link filter.LinkType) []layout {
	var list []layout
	if link != filter.Ethernet {
		// The first byte's upper half tells IPv4 from IPv6. The lower half is
		// tried out for IPv6, since a byte is certain or is not.
		for half := range uint32(16) {
			list = append(list, packets(nil, 6, half)...)
		}
		return append(list, packets(nil, 4, 0)...)
	}
	const ipv4, ipv6 = 0x0800, 0x86dd
	tags := []uint16{0x8100, 0x88a8, 0x9100}
	chains := [][]uint16{nil}
	for _, outer := range tags {
		chains = append(chains, []uint16{outer})
		for _, inner := range tags {
			chains = append(chains, []uint16{outer, inner})
		}
	}
	for _, chain := range chains {
		head := layout{}.add(same, 12) // addresses
		for _, tag := range chain {
			head = head.put16(tag).add(same, 2)
		}
		list = append(list, packets(head.put16(ipv4), 4, 0)...)
		list = append(list, packets(head.put16(ipv6), 6, 0)...)
	}
	return list
}

// packets returns the layouts of IP packets behind a link layer's header.
func packets(link layout, version int, class uint32) []layout {
	var list []layout
	if version == 4 {
		for words := range uint32(16) {
			if words < 5 {
				continue
			}
			l := link.put(0x40|words).add(same, 1).
				add(varies, 4). // total length, identification
				add(same, 1).put(0).add(same, 1).put(17).
				add(varies, 2). // header checksum
				add(same, int(words)*4-12)
			list = append(list, l.udp())
		}
		return list
	}
	first := number{is: same}
	if len(link) == 0 {
		first = number{certain, 0x60 | class}
	}
	for _, next := range []uint32{17, 0, 60} { // UDP, hop-by-hop and destination options
		l := append(link[:len(link):len(link)], first).add(same, 3).
			add(varies, 2). // payload length
			put(next).add(same, 33)
		if next == 17 {
			list = append(list, l.udp())
			continue
		}
		for more := range uint32(wire.MostExtension / 8) { // of eight bytes
			list = append(list, l.put(17).put(more).add(same, int(more)*8+6).udp())
		}
	}
	return list
}

func (l layout) add(is knowledge, n int) layout {
	l = l[:len(l):len(l)]
	for range n {
		l = append(l, number{is: is})
	}
	return l
}

func (l layout) put(v uint32) layout { return append(l[:len(l):len(l)], number{certain, v}) }

func (l layout) put16(v uint16) layout { return l.put(uint32(v >> 8)).put(uint32(v & 0xff)) }

// udp adds the ports; length, checksum and payload vary.
func (l layout) udp() layout { return l.add(same, 4) }

// load returns what is known of a number in the frame, and false for one that is not
// in the layout: some datagrams may be too short to have it, and that ends a program.
func (l layout) load(at, size int64) (n number, ok bool) {
	if at < 0 || at+size > int64(len(l)) {
		return number{}, false
	}
	for _, b := range l[at : at+size] {
		n.is = max(n.is, b.is)
		n.v = n.v<<8 | b.v
	}
	return n.known(), true
}

// known returns a number that has no value unless it is certain, so that equal
// knowledge is equal.
func (n number) known() number {
	if n.is != certain {
		n.v = 0
	}
	return n
}

// machine is a state of the program's run.
type machine struct {
	at      int
	a, x    number
	scratch [16]number
}

// uniform runs a program on a layout.
func (l layout) uniform(program []sys.Instruction, budget *int) bool {
	seen := map[machine]bool{}
	todo := []machine{{}}
	for len(todo) > 0 {
		m := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for m.at < len(program) && program[m.at].Op&7 != classReturn {
			if *budget--; *budget < 0 {
				return false
			}
			in := program[m.at]
			m.at++
			if in.Op&7 != classJump {
				if !l.step(&m, in) {
					return false
				}
				continue
			}
			yes, no, ok := m.jump(in)
			if !ok {
				return false
			}
			if no != yes && !seen[m.to(no)] {
				seen[m.to(no)] = true
				todo = append(todo, m.to(no))
			}
			m.at = yes
		}
	}
	return true
}

func (m *machine) to(at int) machine {
	n := *m
	n.at = at
	return n
}

// Classes and parts of operations (linux/bpf_common.h).
const (
	classLoad = iota
	classLoadX
	classStore
	classStoreX
	classArithmetic
	classJump
	classReturn
	classMove
)

// step does an instruction that is no jump. It reports false for one that is not
// known, or may end the program for some datagrams and not for others.
func (l layout) step(m *machine, in sys.Instruction) (ok bool) {
	switch in.Op & 7 {
	case classLoad:
		m.a, ok = l.value(m, in)
		return ok
	case classLoadX:
		m.x, ok = l.value(m, in)
		return ok
	case classStore:
		m.scratch[in.K&15] = m.a
	case classStoreX:
		m.scratch[in.K&15] = m.x
	case classArithmetic:
		const divide, modulo = 0x30, 0x90
		if op := in.Op & 0xf0; (op == divide || op == modulo) && m.operand(in).is == varies {
			return false
		}
		m.a = arithmetic(m.a, m.operand(in), in.Op&0xf0)
	case classMove:
		if in.Op == 0x87 {
			m.a = m.x
		} else {
			m.x = m.a
		}
	default:
		return false
	}
	return true
}

// value is what a load loads.
func (l layout) value(m *machine, in sys.Instruction) (n number, ok bool) {
	size := [...]int64{4, 2, 1, 0}[in.Op>>3&3]
	switch in.Op & 0xe0 {
	case 0x00: // a constant
		return number{certain, in.K}, true
	case 0x20: // at a fixed place
		const ancillary = 0xfffff000
		if in.K >= ancillary {
			switch in.K - ancillary {
			case 0, 4, 8, 44, 48, 60: // protocol, packet type, interface, and the tag
				return number{is: same}, true
			}
			return number{}, false
		}
		return l.load(int64(in.K), size)
	case 0x40: // behind X
		if m.x.is == certain {
			return l.load(int64(m.x.v)+int64(in.K), size)
		}
	case 0x60:
		return m.scratch[in.K&15], true
	case 0x80: // the frame's length
		return number{is: varies}, true
	case 0xa0: // the length of an IPv4 header
		n, ok = l.load(int64(in.K), 1)
		n.v = n.v & 0xf * 4
		return n.known(), ok
	}
	return number{}, false
}

func (m *machine) operand(in sys.Instruction) number {
	if in.Op&8 != 0 {
		return m.x
	}
	return number{certain, in.K}
}

// arithmetic knows the operations by which programs find headers; of others,
// that the result is as certain as the operands.
func arithmetic(a, b number, op uint16) number {
	n := number{is: max(a.is, b.is)}
	if op == 0x80 { // negation has one operand
		n.is = a.is
		n.v = -a.v
		return n.known()
	}
	if op >= 0x60 && b.v > 31 {
		n.is = max(n.is, same) // of shifts by so much, machines make different things
		return n.known()
	}
	switch op {
	case 0x00:
		n.v = a.v + b.v
	case 0x10:
		n.v = a.v - b.v
	case 0x20:
		n.v = a.v * b.v
	case 0x40:
		n.v = a.v | b.v
	case 0x50:
		n.v = a.v & b.v
	case 0x60:
		n.v = a.v << b.v
	case 0x70:
		n.v = a.v >> b.v
	default:
		n.is = max(n.is, same)
	}
	return n.known()
}

// jump returns where a jump goes if its condition holds, and where if not; they
// are one place if that is certain. It reports false if the outcome varies.
func (m *machine) jump(in sys.Instruction) (yes, no int, ok bool) {
	if in.Op&0xf0 == 0 {
		to := m.at + int(in.K)
		return to, to, true
	}
	yes, no = m.at+int(in.Jt), m.at+int(in.Jf)
	b := m.operand(in)
	switch max(m.a.is, b.is) {
	case varies:
		return 0, 0, yes == no
	case same:
		return yes, no, true
	}
	holds := false
	switch in.Op & 0xf0 {
	case 0x10:
		holds = m.a.v == b.v
	case 0x20:
		holds = m.a.v > b.v
	case 0x30:
		holds = m.a.v >= b.v
	case 0x40:
		holds = m.a.v&b.v != 0
	}
	if holds {
		return yes, yes, true
	}
	return no, no, true
}
