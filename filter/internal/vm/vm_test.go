package vm_test

import (
	"fmt"
	"strconv"
	"testing"

	"golang.org/x/net/bpf"

	"mcast/filter/internal/vm"
)

// machine makes a machine of a program that has to be fine.
func machine(t *testing.T, program []raw) *vm.Machine {
	t.Helper()
	m, err := vm.New(program)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestInstructions looks at what A is after some instructions.
func TestInstructions(t *testing.T) {
	frame := []byte{0x45, 0x81, 0x02, 0xf3, 0x04, 0x05, 0x06, 0xff}
	const wire = 1514
	const rejected = -1
	for _, tt := range []struct {
		name    string
		program []raw
		want    int64
	}{
		{"A is 0 at first", nil, 0},
		{"and X", []raw{{Op: 0x00, K: 7}, {Op: 0x87}}, 0},
		{"ld #k", []raw{{Op: 0x00, K: 0xffffffff}}, 0xffffffff},
		{"ldx #k", []raw{{Op: 0x01, K: 0x12345678}, {Op: 0x87}}, 0x12345678},
		{"ldb", []raw{{Op: 0x30, K: 1}}, 0x81},
		{"ldb last", []raw{{Op: 0x30, K: 7}}, 0xff},
		{"ldb beyond", []raw{{Op: 0x30, K: 8}}, rejected},
		{"ldh", []raw{{Op: 0x28, K: 2}}, 0x02f3},
		{"ldh last", []raw{{Op: 0x28, K: 6}}, 0x06ff},
		{"ldh half beyond", []raw{{Op: 0x28, K: 7}}, rejected},
		{"ldh beyond", []raw{{Op: 0x28, K: 8}}, rejected},
		{"ldh far beyond", []raw{{Op: 0x28, K: 0xffffefff}}, rejected},
		{"ld", []raw{{Op: 0x20, K: 0}}, 0x458102f3},
		{"ld last", []raw{{Op: 0x20, K: 4}}, 0x040506ff},
		{"ld partly beyond", []raw{{Op: 0x20, K: 5}}, rejected},
		{"ld with the sign bit", []raw{{Op: 0x20, K: 0x80000000}}, rejected},
		{"ldb [x + k]", []raw{{Op: 0x01, K: 3}, {Op: 0x50, K: 4}}, 0xff},
		{"ldb [x + k] beyond", []raw{{Op: 0x01, K: 4}, {Op: 0x50, K: 4}}, rejected},
		{"ldh [x + k]", []raw{{Op: 0x01, K: 1}, {Op: 0x48, K: 1}}, 0x02f3},
		{"ldh [x + k] half beyond", []raw{{Op: 0x01, K: 6}, {Op: 0x48, K: 1}}, rejected},
		{"ld [x + k]", []raw{{Op: 0x01, K: 1}, {Op: 0x40, K: 3}}, 0x040506ff},
		{"ld [x + k] partly beyond", []raw{{Op: 0x01, K: 2}, {Op: 0x40, K: 3}}, rejected},
		{"ldb [x + k], the sum overflows", []raw{{Op: 0x01, K: 0xffffffff}, {Op: 0x50, K: 1}}, rejected},
		{"ldh [x + k], the sum overflows", []raw{{Op: 0x01, K: 2}, {Op: 0x48, K: 0xffffffff}}, rejected},
		{"ld [x + k], both as large as can be", []raw{{Op: 0x01, K: 0xffffffff}, {Op: 0x40, K: 0xffffffff}}, rejected},
		{"an indirect load asks no kernel", []raw{{Op: 0x01, K: 8}, {Op: 0x40, K: 0xfffff000}}, rejected},
		{"ldxb", []raw{{Op: 0xb1, K: 3}, {Op: 0x87}}, 12},
		{"ldxb beyond", []raw{{Op: 0xb1, K: 8}, {Op: 0x87}}, rejected},
		{"ld #pktlen", []raw{{Op: 0x80}}, wire},
		{"ldx #pktlen", []raw{{Op: 0x81}, {Op: 0x87}}, wire},
		{"st and ld", []raw{{Op: 0x00, K: 5}, {Op: 0x02, K: 15}, {Op: 0x00}, {Op: 0x60, K: 15}}, 5},
		{"stx and ldx", []raw{{Op: 0x01, K: 5}, {Op: 0x03}, {Op: 0x01}, {Op: 0x61}, {Op: 0x87}}, 5},
		{"tax", []raw{{Op: 0x00, K: 5}, {Op: 0x07}, {Op: 0x00}, {Op: 0x87}}, 5},

		{"add", []raw{{Op: 0x00, K: 0xffffffff}, {Op: 0x04, K: 3}}, 2},
		{"sub", []raw{{Op: 0x00, K: 2}, {Op: 0x14, K: 3}}, 0xffffffff},
		{"mul", []raw{{Op: 0x00, K: 0x80000001}, {Op: 0x24, K: 6}}, 6},
		{"div", []raw{{Op: 0x00, K: 0xffffffff}, {Op: 0x34, K: 2}}, 0x7fffffff},
		{"mod", []raw{{Op: 0x00, K: 0xffffffff}, {Op: 0x94, K: 16}}, 15},
		{"and", []raw{{Op: 0x00, K: 0xff00ff}, {Op: 0x54, K: 0xf0f0f0}}, 0xf000f0},
		{"or", []raw{{Op: 0x00, K: 0xff00ff}, {Op: 0x44, K: 0xf0f0f0}}, 0xfff0ff},
		{"xor", []raw{{Op: 0x00, K: 0xff00ff}, {Op: 0xa4, K: 0xf0f0f0}}, 0x0ff00f},
		{"lsh", []raw{{Op: 0x00, K: 3}, {Op: 0x64, K: 31}}, 0x80000000},
		{"rsh", []raw{{Op: 0x00, K: 0x80000000}, {Op: 0x74, K: 31}}, 1},
		{"neg", []raw{{Op: 0x00, K: 1}, {Op: 0x84}}, 0xffffffff},
		{"neg of the smallest", []raw{{Op: 0x00, K: 0x80000000}, {Op: 0x84}}, 0x80000000},
		{"add x", []raw{{Op: 0x00, K: 0xffffffff}, {Op: 0x01, K: 3}, {Op: 0x0c}}, 2},
		{"sub x", []raw{{Op: 0x00, K: 2}, {Op: 0x01, K: 3}, {Op: 0x1c}}, 0xffffffff},
		{"mul x", []raw{{Op: 0x00, K: 0x80000001}, {Op: 0x01, K: 6}, {Op: 0x2c}}, 6},
		{"div x", []raw{{Op: 0x00, K: 0xffffffff}, {Op: 0x01, K: 2}, {Op: 0x3c}}, 0x7fffffff},
		{"div x, 0", []raw{{Op: 0x00, K: 9}, {Op: 0x3c}, {Op: 0x00, K: 1}}, rejected},
		{"mod x", []raw{{Op: 0x00, K: 0xffffffff}, {Op: 0x01, K: 16}, {Op: 0x9c}}, 15},
		{"mod x, 0", []raw{{Op: 0x00, K: 9}, {Op: 0x9c}, {Op: 0x00, K: 1}}, rejected},
		{"and x", []raw{{Op: 0x00, K: 0xff00ff}, {Op: 0x01, K: 0xf0f0f0}, {Op: 0x5c}}, 0xf000f0},
		{"or x", []raw{{Op: 0x00, K: 0xff00ff}, {Op: 0x01, K: 0xf0f0f0}, {Op: 0x4c}}, 0xfff0ff},
		{"xor x", []raw{{Op: 0x00, K: 0xff00ff}, {Op: 0x01, K: 0xf0f0f0}, {Op: 0xac}}, 0x0ff00f},
		{"lsh x", []raw{{Op: 0x00, K: 3}, {Op: 0x01, K: 31}, {Op: 0x6c}}, 0x80000000},
		{"lsh x, 32", []raw{{Op: 0x00, K: 3}, {Op: 0x01, K: 32}, {Op: 0x6c}}, 0},
		{"rsh x", []raw{{Op: 0x00, K: 0x80000000}, {Op: 0x01, K: 31}, {Op: 0x7c}}, 1},
		{"rsh x, 32", []raw{{Op: 0x00, K: 0x80000000}, {Op: 0x01, K: 32}, {Op: 0x7c}}, 0},
		{"rsh x, very far", []raw{{Op: 0x00, K: 0x80000000}, {Op: 0x01, K: 0xffffffff}, {Op: 0x7c}}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// A is what is wanted, and nothing but what is wanted: a comparison
			// that is also joined with the load before it.
			equal := machine(t, append(tt.program[:len(tt.program):len(tt.program)], raw{Op: 0x15, Jf: 1, K: uint32(tt.want)}, raw{Op: 0x06, K: 1}, raw{Op: 0x06}))
			if got := equal.Match(frame, wire, nil); got != (tt.want != rejected) {
				t.Errorf("A = %#x: %v", tt.want, got)
			}
			differ := machine(t, append(tt.program[:len(tt.program):len(tt.program)], raw{Op: 0x15, Jt: 1, K: uint32(tt.want)}, raw{Op: 0x06, K: 1}, raw{Op: 0x06}))
			if differ.Match(frame, wire, nil) {
				t.Errorf("A is not %#x", tt.want)
			}
			returned := machine(t, append(tt.program[:len(tt.program):len(tt.program)], raw{Op: 0x16}))
			if got := returned.Match(frame, wire, nil); got != (tt.want > 0) {
				t.Errorf("ret a: %v", got)
			}
		})
	}
}

