//go:build interop && linux

package interop

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"

	"mcast/internal/nettest"
)

// joined returns how many sockets of a host have joined a group, by interface:
// what the kernel says in /proc/net/igmp and igmp6.
func joined(t *testing.T, h *nettest.Host, group string) map[string]int {
	t.Helper()
	a := netip.MustParseAddr(group)
	file, key := "/proc/thread-self/net/igmp6", fmt.Sprintf("%x", a.AsSlice())
	if a.Is4() {
		// The address is printed as a number in the byte order of the machine.
		file, key = "/proc/thread-self/net/igmp", fmt.Sprintf("%08X", binary.NativeEndian.Uint32(a.AsSlice()))
	}
	var text []byte
	var err error
	h.Do(func() { text, err = os.ReadFile(file) })
	if err != nil {
		t.Fatal(err)
	}
	on := map[string]int{}
	name := ""
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		var users string
		switch {
		case a.Is4() && line[0] != '\t' && len(fields) > 1: // "2	eth0      :     1      V3"
			name = fields[1]
		case a.Is4() && fields[0] == key: // "				050101E0     1 0:00000000		0"
			users = fields[1]
		case !a.Is4() && fields[2] == key: // "2    eth0  ff15…     1 00000004 0"
			name, users = fields[1], fields[3]
		}
		if users == "" {
			continue
		}
		if on[name], err = strconv.Atoi(users); err != nil {
			t.Fatalf("%s: %q: %v", file, line, err)
		}
	}
	return on
}
