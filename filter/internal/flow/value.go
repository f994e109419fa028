// Package flow is what a filter expression is compiled through: numbers that
// are read from a frame, tests of these numbers, and a graph of tests that
// ends in keeping the frame or not. It optimises that graph and turns it into
// a program.
//
// A [Builder] makes values and tests; [Cond] combines tests; [Builder.Graph]
// makes a graph of a condition; [Graph.Optimize] shortens it, and
// [Graph.Program] writes it down.
//
// Everything keeps one rule: a read outside the frame's captured bytes, or a
// division by zero, ends the program, and the frame is not kept. The
// optimiser may leave a read out whose outcome cannot matter, and adds none.
package flow

import "math"

// Value is a number, 32 bits wide and without sign, that a program computes
// from a frame. Values are numbered by what they compute (value
// numbering): two that are the same computation are the same Value.
type Value int32

// None is no value.
const None Value = -1

// Op is an operation on two values.
type Op uint8

// The operations. Their results are modulo 2^32.
const (
	Add Op = iota
	Sub
	Mul
	Div
	Mod
	And
	Or
	Xor
	Lsh
	Rsh
)

// commutes tells whether the operands may change places.
func (op Op) commutes() bool {
	return op == Add || op == Mul || op == And || op == Or || op == Xor
}

type valueKind uint8

const (
	constant     valueKind = iota // k
	load                          // size bytes at k, or at x + k
	ancillary                     // size bytes of what the kernel knows beside the frame, at k
	headerLength                  // four times the low half of the byte at k: an IPv4 header's length
	frameLength                   // the frame's length on the wire
	variable                      // k is a Variable
	operation                     // x op y
	negation                      // -x
	outside                       // what ends the program: a read that no frame is long enough for, a division by zero
)

// value says what a Value computes.
type value struct {
	kind valueKind
	op   Op
	size uint8
	k    uint32
	x, y Value
}

// properties are what the compiler knows of a Value beforehand.
type properties struct {
	most         uint32 // an upper bound
	needsX       bool   // computing it may change the index register
	temps        uint8  // how many scratch cells computing it needs at least
	usesVariable bool   // it depends on a variable
}

// farthest is the first offset that is taken to be outside every frame. Above
// it, the kernel gives offsets other meanings.
const farthest = 1 << 30

// Builder makes values and tests. The zero Builder is not usable; call
// NewBuilder.
type Builder struct {
	values    []value
	known     []properties
	byContent map[value]Value
	variables []variableInfo
}

// NewBuilder returns a Builder.
func NewBuilder() *Builder {
	return &Builder{byContent: map[value]Value{}}
}

// intern returns the Value that is v.
func (b *Builder) intern(v value) Value {
	if id, ok := b.byContent[v]; ok {
		return id
	}
	id := Value(len(b.values))
	b.values = append(b.values, v)
	b.known = append(b.known, b.propertiesOf(v))
	b.byContent[v] = id
	return id
}

// Const returns the value k.
func (b *Builder) Const(k uint32) Value {
	return b.intern(value{kind: constant, k: k, x: None, y: None})
}

// Constant returns what a value is, if it is a constant.
func (b *Builder) Constant(v Value) (uint32, bool) { return b.constant(v) }

func (b *Builder) constant(v Value) (uint32, bool) {
	return b.values[v].k, b.values[v].kind == constant
}

// Load returns size bytes (1, 2 or 4), in network byte order, at offset, or
// at base + offset if base is not None.
func (b *Builder) Load(size int, base Value, offset uint32) Value {
	if base != None {
		if k, ok := b.constant(base); ok {
			base, offset = None, offset+k
		} else if b.values[base].kind == outside {
			return base
		} else if x, k, ok := b.sum(base); ok {
			return b.Load(size, x, offset+k)
		}
	}
	if offset >= farthest {
		return b.outside()
	}
	return b.intern(value{kind: load, size: uint8(size), k: offset, x: base, y: None})
}

// sum returns the parts of a value that is the sum of another one and a
// constant, unless it is so large that it may wrap around.
func (b *Builder) sum(v Value) (x Value, k uint32, ok bool) {
	content := &b.values[v]
	if content.kind != operation || content.op != Add {
		return None, 0, false
	}
	k, ok = b.constant(content.y)
	return content.x, k, ok && uint64(b.known[content.x].most)+uint64(k) < farthest
}

func (b *Builder) outside() Value {
	return b.intern(value{kind: outside, x: None, y: None})
}

// Ancillary returns what the kernel knows of the frame, by the offset that asks it
// for that (classic.AncPacketType …).
func (b *Builder) Ancillary(size int, offset uint32) Value {
	return b.intern(value{kind: ancillary, size: uint8(size), k: offset, x: None, y: None})
}

// HeaderLength returns the length of the IPv4 header that begins at offset, or
// at base + offset if base is not None.
func (b *Builder) HeaderLength(base Value, offset uint32) Value {
	if base == None {
		if offset >= farthest {
			return b.outside()
		}
		return b.intern(value{kind: headerLength, k: offset, x: None, y: None})
	}
	return b.Binary(Lsh, b.Binary(And, b.Load(1, base, offset), b.Const(0xf)), b.Const(2))
}

// FrameLength returns how long the frame was on the wire.
func (b *Builder) FrameLength() Value {
	return b.intern(value{kind: frameLength, x: None, y: None})
}

// Negate returns -x.
func (b *Builder) Negate(x Value) Value {
	switch v := b.values[x]; v.kind {
	case constant:
		return b.Const(-v.k)
	case negation:
		return v.x
	case outside:
		return x
	}
	return b.intern(value{kind: negation, x: x, y: None})
}

