package sys

import (
	"os"
	"path/filepath"
)

// NameProcess gives a process that was started as /proc/self/exe, and so is called
// "exe", the name of the program and a suffix, as ps(1), pgrep(1) and /proc/PID/comm
// show it: 15 bytes of that. It is a matter of looks, so there is no error.
//
// Each thread has a name. A new one has that of the thread that started it.
func NameProcess(suffix string) {
	threads, _ := filepath.Glob("/proc/self/task/[0-9]*/comm")
	for _, comm := range threads {
		if name, err := os.ReadFile(comm); err == nil && string(name) == "exe\n" {
			_ = os.WriteFile(comm, []byte(filepath.Base(os.Args[0])+suffix), 0)
		}
	}
}
