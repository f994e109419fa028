//go:build arm64 || riscv64 || loong64

package setid

// These came late, and have no calls of old.
var (
	identity32  []uint32
	olderOwners []owner
)
