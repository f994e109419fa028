package nettest

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/vishvananda/netlink"
	vnetns "github.com/vishvananda/netns"

	"mcast/internal/netns"
)

// Host is a host of a test: a network namespace with loopback up, and
// nothing else until [Pair] gives it an interface. Its methods fail the test
// when they fail, so they must be called from the goroutine of the test.
type Host struct {
	t    testing.TB
	name string
	ns   *netns.NS
	nl   *netlink.Handle
}

// NewHost makes a host, which is gone when the test ends. The name appears in
// messages only: any number of hosts may have the same. Where namespaces
// cannot be made the test skips, see [Skip].
func NewHost(t testing.TB, name string) *Host {
	t.Helper()
	if unavailable != nil {
		Skip(t, reason(unavailable))
	}
	ns, err := netns.New()
	if err != nil {
		Skip(t, fmt.Sprintf("%v; is nettest.Main called from TestMain?", err))
	}
	t.Cleanup(func() {
		if err := ns.Close(); err != nil {
			t.Errorf("host %s: close the network namespace: %v", name, err)
		}
	})
	nl, err := netlink.NewHandleAt(vnetns.NsHandle(ns.Fd()), syscall.NETLINK_ROUTE)
	if err != nil {
		t.Fatalf("host %s: open a netlink socket: %v", name, err)
	}
	t.Cleanup(nl.Close)
	h := &Host{t: t, name: name, ns: ns, nl: nl}
	h.quieten()
	return h
}

// reason is an error as a reason to skip, with the hint if it has one.
func reason(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return fmt.Sprintf("%v; %s", err, hinted.Hint())
	}
	return err.Error()
}

// quieten keeps IPv6 from what a test would only wait for, or stumble over.
func (h *Host) quieten() {
	h.t.Helper()
	if !h.hasSysctl("net/ipv6") {
		return // a kernel without IPv6, or booted with ipv6.disable=1
	}
	// Duplicate address detection keeps an address unusable for one or two
	// seconds. It has to be off before the interface is up, here and in
	// "default"; IFA_F_NODAD at the address does not help the link-local one,
	// which the kernel makes (Linux 6.18).
	h.Sysctl("net/ipv6/conf/all/accept_dad", "0")
	h.Sysctl("net/ipv6/conf/default/accept_dad", "0")
	// Router solicitations would turn up in captures at any time.
	h.Sysctl("net/ipv6/conf/default/router_solicitations", "0")
}

// String returns the name.
func (h *Host) String() string { return h.name }

// NS returns the network namespace. It belongs to the host: do not close it.
func (h *Host) NS() *netns.NS { return h.ns }

// Do runs fn on a thread that is in the host. Sockets that fn opens, and
// processes that it starts, stay in the host; goroutines that it starts are not
// in the host. See [netns.NS.Do] for this and other traps.
//
// The Fatal and Skip of the test work in fn.
func (h *Host) Do(fn func()) {
	h.t.Helper()
	err := h.ns.Do(func() error { fn(); return nil })
	h.check(err, "run a function")
}

// Start starts a process in the host. If it is still there when the test ends,
// it is killed.
func (h *Host) Start(cmd *exec.Cmd) {
	h.t.Helper()
	h.check(h.ns.Start(cmd), "start %s", cmd)
	h.t.Cleanup(func() {
		// Not cmd.Wait, which the test may be calling or have called. What
		// fails here fails because the process is no more.
		_ = cmd.Process.Kill()
		_, _ = cmd.Process.Wait()
	})
}

// Sysctl writes a kernel setting of the host: its path below /proc/sys, with
// slashes, since names of interfaces may have dots.
//
//	h.Sysctl("net/ipv4/conf/eth0/force_igmp_version", "2")
func (h *Host) Sysctl(path, value string) {
	h.t.Helper()
	var err error
	h.Do(func() { err = os.WriteFile("/proc/sys/"+path, []byte(value), 0) })
	h.check(err, "set %s to %s", path, value)
}

// ReadSysctl reads a kernel setting of the host, without the newline.
func (h *Host) ReadSysctl(path string) string {
	h.t.Helper()
	var text []byte
	var err error
	h.Do(func() { text, err = os.ReadFile("/proc/sys/" + path) })
	h.check(err, "read %s", path)
	return strings.TrimSpace(string(text))
}

// ReadProc reads a file of /proc/net as the host has it.
//
//	h.ReadProc("igmp")
func (h *Host) ReadProc(name string) string {
	h.t.Helper()
	var text []byte
	var err error
	h.Do(func() { text, err = os.ReadFile("/proc/thread-self/net/" + name) })
	h.check(err, "read /proc/net/%s", name)
	return string(text)
}

func (h *Host) hasSysctl(path string) bool {
	h.t.Helper()
	var err error
	h.Do(func() { _, err = os.Stat("/proc/sys/" + path) })
	return err == nil
}

// Interface returns an interface of the host as package net sees it. The result
// is a snapshot, and its methods ask the namespace of the calling thread: call
// them inside [Host.Do].
func (h *Host) Interface(name string) *net.Interface {
	h.t.Helper()
	var ifi *net.Interface
	var err error
	h.Do(func() { ifi, err = net.InterfaceByName(name) })
	h.check(err, "find %s", name)
	return ifi
}