// Binary returns x op y. A constant divisor must not be 0, a constant shift
// by more than 31 gives 0.
func (b *Builder) Binary(op Op, x, y Value) Value {
	kx, constX := b.constant(x)
	ky, constY := b.constant(y)
	switch {
	case constX && constY:
		k, ok := compute(op, kx, ky)
		if !ok {
			return b.outside()
		}
		return b.Const(k)
	case b.values[x].kind == outside:
		return x
	case b.values[y].kind == outside:
		return y
	case constX && op.commutes():
		return b.Binary(op, y, x)
	case constX && kx == 0 && (op == Lsh || op == Rsh):
		return x
	case constY && ky == 0 && (op == Div || op == Mod):
		return b.outside() // it ends the program alike
	case constY:
		if v, ok := b.withConstant(op, x, ky); ok {
			return v
		}
	}
	if op.commutes() && !constY && x > y {
		x, y = y, x
	}
	return b.intern(value{kind: operation, op: op, x: x, y: y})
}

// withConstant returns x op k where that is simpler than the operation.
func (b *Builder) withConstant(op Op, x Value, k uint32) (Value, bool) {
	switch op {
	case Sub: // so that sums of constants meet
		return b.Binary(Add, x, b.Const(-k)), true
	case Add, Or, Xor:
		if k == 0 {
			return x, true
		}
	case Lsh, Rsh:
		if k == 0 {
			return x, true
		}
		if k > 31 {
			return b.Const(0), true
		}
	case Mul:
		switch k {
		case 0:
			return b.Const(0), true
		case 1:
			return x, true
		}
	case Div:
		if k == 1 {
			return x, true
		}
	case Mod:
		if k == 1 {
			return b.Const(0), true
		}
	case And:
		if k == 0 {
			return b.Const(0), true
		}
		if covers(k, b.known[x].most) {
			return x, true
		}
	}
	// (v op k1) op k is v op k2.
	if v := b.values[x]; v.kind == operation && v.op == op {
		if k1, ok := b.constant(v.y); ok {
			switch op {
			case Add:
				return b.Binary(Add, v.x, b.Const(k1+k)), true
			case And:
				return b.Binary(And, v.x, b.Const(k1&k)), true
			case Or:
				return b.Binary(Or, v.x, b.Const(k1|k)), true
			case Xor:
				return b.Binary(Xor, v.x, b.Const(k1^k)), true
			case Mul:
				return b.Binary(Mul, v.x, b.Const(k1*k)), true
			}
		}
	}
	return None, false
}

// covers tells whether every number up to most is unchanged by mask.
func covers(mask, most uint32) bool {
	return ones(most)&^mask == 0
}

// ones returns the smallest 2^n-1 that is not less than k.
func ones(k uint32) uint32 {
	k |= k >> 1
	k |= k >> 2
	k |= k >> 4
	k |= k >> 8
	return k | k>>16
}

// compute returns x op y, or false where that ends a program.
func compute(op Op, x, y uint32) (uint32, bool) {
	switch op {
	case Add:
		return x + y, true
	case Sub:
		return x - y, true
	case Mul:
		return x * y, true
	case Div:
		if y == 0 {
			return 0, false
		}
		return x / y, true
	case Mod:
		if y == 0 {
			return 0, false
		}
		return x % y, true
	case And:
		return x & y, true
	case Or:
		return x | y, true
	case Xor:
		return x ^ y, true
	case Lsh:
		return x << y, true // 0 from 32 on
	case Rsh:
		return x >> y, true
	}
	panic("flow: no such operation")
}

// propertiesOf says what is known of v; its operands are interned already.
func (b *Builder) propertiesOf(v value) properties {
	p := properties{most: math.MaxUint32}
	var x, y properties
	if v.x != None {
		x = b.known[v.x]
	}
	if v.y != None {
		y = b.known[v.y]
	}
	p.usesVariable = x.usesVariable || y.usesVariable
	switch v.kind {
	case constant:
		p.most = v.k
	case load, ancillary:
		p.most = math.MaxUint32 >> (32 - 8*uint(v.size))
		p.needsX, p.temps = v.x != None, x.temps
	case headerLength:
		p.most, p.needsX = 60, true
	case variable:
		p.usesVariable = true
	case negation:
		p.needsX, p.temps = x.needsX, x.temps
	case operation:
		p.most = b.mostOf(v)
		_, constY := b.constant(v.y)
		p.needsX = x.needsX || !constY
		if constY {
			p.temps = x.temps
		} else {
			p.temps = min(max(x.temps, y.temps+1), max(y.temps, x.temps+1))
			if !x.needsX || !y.needsX && v.op.commutes() {
				p.temps = max(x.temps, y.temps)
			}
		}
	}
	return p
}

// mostOf returns an upper bound of an operation's result.
func (b *Builder) mostOf(v value) uint32 {
	x, y := uint64(b.known[v.x].most), uint64(b.known[v.y].most)
	ky, constY := b.constant(v.y)
	var most uint64
	switch v.op {
	case Add:
		most = x + y
	case Mul:
		most = x * y
	case Or, Xor:
		most = uint64(ones(uint32(x | y)))
	case And:
		most = min(x, y)
	case Div, Rsh:
		most = x
		if constY && v.op == Rsh {
			most = x >> ky
		} else if constY && ky > 0 {
			most = x / uint64(ky)
		}
	case Mod:
		most = min(x, max(y, 1)-1)
		if !constY {
			most = x
		}
	case Lsh:
		most = math.MaxUint32
		if constY && ky < 32 {
			most = x << ky
		}
	default:
		most = math.MaxUint32
	}
	return uint32(min(most, math.MaxUint32))
}
