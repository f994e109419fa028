//go:build !386 && !arm && !arm64 && !riscv64 && !loong64

package setid

import "syscall"

var identity32 []uint32

var olderOwners = []owner{{syscall.SYS_CHOWN, 1}, {syscall.SYS_LCHOWN, 1}}
