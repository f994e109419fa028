package vm

import (
	"golang.org/x/net/bpf"

	"mcast/filter/internal/classic"
)

// step is an instruction of the translated program, or several that were made
// one. Steps are where the instructions were that they begin with, so that
// whoever jumps into the middle of a joined one finds the instruction there.
type step struct {
	do      action
	off     uint32 // of a load
	k       uint32 // of a comparison or of arithmetic
	base    uint32 // of a header length that is loaded into X first
	yes, no uint32 // where to go on; yes also for what compares nothing
}

// translate turns a checked program into steps.
func translate(program []bpf.RawInstruction) *Machine {
	// Where to go on has two values beyond the last step: keep and reject.
	n := uint32(len(program))
	keep, reject := n, n+1

	// From the end: where does one come to who jumps to an instruction?
	// Returns of a constant and jumps without a condition cost no step then.
	to := make([]uint32, n)
	for i := n; i > 0; {
		i--
		switch in := program[i]; {
		case in.Op == classic.RetK && in.K != 0:
			to[i] = keep
		case in.Op == classic.RetK:
			to[i] = reject
		case in.Op == classic.JMP|classic.JA:
			to[i] = to[i+1+in.K]
		case in.Op&classic.ClassMask == classic.JMP && to[i+1+uint32(in.Jt)] == to[i+1+uint32(in.Jf)]:
			to[i] = to[i+1+uint32(in.Jt)]
		default:
			to[i] = i
		}
	}
	m := &Machine{code: make([]step, n), start: to[0]}
	for i := n; i > 0; {
		i--
		if to[i] != i {
			continue // nobody comes here
		}
		in := program[i]
		s := single(in)
		switch {
		case in.Op == classic.RetA:
		case in.Op&classic.ClassMask == classic.JMP:
			s.yes, s.no = to[i+1+uint32(in.Jt)], to[i+1+uint32(in.Jf)]
		default:
			s.yes = to[i+1]
			if s.yes == i+1 {
				s = join(s, m.code[i+1])
			}
		}
		m.code[i] = s
		switch in.Op {
		case classic.ST, classic.STX, classic.LD | classic.MEM, classic.LDX | classic.MEM:
			m.scratch = true
		}
	}
	return m
}

// single returns the step of one instruction.
func single(in bpf.RawInstruction) step {
	s := step{do: actions[in.Op], off: in.K, k: in.K}
	if in.Op&classic.ClassMask == classic.LD && in.Op&classic.ModeMask == classic.ABS && in.K >= classic.Ancillary {
		s.do = doAncillary
	}
	return s
}

// join makes one step of two of which the second follows the first only, where
// there is such a step; else it returns the first.
func join(s, next step) step {
	for _, j := range joints {
		if s.do == j.first && next.do == j.second {
			if s.do == doHeaderLength {
				next.base = s.off
			} else {
				next.off = s.off
			}
			next.do = j.joined
			return next
		}
	}
	return s
}

// actions are the actions of instructions.
var actions = [...]action{
	classic.LD | classic.B | classic.ABS:  doLoadB,
	classic.LD | classic.H | classic.ABS:  doLoadH,
	classic.LD | classic.W | classic.ABS:  doLoadW,
	classic.LD | classic.B | classic.IND:  doIndirectB,
	classic.LD | classic.H | classic.IND:  doIndirectH,
	classic.LD | classic.W | classic.IND:  doIndirectW,
	classic.LDX | classic.B | classic.MSH: doHeaderLength,
	classic.LD | classic.IMM:              doConstantA,
	classic.LDX | classic.IMM:             doConstantX,
	classic.LD | classic.LEN:              doLengthA,
	classic.LDX | classic.LEN:             doLengthX,
	classic.LD | classic.MEM:              doRecallA,
	classic.LDX | classic.MEM:             doRecallX,
	classic.ST:                            doStoreA,
	classic.STX:                           doStoreX,
	classic.TAX:                           doTAX,
	classic.TXA:                           doTXA,
	classic.RetA:                          doReturnA,

	classic.JMP | classic.JEQ:              doEqual,
	classic.JMP | classic.JGT:              doGreater,
	classic.JMP | classic.JGE:              doAtLeast,
	classic.JMP | classic.JSET:             doSet,
	classic.JMP | classic.JEQ | classic.X:  doEqualX,
	classic.JMP | classic.JGT | classic.X:  doGreaterX,
	classic.JMP | classic.JGE | classic.X:  doAtLeastX,
	classic.JMP | classic.JSET | classic.X: doSetX,

	classic.ALU | classic.ADD:             doAdd,
	classic.ALU | classic.SUB:             doSub,
	classic.ALU | classic.MUL:             doMul,
	classic.ALU | classic.DIV:             doDiv,
	classic.ALU | classic.MOD:             doMod,
	classic.ALU | classic.AND:             doAnd,
	classic.ALU | classic.OR:              doOr,
	classic.ALU | classic.XOR:             doXor,
	classic.ALU | classic.LSH:             doShl,
	classic.ALU | classic.RSH:             doShr,
	classic.ALU | classic.NEG:             doNeg,
	classic.ALU | classic.ADD | classic.X: doAddX,
	classic.ALU | classic.SUB | classic.X: doSubX,
	classic.ALU | classic.MUL | classic.X: doMulX,
	classic.ALU | classic.DIV | classic.X: doDivX,
	classic.ALU | classic.MOD | classic.X: doModX,
	classic.ALU | classic.AND | classic.X: doAndX,
	classic.ALU | classic.OR | classic.X:  doOrX,
	classic.ALU | classic.XOR | classic.X: doXorX,
	classic.ALU | classic.LSH | classic.X: doShlX,
	classic.ALU | classic.RSH | classic.X: doShrX,
}

// joints are the pairs that one step does. They are those that programs of
// expressions are full of.
var joints = [...]struct{ first, second, joined action }{
	{doLoadB, doEqual, doLoadBEqual},
	{doLoadH, doEqual, doLoadHEqual},
	{doLoadW, doEqual, doLoadWEqual},
	{doLoadB, doSet, doLoadBSet},
	{doLoadH, doSet, doLoadHSet},
	{doIndirectB, doEqual, doIndirectBEqual},
	{doIndirectH, doEqual, doIndirectHEqual},
	{doIndirectW, doEqual, doIndirectWEqual},
	{doIndirectH, doAtLeast, doIndirectHAtLeast},
	// IPv4: skip the header, then a port.
	{doHeaderLength, doIndirectHEqual, doHeaderIndirectHEqual},
}
