package vm

import "golang.org/x/net/bpf"

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
		case in.Op == retK && in.K != 0:
			to[i] = keep
		case in.Op == retK:
			to[i] = reject
		case in.Op == classJMP|jumpJA:
			to[i] = to[i+1+in.K]
		case in.Op&classMask == classJMP && to[i+1+uint32(in.Jt)] == to[i+1+uint32(in.Jf)]:
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
		case in.Op == retA:
		case in.Op&classMask == classJMP:
			s.yes, s.no = to[i+1+uint32(in.Jt)], to[i+1+uint32(in.Jf)]
		default:
			s.yes = to[i+1]
			if s.yes == i+1 {
				s = join(s, m.code[i+1])
			}
		}
		m.code[i] = s
		switch in.Op {
		case classST, classSTX, classLD | modeMEM, classLDX | modeMEM:
			m.scratch = true
		}
	}
	return m
}

// single returns the step of one instruction.
func single(in bpf.RawInstruction) step {
	s := step{do: actions[in.Op], off: in.K, k: in.K}
	if in.Op&classMask == classLD && in.Op&0xe0 == modeABS && in.K >= ancillary {
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
	classLD | sizeB | modeABS:  doLoadB,
	classLD | sizeH | modeABS:  doLoadH,
	classLD | sizeW | modeABS:  doLoadW,
	classLD | sizeB | modeIND:  doIndirectB,
	classLD | sizeH | modeIND:  doIndirectH,
	classLD | sizeW | modeIND:  doIndirectW,
	classLDX | sizeB | modeMSH: doHeaderLength,
	classLD | modeIMM:          doConstantA,
	classLDX | modeIMM:         doConstantX,
	classLD | modeLEN:          doLengthA,
	classLDX | modeLEN:         doLengthX,
	classLD | modeMEM:          doRecallA,
	classLDX | modeMEM:         doRecallX,
	classST:                    doStoreA,
	classSTX:                   doStoreX,
	tax:                        doTAX,
	txa:                        doTXA,
	retA:                       doReturnA,

	classJMP | jumpJEQ:            doEqual,
	classJMP | jumpJGT:            doGreater,
	classJMP | jumpJGE:            doAtLeast,
	classJMP | jumpJSET:           doSet,
	classJMP | jumpJEQ | sourceX:  doEqualX,
	classJMP | jumpJGT | sourceX:  doGreaterX,
	classJMP | jumpJGE | sourceX:  doAtLeastX,
	classJMP | jumpJSET | sourceX: doSetX,

	classALU | opADD:           doAdd,
	classALU | opSUB:           doSub,
	classALU | opMUL:           doMul,
	classALU | opDIV:           doDiv,
	classALU | opMOD:           doMod,
	classALU | opAND:           doAnd,
	classALU | opOR:            doOr,
	classALU | opXOR:           doXor,
	classALU | opLSH:           doShl,
	classALU | opRSH:           doShr,
	classALU | opNEG:           doNeg,
	classALU | opADD | sourceX: doAddX,
	classALU | opSUB | sourceX: doSubX,
	classALU | opMUL | sourceX: doMulX,
	classALU | opDIV | sourceX: doDivX,
	classALU | opMOD | sourceX: doModX,
	classALU | opAND | sourceX: doAndX,
	classALU | opOR | sourceX:  doOrX,
	classALU | opXOR | sourceX: doXorX,
	classALU | opLSH | sourceX: doShlX,
	classALU | opRSH | sourceX: doShrX,
}

// joints are the pairs that one step does. They are those that programs of
// expressions are full of.
var joints = []struct{ first, second, joined action }{
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
