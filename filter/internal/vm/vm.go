// Package vm runs classic BPF programs on frames in memory.
//
// It is a machine of its own, and not that of golang.org/x/net/bpf, because it
// has to know what programs for Linux ask for (Meta), to take programs longer
// than the kernel does, and to run as fast as frames arrive: New translates a
// program once into a form in which a load and the comparison that follows it
// are one step, and jumps are as wide as need be.
//
// A frame is rejected, as by libpcap and by the kernel, when a program reads
// outside it, or divides by zero. In two points these two differ, and this
// machine does as libpcap does. A shift by more than 31 bits that only shows at
// run time gives 0; Linux takes the count modulo 32. And an indirect load at an
// offset beyond 32 bits rejects; in Linux the sum wraps around. Expressions that
// shift by, or load at, a number from the frame may so keep other frames in the
// kernel than here.
package vm

import (
	"golang.org/x/net/bpf"

	"mcast/filter/internal/classic"
)

// Meta is what the kernel knows of a frame beside its bytes.
type Meta struct {
	VLAN       bool   // the outermost VLAN tag was taken out of the frame
	TCI        uint16 // that tag's priority and VLAN number
	TPID       uint16 // that tag's type, such as 0x8100
	PacketType uint8  // how the frame came, as in sockaddr_ll (packet(7)): 4 is outgoing
	Interface  uint32 // index of the interface
}

// Machine is a program that is ready to run. It does not change, and may be used
// by many goroutines at once.
type Machine struct {
	code    []step
	start   uint32 // where in code it begins, or keep, or reject
	scratch bool   // it uses the scratch memory
}

// New checks a program, as the kernel would but for its length, and
// prepares it.
func New(program []bpf.RawInstruction) (*Machine, error) {
	if err := check(program); err != nil {
		return nil, err
	}
	return translate(program), nil
}

// Match runs the program on a frame, of which there were wireLength bytes, and
// tells whether it returned anything but 0. Without metadata, m is nil. It does
// not allocate.
func (m *Machine) Match(frame []byte, wireLength int, meta *Meta) bool {
	if m.scratch {
		return m.matchScratch(frame, wireLength, meta)
	}
	return m.run(frame, uint32(wireLength), meta, nil)
}

// matchScratch is Match for programs that use the scratch memory, the clearing
// of which the others save.
func (m *Machine) matchScratch(frame []byte, wireLength int, meta *Meta) bool {
	var scratch [classic.ScratchWords]uint32
	return m.run(frame, uint32(wireLength), meta, &scratch)
}
