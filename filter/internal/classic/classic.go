// Package classic has the constants of classic BPF (linux/bpf_common.h and
// linux/filter.h), which golang.org/x/net/bpf does not export.
package classic

// The parts that instruction codes are made of, as the kernel calls them (BPF_LD …).
const (
	ClassMask = 0x07
	LD        = 0x00
	LDX       = 0x01
	ST        = 0x02
	STX       = 0x03
	ALU       = 0x04
	JMP       = 0x05
	RET       = 0x06
	MISC      = 0x07

	W = 0x00
	H = 0x08
	B = 0x10

	ModeMask = 0xe0
	IMM      = 0x00
	ABS      = 0x20
	IND      = 0x40
	MEM      = 0x60
	LEN      = 0x80
	MSH      = 0xa0

	ADD = 0x00
	SUB = 0x10
	MUL = 0x20
	DIV = 0x30
	OR  = 0x40
	AND = 0x50
	LSH = 0x60
	RSH = 0x70
	NEG = 0x80
	MOD = 0x90
	XOR = 0xa0

	JA   = 0x00
	JEQ  = 0x10
	JGT  = 0x20
	JGE  = 0x30
	JSET = 0x40

	X = 0x08 // of arithmetic and jumps; else the constant
)

// Whole instruction codes.
const (
	RetK = RET
	RetA = RET | 0x10
	TAX  = MISC
	TXA  = MISC | 0x80
)

// ScratchWords is how many words of scratch memory there are (BPF_MEMWORDS).
const ScratchWords = 16

// Offsets of loads that ask the kernel and not the frame (SKF_AD_).
const (
	Ancillary       = 0xfffff000 // SKF_AD_OFF: what is above is no place in a frame
	AncProtocol     = Ancillary + 0
	AncPacketType   = Ancillary + 4
	AncInterface    = Ancillary + 8
	AncVLANTag      = Ancillary + 44
	AncVLANPresent  = Ancillary + 48
	AncVLANProtocol = Ancillary + 60
)