func TestConditions(t *testing.T) {
	for _, tt := range []struct {
		name string
		op   uint16
		a, b uint32
		want bool
	}{
		{"jeq", 0x15, 5, 5, true}, {"jeq", 0x15, 5, 6, false},
		{"jgt", 0x25, 6, 5, true}, {"jgt", 0x25, 5, 5, false}, {"jgt without sign", 0x25, 0x80000000, 1, true},
		{"jge", 0x35, 5, 5, true}, {"jge", 0x35, 4, 5, false}, {"jge without sign", 0x35, 0xffffffff, 0, true},
		{"jset", 0x45, 6, 3, true}, {"jset", 0x45, 4, 3, false},
	} {
		// Loaded from the frame, which joins load and condition where there is
		// such a step, and loaded in another way.
		frame := []byte{byte(tt.a >> 24), byte(tt.a >> 16), byte(tt.a >> 8), byte(tt.a)}
		loads := map[string][]raw{"#k": {{Op: 0x00, K: tt.a}}, "ld": {{Op: 0x20}}, "ld [x + k]": {{Op: 0x40}}}
		if tt.a < 1<<16 {
			loads["ldh"], loads["ldh [x + k]"] = []raw{{Op: 0x28, K: 2}}, []raw{{Op: 0x48, K: 2}}
			loads["ldb"], loads["ldb [x + k]"] = []raw{{Op: 0x30, K: 3}}, []raw{{Op: 0x50, K: 3}}
		}
		for name, load := range loads {
			for _, x := range []bool{false, true} {
				program := load
				jump := raw{Op: tt.op, Jf: 1, K: tt.b}
				if x {
					program = append(program[:len(program):len(program)], raw{Op: 0x01, K: tt.b})
					jump = raw{Op: tt.op | 8, Jf: 1, K: ^tt.b}
				}
				// Afterwards A is still what was loaded.
				program = append(program[:len(program):len(program)], jump, raw{Op: 0x05, K: 1}, raw{Op: 0x06}, raw{Op: 0x15, Jf: 1, K: tt.a}, raw{Op: 0x06, K: 1}, raw{Op: 0x06})
				if got := machine(t, program).Match(frame, 4, nil); got != tt.want {
					t.Errorf("%s %s, X: %v: %v", name, tt.name, x, got)
				}
			}
		}
	}
}

