package setid

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"mcast/internal/sys"
)

// Needed reports whether the process is where there is only one user.
func Needed() (bool, error) {
	const path = "/proc/thread-self/uid_map" // user_namespaces(7)
	text, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	var inside, outside, users uint64
	if _, err := fmt.Fscan(bytes.NewReader(text), &inside, &outside, &users); err != nil {
		return false, fmt.Errorf("read %s: %q: %w", path, text, err)
	}
	return users == 1 && bytes.Count(text, []byte{'\n'}) == 1, nil
}

// Answer has the calls answered that the calling thread makes, and the programs that it
// starts, for good. It needs CAP_SYS_ADMIN. The thread must not run anything else later.
func Answer() error {
	arch, ok := architectures[runtime.GOARCH]
	if !ok {
		return fmt.Errorf("answer setuid(2): on %s it is not known how", runtime.GOARCH)
	}
	if err := sys.InstallFilter(program(arch)); err != nil {
		return fmt.Errorf("answer setuid(2): %w", err)
	}
	return nil
}

// architectures are the AUDIT_ARCH_ in linux/audit.h: numbers of system calls mean nothing
// without. A program for another one that the kernel runs as well gets no answers.
var architectures = map[string]uint32{
	"386":      0x40000003,
	"amd64":    0xc000003e,
	"arm":      0x40000028,
	"arm64":    0xc00000b7,
	"loong64":  0xc0000102,
	"mips":     0x00000008,
	"mipsle":   0x40000008,
	"mips64":   0x80000008,
	"mips64le": 0xc0000008,
	"ppc64":    0x80000015,
	"ppc64le":  0xc0000015,
	"riscv64":  0xc00000f3,
	"s390x":    0x80000016,
}

// identity are the calls that are answered whatever they say.
var identity = append([]uint32{
	syscall.SYS_SETUID, syscall.SYS_SETGID,
	syscall.SYS_SETREUID, syscall.SYS_SETREGID,
	syscall.SYS_SETRESUID, syscall.SYS_SETRESGID,
	syscall.SYS_SETFSUID, syscall.SYS_SETFSGID,
	syscall.SYS_SETGROUPS,
}, identity32...)

// owner is a call that gives a file away, which programs do before they become somebody
// else.
type owner struct {
	call uint32
	user int // which argument; the next one is the group
}

var owners = append([]owner{{syscall.SYS_FCHOWN, 1}, {syscall.SYS_FCHOWNAT, 2}}, olderOwners...)

// Instructions of classic BPF (linux/bpf_common.h), and where they find the call (struct
// seccomp_data in linux/seccomp.h).
const (
	loadWord = 0x20 // BPF_LD | BPF_W | BPF_ABS
	jumpIf   = 0x15 // BPF_JMP | BPF_JEQ | BPF_K
	answer   = 0x06 // BPF_RET | BPF_K

	callNumber   = 0
	architecture = 4
	arguments    = 16
)

// argument is where the low half of an argument is, each of which has eight bytes: IDs are
// shorter.
func argument(n int) uint32 {
	at := arguments + 8*n
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 { // the high half comes first
		at += 4
	}
	return uint32(at)
}

// program returns the filter. Owners that are there, 0 and "as it is", are the kernel's
// business, as is every other call.
func program(arch uint32) []sys.Instruction {
	allow := sys.Instruction{Op: answer, K: sys.FilterAllow}
	done := sys.Instruction{Op: answer, K: sys.FilterAnswer}
	p := []sys.Instruction{
		{Op: loadWord, K: architecture},
		{Op: jumpIf, K: arch, Jt: 1},
		allow,
		{Op: loadWord, K: callNumber},
	}
	for _, call := range identity {
		p = append(p, sys.Instruction{Op: jumpIf, K: call, Jf: 1}, done)
	}
	const unchanged = 1<<32 - 1
	for _, o := range owners {
		p = append(
			p,
			sys.Instruction{Op: jumpIf, K: o.call, Jf: 9},
			sys.Instruction{Op: loadWord, K: argument(o.user)},
			sys.Instruction{Op: jumpIf, K: 0, Jt: 2},
			sys.Instruction{Op: jumpIf, K: unchanged, Jt: 1},
			done,
			sys.Instruction{Op: loadWord, K: argument(o.user + 1)},
			sys.Instruction{Op: jumpIf, K: 0, Jt: 2},
			sys.Instruction{Op: jumpIf, K: unchanged, Jt: 1},
			done,
			allow,
		)
	}
	return append(p, allow)
}
