//go:build !mcast_portable

package mcast

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"mcast/internal/nettest"
)

// A receiver joins on the interfaces that it is told, however they are named.
//
//	a ── eth0 ────── eth0 ── b   b has a second address on eth1, and routes
//	  └─ eth1 ────── eth1 ─┘     multicast there
func TestInterfaceSelection(t *testing.T) {
	_, b := twoHosts(t)
	b.AddAddr("eth1", "198.51.100.22/24")
	b.AddAddr("eth1", "2001:db8:1::22/64")
	b.AddRoute("224.0.0.0/4", "eth1")
	b.AddRoute("ff15::/16", "eth1")
	index := fmt.Sprint(b.Interface("eth1").Index)
	linkLocal := linkLocalAddr(t, b, "eth1")
	const group, group6 = "239.1.1.1", "ff15::1"
	for _, test := range []struct {
		name       string
		interfaces []string
		on, on6    []string // where IPv4 and IPv6 groups are joined
	}{
		{"nothing", nil, []string{"lo", "eth0", "eth1"}, []string{"eth0", "eth1"}},
		{"all", []string{AllInterfaces}, []string{"lo", "eth0", "eth1"}, []string{"eth0", "eth1"}},
		{"name", []string{"eth1"}, []string{"eth1"}, []string{"eth1"}},
		{"index", []string{index}, []string{"eth1"}, []string{"eth1"}},
		{"IPv4 address", []string{"198.51.100.2"}, []string{"eth1"}, []string{"eth1"}},
		{"secondary IPv4 address", []string{"198.51.100.22"}, []string{"eth1"}, []string{"eth1"}},
		{"IPv6 address", []string{"2001:db8:1::2"}, []string{"eth1"}, []string{"eth1"}},
		{"second IPv6 address", []string{"2001:db8:1::22"}, []string{"eth1"}, []string{"eth1"}},
		{"link-local address", []string{linkLocal.String()}, []string{"eth1"}, []string{"eth1"}},
		{"link-local address with zone", []string{linkLocal.WithZone("eth1").String()}, []string{"eth1"}, []string{"eth1"}},
		{"route", []string{RouteInterface}, []string{"eth1"}, []string{"eth1"}},
		{"several", []string{"eth1", "192.0.2.2"}, []string{"eth0", "eth1"}, []string{"eth0", "eth1"}},
		{"the same twice", []string{"eth1", index, "198.51.100.2", RouteInterface}, []string{"eth1"}, []string{"eth1"}},
		{"loopback", []string{"lo"}, []string{"lo"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			check := func(group string, on []string) {
				t.Helper()
				r := receiverOn(t, b, ReceiverConfig{Interfaces: test.interfaces}, groupText(group, ""))
				want := []string{}
				for _, name := range on {
					want = append(want, group+" "+name)
				}
				checkMemberships(t, r, want...)
				for _, name := range []string{"lo", "eth0", "eth1"} {
					var joined []string
					for _, o := range on {
						if o == name {
							joined = []string{group}
						}
					}
					checkKernelGroups(t, b, name, joined...)
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
				checkKernelGroups(t, b, "eth1")
			}
			check(group, test.on)
			if test.on6 != nil {
				check(group6, test.on6)
			}
		})
	}
}

// linkLocalAddr returns the IPv6 link-local address of an interface.
func linkLocalAddr(t *testing.T, h *nettest.Host, name string) netip.Addr {
	t.Helper()
	for _, i := range interfacesOf(t, h) {
		for _, p := range i.Addrs {
			if i.Name == name && p.Addr().Is6() && p.Addr().IsLinkLocalUnicast() {
				return p.Addr()
			}
		}
	}
	t.Fatalf("%s has no link-local address", name)
	return netip.Addr{}
}

func interfacesOf(t *testing.T, h *nettest.Host) (list []Interface) {
	t.Helper()
	h.Do(func() {
		var err error
		if list, err = Interfaces(); err != nil {
			t.Fatal(err)
		}
	})
	return list
}

// A group's own interface goes before that of the configuration.
//
//	a ── eth0 ────── eth0 ── b
//	  └─ eth1 ────── eth1 ─┘
func TestGroupNamesItsInterface(t *testing.T) {
	_, b := twoHosts(t)
	r := receiverOn(t, b, ReceiverConfig{Interfaces: []string{"eth0"}}, "239.1.1.1:5000", "239.1.1.2%eth1:5000")
	checkMemberships(t, r, "239.1.1.1 eth0", "239.1.1.2 eth1")
}

// "route" is what the routing table says, and one interface: a group without a
// route cannot be joined so.
//
//	b ── eth0, eth1
func TestJoinWithoutRoute(t *testing.T) {
	_, b := twoHosts(t)
	r := receiverOn(t, b, ReceiverConfig{Interfaces: []string{RouteInterface}})
	err := joinOn(b, r, mustGroup(t, "239.1.1.1:5000"))
	var e *Error
	if !errors.Is(err, ErrNoRoute) || !errors.As(err, &e) || e.Hint() != "name an interface, or add a route; interfaces here: lo, eth0, eth1" {
		t.Errorf("join without a route: %v; %+v", err, e)
	}
	checkMemberships(t, r)
	b.AddRoute("239.1.1.0/24", "eth1")
	mustJoin(t, b, r, "239.1.1.1:5000")
	checkMemberships(t, r, "239.1.1.1 eth1")
}

// What cannot be joined leaves all as it was, and the error says what there is.
//
//	b ── eth0 (up), eth1 (down)
func TestNoSuchInterface(t *testing.T) {
	_, b := twoHosts(t)
	b.Down("eth1")
	r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1%eth0:5000")
	for _, name := range []string{"eth9", "99", "192.0.2.99", "2001:db8::99", "239.1.1.1", "fe80::1%eth0"} {
		g := mustGroup(t, "239.1.1.2:5000")
		var err error
		b.Do(func() { _, err = NewReceiver([]Group{g}, ReceiverConfig{Interfaces: []string{"eth0", name}}) })
		var e *Error
		if !errors.Is(err, ErrNoInterface) || !errors.As(err, &e) || e.Interface != name || e.Hint() == "" {
			t.Errorf("join on %s: %v", name, err)
		}
		checkKernelGroups(t, b, "eth0", "239.1.1.1")
	}
	err := joinOn(b, r, mustGroup(t, "239.1.1.2%eth9:5000"))
	var e *Error
	if !errors.As(err, &e) || e.Error() != "join 239.1.1.2 on eth9: no such interface" {
		t.Fatalf("the error is %q", err)
	}
	if want := "interfaces here: lo, eth0, eth1 (down)"; e.Hint() != want {
		t.Errorf("the hint is %q, want %q", e.Hint(), want)
	}
	checkMemberships(t, r, "239.1.1.1 eth0")
}

// An interface that is down is joined when named; "all" waits for it.
//
//	b ── eth0 (up), eth1 (down)
func TestJoinOnInterfaceThatIsDown(t *testing.T) {
	_, b := twoHosts(t)
	b.Down("eth1")
	for _, group := range []string{"239.1.1.1", "ff15::1"} {
		r := receiverOn(t, b, ReceiverConfig{}, groupText(group, "eth1"))
		if m := r.Memberships(); len(m) != 1 || m[0].Interface != "eth1" || m[0].Up {
			t.Errorf("the memberships are %+v, want one on eth1, which is down", m)
		}
	}
	r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000")
	checkMemberships(t, r, "239.1.1.1 lo", "239.1.1.1 eth0")
}

// An interface that cannot carry IPv6 is no obstacle to joining on all others.
//
//	b ── eth0, eth1 (IPv6 switched off in the way of the row)
func TestAllWithoutIPv6Somewhere(t *testing.T) {
	for _, test := range []struct {
		name string
		off  func(b *nettest.Host)
	}{
		{"an MTU below 1280", func(b *nettest.Host) { b.SetMTU("eth1", 1200) }},
		{"disable_ipv6", func(b *nettest.Host) { b.Sysctl("net/ipv6/conf/eth1/disable_ipv6", "1") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, b := twoHosts(t)
			test.off(b)
			r := receiverOn(t, b, ReceiverConfig{}, "[ff15::1]:5000")
			sendText(t, senderOn(t, a, SenderConfig{}, "[ff15::1]%eth0:5000"), "hello")
			checkReceives(t, r, "hello")
		})
	}
	_, b := twoHosts(t)
	b.SetMTU("eth1", 1200)
	var err error
	b.Do(func() { _, err = NewReceiver([]Group{mustGroup(t, "[ff15::1]%eth1:5000")}, ReceiverConfig{}) })
	var e *Error
	if !errors.As(err, &e) || e.Interface != "eth1" || e.Hint() == "" {
		t.Errorf("named, such an interface is an error: %v", err)
	}
}