// TestIntoTheMiddle jumps to the second of two instructions that were joined.
func TestIntoTheMiddle(t *testing.T) {
	program := []raw{
		{Op: 0x30, K: 0}, {Op: 0x15, Jt: 2, K: 1}, // the first byte 1: A stays 1
		{Op: 0xb1, K: 1}, {Op: 0x48, K: 2}, // else load by way of X
		{Op: 0x15, Jf: 1, K: 1}, {Op: 0x06, K: 1}, {Op: 0x06},
	}
	m := machine(t, program)
	for _, tt := range []struct {
		frame []byte
		want  bool
	}{
		{[]byte{1}, true},
		{[]byte{2}, false},
		{[]byte{2, 0x40, 0, 1}, true},
		{[]byte{2, 0x40, 0, 2}, false},
		{[]byte{2, 0x41, 0, 1}, false},
		{[]byte{2, 0x41, 0, 0, 0, 0, 0, 1}, true},
	} {
		if got := m.Match(tt.frame, len(tt.frame), nil); got != tt.want {
			t.Errorf("%v: %v", tt.frame, got)
		}
	}
}

func TestLength(t *testing.T) {
	m := machine(t, []raw{{Op: 0x80}, {Op: 0x25, Jf: 1, K: 64}, {Op: 0x06, K: 1}, {Op: 0x06}})
	if m.Match(make([]byte, 64), 64, nil) || !m.Match(make([]byte, 64), 65, nil) || !m.Match(nil, 65, nil) {
		t.Error("LEN is not the length on the wire")
	}
}

