package lab_test

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"mcast/capture"
	"mcast/internal/nettest"
	"mcast/lab"
)

// star returns hosts named a, b, c … on one segment, each with an interface eth0, the addresses
// 192.0.2.N and 2001:db8::N, and a route for groups.
func star(hosts int, segment lab.Segment) *lab.Topology {
	segment.Name = "lan"
	t := &lab.Topology{Name: "star", Segments: []lab.Segment{segment}}
	for i := range hosts {
		t.Hosts = append(t.Hosts, lab.Host{
			Name: string(rune('a' + i)),
			Interfaces: []lab.Interface{{
				Name: "eth0", Segment: "lan",
				Addresses: prefixes(fmt.Sprintf("192.0.2.%d/24", i+1), fmt.Sprintf("2001:db8::%x/64", i+1)),
			}},
			Routes: []lab.Route{{To: netip.MustParsePrefix("224.0.0.0/4"), Interface: "eth0"}},
		})
	}
	return t
}

// join makes a host a member of a group until the test ends, and returns the socket.
func join(t *testing.T, n *lab.Node, group string) *net.UDPConn {
	t.Helper()
	var conn *net.UDPConn
	err := n.Do(func() error {
		ifi, err := net.InterfaceByName("eth0")
		if err != nil {
			return err
		}
		conn, err = net.ListenMulticastUDP("udp", ifi, net.UDPAddrFromAddrPort(netip.MustParseAddrPort(group)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// send sends a datagram to each address, in that order.
func send(t *testing.T, n *lab.Node, to ...string) {
	t.Helper()
	err := n.Do(func() error {
		for _, addr := range to {
			c, err := net.Dial("udp", addr)
			if err != nil {
				return err
			}
			defer c.Close()
			if _, err := c.Write([]byte("hello")); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// listen captures what arrives at a host for port 5000, its own or not.
func listen(t *testing.T, l *lab.Lab, link string) *capture.Live {
	t.Helper()
	at, err := l.Link(link)
	if err != nil {
		t.Fatal(err)
	}
	var live *capture.Live
	err = at.Node.Do(func() (err error) {
		live, err = capture.OpenLive(capture.LiveConfig{
			Interfaces: []string{at.Interface}, Filter: "inbound and udp port 5000", Promiscuous: true,
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { live.Close() })
	return live
}

// heard returns whether anything arrived in front of the datagram to port 5000 of the host
// itself, which a sends when it has sent everything else.
func heard(t *testing.T, l *lab.Lab, live *capture.Live, host string) bool {
	t.Helper()
	address := l.Host(host).Host().Interfaces[0].Addresses[0].Addr().As4()
	timeout := time.AfterFunc(10*time.Second, func() { _ = live.Close() })
	defer timeout.Stop()
	for n := 0; ; n++ {
		f, err := live.Next()
		if err != nil {
			t.Fatalf("host %s: the last datagram did not arrive: %v", host, err)
		}
		const destination = 14 + 16 // of IPv4 in Ethernet
		if len(f.Data) > destination+4 && [4]byte(f.Data[destination:]) == address {
			return n > 0
		}
	}
}

//	a ── lan ── b, c, d
//
// a sends to the groups, of which b is a member.
func TestSegments(t *testing.T) {
	groups := []string{"239.1.1.1:5000", "[ff15::1]:5000"}
	entries := []lab.StaticEntry{
		{Group: netip.MustParseAddr("239.1.1.1"), Port: "c.eth0"},
		{Group: netip.MustParseAddr("ff15::1"), Port: "c.eth0"},
	}
	asking := &lab.Querier{IGMP: 3, MLD: 2, Interval: 5 * time.Second, ResponseInterval: time.Second}
	for name, tt := range map[string]struct {
		segment lab.Segment
		hear    string // the hosts that hear the groups
	}{
		"hub":                      {lab.Segment{Kind: lab.Hub}, "bcd"},
		"switch":                   {lab.Segment{Kind: lab.Switch}, "bcd"},
		"snooping without querier": {lab.Segment{Kind: lab.Switch, Snooping: true}, "bcd"},
		"querier":                  {lab.Segment{Kind: lab.Switch, Snooping: true, Querier: asking}, "b"},
		"the kernel's querier":     {lab.Segment{Kind: lab.Switch, Snooping: true, Querier: &lab.Querier{}}, "b"},
		"all by default":           {lab.Segment{Snooping: true, Querier: &lab.Querier{Interval: 5 * time.Second}}, "b"},
		"no flood":                 {lab.Segment{Kind: lab.Switch, Snooping: true, NoFlood: true}, "b"},
		"no flood, querier":        {lab.Segment{Kind: lab.Switch, Snooping: true, NoFlood: true, Querier: asking}, "b"},
		"static entries":           {lab.Segment{Kind: lab.Switch, Snooping: true, Querier: asking, Static: entries}, "bc"},
		"static entries, no flood": {lab.Segment{Kind: lab.Switch, Snooping: true, NoFlood: true, Static: entries}, "bc"},
		"isolated from each other": {lab.Segment{Kind: lab.Switch, Isolated: []string{"b.eth0", "c.eth0"}}, "bcd"},
		"isolated from the sender": {lab.Segment{Kind: lab.Switch, Isolated: []string{"a.eth0", "c.eth0"}}, "bd"},
	} {
		t.Run(name, func(t *testing.T) {
			l := start(t, star(4, tt.segment))
			live := map[string]*capture.Live{}
			for _, host := range []string{"b", "c", "d"} {
				live[host] = listen(t, l, host+".eth0")
			}
			for _, group := range groups {
				conn := join(t, l.Host("b"), group)
				// The kernel reports a moment after the join, and to nobody here.
				nettest.Eventually(t, "b to hear "+group, 10*time.Second, func() bool {
					send(t, l.Host("a"), group)
					_ = conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
					_, err := conn.Read(make([]byte, 10))
					return err == nil
				})
			}
			send(t, l.Host("a"), append(groups, "192.0.2.2:5000", "192.0.2.4:5000")...)
			last := l.Host("a")
			if slices.Contains(tt.segment.Isolated, "a.eth0") {
				last = l.Host("b") // c does not hear a
			}
			send(t, last, "192.0.2.3:5000")
			hear := ""
			for _, host := range []string{"b", "c", "d"} {
				if heard(t, l, live[host], host) {
					hear += host
				}
			}
			if hear != tt.hear {
				t.Errorf("the groups are heard at %q, want %q", hear, tt.hear)
			}
		})
	}
}

// Who joins right after the start is known to the switch soon, also where the first query, by
// IGMPv2, is on its way.
func TestJoinRightAfterStart(t *testing.T) {
	for range 10 {
		l := start(t, star(2, lab.Segment{Kind: lab.Switch, Snooping: true, Querier: &lab.Querier{}}))
		conn := join(t, l.Host("b"), "224.1.1.5:5000")
		deadline := time.Now().Add(4 * time.Second) // of the 10 s that a response may take
		for {
			send(t, l.Host("a"), "224.1.1.5:5000")
			_ = conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
			if _, err := conn.Read(make([]byte, 16)); err == nil {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("nothing has arrived within 4 s")
			}
		}
	}
}

// A switch with fast leave ends a membership at once, and does not wait for those who may be left.
func TestFastLeave(t *testing.T) {
	l := start(t, star(2, lab.Segment{Snooping: true, FastLeave: true, Querier: &lab.Querier{Interval: time.Minute, LastMemberInterval: 20 * time.Second}}))
	for _, group := range []string{"239.1.1.1:5000", "[ff15::1]:5000"} {
		conn := join(t, l.Host("b"), group)
		live := listen(t, l, "b.eth0")
		arrives := func() bool {
			send(t, l.Host("a"), group, "192.0.2.2:5000")
			return heard(t, l, live, "b")
		}
		nettest.Eventually(t, "b to hear "+group, 10*time.Second, arrives)
		_ = conn.Close()
		nettest.Eventually(t, "the end of "+group, 10*time.Second, func() bool { return !arrives() })
	}
}
