package view

// Program is a compiled filter.
type Program struct {
	Expression   string
	LinkType     string // as tcpdump calls it
	Instructions []Instruction
}

// Instruction is an instruction of classic BPF.
type Instruction struct {
	Code   uint16
	Jt, Jf uint8 // how many instructions to skip
	K      uint32
}

// Explanation is what a filter means.
type Explanation struct {
	Expression string
	Meaning    string // in words
	Canonical  string // an expression with nothing left out
}

// Count tells how many frames a filter keeps.
type Count struct {
	Expression string
	Kept       uint64
	Frames     uint64 // of which
}
