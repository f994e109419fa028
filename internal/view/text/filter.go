package text

import (
	"fmt"
	"io"
	"strings"

	"mcast/internal/view"
)

// Listing prints a program for people, as tcpdump -d does.
func Listing(w io.Writer, p *view.Program) error {
	var b []byte
	for i, in := range p.Instructions {
		op, operand := mnemonic(in, i)
		b = fmt.Appendf(b, "(%03d) %-8s ", i, op)
		if isCondition(in) {
			b = fmt.Appendf(b, "%-16s jt %d\tjf %d", operand, i+1+int(in.Jt), i+1+int(in.Jf))
		} else {
			b = append(b, operand...)
		}
		b = append(b, '\n')
	}
	_, err := w.Write(b)
	return err
}

// CArray prints a program as lines of an array of C, as tcpdump -dd does.
func CArray(w io.Writer, p *view.Program) error {
	var b []byte
	for _, in := range p.Instructions {
		b = fmt.Appendf(b, "{ 0x%x, %d, %d, 0x%08x },\n", in.Code, in.Jt, in.Jf, in.K)
	}
	_, err := w.Write(b)
	return err
}

// Decimal prints a program as numbers, the first of them how many instructions
// follow, as tcpdump -ddd does.
func Decimal(w io.Writer, p *view.Program) error {
	b := fmt.Appendf(nil, "%d\n", len(p.Instructions))
	for _, in := range p.Instructions {
		b = fmt.Appendf(b, "%d %d %d %d\n", in.Code, in.Jt, in.Jf, in.K)
	}
	_, err := w.Write(b)
	return err
}

// Explanation prints what a filter means, and an expression with nothing left
// out.
func Explanation(w io.Writer, e *view.Explanation) error {
	_, err := fmt.Fprintf(w, "%s\n\nin full: %s\n", strings.TrimRight(e.Meaning, "\n"), e.Canonical)
	return err
}

// Count prints how many frames a filter keeps.
func Count(w io.Writer, c *view.Count) error {
	s := "s"
	if c.Frames == 1 {
		s = ""
	}
	_, err := fmt.Fprintf(w, "%d of %d frame%s\n", c.Kept, c.Frames, s)
	return err
}

// isCondition says that an instruction is a jump that depends on something.
func isCondition(in view.Instruction) bool { return in.Code&0x07 == 0x05 && in.Code&0xf0 != 0 }

// mnemonics are what instructions are called, and how their operand is written.
var mnemonics = [...]struct {
	code        uint16
	op, operand string
}{
	{0x06, "ret", "#%d"}, {0x16, "ret", ""},
	{0x20, "ld", "[place]"}, {0x28, "ldh", "[place]"}, {0x30, "ldb", "[place]"},
	{0x80, "ld", "#pktlen"},
	{0x40, "ld", "[x + %d]"}, {0x48, "ldh", "[x + %d]"}, {0x50, "ldb", "[x + %d]"},
	{0x00, "ld", "#hex"}, {0x01, "ldx", "#hex"},
	{0xb1, "ldxb", "4*([%d]&0xf)"},
	{0x60, "ld", "M[%d]"}, {0x61, "ldx", "M[%d]"}, {0x02, "st", "M[%d]"}, {0x03, "stx", "M[%d]"},
	{0x05, "ja", "target"},
	{0x25, "jgt", "#hex"}, {0x35, "jge", "#hex"}, {0x15, "jeq", "#hex"}, {0x45, "jset", "#hex"},
	{0x2d, "jgt", "x"}, {0x3d, "jge", "x"}, {0x1d, "jeq", "x"}, {0x4d, "jset", "x"},
	{0x0c, "add", "x"}, {0x1c, "sub", "x"}, {0x2c, "mul", "x"}, {0x3c, "div", "x"}, {0x9c, "mod", "x"},
	{0x5c, "and", "x"}, {0x4c, "or", "x"}, {0xac, "xor", "x"}, {0x6c, "lsh", "x"}, {0x7c, "rsh", "x"},
	{0x04, "add", "#%d"}, {0x14, "sub", "#%d"}, {0x24, "mul", "#%d"}, {0x34, "div", "#%d"}, {0x94, "mod", "#%d"},
	{0x54, "and", "#hex"}, {0x44, "or", "#hex"}, {0xa4, "xor", "#hex"}, {0x64, "lsh", "#%d"}, {0x74, "rsh", "#%d"},
	{0x84, "neg", ""},
	{0x07, "tax", ""}, {0x87, "txa", ""},
}

// mnemonic returns the name and the operand of an instruction, as tcpdump writes
// them: numbers that are written in decimal have a sign.
func mnemonic(in view.Instruction, at int) (op, operand string) {
	for _, m := range mnemonics {
		if m.code != in.Code {
			continue
		}
		switch m.operand {
		case "[place]":
			return m.op, place(in.K)
		case "#hex":
			return m.op, fmt.Sprintf("#0x%x", in.K)
		case "target":
			return m.op, fmt.Sprint(int32(uint32(at) + 1 + in.K))
		}
		return m.op, strings.Replace(m.operand, "%d", fmt.Sprint(int32(in.K)), 1)
	}
	return "unimp", fmt.Sprintf("0x%x", in.Code)
}

// place is where an instruction loads from: a place in the frame, or something
// that the kernel knows.
func place(k uint32) string {
	const ancillary = 0xfffff000 // SKF_AD_OFF
	if k >= ancillary && k-ancillary < uint32(len(ancillaryNames)) {
		if name := ancillaryNames[k-ancillary]; name != "" {
			return "[" + name + "]"
		}
	}
	return fmt.Sprintf("[%d]", int32(k))
}

// ancillaryNames are what the kernel can be asked for, by SKF_AD_ offset.
var ancillaryNames = [...]string{
	0: "proto", 4: "type", 8: "ifidx", 12: "nla", 16: "nlan", 20: "mark", 24: "queue", 28: "hatype", 32: "rxhash", 36: "cpu",
	40: "xor_x", 44: "vlan_tci", 48: "vlanp", 52: "poff", 56: "random", 60: "vlan_tpid",
}
