package lab_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"

	"mcast/internal/nettest"
	"mcast/internal/rtnl"
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

// Labs that are up at once have the same names and addresses, and do not meet.
func TestSeveralLabs(t *testing.T) {
	labs := make([]*lab.Lab, 5)
	var wg sync.WaitGroup
	for i := range labs {
		wg.Go(func() {
			l, err := lab.Start(context.Background(), twoHosts())
			if err != nil {
				t.Error(err)
				return
			}
			labs[i] = l
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	var conns []net.PacketConn
	for _, l := range labs {
		defer l.Close()
		err := l.Host("b").Do(func() error {
			c, err := net.ListenPacket("udp", "192.0.2.2:5000")
			conns = append(conns, c)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, l := range labs {
		err := l.Host("a").Do(func() error {
			c, err := net.Dial("udp", "192.0.2.2:5000")
			if err != nil {
				return err
			}
			defer c.Close()
			_, err = c.Write([]byte{byte(i)})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		_ = conns[i].SetReadDeadline(time.Now().Add(10 * time.Second))
		b := make([]byte, 10)
		if n, _, err := conns[i].ReadFrom(b); err != nil || n != 1 || b[0] != byte(i) {
			t.Errorf("lab %d: received %v, %v", i, b[:n], err)
		}
		_ = conns[i].Close()
	}
}

// holdings is what a process holds that a lab might leave behind.
type holdings struct{ descriptors, mounts, processes int }

// more says that something is held that was not before. Less may be: what an earlier test has
// started may have been dying then.
func (h holdings) more(before holdings) bool {
	return h.descriptors > before.descriptors || h.mounts > before.mounts || h.processes > before.processes
}

func held(t *testing.T) (h holdings) {
	t.Helper()
	for pattern, n := range map[string]*int{"/proc/self/fd/*": &h.descriptors, "/proc/[0-9]*": &h.processes} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		*n = len(names)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	h.mounts = bytes.Count(mounts, []byte("\n"))
	return h
}

func TestCloseLeavesNothing(t *testing.T) {
	start(t, twoHosts()) // whatever is opened once and for all
	before := held(t)
	topology := star(3, lab.Segment{Kind: lab.Switch, Snooping: true, NoFlood: true})
	for range 20 {
		l, err := lab.Start(context.Background(), topology)
		if err != nil {
			t.Fatal(err)
		}
		// What starts it ends, and so it is an orphan of another group and session.
		cmd := exec.Command("sh", "-c", "setsid sleep 1000 & setsid setsid sleep 1000 & wait")
		if err := l.Host("b").Start(cmd); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if err := l.Close(); err != nil {
			t.Errorf("closed again: %v", err)
		}
		if err := l.Host("b").Start(exec.Command("true")); !errors.Is(err, os.ErrClosed) {
			t.Errorf("a program that is started after Close: %v", err)
		}
		if err := l.Host("b").Do(func() error { return nil }); !errors.Is(err, os.ErrClosed) {
			t.Errorf("a function that is called after Close: %v", err)
		}
		if r, err := l.Run(t.Context(), lab.RunConfig{}); !errors.Is(err, os.ErrClosed) {
			t.Errorf("a run after Close: %+v, %v", r, err)
		}
	}
	// Orphans are reaped by number 1, which may not have had the time.
	nettest.Eventually(t, "everything to be as before", 10*time.Second, func() bool { return !held(t).more(before) })
}

// The kernel frees what a lab was made of, within 5 s of its end. It tells by the numbers that
// this namespace gives to others: a number is gone with its namespace.
func TestNamespacesEnd(t *testing.T) {
	start(t, twoHosts())
	numbers := func() int {
		const newNumber, getNumber = 88, 90 // RTM_NEWNSID, RTM_GETNSID
		q := nl.NewNetlinkRequest(getNumber, syscall.NLM_F_DUMP)
		q.AddData(nl.NewIfInfomsg(syscall.AF_UNSPEC))
		answers, err := q.Execute(syscall.NETLINK_ROUTE, newNumber)
		if err != nil {
			t.Fatal(err)
		}
		return len(answers)
	}
	before := numbers()
	topology := star(2, lab.Segment{Kind: lab.Switch, Snooping: true, Querier: &lab.Querier{}})
	topology.Hosts[1].Interfaces[0].Impair = &lab.Impairment{Delay: time.Millisecond}
	topology.Hosts[0].Interfaces = append(topology.Hosts[0].Interfaces, lab.Interface{Name: "eth1", Segment: "lan", Addresses: prefixes("198.51.100.1/24")})
	topology.Hosts[0].Router = &lab.Router{Proxy: &lab.Proxy{Upstream: "eth0", Downstream: []string{"eth1"}}}
	const labs = 10
	for i := range labs {
		l, err := lab.Start(context.Background(), topology)
		if err != nil {
			t.Fatal(err)
		}
		for j, n := range l.Hosts() {
			var ns *os.File
			err := n.Do(func() (err error) {
				ns, err = os.Open("/proc/thread-self/ns/net")
				return err
			})
			if err == nil {
				err = netlink.SetNetNsIdByFd(int(ns.Fd()), 1000+2*i+j)
			}
			if err != nil {
				t.Fatal(err)
			}
			_ = ns.Close()
		}
		if i == 0 && numbers() != before+2 {
			t.Fatalf("%d namespaces have numbers, want two more than %d", numbers(), before)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	nettest.Eventually(t, "all namespaces to end", 5*time.Second, func() bool { return numbers() == before })
}

// Groups go where the topology's route says, and not where the kernel's own does.
func TestGroupRoutes(t *testing.T) {
	topology := twoHosts()
	h := &topology.Hosts[0]
	h.Interfaces = append(h.Interfaces, lab.Interface{Name: "eth1", Segment: h.Interfaces[0].Segment, Addresses: prefixes("198.51.100.1/24", "2001:db8:9::1/64")})
	h.Routes = nil
	for _, to := range prefixes("224.0.0.0/4", "ff00::/8") {
		h.Routes = append(h.Routes, lab.Route{To: to, Interface: "eth1"})
	}
	l := start(t, topology)
	for _, group := range []string{"239.1.1.1", "ff15::1"} {
		err := l.Host(h.Name).Do(func() error {
			rt, err := rtnl.Open()
			if err != nil {
				return err
			}
			defer rt.Close()
			eth1, err := net.InterfaceByName("eth1")
			if err != nil {
				return err
			}
			route, err := rt.Route(netip.MustParseAddr(group), netip.Addr{})
			if err == nil && route.Interface != eth1.Index {
				t.Errorf("%s goes by interface %d, want eth1, %d", group, route.Interface, eth1.Index)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestStartFails(t *testing.T) {
	start(t, twoHosts())
	before := held(t)
	for want, spoil := range map[string]func(*lab.Topology){
		"host b: set net.ipv4.no_such to 1: no such setting": func(l *lab.Topology) {
			l.Hosts[1].Sysctls = map[string]string{"net.ipv4.no_such": "1"}
		},
		"host b: set net.ipv4.ip_forward to maybe: invalid argument": func(l *lab.Topology) {
			l.Hosts[1].Sysctls = map[string]string{"net.ipv4.ip_forward": "maybe"}
		},
		// What makes no sense is said before anything is made.
		`hosts.b.interfaces.eth0.segment: there is no segment "wan"`: func(l *lab.Topology) { l.Hosts[1].Interfaces[0].Segment = "wan" },
		`steps[0].on: there is no host "c"`:                          func(l *lab.Topology) { l.Steps = []lab.Step{{On: "c", Run: []string{"true"}}} },
	} {
		topology := twoHosts()
		spoil(topology)
		_, err := lab.Start(context.Background(), topology)
		if err == nil || err.Error() != "start lab two: "+want {
			t.Errorf("the error is %v, want %s", err, want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := lab.Start(ctx, twoHosts()); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
	nettest.Eventually(t, "nothing to be left", 10*time.Second, func() bool { return !held(t).more(before) })
}

// A setting that is not there may be another one misspelt.
func TestNoSetting(t *testing.T) {
	for name, want := range map[string]string{
		"net.ipv4.cnf.all.rp_filtr": "did you mean net.ipv4.conf.all.rp_filter?",
		"net.ipv4.conf.all.no_such": "sysctl -a lists those of the machine; not all of them are a host's too",
	} {
		topology := twoHosts()
		topology.Hosts[0].Sysctls = map[string]string{name: "1"}
		_, err := lab.Start(t.Context(), topology)
		var hint interface{ Hint() string }
		if !errors.As(err, &hint) || hint.Hint() != want {
			t.Errorf("%s: %v, want the hint %s", name, err, want)
		}
	}
}

func TestSettings(t *testing.T) {
	topology := twoHosts()
	a := &topology.Hosts[0]
	a.Interfaces = append(a.Interfaces, lab.Interface{
		Name: "lan-7", Segment: "lan", MTU: 9000, MAC: net.HardwareAddr{2, 0, 0, 0, 0, 7}, Addresses: prefixes("198.51.100.1/24"),
	})
	a.Gateway = netip.MustParseAddr("192.0.2.2")
	a.Routes = []lab.Route{
		{To: netip.MustParsePrefix("224.0.0.0/4"), Interface: "lan-7"},
		{To: netip.MustParsePrefix("2001:db8:1::/48"), Via: netip.MustParseAddr("2001:db8::2")},
	}
	a.Sysctls = map[string]string{
		"net.ipv4.conf.eth0.force_igmp_version":  "2",
		"net.ipv4.conf.lan-7.force_igmp_version": "1",
		"net.ipv4.conf.lan-7.rp_filter":          "2",
		"net.ipv4.igmp_max_memberships":          "33",
		"net.ipv6.conf.eth0.disable_ipv6":        "0",
	}
	l := start(t, topology)
	for path, want := range map[string]string{
		"/proc/sys/net/ipv4/conf/eth0/force_igmp_version":   "2",
		"/proc/sys/net/ipv4/conf/lan-7/force_igmp_version":  "1",
		"/proc/sys/net/ipv4/conf/lan-7/rp_filter":           "2",
		"/proc/sys/net/ipv4/igmp_max_memberships":           "33",
		"/sys/class/net/lan-7/mtu":                          "9000",
		"/sys/class/net/eth0/mtu":                           "1500",
		"/proc/sys/net/ipv6/conf/eth0/router_solicitations": "0", // no router answers them
		"/sys/class/net/lan-7/address":                      "02:00:00:00:00:07",
	} {
		if got := output(t, l.Host("a"), "cat", path); got != want+"\n" {
			t.Errorf("%s is %q, want %s", path, got, want)
		}
	}
	// Addresses that are made of names are the same every time, and different.
	address := func(l *lab.Lab, host string) string {
		return output(t, l.Host(host), "cat", "/sys/class/net/eth0/address")
	}
	again := start(t, topology)
	if a := address(l, "a"); a != address(again, "a") || a == address(l, "b") {
		t.Errorf("the hosts have addresses %s and %s, and in another lab %s", a, address(l, "b"), address(again, "a"))
	}
	err := l.Host("a").Do(func() error {
		for to, want := range map[string]string{"203.0.113.1": "192.0.2.1", "224.1.1.1": "198.51.100.1", "2001:db8:1::1": "2001:db8::1"} {
			c, err := net.Dial("udp", net.JoinHostPort(to, "9"))
			if err != nil {
				return err
			}
			if got := c.LocalAddr().(*net.UDPAddr).IP.String(); got != want {
				t.Errorf("the source of what goes to %s is %s, want %s", to, got, want)
			}
			_ = c.Close()
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestStartProgram(t *testing.T) {
	l := start(t, twoHosts())
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "greet"), []byte("#!/bin/sh\necho hello from $(hostname)\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("greet")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH") + ":" + dir}
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := l.Host("b").Start(cmd); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || out.String() != "hello from b\n" {
		t.Errorf("it printed %q: %v", out.String(), err)
	}
	cmd = exec.Command("greet", "me")
	cmd.Env = []string{"PATH=/nowhere"}
	err := l.Host("b").Start(cmd)
	if want := `host b: start greet me: no such program on the PATH`; err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if got := output(t, l.Host("a"), "pwd"); got != wd+"\n" {
		t.Errorf("it runs in %s, want %s", got, wd)
	}
}
