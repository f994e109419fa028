package vm

import (
	"errors"
	"fmt"

	"golang.org/x/net/bpf"
)

// check refuses what the kernel would (bpf_check_classic and
// check_load_and_stores in net/core/filter.c), but for the length, and for loads
// of what only a kernel knows and Meta does not have.
func check(program []bpf.RawInstruction) error {
	if len(program) == 0 {
		return errors.New("check a BPF program: it has no instructions")
	}
	for i, in := range program {
		if problem := checkInstruction(in, uint64(len(program)-i-1)); problem != "" {
			return fmt.Errorf("check a BPF program: instruction %d (%#x %d %d %#x) %s", i, in.Op, in.Jt, in.Jf, in.K, problem)
		}
	}
	if last := program[len(program)-1].Op; last != retK && last != retA {
		return errors.New("check a BPF program: its last instruction does not return")
	}
	return checkScratch(program)
}

// checkInstruction returns what is wrong with an instruction, behind which there
// are others so many, or "".
func checkInstruction(in bpf.RawInstruction, behind uint64) string {
	switch in.Op {
	case classLD | sizeW | modeABS, classLD | sizeH | modeABS, classLD | sizeB | modeABS:
		if in.K >= ancillary && !knownAncillary(in.K) {
			return "asks the kernel for something that is not known here"
		}
		return ""
	case classLD | sizeW | modeIND, classLD | sizeH | modeIND, classLD | sizeB | modeIND,
		classLD | modeIMM, classLD | modeLEN, classLDX | modeIMM, classLDX | modeLEN, classLDX | sizeB | modeMSH,
		retK, retA, tax, txa, classALU | opNEG:
		return ""
	case classLD | modeMEM, classLDX | modeMEM, classST, classSTX:
		if in.K >= scratchWords {
			return fmt.Sprintf("uses a word of scratch memory that is not there: there are %d", scratchWords)
		}
		return ""
	}
	switch in.Op & classMask {
	case classALU:
		return checkArithmetic(in)
	case classJMP:
		return checkJump(in, behind)
	}
	return "is unknown"
}

func checkArithmetic(in bpf.RawInstruction) string {
	constant := in.Op&sourceX == 0
	switch in.Op &^ sourceX {
	case classALU | opADD, classALU | opSUB, classALU | opMUL, classALU | opOR, classALU | opAND, classALU | opXOR:
		return ""
	case classALU | opDIV, classALU | opMOD:
		if constant && in.K == 0 {
			return "divides by zero"
		}
		return ""
	case classALU | opLSH, classALU | opRSH:
		if constant && in.K > 31 {
			return "shifts by more than 31 bits"
		}
		return ""
	}
	return "is unknown"
}

func checkJump(in bpf.RawInstruction, behind uint64) string {
	var far uint64
	switch {
	case in.Op == classJMP|jumpJA:
		far = uint64(in.K)
	case in.Op&^sourceX == classJMP|jumpJEQ, in.Op&^sourceX == classJMP|jumpJGT,
		in.Op&^sourceX == classJMP|jumpJGE, in.Op&^sourceX == classJMP|jumpJSET:
		far = uint64(max(in.Jt, in.Jf))
	default:
		return "is unknown"
	}
	if far >= behind {
		return "jumps out of the program"
	}
	return ""
}

func knownAncillary(offset uint32) bool {
	switch offset {
	case ancProtocol, ancPacketType, ancInterface, ancVLANTag, ancVLANPresent, ancVLANProtocol:
		return true
	}
	return false
}

// checkScratch refuses to read scratch memory that has not been written on every
// way there. It looks at a program once from its beginning to its end, which is
// enough because jumps go forward only, and it does so as the kernel does:
// what follows a return is taken to follow it.
func checkScratch(program []bpf.RawInstruction) error {
	const all = 1<<scratchWords - 1
	written := make([]uint16, len(program)) // by all jumps to here
	for i := range written {
		written[i] = all
	}
	now := uint16(0)
	for i, in := range program {
		now &= written[i]
		switch in.Op {
		case classST, classSTX:
			now |= 1 << in.K
		case classLD | modeMEM, classLDX | modeMEM:
			if now&(1<<in.K) == 0 {
				return fmt.Errorf("check a BPF program: instruction %d reads M[%d], which need not have been written before", i, in.K)
			}
		}
		if in.Op&classMask != classJMP {
			continue
		}
		if in.Op == classJMP|jumpJA {
			written[i+1+int(in.K)] &= now
		} else {
			written[i+1+int(in.Jt)] &= now
			written[i+1+int(in.Jf)] &= now
		}
		now = all
	}
	return nil
}
