package capture

import (
	"mcast/filter"
	"mcast/internal/sys"
)

// The kernel's filter sees a superframe, and decides on the datagrams in it by
// that. Its addresses and ports are theirs, but not its lengths, checksums and
// identification, and where its payload begins is only the first one's. So:
//
//   - A program that cannot tell a superframe from one of its datagrams is the
//     kernel's, and there is no more to do (uniform finds that out).
//   - Any other program is run here, on each datagram, and the kernel's lets
//     through in addition whatever may be a superframe (mayBeSuperframe).

// keepAll keeps everything.
var keepAll = []sys.Instruction{{Op: opReturn, K: wholeFrame}}

// wholeFrame is more bytes than a frame has that a packet socket hands over.
const wholeFrame = 0x40000

// compile compiles the filter and returns what the kernel is to run. What that
// lets through t.program decides on, unless it is nil.
func (t *tap) compile(expression string, o filter.Options) ([]sys.Instruction, error) {
	t.stats.KernelFilter = true
	if !t.split && !t.cooked {
		// The tag that is put back counts as well; what is too much is cut.
		o.SnapLen = uint32(t.snapLen)
	}
	program, err := filter.Compile(expression, o)
	if err != nil {
		return nil, err
	}
	t.exact = program
	fits := program.CheckKernel() == nil && !t.cooked
	var exact []sys.Instruction
	for _, in := range program.Instructions() {
		exact = append(exact, sys.Instruction(in))
	}
	switch {
	case fits && (!t.split || uniform(exact, t.link)):
		return exact, nil
	case fits && len(exact)+len(mayBeSuperframe(t.link)) <= filter.MaxInstructions:
		t.program = program
		return append(mayBeSuperframe(t.link), exact...), nil
	}
	t.program = program
	t.stats.KernelFilter = false
	return keepAll, nil
}

// mayBeSuperframe returns instructions that keep UDP, wherever a superframe that is
// split here may have it, and for anything else go on with what is behind them. They
// read nothing outside of a frame: that would end the program.
func mayBeSuperframe(link filter.LinkType) []sys.Instruction {
	const shortest = 20 + 8 + 2 // IPv4 and UDP headers, and two datagrams of a byte
	p := []sys.Instruction{{Op: opLoadLength}, {Op: opJumpGE, K: shortest}}
	ip, types := uint32(0), []typeJump{{4, 0}, {6, 0}}
	if link == filter.Ethernet {
		const ether = 14
		p[1].K += ether
		p = append(p, sys.Instruction{Op: opLoadHalf, K: ether - 2})
		ip, types = ether, []typeJump{{0x0800, 0}, {0x86dd, 0}, {0x8100, 0}, {0x88a8, 0}, {0x9100, 0}}
	} else {
		p = append(p, sys.Instruction{Op: opLoadByte}, sys.Instruction{Op: opShiftRight, K: 4})
	}
	// Which type it is, and for the IPs which protocol: a jump to the end of the
	// program goes on, one to the return before that keeps.
	for i := range types {
		types[i].at = len(p)
		p = append(p, sys.Instruction{Op: opJumpEqual, K: types[i].is})
	}
	on := []int{1, len(p)} // instructions whose false branch goes on
	p = append(p, sys.Instruction{Op: opJump})
	v4 := len(p)
	p = append(p, sys.Instruction{Op: opLoadByte, K: ip + 9}, sys.Instruction{Op: opJumpEqual, K: 17})
	keep := []int{v4 + 1} // those whose true branch keeps
	on = append(on, v4+1)
	v6 := len(p)
	p = append(p, sys.Instruction{Op: opLoadByte, K: ip + 6})
	for _, next := range []uint32{17, 0, 60} { // UDP, or a header that the splitter passes over
		keep = append(keep, len(p))
		p = append(p, sys.Instruction{Op: opJumpEqual, K: next})
	}
	on = append(on, len(p)-1)
	kept := len(p)
	p = append(p, sys.Instruction{Op: opReturn, K: wholeFrame})
	p[types[0].at].Jt, p[types[1].at].Jt = uint8(v4-types[0].at-1), uint8(v6-types[1].at-1)
	for _, t := range types[2:] {
		keep = append(keep, t.at)
	}
	for _, at := range keep {
		p[at].Jt = uint8(kept - at - 1)
	}
	for _, at := range on {
		if p[at].Op == opJump {
			p[at].K = uint32(len(p) - at - 1)
		} else {
			p[at].Jf = uint8(len(p) - at - 1)
		}
	}
	return p
}

// typeJump is a type of frame and the instruction that looks for it.
type typeJump struct {
	is uint32
	at int
}

// Operations of classic BPF (linux/bpf_common.h), by what they do to A.
const (
	opLoadLength = 0x80
	opLoadHalf   = 0x28
	opLoadByte   = 0x30
	opShiftRight = 0x74
	opJump       = 0x05
	opJumpEqual  = 0x15
	opJumpGE     = 0x35
	opReturn     = 0x06
)
