package lab_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"os/exec"
	"testing"
	"time"

	"mcast/internal/nettest"
	"mcast/lab"
)

// start starts a lab that is closed when the test ends.
func start(t testing.TB, topology *lab.Topology) *lab.Lab {
	t.Helper()
	l, err := lab.Start(context.Background(), topology)
	var isolation *lab.NotIsolatedError
	if errors.As(err, &isolation) {
		nettest.Skip(t, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func prefixes(list ...string) (p []netip.Prefix) {
	for _, s := range list {
		p = append(p, netip.MustParsePrefix(s))
	}
	return p
}

// a ── eth0 ── lan ── eth0 ── b
func twoHosts() *lab.Topology {
	return &lab.Topology{
		Name:     "two",
		Segments: []lab.Segment{{Name: "lan", Kind: lab.Hub}},
		Hosts: []lab.Host{
			{Name: "a", Interfaces: []lab.Interface{{Name: "eth0", Segment: "lan", Addresses: prefixes("192.0.2.1/24", "2001:db8::1/64")}}},
			{Name: "b", Interfaces: []lab.Interface{{Name: "eth0", Segment: "lan", Addresses: prefixes("192.0.2.2/24", "2001:db8::2/64")}}},
		},
	}
}

// output runs a command on a host and returns what it prints.
func output(t testing.TB, n *lab.Node, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := n.Start(cmd); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out.String())
	}
	return out.String()
}

func TestHosts(t *testing.T) {
	l := start(t, twoHosts())
	a := l.Host("a")
	for command, want := range map[string]string{
		"hostname":                      "a\n",
		"cat /proc/sys/kernel/hostname": "a\n",
		"ls -A /run":                    "",
		"ls /sys/class/net":             "eth0\nlo\n",
		"grep -c . /etc/hosts":          "8\n",
		"grep b$ /etc/hosts":            "192.0.2.2\tb\n2001:db8::2\tb\n",
	} {
		if got := output(t, a, "sh", "-c", command); got != want {
			t.Errorf("%s prints %q, want %q", command, got, want)
		}
	}
}

// What a sends, b receives at once, by both families.
func TestReady(t *testing.T) {
	l := start(t, twoHosts())
	for _, addr := range []string{"192.0.2.2", "2001:db8::2"} {
		var from, to net.PacketConn
		err := errors.Join(
			l.Host("b").Do(func() (err error) {
				to, err = net.ListenPacket("udp", net.JoinHostPort(addr, "5000"))
				return err
			}),
			l.Host("a").Do(func() (err error) {
				from, err = net.ListenPacket("udp", ":0")
				return err
			}))
		if err != nil {
			t.Fatal(err)
		}
		defer from.Close()
		defer to.Close()
		if _, err := from.WriteTo([]byte("hello"), to.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		_ = to.SetReadDeadline(time.Now().Add(10 * time.Second))
		b := make([]byte, 10)
		if n, _, err := to.ReadFrom(b); err != nil || string(b[:n]) != "hello" {
			t.Errorf("%s: received %q, %v", addr, b[:n], err)
		}
	}
}
