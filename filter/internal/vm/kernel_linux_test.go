package vm_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"mcast/filter/internal/vm"
	"mcast/internal/nettest"
)

// kernel is a pair of local sockets with a filter between them, which needs no
// privilege: the kernel checks the program and runs it on what is sent.
type kernel struct{ in, out int }

func newKernel(t *testing.T) *kernel {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = unix.Close(fds[0])
		_ = unix.Close(fds[1])
	})
	return &kernel{fds[0], fds[1]}
}

// attach tells whether the kernel takes a program.
func (k *kernel) attach(program []bpf.RawInstruction) error {
	filter := make([]unix.SockFilter, len(program))
	for i, in := range program {
		filter[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	return unix.SetsockoptSockFprog(k.out, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]})
}

// keeps tells whether the attached program keeps a frame.
func (k *kernel) keeps(t *testing.T, frame []byte) bool {
	t.Helper()
	if _, err := unix.Write(k.in, frame); err != nil {
		t.Fatal(err)
	}
	var b [256]byte
	_, err := unix.Read(k.out, b[:])
	if err != nil && !errors.Is(err, unix.EAGAIN) {
		t.Fatal(err)
	}
	return err == nil
}

// TestKernel compares with the kernel of this machine: which programs it takes,
// and what they do.
func TestKernel(t *testing.T) {
	k := newKernel(t)
	if err := k.attach([]raw{{Op: 0x06}}); err != nil {
		if errors.Is(err, unix.ENOPROTOOPT) || errors.Is(err, unix.ENOSYS) {
			nettest.Skip(t, "this kernel attaches no filters: "+err.Error())
		}
		t.Fatal(err)
	}
	if k.keeps(t, []byte{1}) {
		nettest.Skip(t, "this kernel does not run filters between local sockets")
	}
	r := rand.New(rand.NewPCG(3, 4))
	fill := func(b []byte) []byte {
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	taken, refused := 0, 0
	for range 5_000 {
		p := program(fill(make([]byte, 4*(1+r.IntN(12)))), byte(r.Uint32()))
		if r.IntN(4) == 0 { // spoil one instruction
			in := &p[r.IntN(len(p))]
			switch r.IntN(3) {
			case 0:
				in.Op = uint16(r.Uint32() & 0xff)
			case 1:
				in.K = uint32(r.IntN(40))
			case 2:
				in.Jt = uint8(r.IntN(10))
			}
		}
		m, mine := vm.New(p)
		theirs := k.attach(p)
		if (mine == nil) != (theirs == nil) {
			t.Fatalf("%v: here %v, and the kernel: %v", p, mine, theirs)
		}
		if mine != nil {
			refused++
			continue
		}
		taken++
		if !alike(p) {
			continue
		}
		frame := fill(make([]byte, 1+r.IntN(40)))
		if got, want := m.Match(frame, len(frame), nil), k.keeps(t, frame); got != want {
			t.Fatalf("%v on %x: %v, and the kernel: %v", p, frame, got, want)
		}
	}
	if taken < 1_000 || refused < 500 {
		t.Errorf("%d programs were fine, and %d were not", taken, refused)
	}
	t.Logf("%d programs taken, %d refused", taken, refused)
}

// alike says that a program does nothing in which the kernel is known to
// differ: it shifts by X, by at most 31 bits; an indirect load may wrap around to
// the frame's beginning; and offsets from 0x80000000 up are places in other
// headers, or what only the kernel knows.
func alike(program []raw) bool {
	for _, in := range program {
		switch in.Op {
		case 0x6c, 0x7c, 0x40, 0x48, 0x50:
			return false
		case 0x20, 0x28, 0x30, 0xb1:
			if in.K >= 1<<31 {
				return false
			}
		}
	}
	return true
}