// Up brings an interface up. It does not wait: see [Host.WaitUp].
func (h *Host) Up(name string) {
	h.t.Helper()
	h.check(h.nl.LinkSetUp(h.link(name)), "bring %s up", name)
}

// Down brings an interface down. The kernel forgets its IPv6 addresses, and the
// routes through it, for good.
func (h *Host) Down(name string) {
	h.t.Helper()
	h.check(h.nl.LinkSetDown(h.link(name)), "bring %s down", name)
}

// DelLink removes an interface and, if it has one, the other end of the cable.
func (h *Host) DelLink(name string) {
	h.t.Helper()
	h.check(h.nl.LinkDel(h.link(name)), "remove %s", name)
}

// Rename gives an interface another name. It may be up (Linux 6.2).
func (h *Host) Rename(name, to string) {
	h.t.Helper()
	h.check(h.nl.LinkSetName(h.link(name), to), "rename %s to %s", name, to)
}

// SetMTU sets the largest size of an IP packet on an interface, in bytes. Below
// 1280 the kernel switches IPv6 off there.
func (h *Host) SetMTU(name string, mtu int) {
	h.t.Helper()
	h.check(h.nl.LinkSetMTU(h.link(name), mtu), "set the MTU of %s to %d", name, mtu)
}

// SetSegments sets how many segments a frame of segmentation offload may have on an
// interface. 1 turns segmentation offload off there: the kernel does it before.
func (h *Host) SetSegments(name string, segments int) {
	h.t.Helper()
	h.check(h.nl.LinkSetGSOMaxSegs(h.link(name), segments), "set the segments of %s to %d", name, segments)
}

// AddAddr gives an interface an address: "192.0.2.1/24", "2001:db8::1/64". If the
// interface is up and its cable plugged in, the address can be used on return.
func (h *Host) AddAddr(name, addr string) {
	h.t.Helper()
	h.addAddr(h.link(name), addr)
	if h.Interface(name).Flags&net.FlagRunning != 0 {
		h.await("the addresses of "+name, func() (string, error) { return h.tentative(name) })
	}
}

func (h *Host) addAddr(link netlink.Link, addr string) {
	h.t.Helper()
	h.check(h.nl.AddrAdd(link, h.parse(addr)), "add %s to %s", addr, link.Attrs().Name)
}

// DelAddr takes an address from an interface.
func (h *Host) DelAddr(name, addr string) {
	h.t.Helper()
	h.check(h.nl.AddrDel(h.link(name), h.parse(addr)), "remove %s from %s", addr, name)
}

// AddRoute routes a prefix to an interface, without a gateway: "224.0.0.0/4" is
// what "any" interface means for a sender to an IPv4 group. For IPv6 the kernel
// has such a route for every interface that is up, the first of which wins
// unless one is given here.
func (h *Host) AddRoute(prefix, name string) {
	h.t.Helper()
	dst, err := netip.ParsePrefix(prefix)
	h.check(err, "parse a route")
	route := &netlink.Route{
		LinkIndex: h.link(name).Attrs().Index,
		Dst:       &net.IPNet{IP: dst.Masked().Addr().AsSlice(), Mask: net.CIDRMask(dst.Bits(), dst.Addr().BitLen())},
	}
	switch {
	case dst.Addr().Is4():
		route.Scope = netlink.SCOPE_LINK
	case dst.Addr().IsMulticast():
		// The kernel's own routes to ff00::/8 are in the table local, which
		// it asks before main: in main this one would never be used.
		route.Table = syscall.RT_TABLE_LOCAL
		route.Type = syscall.RTN_MULTICAST
		route.Priority = 1 // better than the kernel's own, which have 256
	}
	h.check(h.nl.RouteAdd(route), "route %s to %s", prefix, name)
}

// AddUnreachable makes the host refuse a prefix: whoever sends there is told
// that the network is unreachable.
func (h *Host) AddUnreachable(prefix string) {
	h.t.Helper()
	dst, err := netip.ParsePrefix(prefix)
	h.check(err, "parse a route")
	route := &netlink.Route{
		Dst:  &net.IPNet{IP: dst.Masked().Addr().AsSlice(), Mask: net.CIDRMask(dst.Bits(), dst.Addr().BitLen())},
		Type: syscall.RTN_UNREACHABLE,
	}
	if dst.Addr().IsMulticast() && dst.Addr().Is6() {
		route.Table, route.Priority = syscall.RT_TABLE_LOCAL, 1 // see AddRoute
	}
	h.check(h.nl.RouteAdd(route), "refuse %s", prefix)
}

func (h *Host) link(name string) netlink.Link {
	h.t.Helper()
	link, err := h.nl.LinkByName(name)
	h.check(err, "find %s", name)
	return link
}

func (h *Host) parse(addr string) *netlink.Addr {
	h.t.Helper()
	a, err := netlink.ParseAddr(addr)
	h.check(err, "parse an address")
	return a
}

// check fails the test if err is not nil, and says what was being done.
func (h *Host) check(err error, format string, args ...any) {
	if err != nil {
		h.t.Helper()
		h.t.Fatalf("host %s: %s: %v", h.name, fmt.Sprintf(format, args...), err)
	}
}
