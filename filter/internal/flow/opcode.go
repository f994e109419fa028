package flow

// The instruction codes of classic BPF (linux/bpf_common.h).
const (
	opLd  = 0x00
	opLdx = 0x01
	opSt  = 0x02
	opStx = 0x03
	opAlu = 0x04
	opJmp = 0x05
	opRet = 0x06
	opMsc = 0x07

	sizeW = 0x00
	sizeH = 0x08
	sizeB = 0x10

	modeImm = 0x00
	modeAbs = 0x20
	modeInd = 0x40
	modeMem = 0x60
	modeLen = 0x80
	modeMsh = 0xa0

	srcK = 0x00
	srcX = 0x08

	aluNeg = 0x80

	jmpJA   = 0x00
	jmpJEQ  = 0x10
	jmpJGT  = 0x20
	jmpJGE  = 0x30
	jmpJSET = 0x40

	miscTAX = 0x00
	miscTXA = 0x80
)

// aluOps are the codes of the operations.
var aluOps = [...]uint16{
	Add: 0x00, Sub: 0x10, Mul: 0x20, Div: 0x30, Mod: 0x90,
	And: 0x50, Or: 0x40, Xor: 0xa0, Lsh: 0x60, Rsh: 0x70,
}

var jumpOps = [...]uint16{
	Equal: jmpJEQ, Greater: jmpJGT, GreaterOrEqual: jmpJGE, Intersects: jmpJSET,
}
