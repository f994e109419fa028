package nettest

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
)

// NIC is an interface that [Pair] gives to a host.
type NIC struct {
	host  *Host
	name  string
	addrs []string
	index int // 0: the kernel's choice
}

// NIC describes an interface of the host, with its addresses ("192.0.2.1/24",
// "2001:db8::1/64"), for [Pair] to make.
func (h *Host) NIC(name string, addrs ...string) NIC {
	return NIC{host: h, name: name, addrs: addrs}
}

// WithIndex returns the interface with an index of the test's choice. Only the
// first one that is given to [Pair] can have that.
func (n NIC) WithIndex(index int) NIC {
	n.index = index
	return n
}

// Pair makes two interfaces and a cable between them (a veth pair). They are up
// on return and, together with their addresses, which include the IPv6
// link-local ones that the kernel makes, ready for use.
func Pair(t testing.TB, a, b NIC) {
	t.Helper()
	// Both ends are born where they belong, so no name can clash on the way.
	veth := &netlink.Veth{
		LinkAttrs:     netlink.LinkAttrs{Name: a.name, Index: a.index, TxQLen: -1},
		PeerName:      b.name,
		PeerNamespace: netlink.NsFd(b.host.ns.Fd()),
	}
	a.host.check(a.host.nl.LinkAdd(veth), "connect %s to %s of host %s", a.name, b.name, b.host)
	for _, end := range []NIC{a, b} {
		link := end.host.link(end.name)
		for _, addr := range end.addrs {
			end.host.addAddr(link, addr)
		}
		end.host.Up(end.name)
	}
	a.host.WaitUp(a.name)
	b.host.WaitUp(b.name)
}

// AddCard gives the host an interface that shares the cable of another one, as a
// network card with a filter does (a macvlan): frames to groups that nobody has
// joined on it are dropped. It is up on return.
func (h *Host) AddCard(name, on string) {
	h.t.Helper()
	card := &netlink.Macvlan{
		LinkAttrs: netlink.LinkAttrs{Name: name, ParentIndex: h.link(on).Attrs().Index, TxQLen: -1},
		Mode:      netlink.MACVLAN_MODE_BRIDGE,
	}
	if err := h.nl.LinkAdd(card); errors.Is(err, syscall.EOPNOTSUPP) {
		Skip(h.t, "the kernel has no macvlan interfaces")
	} else {
		h.check(err, "make %s", name)
	}
	h.Up(name)
	h.WaitUp(name)
}

// WaitUp waits until an interface that was brought up is ready for use: its
// cable is plugged in, the other end is up as well, and its addresses can be
// used, among them an IPv6 link-local one if the interface has IPv6.
func (h *Host) WaitUp(name string) {
	h.t.Helper()
	h.await(name, func() (string, error) {
		link, err := h.nl.LinkByName(name)
		if err != nil {
			return "", err
		}
		if state := link.Attrs().OperState; state != netlink.OperUp {
			return fmt.Sprintf("its state is %v", state), nil
		}
		return h.tentative(name)
	})
}

// tentative says what is missing until the addresses of an interface that is up
// can be used.
func (h *Host) tentative(name string) (missing string, err error) {
	h.t.Helper()
	link, err := h.nl.LinkByName(name)
	if err != nil {
		return "", err
	}
	addrs, err := h.nl.AddrList(link, netlink.FAMILY_V6)
	if errors.Is(err, netlink.ErrDumpInterrupted) {
		return "its addresses are changing", nil
	}
	if err != nil {
		return "", err
	}
	linkLocal := false
	for _, a := range addrs {
		if a.Flags&syscall.IFA_F_TENTATIVE != 0 {
			return fmt.Sprintf("%v is tentative", a.IPNet), nil
		}
		linkLocal = linkLocal || a.IP.IsLinkLocalUnicast()
	}
	if !linkLocal && h.makesLinkLocal(name) {
		return "it has no IPv6 link-local address", nil
	}
	return "", nil
}

// makesLinkLocal reports whether the kernel gives an interface an IPv6
// link-local address when it comes up.
func (h *Host) makesLinkLocal(name string) bool {
	h.t.Helper()
	conf := "net/ipv6/conf/" + name
	const modeNone = "1"   // IN6_ADDR_GEN_MODE_NONE
	return name != "lo" && // has ::1, and needs no other
		h.hasSysctl(conf) && // not without IPv6, nor with an MTU too small for it
		h.ReadSysctl(conf+"/disable_ipv6") == "0" &&
		h.ReadSysctl(conf+"/addr_gen_mode") != modeNone
}

// await waits until nothing is missing, and fails the test otherwise with what
// was missing last.
func (h *Host) await(what string, missing func() (string, error)) {
	h.t.Helper()
	var last string
	say := func() string { return fmt.Sprintf("host %s: %s to be ready: %s", h.name, what, last) }
	eventually(h.t, say, 10*time.Second, func() bool {
		var err error
		last, err = missing()
		h.check(err, "look at %s", what)
		return last == ""
	})
}