func TestMeta(t *testing.T) {
	ether := make([]byte, 16)
	ether[12], ether[13] = 0x86, 0xdd
	short, novell := make([]byte, 16), make([]byte, 16)
	novell[14], novell[15] = 0xff, 0xff
	m := &vm.Meta{VLAN: true, TCI: 0x2064, TPID: 0x88a8, PacketType: 4, Interface: 70000}
	untagged := &vm.Meta{TCI: 1, TPID: 2, PacketType: 3}
	for _, tt := range []struct {
		what  uint32
		frame []byte
		meta  *vm.Meta
		want  uint32
	}{
		{0, ether, nil, 0x86dd}, {0, ether, m, 0x86dd}, {0, ether[:13], m, 0}, {0, nil, nil, 0}, {0, short, m, 4}, {0, short[:14], m, 4}, {0, novell, m, 1},
		{4, nil, nil, 0}, {4, nil, m, 4}, {4, nil, untagged, 3},
		{8, nil, nil, 0}, {8, nil, m, 70000},
		{44, nil, nil, 0}, {44, nil, m, 0x2064}, {44, nil, untagged, 0},
		{48, nil, nil, 0}, {48, nil, m, 1}, {48, nil, untagged, 0},
		{60, nil, nil, 0}, {60, nil, m, 0x88a8}, {60, nil, untagged, 0},
	} {
		for _, op := range []uint16{0x20, 0x28, 0x30} { // of whichever size
			p := []raw{{Op: op, K: 0xfffff000 + tt.what}, {Op: 0x15, Jf: 1, K: tt.want}, {Op: 0x06, K: 1}, {Op: 0x06}}
			if !machine(t, p).Match(tt.frame, len(tt.frame), tt.meta) {
				t.Errorf("load %#x of %d of %x with %+v is not %#x", op, tt.what, tt.frame, tt.meta, tt.want)
			}
		}
	}
}

// TestLong runs a program of a million instructions, with a jump from its
// beginning to its end.
func TestLong(t *testing.T) {
	const n = 1_000_000
	program := []raw{{Op: 0x30}, {Op: 0x15, Jt: 1, K: 1}, {Op: 0x05, K: n}}
	for range n {
		program = append(program, raw{Op: 0x04, K: 1})
	}
	program = append(program, raw{Op: 0x15, Jt: 1, K: n + 1}, raw{Op: 0x06}, raw{Op: 0x06, K: 1})
	m := machine(t, program)
	if !m.Match([]byte{1}, 1, nil) || m.Match([]byte{2}, 1, nil) {
		t.Error("wrong")
	}
	// Nothing but jumps and returns of constants.
	jumps := make([]raw, 0, n+1)
	for range n {
		jumps = append(jumps, raw{Op: 0x05})
	}
	if !machine(t, append(jumps, raw{Op: 0x06, K: 1})).Match(nil, 0, nil) || machine(t, append(jumps, raw{Op: 0x06})).Match(nil, 0, nil) {
		t.Error("jumps: wrong")
	}
}

