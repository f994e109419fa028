package filter

import "fmt"

// MaxInstructions is how long a program the kernel takes (BPF_MAXINSNS in
// linux/bpf_common.h).
const MaxInstructions = 4096

// TooLongError says that a program has more instructions than the kernel
// takes. It can still be used on frames in memory.
type TooLongError struct {
	Instructions int
}

// Error returns one line.
func (e *TooLongError) Error() string {
	return fmt.Sprintf("the filter needs %d instructions, and the kernel takes at most %d", e.Instructions, MaxInstructions)
}

// Hint returns what to do about it, one line.
func (e *TooLongError) Hint() string {
	return "write ranges (portrange, net) in place of long lists, or filter in user space"
}

// CheckKernel returns a [*TooLongError] if the program is too long to be attached
// to a socket: [Program.Match] is then the way. Linux before 6.8 may have no
// memory for shorter ones either, since it counts them against
// net.core.optmem_max: attaching those fails with ENOMEM.
func (p *Program) CheckKernel() error {
	if n := len(p.instructions); n > MaxInstructions {
		return &TooLongError{n}
	}
	return nil
}
