//go:build interop && linux

package interop

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"mcast/internal/nettest"
)

func TestSocat(t *testing.T) {
	a, b := network(t)
	t.Run("receives", func(t *testing.T) {
		r := start(t, b, "", "socat", "-u", "UDP4-RECVFROM:50001,reuseaddr,ip-add-membership=224.1.1.5:192.0.2.2", "-")
		waitJoined(t, b, "eth0", "224.1.1.5", 1)
		send(t, a, "", "mcastsend", "192.0.2.1", "224.1.1.5", "50001", "Hello, World!")
		if got := r.ends(); got != "Hello, World!" {
			t.Errorf("socat printed %q", got)
		}
	})
	t.Run("sends", func(t *testing.T) {
		r := start(t, b, "", "mcastrecv", "192.0.2.2", "224.1.1.5", "50001")
		waitJoined(t, b, "eth0", "224.1.1.5", 1)
		send(t, a, "Hello, World!", "socat", "-u", "-", "UDP4-DATAGRAM:224.1.1.5:50001,ip-multicast-if=192.0.2.1")
		if got := r.ends(); got != "Hello, World!\n" {
			t.Errorf("mcastrecv printed %q", got)
		}
	})
}

// What the kernel says that iperf has sent is what mcast counts. (iperf 2.1.8
// itself counts one more than it sends.)
func TestIperfSends(t *testing.T) {
	a, b := network(t)
	r := start(t, b, "", "mcast", "recv", "239.1.1.1:5001", "-i", "eth1", "--json", "--quiet", "--idle", "2s")
	r.says("listening")
	before := sent(t, a)
	send(t, a, "", "iperf", "-u", "-c", "239.1.1.1", "-p", "5001", "-T", "1", "-l", "200", "-b", "2000pps", "-t", "1")
	n := sent(t, a) - before
	if n < 1000 {
		t.Fatalf("iperf sent %d datagrams in a second, and was told to send 2000", n)
	}
	if got, want := r.ends(), fmt.Sprintf(`"datagrams":%d,"bytes":%d,`, n, 200*n); !strings.Contains(got, want) {
		t.Errorf("mcast recv says %s, want %s", got, want)
	}
}

// sent returns how many UDP datagrams a host has sent over IPv4.
func sent(t *testing.T, h *nettest.Host) int {
	t.Helper()
	var text []byte
	var err error
	h.Do(func() { text, err = os.ReadFile("/proc/thread-self/net/snmp") })
	if err != nil {
		t.Fatal(err)
	}
	// "Udp: InDatagrams NoPorts InErrors OutDatagrams …", and the same with numbers.
	m := regexp.MustCompile(`(?m)^Udp: \d+ \d+ \d+ (\d+) `).FindSubmatch(text)
	if m == nil {
		t.Fatalf("no counters in %s", text)
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