// frames are of many kinds, and each is also cut and damaged.
func frames() [][]byte {
	whole := [][]byte{udpFrame()}
	six := make([]byte, 80)
	copy(six, "\x33\x33\x00\x00\x00\x01\x02\x00\x00\x00\x00\x01\x86\xdd\x60\x00\x00\x00\x00\x1a\x11\x01")
	six[56], six[57] = 0xc3, 0x51
	six[38] = 0xff
	vlan := append(append(append([]byte(nil), udpFrame()[:12]...), 0x81, 0, 0, 100), udpFrame()[12:]...)
	vlan[40], vlan[41] = 0x13, 0x88
	tcp := udpFrame()
	tcp[23], tcp[36], tcp[37], tcp[47] = 6, 0x17, 0x72, 2
	igmp := udpFrame()
	igmp[23] = 2
	arp := udpFrame()
	arp[13] = 6
	fragment := udpFrame()
	fragment[21] = 8
	options := udpFrame()
	options[14], options[42], options[43] = 0x47, 0xc3, 0x51
	whole = append(whole, six, vlan, tcp, igmp, arp, fragment, options)
	list := [][]byte{{}}
	for _, f := range whole {
		for n := 1; n <= len(f); n++ {
			list = append(list, f[:n])
		}
		for i := range f {
			for _, v := range []byte{0, 1, 0x11, 0x45, 0x88, 0xff} {
				g := append([]byte(nil), f...)
				g[i] = v
				list = append(list, g)
			}
		}
	}
	return list
}

// TestCompiled compares with both other machines on real programs.
func TestCompiled(t *testing.T) {
	list := frames()
	for _, c := range compiled {
		t.Run(c.expression, func(t *testing.T) {
			program := parse(t, c.program)
			m := machine(t, program)
			theirs := other(program)
			kept := 0
			for _, f := range list {
				want := reference(program, f, len(f), nil) != 0
				if got := m.Match(f, len(f), nil); got != want {
					t.Fatalf("%x: %v", f, got)
				}
				if theirs != nil {
					if n, err := theirs.Run(f); err != nil || (n != 0) != want {
						t.Fatalf("%x: x/net/bpf: %d, %v, and here %v", f, n, err, want)
					}
				}
				if want {
					kept++
				}
			}
			t.Logf("%d of %d kept, compared with x/net/bpf: %v", kept, len(list), theirs != nil)
		})
	}
}

// other returns x/net/bpf's machine for a program, or nil if it has none.
func other(program []raw) *bpf.VM {
	if strconv.IntSize == 32 {
		return nil // it adds offsets as int, and panics
	}
	for _, in := range program {
		// It knows neg and does not run it, and takes ldx #pktlen for ld.
		if in.Op == 0x84 || in.Op == 0x81 {
			return nil
		}
	}
	list, ok := bpf.Disassemble(program)
	if !ok {
		return nil
	}
	m, err := bpf.NewVM(list)
	if err != nil {
		return nil
	}
	return m
}

func TestAllocations(t *testing.T) {
	frame := udpFrame()
	meta := &vm.Meta{VLAN: true}
	scratch := []raw{{Op: 0x80}, {Op: 0x02, K: 3}, {Op: 0x60, K: 3}, {Op: 0x28, K: 0xfffff02c}, {Op: 0x16}}
	for i, p := range [][]raw{expression(t, udpPort), scratch} {
		m := machine(t, p)
		if n := testing.AllocsPerRun(100, func() { m.Match(frame, len(frame), meta) }); n != 0 {
			t.Errorf("program %d: %v allocations a frame", i, n)
		}
	}
}

func ExampleNew() {
	_, err := vm.New([]bpf.RawInstruction{{Op: 0x15, Jt: 3, K: 1}, {Op: 0x06}})
	fmt.Println(err)
	// Output: check a BPF program: instruction 0 (0x15 3 0 0x1) jumps out of the program
}
