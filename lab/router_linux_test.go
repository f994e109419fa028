package lab_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"mcast"
	"mcast/internal/membership"
	"mcast/internal/nettest"
	"mcast/lab"
)

// sender ── studio ── up ── router ── down ── home ── receiver
func routed(r *lab.Router) *lab.Topology {
	at := func(name, segment string, addresses ...string) lab.Interface {
		return lab.Interface{Name: name, Segment: segment, Addresses: prefixes(addresses...)}
	}
	host := func(name, segment, gateway string, addresses ...string) lab.Host {
		return lab.Host{Name: name, Interfaces: []lab.Interface{at("eth0", segment, addresses...)}, Gateway: netip.MustParseAddr(gateway)}
	}
	return &lab.Topology{
		Name:     "routed",
		Segments: []lab.Segment{{Name: "studio", Kind: lab.Hub}, {Name: "home", Kind: lab.Hub}},
		Hosts: []lab.Host{
			host("sender", "studio", "192.0.2.254", "192.0.2.1/24", "2001:db8:1::1/64"),
			{
				Name: "router", Router: r,
				Interfaces: []lab.Interface{
					at("up", "studio", "192.0.2.254/24", "2001:db8:1::fe/64"),
					at("down", "home", "198.51.100.254/24", "2001:db8:2::fe/64"),
				},
			},
			host("receiver", "home", "198.51.100.254", "198.51.100.1/24", "2001:db8:2::1/64"),
		},
	}
}

func TestRouters(t *testing.T) {
	g4, g6 := netip.MustParseAddr("239.1.1.1"), netip.MustParseAddr("ff15::1")
	down := []lab.Outlet{{Interface: "down"}}
	quick := &lab.Querier{Interval: 10 * time.Second, ResponseInterval: time.Second, LastMemberInterval: 100 * time.Millisecond}
	proxy := &lab.Router{Proxy: &lab.Proxy{Upstream: "up", Downstream: []string{"down"}, Querier: quick}}
	for _, tt := range []struct {
		name   string
		router *lab.Router
		home   lab.Segment
	}{
		{"static", &lab.Router{Multicast: []lab.MulticastRoute{{Group: g4, In: "up", Out: down}, {Group: g6, In: "up", Out: down}}}, lab.Segment{Kind: lab.Hub}},
		{"proxy", proxy, lab.Segment{Kind: lab.Hub}},
		// A switch is no router, and asks only as long as no router does.
		{"proxy at a switch that asks", proxy, lab.Segment{Snooping: true, Querier: &lab.Querier{Interval: time.Minute}}},
		{"proxy at a switch that does not flood", proxy, lab.Segment{Snooping: true, NoFlood: true}},
		{"proxy at a switch that asks and does not flood", proxy, lab.Segment{Snooping: true, NoFlood: true, Querier: quick}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			topology := routed(tt.router)
			tt.home.Name = "home"
			topology.Segments[1] = tt.home
			topology.Hosts[1].Interfaces[1].MAC = net.HardwareAddr{0xfe, 0xff, 0xff, 0xff, 0xff, 0xfe} // of which the kernel makes a high IPv6 address
			// Reports of these versions a switch hands to routers only.
			topology.Hosts[2].Sysctls = map[string]string{"net.ipv4.conf.all.force_igmp_version": "2", "net.ipv6.conf.all.force_mld_version": "1"}
			l := start(t, topology)
			for _, text := range []string{"239.1.1.1:5000", "[ff15::1]:5000"} {
				group, err := mcast.ParseGroup(text)
				if err != nil {
					t.Fatal(err)
				}
				var r *mcast.Receiver
				err = l.Host("receiver").Do(func() (err error) {
					r, err = mcast.NewReceiver([]mcast.Group{group}, mcast.ReceiverConfig{Interfaces: []string{"eth0"}})
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				if tt.router.Proxy != nil {
					router, ok := l.Host("router"), false
					nettest.Eventually(t, "the membership upstream", 10*time.Second, func() bool {
						ok, err = isMember(router, "up", group.Addr)
						return ok || err != nil
					})
					if err != nil {
						t.Fatal(err)
					}
				}
				err = l.Host("sender").Do(func() error {
					s, err := mcast.NewSender([]mcast.Group{group}, mcast.SenderConfig{Interfaces: []string{"eth0"}, HopLimit: 2})
					if err != nil {
						return err
					}
					defer s.Close()
					return s.Send(t.Context(), []byte("hello"))
				})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				if d, err := r.Receive(ctx); err != nil || string(d.Payload) != "hello" || d.HopLimit != 1 {
					t.Errorf("received %+v, %v", d, err)
				}
			}
			counts, err := l.Host("router").Routed()
			if err != nil || len(counts) != 2 || counts[0].Packets != 1 || counts[1].Group != g6 || counts[1].In != "up" || len(counts[1].Out) != 1 {
				t.Errorf("routed %+v, %v", counts, err)
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Hosts together may want more sources of a group than a kernel grants one of its programs.
func TestProxyManySources(t *testing.T) {
	l := start(t, routed(&lab.Router{Proxy: &lab.Proxy{Upstream: "up", Downstream: []string{"down"}}}))
	const most = 10 // igmp_max_msf, unless told otherwise
	for i := range 2 * most {
		group, err := mcast.ParseGroup(fmt.Sprintf("192.0.2.%d@232.1.1.1:5000", i+1))
		if err != nil {
			t.Fatal(err)
		}
		err = l.Host("receiver").Do(func() error {
			r, err := mcast.NewReceiver([]mcast.Group{group}, mcast.ReceiverConfig{Interfaces: []string{"eth0"}})
			if err == nil {
				t.Cleanup(func() { _ = r.Close() })
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	nettest.Eventually(t, "all sources upstream", 10*time.Second, func() bool {
		err := l.Host("router").Do(func() error {
			filters, err := os.ReadFile("/proc/thread-self/net/mcfilter")
			n = strings.Count(string(filters), "0xe8010101 0xc00002")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n == 2*most
	})
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// isMember tells whether a host is in a group on an interface.
func isMember(n *lab.Node, name string, group netip.Addr) (is bool, err error) {
	err = n.Do(func() error {
		h, err := membership.Open(membership.Config{})
		if err != nil {
			return err
		}
		defer h.Close()
		groups, err := h.Groups()
		_, is = groups[membership.Joined{Interface: name, Group: group}]
		return err
	})
	return is, err
}
