package mroute

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"mcast"
	"mcast/internal/nettest"
)

// network is a router with a sender on one side and a receiver on the other.
//
//	sender ── eth0 ────── up ── router ── down ────── eth0 ── receiver
type network struct {
	t                        *testing.T
	sender, router, receiver *nettest.Host
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	n := &network{t, nettest.NewHost(t, "sender"), nettest.NewHost(t, "router"), nettest.NewHost(t, "receiver")}
	for _, h := range []*nettest.Host{n.sender, n.router, n.receiver} {
		// The hosts have no unicast routes to one another.
		h.Sysctl("net/ipv4/conf/all/rp_filter", "0")
		h.Sysctl("net/ipv4/conf/default/rp_filter", "0")
	}
	nettest.Pair(t, n.sender.NIC("eth0", "192.0.2.1/24", "2001:db8:1::1/64"), n.router.NIC("up", "192.0.2.254/24", "2001:db8:1::fe/64"))
	nettest.Pair(t, n.receiver.NIC("eth0", "198.51.100.1/24", "2001:db8:2::1/64"), n.router.NIC("down", "198.51.100.254/24", "2001:db8:2::fe/64"))
	return n
}

func (n *network) start(c Config) *Router {
	n.t.Helper()
	var r *Router
	var err error
	n.router.Do(func() { r, err = Start(c) })
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() {
		if err := r.Close(); err != nil {
			n.t.Errorf("close the router: %v", err)
		}
	})
	return r
}

// receive joins groups on a host's eth0.
func receive(t *testing.T, h *nettest.Host, groups ...string) *mcast.Receiver {
	t.Helper()
	var r *mcast.Receiver
	var err error
	h.Do(func() {
		r, err = mcast.NewReceiver(parse(t, groups...), mcast.ReceiverConfig{Interfaces: []string{"eth0"}})
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func parse(t *testing.T, groups ...string) (list []mcast.Group) {
	t.Helper()
	for _, text := range groups {
		g, err := mcast.ParseGroup(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, g)
	}
	return list
}

// send sends a datagram by a host's eth0.
func send(t *testing.T, h *nettest.Host, group string, hopLimit int, text string, source ...string) {
	t.Helper()
	c := mcast.SenderConfig{Interfaces: []string{"eth0"}, HopLimit: hopLimit}
	if len(source) > 0 {
		c.Source = netip.MustParseAddr(source[0])
	}
	var err error
	h.Do(func() {
		var s *mcast.Sender
		if s, err = mcast.NewSender(parse(t, group), c); err == nil {
			err = s.Send(t.Context(), []byte(text))
			_ = s.Close()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// expect receives one datagram after the other, and these are the texts.
func expect(t *testing.T, r *mcast.Receiver, texts ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for _, want := range texts {
		d, err := r.Receive(ctx)
		if err != nil {
			t.Fatalf("wait for %q: %v", want, err)
		}
		if string(d.Payload) != want {
			t.Fatalf("received %q, want %q", d.Payload, want)
		}
	}
}

// routes returns the kernel's routes as text: "192.0.2.1,239.1.1.1 up>down".
func routes(t *testing.T, r *Router) (list []string) {
	t.Helper()
	counts, err := r.Counts()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range counts {
		source := c.Source.String()
		if c.Source.IsUnspecified() {
			source = "*"
		}
		group := c.Group.String()
		if c.Group.IsUnspecified() {
			group = "*"
		}
		text := fmt.Sprintf("%s,%s %s>", source, group, c.In)
		for i, o := range c.Out {
			if i > 0 {
				text += ","
			}
			text += o.Interface
		}
		list = append(list, text)
	}
	return list
}

// waitRoutes waits until the routes are these.
func waitRoutes(t *testing.T, r *Router, want ...string) {
	t.Helper()
	slices.Sort(want)
	var have []string
	defer func() {
		if t.Failed() {
			t.Logf("the routes are %q, want %q", have, want)
		}
	}()
	nettest.Eventually(t, "routes", 10*time.Second, func() bool {
		have = routes(t, r)
		slices.Sort(have)
		return slices.Equal(have, want)
	})
}

// clean checks that a host routes nothing and has no membership of its own.
func clean(t *testing.T, h *nettest.Host) {
	t.Helper()
	for _, path := range []string{"net/ipv4/conf/all/mc_forwarding", "net/ipv6/conf/all/mc_forwarding"} {
		if v := h.ReadSysctl(path); v != "0" {
			t.Errorf("%s is %s after all is closed", path, v)
		}
	}
}
