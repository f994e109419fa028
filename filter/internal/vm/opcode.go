package vm

// Opcodes of classic BPF, by the parts that they are made of
// (linux/bpf_common.h). golang.org/x/net/bpf has them unexported.
const (
	classMask = 0x07
	classLD   = 0x00
	classLDX  = 0x01
	classST   = 0x02
	classSTX  = 0x03
	classALU  = 0x04
	classJMP  = 0x05
	classRET  = 0x06
	classMISC = 0x07

	sizeW = 0x00
	sizeH = 0x08
	sizeB = 0x10

	modeIMM = 0x00
	modeABS = 0x20
	modeIND = 0x40
	modeMEM = 0x60
	modeLEN = 0x80
	modeMSH = 0xa0

	opMask = 0xf0
	opADD  = 0x00
	opSUB  = 0x10
	opMUL  = 0x20
	opDIV  = 0x30
	opOR   = 0x40
	opAND  = 0x50
	opLSH  = 0x60
	opRSH  = 0x70
	opNEG  = 0x80
	opMOD  = 0x90
	opXOR  = 0xa0

	jumpJA   = 0x00
	jumpJEQ  = 0x10
	jumpJGT  = 0x20
	jumpJGE  = 0x30
	jumpJSET = 0x40

	sourceX = 0x08 // of arithmetic and jumps; else the constant

	retK = classRET
	retA = classRET | 0x10
	tax  = classMISC
	txa  = classMISC | 0x80
)

// scratchWords is how many words of scratch memory there are (BPF_MEMWORDS).
const scratchWords = 16

// Offsets of loads that ask the kernel and not the frame (linux/filter.h).
const (
	ancillary        = 0xfffff000 // SKF_AD_OFF: what is above is no place in a frame
	ancProtocol      = ancillary + 0
	ancPacketType    = ancillary + 4
	ancInterface     = ancillary + 8
	ancVLANTag       = ancillary + 44
	ancVLANPresent   = ancillary + 48
	ancVLANProtocol  = ancillary + 60
	ancProtocolPlace = 12 // of the EtherType in an Ethernet frame
)
