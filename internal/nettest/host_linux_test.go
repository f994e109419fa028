package nettest_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"mcast/internal/nettest"
)

// twoHosts makes the network of most tests here:
//
//	a ── eth0 ─────── eth0 ── b
//	  192.0.2.1     192.0.2.2
//	  2001:db8::1   2001:db8::2
func twoHosts(t *testing.T) (a, b *nettest.Host) {
	t.Helper()
	a, b = nettest.NewHost(t, "a"), nettest.NewHost(t, "b")
	nettest.Pair(t,
		a.NIC("eth0", "192.0.2.1/24", "2001:db8::1/64"),
		b.NIC("eth0", "192.0.2.2/24", "2001:db8::2/64"))
	return a, b
}

// listen joins group on an interface of a host.
func listen(t *testing.T, h *nettest.Host, nic string, group *net.UDPAddr) *net.UDPConn {
	t.Helper()
	var conn *net.UDPConn
	h.Do(func() {
		ifi, err := net.InterfaceByName(nic)
		if err != nil {
			t.Fatal(err)
		}
		if conn, err = net.ListenMulticastUDP("udp", ifi, group); err != nil {
			t.Fatal(err)
		}
	})
	t.Cleanup(func() { conn.Close() })
	return conn
}

// send sends text to an address from a host.
func send(t *testing.T, h *nettest.Host, to *net.UDPAddr, text string) {
	t.Helper()
	h.Do(func() {
		conn, err := net.DialUDP("udp", nil, to)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	})
}

// expect fails the test unless the next datagram at conn is text.
func expect(t *testing.T, conn *net.UDPConn, text string) {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 2048)
	n, _, err := conn.ReadFromUDP(buf)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(buf[:n]); got != text {
		t.Errorf("received %q, want %q", got, text)
	}
}

func TestPairCarriesMulticast(t *testing.T) {
	tests := []struct {
		name  string
		group *net.UDPAddr
	}{
		{"IPv4", &net.UDPAddr{IP: net.IPv4(239, 1, 1, 1), Port: 5000}},
		{"IPv6", &net.UDPAddr{IP: net.ParseIP("ff15::1"), Port: 5000}},
		{"IPv6 link-local", &net.UDPAddr{IP: net.ParseIP("ff12::1"), Port: 5000, Zone: "eth0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := twoHosts(t)
			a.AddRoute("224.0.0.0/4", "eth0")
			conn := listen(t, b, "eth0", tt.group)
			send(t, a, tt.group, tt.name)
			expect(t, conn, tt.name)
		})
	}
}

func TestPairAddressesAreUsable(t *testing.T) {
	a, b := twoHosts(t)
	for _, ip := range []string{"192.0.2.2", "2001:db8::2"} {
		var conn *net.UDPConn
		b.Do(func() {
			var err error
			if conn, err = net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(ip), Port: 5000}); err != nil {
				t.Fatal(err)
			}
		})
		defer conn.Close()
		send(t, a, &net.UDPAddr{IP: net.ParseIP(ip), Port: 5000}, ip)
		expect(t, conn, ip)
	}
}

// The route decides where a datagram to "any" interface goes.
//
//	  ┌─ eth0 ── eth0 ── b
//	a ┤
//	  └─ eth1 ── eth0 ── c
func TestAddRoute(t *testing.T) {
	tests := []struct{ prefix, group string }{
		{"239.0.0.0/8", "239.1.1.1"},
		{"ff00::/8", "ff15::1"},
		{"ff15::/16", "ff15::1"},
	}
	for _, tt := range tests {
		for _, nic := range []string{"eth0", "eth1"} {
			t.Run(tt.prefix+" to "+nic, func(t *testing.T) {
				a, b, c := nettest.NewHost(t, "a"), nettest.NewHost(t, "b"), nettest.NewHost(t, "c")
				nettest.Pair(t, a.NIC("eth0", "192.0.2.1/25"), b.NIC("eth0", "192.0.2.2/25"))
				nettest.Pair(t, a.NIC("eth1", "192.0.2.129/25"), c.NIC("eth0", "192.0.2.130/25"))
				a.AddRoute(tt.prefix, nic)
				group := &net.UDPAddr{IP: net.ParseIP(tt.group), Port: 5000}
				right, wrong := listen(t, b, "eth0", group), listen(t, c, "eth0", group)
				if nic == "eth1" {
					right, wrong = wrong, right
				}
				send(t, a, group, nic)
				expect(t, right, nic)
				// What came to the other host by mistake would come before
				// this, which is sent to both, each to its address.
				for _, ip := range []string{"192.0.2.2", "192.0.2.130"} {
					send(t, a, &net.UDPAddr{IP: net.ParseIP(ip), Port: 5000}, "unicast")
				}
				expect(t, wrong, "unicast")
			})
		}
	}
}

