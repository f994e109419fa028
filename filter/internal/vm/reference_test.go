package vm_test

import (
	"golang.org/x/net/bpf"

	"mcast/filter/internal/vm"
)

// reference runs a program in the plainest way, an instruction at a time, and
// returns what it returned. The program has been checked.
func reference(program []bpf.RawInstruction, frame []byte, wireLength int, meta *vm.Meta) uint32 {
	var (
		a, x uint32
		m    [16]uint32
		at   int
	)
	load := func(i uint64, size int) (v uint32, ok bool) {
		if i+uint64(size) > uint64(len(frame)) {
			return 0, false
		}
		for _, b := range frame[i:][:size] {
			v = v<<8 | uint32(b)
		}
		return v, true
	}
	sizes := map[uint16]int{0: 4, 8: 2, 16: 1}
	for {
		in := program[at]
		at++
		k := in.K
		ok := true
		switch in.Op {
		case 0x06:
			return k
		case 0x16:
			return a
		case 0x00:
			a = k
		case 0x01:
			x = k
		case 0x20, 0x28, 0x30:
			if k >= 0xfffff000 {
				a = ancillary(k-0xfffff000, frame, meta)
			} else {
				a, ok = load(uint64(k), sizes[in.Op&0x18])
			}
		case 0x40, 0x48, 0x50:
			a, ok = load(uint64(k)+uint64(x), sizes[in.Op&0x18])
		case 0x60:
			a = m[k]
		case 0x61:
			x = m[k]
		case 0x80:
			a = uint32(wireLength)
		case 0x81:
			x = uint32(wireLength)
		case 0xb1:
			x, ok = load(uint64(k), 1)
			x = x & 15 << 2
		case 0x02:
			m[k] = a
		case 0x03:
			m[k] = x
		case 0x07:
			x = a
		case 0x87:
			a = x
		case 0x84:
			a = -a
		case 0x05:
			at += int(k)
		default:
			v := k
			if in.Op&8 != 0 {
				v = x
			}
			if in.Op&7 == 5 {
				yes := map[uint16]bool{0x10: a == v, 0x20: a > v, 0x30: a >= v, 0x40: a&v != 0}[in.Op&0xf0]
				if yes {
					at += int(in.Jt)
				} else {
					at += int(in.Jf)
				}
				continue
			}
			switch in.Op & 0xf0 {
			case 0x00:
				a += v
			case 0x10:
				a -= v
			case 0x20:
				a *= v
			case 0x30, 0x90:
				switch {
				case v == 0:
					ok = false
				case in.Op&0xf0 == 0x30:
					a /= v
				default:
					a %= v
				}
			case 0x40:
				a |= v
			case 0x50:
				a &= v
			case 0xa0:
				a ^= v
			case 0x60:
				a = uint32(uint64(a) << min(v, 32))
			case 0x70:
				a = uint32(uint64(a) >> min(v, 32))
			}
		}
		if !ok {
			return 0
		}
	}
}

// ancillary is what the kernel answers; frames of the tests that ask for the
// protocol have an EtherType.
func ancillary(what uint32, frame []byte, meta *vm.Meta) uint32 {
	var m vm.Meta
	if meta != nil {
		m = *meta
	}
	present := uint32(0)
	if m.VLAN {
		present = 1
	}
	switch what {
	case 0:
		if len(frame) < 14 {
			return 0
		}
		t := uint32(frame[12])<<8 | uint32(frame[13])
		if t >= 0x600 {
			return t
		}
		if len(frame) > 15 && frame[14] == 0xff && frame[15] == 0xff {
			return 1
		}
		return 4
	case 4:
		return uint32(m.PacketType)
	case 8:
		return m.Interface
	case 44:
		return uint32(m.TCI) * present
	case 48:
		return present
	case 60:
		return uint32(m.TPID) * present
	}
	panic("unknown")
}
