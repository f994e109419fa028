//go:build 386 || arm

package setid

import "syscall"

// On these, the calls without 32 in their names are for IDs of 16 bits.
var identity32 = []uint32{
	syscall.SYS_SETUID32, syscall.SYS_SETGID32,
	syscall.SYS_SETREUID32, syscall.SYS_SETREGID32,
	syscall.SYS_SETRESUID32, syscall.SYS_SETRESGID32,
	syscall.SYS_SETFSUID32, syscall.SYS_SETFSGID32,
	syscall.SYS_SETGROUPS32,
}

var olderOwners = []owner{
	{syscall.SYS_CHOWN, 1}, {syscall.SYS_LCHOWN, 1},
	{syscall.SYS_CHOWN32, 1}, {syscall.SYS_LCHOWN32, 1}, {syscall.SYS_FCHOWN32, 1},
}