func TestNamesAreFree(t *testing.T) {
	// The same names, many times at once, and the network of the test
	// binary itself stays bare.
	for range 4 {
		twoHosts(t)
	}
	ifis, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, ifi := range ifis {
		if strings.HasPrefix(ifi.Name, "eth0") {
			t.Errorf("interface %s is where the tests run", ifi.Name)
		}
	}
}

func TestSysctl(t *testing.T) {
	a, b := twoHosts(t)
	const path = "net/ipv4/conf/eth0/force_igmp_version"
	a.Sysctl(path, "2")
	if got := a.ReadSysctl(path); got != "2" {
		t.Errorf("%s is %q after it was set to 2", path, got)
	}
	if got := b.ReadSysctl(path); got != "0" {
		t.Errorf("%s is %q in the other host", path, got)
	}
}

func TestInterfaceChanges(t *testing.T) {
	a, b := twoHosts(t)

	a.SetMTU("eth0", 9000)
	if got := a.Interface("eth0").MTU; got != 9000 {
		t.Errorf("MTU is %d after it was set to 9000", got)
	}

	a.Down("eth0")
	if a.Interface("eth0").Flags&net.FlagUp != 0 {
		t.Error("eth0 is up after Down")
	}
	a.Up("eth0")
	a.WaitUp("eth0")
	b.WaitUp("eth0")

	addrs := func() (text string) {
		ifi := a.Interface("eth0")
		a.Do(func() {
			list, err := ifi.Addrs()
			if err != nil {
				t.Fatal(err)
			}
			text = fmt.Sprint(list)
		})
		return text
	}
	for _, addr := range []string{"198.51.100.1/24", "2001:db8:1::1/64"} {
		a.AddAddr("eth0", addr)
		if got := addrs(); !strings.Contains(got, addr) {
			t.Errorf("addresses are %s after %s was added", got, addr)
		}
		ip, _, _ := net.ParseCIDR(addr)
		a.Do(func() {
			conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: ip})
			if err != nil {
				t.Fatal(err) // EADDRNOTAVAIL, if it were tentative
			}
			_ = conn.Close()
		})
		a.DelAddr("eth0", addr)
		if got := addrs(); strings.Contains(got, addr) {
			t.Errorf("addresses are %s after %s was removed", got, addr)
		}
	}

	// Neither of these must wait for an IPv6 address that cannot come.
	a.SetMTU("eth0", 1000)
	a.AddAddr("eth0", "203.0.113.1/24")
	b.Down("eth0")
	a.SetMTU("eth0", 1500)
	a.AddAddr("eth0", "2001:db8:2::1/64")

	b.DelLink("eth0")
	a.Do(func() {
		if ifi, err := net.InterfaceByName("eth0"); err == nil {
			t.Errorf("%s is there after its other end was removed", ifi.Name)
		}
	})
}

func TestStart(t *testing.T) {
	var cmd *exec.Cmd
	t.Run("host", func(t *testing.T) {
		h := nettest.NewHost(t, "h")
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		// The test binary, as a program that prints its namespace and then
		// waits for the end of its input, which does not come.
		cmd = exec.Command(exe, "-test.run=^$")
		cmd.Env = append(os.Environ(), "NETTEST_PROGRAM=namespace")
		cmd.Stderr = os.Stderr
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { stdin.Close() })
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		h.Start(cmd)
		buf := make([]byte, 64)
		n, err := stdout.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		var want string
		h.Do(func() { want, err = os.Readlink("/proc/thread-self/ns/net") })
		if err != nil {
			t.Fatal(err)
		}
		if got := string(buf[:n]); got != want {
			t.Errorf("the process is in %s, the host is %s", got, want)
		}
	})
	if err := cmd.Process.Signal(syscall.Signal(0)); err == nil {
		t.Error("the process outlived the test")
	}
}

func TestCleanupLeavesNothing(t *testing.T) {
	before := namespacesHeld(t)
	t.Run("hosts", func(t *testing.T) {
		twoHosts(t)
		if held := namespacesHeld(t); held != before+2 {
			t.Errorf("two hosts hold %d namespaces", held-before)
		}
	})
	if after := namespacesHeld(t); after != before {
		t.Errorf("%d namespaces are open after the test, %d were before", after, before)
	}
}

// namespacesHeld counts the network namespaces that this process holds open by
// a descriptor.
func namespacesHeld(t *testing.T) int {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, fd := range fds {
		// The descriptor of the directory itself is closed by now.
		if link, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(link, "net:[") {
			n++
		}
	}
	return n
}
