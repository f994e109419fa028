package vm_test

import (
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"mcast/filter/internal/vm"
)

type raw = bpf.RawInstruction

func TestNewRefuses(t *testing.T) {
	ret := raw{Op: 0x06, K: 1}
	for _, tt := range []struct {
		name    string
		program []raw
		want    string // part of the error; "" if there is none
	}{
		{"nothing", nil, "no instructions"},
		{"only a return", []raw{ret}, ""},
		{"return of A", []raw{{Op: 0x16}}, ""},
		{"return of X", []raw{{Op: 0x0e}}, "instruction 0 (0xe 0 0 0x0) is unknown"},
		{"no return", []raw{{Op: 0x00}}, "last instruction does not return"},
		{"a jump last", []raw{ret, {Op: 0x05}}, "jumps out"},

		{"jump to the end", []raw{{Op: 0x05, K: 1}, ret, ret}, ""},
		{"jump just out", []raw{{Op: 0x05, K: 2}, ret, ret}, "jumps out"},
		{"jump back", []raw{ret, {Op: 0x05, K: 0xffffffff}, ret}, "jumps out"},
		{"jump back beyond 31 bits", []raw{ret, {Op: 0x05, K: 0xfffffffe}, ret}, "jumps out"},
		{"condition, true just out", []raw{{Op: 0x15, Jt: 1}, ret}, "jumps out"},
		{"condition, false just out", []raw{{Op: 0x15, Jf: 1}, ret}, "jumps out"},
		{"condition, both in", []raw{{Op: 0x15, Jt: 1, Jf: 1}, ret, ret}, ""},
		{"jump on X", []raw{{Op: 0x4d}, ret}, ""},
		{"jump, unknown condition", []raw{{Op: 0x55}, ret}, "is unknown"},
		{"jump always, on X", []raw{{Op: 0x0d}, ret}, "is unknown"},

		{"divide by 0", []raw{{Op: 0x34}, ret}, "divides by zero"},
		{"modulo 0", []raw{{Op: 0x94}, ret}, "divides by zero"},
		{"divide by X", []raw{{Op: 0x3c}, ret}, ""},
		{"modulo X", []raw{{Op: 0x9c}, ret}, ""},
		{"shift by 31", []raw{{Op: 0x64, K: 31}, {Op: 0x74, K: 31}, ret}, ""},
		{"shift left by 32", []raw{{Op: 0x64, K: 32}, ret}, "more than 31"},
		{"shift right by 32", []raw{{Op: 0x74, K: 32}, ret}, "more than 31"},
		{"shift by X", []raw{{Op: 0x6c, K: 99}, {Op: 0x7c, K: 99}, ret}, ""},
		{"negate X", []raw{{Op: 0x8c}, ret}, "is unknown"},
		{"unknown arithmetic", []raw{{Op: 0xb4}, ret}, "is unknown"},

		{"load a half of scratch", []raw{{Op: 0x68}, ret}, "is unknown"},
		{"load a double word", []raw{{Op: 0x38}, ret}, "is unknown"},
		{"load X from the frame", []raw{{Op: 0x21}, ret}, "is unknown"},
		{"header length as a word", []raw{{Op: 0xa1}, ret}, "is unknown"},
		{"header length into A", []raw{{Op: 0xb0}, ret}, "is unknown"},
		{"an opcode of two bytes", []raw{{Op: 0x106}, ret}, "is unknown"},
		{"eBPF", []raw{{Op: 0x95}, ret}, "is unknown"},
		{"another miscellaneous", []raw{{Op: 0x17}, ret}, "is unknown"},

		{"store beyond", []raw{{Op: 0x02, K: 16}, ret}, "there are 16"},
		{"store X beyond", []raw{{Op: 0x03, K: 16}, ret}, "there are 16"},
		{"load beyond", []raw{{Op: 0x60, K: 16}, ret}, "there are 16"},
		{"load X far beyond", []raw{{Op: 0x61, K: 0xffffffff}, ret}, "there are 16"},
		{"read what was written", []raw{{Op: 0x02, K: 15}, {Op: 0x60, K: 15}, {Op: 0x61, K: 15}, ret}, ""},
		{"read what was not", []raw{{Op: 0x02, K: 14}, {Op: 0x60, K: 15}, ret}, "instruction 1 reads M[15]"},
		{"read what one way did not write", []raw{{Op: 0x15, Jf: 1}, {Op: 0x02}, {Op: 0x61}, ret}, "instruction 2 reads M[0]"},
		{"written on both ways", []raw{{Op: 0x15, Jf: 2}, {Op: 0x02}, {Op: 0x05, K: 1}, {Op: 0x03}, {Op: 0x60}, ret}, ""},
		{"a jump around the write", []raw{{Op: 0x05, K: 1}, {Op: 0x02}, {Op: 0x60}, ret}, "instruction 2 reads M[0]"},
		{"a return on the other way", []raw{{Op: 0x15, Jf: 1}, {Op: 0x02}, ret, {Op: 0x60}, ret}, "instruction 3 reads M[0]"},
		{"behind a return, as the kernel", []raw{{Op: 0x15, Jf: 2}, {Op: 0x02}, {Op: 0x05, K: 1}, ret, {Op: 0x60}, ret}, "instruction 4 reads M[0]"},

		{"the protocol", []raw{{Op: 0x28, K: 0xfffff000}, ret}, ""},
		{"as a byte", []raw{{Op: 0x30, K: 0xfffff030}, ret}, ""},
		{"as a word", []raw{{Op: 0x20, K: 0xfffff03c}, ret}, ""},
		{"packet type, interface, tag", []raw{{Op: 0x28, K: 0xfffff004}, {Op: 0x28, K: 0xfffff008}, {Op: 0x28, K: 0xfffff02c}, ret}, ""},
		{"the mark", []raw{{Op: 0x28, K: 0xfffff014}, ret}, "not known here"},
		{"beside the protocol", []raw{{Op: 0x28, K: 0xfffff001}, ret}, "not known here"},
		{"the very last", []raw{{Op: 0x30, K: 0xffffffff}, ret}, "not known here"},
		{"just below", []raw{{Op: 0x30, K: 0xffffefff}, ret}, ""},
		{"indirect, any", []raw{{Op: 0x50, K: 0xffffffff}, ret}, ""},
	} {
		_, err := vm.New(tt.program)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}
