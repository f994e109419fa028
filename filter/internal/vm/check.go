package vm

import (
	"errors"
	"fmt"

	"golang.org/x/net/bpf"

	"mcast/filter/internal/classic"
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
	if last := program[len(program)-1].Op; last != classic.RetK && last != classic.RetA {
		return errors.New("check a BPF program: its last instruction does not return")
	}
	return checkScratch(program)
}

// checkInstruction returns what is wrong with an instruction, behind which there
// are others so many, or "".
func checkInstruction(in bpf.RawInstruction, behind uint64) string {
	switch in.Op {
	case classic.LD | classic.W | classic.ABS, classic.LD | classic.H | classic.ABS, classic.LD | classic.B | classic.ABS:
		if in.K >= classic.Ancillary && !knownAncillary(in.K) {
			return "asks the kernel for something that is not known here"
		}
		return ""
	case classic.LD | classic.W | classic.IND, classic.LD | classic.H | classic.IND, classic.LD | classic.B | classic.IND,
		classic.LD | classic.IMM, classic.LD | classic.LEN, classic.LDX | classic.IMM, classic.LDX | classic.LEN, classic.LDX | classic.B | classic.MSH,
		classic.RetK, classic.RetA, classic.TAX, classic.TXA, classic.ALU | classic.NEG:
		return ""
	case classic.LD | classic.MEM, classic.LDX | classic.MEM, classic.ST, classic.STX:
		if in.K >= classic.ScratchWords {
			return fmt.Sprintf("uses a word of scratch memory that is not there: there are %d", classic.ScratchWords)
		}
		return ""
	}
	switch in.Op & classic.ClassMask {
	case classic.ALU:
		return checkArithmetic(in)
	case classic.JMP:
		return checkJump(in, behind)
	}
	return "is unknown"
}

func checkArithmetic(in bpf.RawInstruction) string {
	constant := in.Op&classic.X == 0
	switch in.Op &^ classic.X {
	case classic.ALU | classic.ADD, classic.ALU | classic.SUB, classic.ALU | classic.MUL, classic.ALU | classic.OR, classic.ALU | classic.AND, classic.ALU | classic.XOR:
		return ""
	case classic.ALU | classic.DIV, classic.ALU | classic.MOD:
		if constant && in.K == 0 {
			return "divides by zero"
		}
		return ""
	case classic.ALU | classic.LSH, classic.ALU | classic.RSH:
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
	case in.Op == classic.JMP|classic.JA:
		far = uint64(in.K)
	case in.Op&^classic.X == classic.JMP|classic.JEQ, in.Op&^classic.X == classic.JMP|classic.JGT,
		in.Op&^classic.X == classic.JMP|classic.JGE, in.Op&^classic.X == classic.JMP|classic.JSET:
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
	case classic.AncProtocol, classic.AncPacketType, classic.AncInterface, classic.AncVLANTag, classic.AncVLANPresent, classic.AncVLANProtocol:
		return true
	}
	return false
}

// checkScratch refuses to read scratch memory that has not been written on every
// path there. It looks at a program once from its beginning to its end, which is
// enough because jumps go forward only, and it does so as the kernel does:
// what follows a return is taken to follow it.
func checkScratch(program []bpf.RawInstruction) error {
	const all = 1<<classic.ScratchWords - 1
	written := make([]uint16, len(program)) // by all jumps to here
	for i := range written {
		written[i] = all
	}
	now := uint16(0)
	for i, in := range program {
		now &= written[i]
		switch in.Op {
		case classic.ST, classic.STX:
			now |= 1 << in.K
		case classic.LD | classic.MEM, classic.LDX | classic.MEM:
			if now&(1<<in.K) == 0 {
				return fmt.Errorf("check a BPF program: instruction %d reads M[%d], which need not have been written before", i, in.K)
			}
		}
		if in.Op&classic.ClassMask != classic.JMP {
			continue
		}
		if in.Op == classic.JMP|classic.JA {
			written[i+1+int(in.K)] &= now
		} else {
			written[i+1+int(in.Jt)] &= now
			written[i+1+int(in.Jf)] &= now
		}
		now = all
	}
	return nil
}
