package vm

import "mcast/filter/internal/classic"

// action is what a step does.
type action uint32

// The actions. There is one switch for all, which the compiler makes a table
// of jumps as long as they are dense; those that joined are at its end.
const (
	doLoadB action = iota
	doLoadH
	doLoadW
	doIndirectB
	doIndirectH
	doIndirectW
	doHeaderLength
	doConstantA
	doConstantX
	doLengthA
	doLengthX
	doRecallA
	doRecallX
	doStoreA
	doStoreX
	doTAX
	doTXA
	doReturnA
	doAncillary
	doEqual
	doGreater
	doAtLeast
	doSet
	doEqualX
	doGreaterX
	doAtLeastX
	doSetX
	doAdd
	doSub
	doMul
	doDiv
	doMod
	doAnd
	doOr
	doXor
	doShl
	doShr
	doNeg
	doAddX
	doSubX
	doMulX
	doDivX
	doModX
	doAndX
	doOrX
	doXorX
	doShlX
	doShrX
	doLoadBEqual
	doLoadHEqual
	doLoadWEqual
	doLoadBSet
	doLoadHSet
	doIndirectBEqual
	doIndirectHEqual
	doIndirectWEqual
	doIndirectHAtLeast
	doHeaderIndirectHEqual
)

// run runs the program. That where to go on is a step at all is asked once a
// turn, and is what ends the loop: beyond the steps are keep, and reject.
func (m *Machine) run(frame []byte, wireLength uint32, meta *Meta, scratch *[classic.ScratchWords]uint32) bool {
	var (
		a, x uint32
		ok   bool
	)
	code := m.code
	at := uint(m.start)
	for at < uint(len(code)) {
		s := &code[at]
		switch s.do {
		case doLoadB:
			if a, ok = loadB(frame, int64(s.off)); !ok {
				return false
			}
		case doLoadH:
			if a, ok = loadH(frame, int64(s.off)); !ok {
				return false
			}
		case doLoadW:
			if a, ok = loadW(frame, int64(s.off)); !ok {
				return false
			}
		case doIndirectB:
			if a, ok = loadB(frame, int64(s.off)+int64(x)); !ok {
				return false
			}
		case doIndirectH:
			if a, ok = loadH(frame, int64(s.off)+int64(x)); !ok {
				return false
			}
		case doIndirectW:
			if a, ok = loadW(frame, int64(s.off)+int64(x)); !ok {
				return false
			}
		case doHeaderLength:
			if x, ok = loadB(frame, int64(s.off)); !ok {
				return false
			}
			x = (x & 15) * 4
		case doConstantA:
			a = s.k
		case doConstantX:
			x = s.k
		case doLengthA:
			a = wireLength
		case doLengthX:
			x = wireLength
		case doRecallA:
			a = scratch[s.k%classic.ScratchWords]
		case doRecallX:
			x = scratch[s.k%classic.ScratchWords]
		case doStoreA:
			scratch[s.k%classic.ScratchWords] = a
		case doStoreX:
			scratch[s.k%classic.ScratchWords] = x
		case doTAX:
			x = a
		case doTXA:
			a = x
		case doReturnA:
			return a != 0
		case doAncillary:
			a = meta.load(s.off, frame)

		case doEqual:
			if a != s.k {
				at = uint(s.no)
				continue
			}
		case doGreater:
			if a <= s.k {
				at = uint(s.no)
				continue
			}
		case doAtLeast:
			if a < s.k {
				at = uint(s.no)
				continue
			}
		case doSet:
			if a&s.k == 0 {
				at = uint(s.no)
				continue
			}
		case doEqualX:
			if a != x {
				at = uint(s.no)
				continue
			}
		case doGreaterX:
			if a <= x {
				at = uint(s.no)
				continue
			}
		case doAtLeastX:
			if a < x {
				at = uint(s.no)
				continue
			}
		case doSetX:
			if a&x == 0 {
				at = uint(s.no)
				continue
			}

		case doAdd:
			a += s.k
		case doSub:
			a -= s.k
		case doMul:
			a *= s.k
		case doDiv:
			a /= s.k
		case doMod:
			a %= s.k
		case doAnd:
			a &= s.k
		case doOr:
			a |= s.k
		case doXor:
			a ^= s.k
		case doShl:
			a <<= s.k
		case doShr:
			a >>= s.k
		case doNeg:
			a = -a
		case doAddX:
			a += x
		case doSubX:
			a -= x
		case doMulX:
			a *= x
		case doDivX:
			if x == 0 {
				return false
			}
			a /= x
		case doModX:
			if x == 0 {
				return false
			}
			a %= x
		case doAndX:
			a &= x
		case doOrX:
			a |= x
		case doXorX:
			a ^= x
		case doShlX:
			a <<= x
		case doShrX:
			a >>= x

		case doLoadBEqual:
			if a, ok = loadB(frame, int64(s.off)); !ok {
				return false
			}
			if a != s.k {
				at = uint(s.no)
				continue
			}
		case doLoadHEqual:
			if a, ok = loadH(frame, int64(s.off)); !ok {
				return false
			}
			if a != s.k {
				at = uint(s.no)
				continue
			}
		case doLoadWEqual:
			if a, ok = loadW(frame, int64(s.off)); !ok {
				return false
			}
			if a != s.k {
				at = uint(s.no)
				continue
			}
		case doLoadBSet:
			if a, ok = loadB(frame, int64(s.off)); !ok {
				return false
			}
			if a&s.k == 0 {
				at = uint(s.no)
				continue
			}
		case doLoadHSet:
			if a, ok = loadH(frame, int64(s.off)); !ok {
				return false
			}
			if a&s.k == 0 {
				at = uint(s.no)
				continue
			}
		case doIndirectBEqual:
			if a, ok = loadB(frame, int64(s.off)+int64(x)); !ok {
				return false
			}
			if a != s.k {
				at = uint(s.no)
				continue
			}
		case doIndirectHEqual:
			if a, ok = loadH(frame, int64(s.off)+int64(x)); !ok {
				return false
			}
			if a != s.k {
				at = uint(s.no)
				continue
			}
		case doIndirectWEqual:
			if a, ok = loadW(frame, int64(s.off)+int64(x)); !ok {
				return false
			}
			if a != s.k {
				at = uint(s.no)
				continue
			}
		case doIndirectHAtLeast:
			if a, ok = loadH(frame, int64(s.off)+int64(x)); !ok {
				return false
			}
			if a < s.k {
				at = uint(s.no)
				continue
			}
		case doHeaderIndirectHEqual:
			if x, ok = loadB(frame, int64(s.base)); !ok {
				return false
			}
			x = (x & 15) * 4
			if a, ok = loadH(frame, int64(s.off)+int64(x)); !ok {
				return false
			}
			if a != s.k {
				at = uint(s.no)
				continue
			}
		}
		at = uint(s.yes)
	}
	return at == uint(len(code))
}
