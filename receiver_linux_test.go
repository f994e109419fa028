//go:build !mcast_portable

package mcast

import (
	"fmt"
	"net"
	"testing"
)

// A receiver of one or a few groups on a port has a socket each, bound to the
// group; one of many has a socket for all. They must not differ in what they
// hear.
var portModes = []struct {
	name  string
	extra int // groups joined besides
}{
	{"bound", 0},
	{"wild", 40},
}

// hears says what is sent and who has joined it, for TestReceiverHearsItsOwn.
type hears struct {
	name   string
	join   string // what the receiver joins
	extra  string // the block that it joins besides; formatted with the count
	others map[string]string
	// unwanted arrive on the host, because of the others; wanted arrives last.
	unwanted []string
	unicast  string
	wanted   string
}

// On a host with two interfaces a receiver hears its group on its interface
// from its sources and nothing else, whatever others have joined:
//
//	a ── eth0 ────── eth0 ── b   b: the receiver joins on eth0;
//	  └─ eth1 ────── eth1 ─┘        others join on both
//
// Of a, 192.0.2.1 and 2001:db8::1 are wanted as sources, the secondary
// addresses 192.0.2.66 and 2001:db8::66 are not.
func TestReceiverHearsItsOwn(t *testing.T) {
	for _, test := range []hears{
		{
			name: "IPv4", join: "239.1.1.1%eth0:5000", extra: "239.9.0.0+%d%%eth0:5000",
			others:   map[string]string{"239.1.1.1:5000": "eth1", "239.1.1.2:5000": "eth0"},
			unwanted: []string{"239.1.1.1%eth1:5000", "239.1.1.2%eth0:5000"},
			unicast:  "192.0.2.2:5000", wanted: "239.1.1.1%eth0:5000",
		},
		{
			name: "IPv4, one source", join: "192.0.2.1@232.1.1.1%eth0:5000", extra: "239.9.0.0+%d%%eth0:5000",
			others:   map[string]string{"232.1.1.1:5000": "eth0"},
			unwanted: []string{"192.0.2.66@232.1.1.1%eth0:5000"},
			unicast:  "192.0.2.2:5000", wanted: "192.0.2.1@232.1.1.1%eth0:5000",
		},
		{
			name: "IPv6", join: "[ff15::1]%eth0:5000", extra: "[ff15::9:0]+%d%%eth0:5000",
			others:   map[string]string{"[ff15::1]:5000": "eth1", "[ff15::2]:5000": "eth0"},
			unwanted: []string{"[ff15::1]%eth1:5000", "[ff15::2]%eth0:5000"},
			unicast:  "[2001:db8::2]:5000", wanted: "[ff15::1]%eth0:5000",
		},
		{
			name: "IPv6, one source", join: "2001:db8::1@[ff35::1]%eth0:5000", extra: "[ff15::9:0]+%d%%eth0:5000",
			others:   map[string]string{"[ff35::1]:5000": "eth0"},
			unwanted: []string{"2001:db8::66@[ff35::1]%eth0:5000"},
			unicast:  "[2001:db8::2]:5000", wanted: "2001:db8::1@[ff35::1]%eth0:5000",
		},
		{
			name: "IPv6 link-local", join: "[ff02::1234]%eth0:5000", extra: "[ff15::9:0]+%d%%eth0:5000",
			others:   map[string]string{"[ff02::1234]:5000": "eth1", "[ff02::1235]:5000": "eth0"},
			unwanted: []string{"[ff02::1234]%eth1:5000", "[ff02::1235]%eth0:5000"},
			unicast:  "[2001:db8::2]:5000", wanted: "[ff02::1234]%eth0:5000",
		},
	} {
		for _, mode := range portModes {
			t.Run(test.name+"/"+mode.name, func(t *testing.T) { test.run(t, mode.extra) })
		}
	}
}

func (test *hears) run(t *testing.T, extra int) {
	a, b := twoHosts(t)
	a.AddAddr("eth0", "192.0.2.66/24")
	a.AddAddr("eth0", "2001:db8::66/64")
	join := []string{test.join}
	if extra > 0 {
		join = append(join, fmt.Sprintf(test.extra, extra))
	}
	r := receiverOn(t, b, ReceiverConfig{}, join...)
	others := map[string]*net.UDPConn{}
	for group, name := range test.others {
		others[group] = plainSocket(t, b, name, group)
	}
	for _, to := range test.unwanted {
		sendText(t, senderOn(t, a, SenderConfig{}, to), to)
		// Who has joined it hears it, so it was there to be heard.
		g := mustGroup(t, to)
		hearsPlain(t, others[Group{Addr: g.Addr, Port: g.Port}.String()], to)
	}
	unicast(t, a, test.unicast, "unicast")
	sendText(t, senderOn(t, a, SenderConfig{}, test.wanted), "wanted")
	checkReceives(t, r, "wanted")
}

// With MulticastAll a receiver hears what a plain socket bound to its groups
// hears: what others have joined, too.
//
//	a ── eth0 ────── eth0 ── b   b: the receiver joins on eth0, another on eth1
//	  └─ eth1 ────── eth1 ─┘
func TestMulticastAll(t *testing.T) {
	for _, group := range []string{"239.1.1.1", "[ff15::1]"} {
		t.Run(group, func(t *testing.T) {
			a, b := twoHosts(t)
			r := receiverOn(t, b, ReceiverConfig{MulticastAll: true}, group+"%eth0:5000")
			plainSocket(t, b, "eth1", group+":5000")
			sendText(t, senderOn(t, a, SenderConfig{}, group+"%eth1:5000"), "by eth1")
			checkReceives(t, r, "by eth1")
			sendText(t, senderOn(t, a, SenderConfig{}, group+"%eth0:5000"), "by eth0")
			checkReceives(t, r, "by eth0")
		})
	}
}

// Bound to its group, a receiver keeps no unicast datagram from another program
// that has the port; nor is it in the way of another receiver of the group.
//
//	a ── eth0 ────── eth0 ── b
//	  └─ eth1 ────── eth1 ─┘
func TestReceiversShareThePort(t *testing.T) {
	a, b := twoHosts(t)
	first := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000", "[ff15::1]:5000")
	second := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000", "[ff15::1]:5000")
	for _, address := range []string{"192.0.2.2:5000", "[2001:db8::2]:5000"} {
		var conn net.PacketConn
		b.Do(func() {
			var err error
			if conn, err = net.ListenPacket("udp", address); err != nil {
				t.Fatal(err) // another program need not reuse addresses
			}
		})
		unicast(t, a, address, "unicast")
		hearsPlain(t, conn, "unicast")
		_ = conn.Close()
	}
	for _, group := range []string{"239.1.1.1%eth0:5000", "[ff15::1]%eth0:5000"} {
		sendText(t, senderOn(t, a, SenderConfig{}, group), group)
		checkReceives(t, first, group)
		checkReceives(t, second, group)
	}
}

// What arrives by two interfaces is received twice, each time with its own.
//
//	a ── eth0 ────── eth0 ── b
//	  └─ eth1 ────── eth1 ─┘
func TestReceivedByEachInterface(t *testing.T) {
	a, b := twoHosts(t)
	for _, group := range []string{"239.1.1.1:5000", "[ff15::1]:5000"} {
		r := receiverOn(t, b, ReceiverConfig{}, group)
		sendText(t, senderOn(t, a, SenderConfig{Interfaces: []string{"eth0", "eth1"}}, group), "twice")
		by := map[string]int{}
		for range 2 {
			by[received(t, r).Interface]++
		}
		if by["eth0"] != 1 || by["eth1"] != 1 {
			t.Errorf("%s was received by %v", group, by)
		}
	}
}

// Two groups that differ in the port alone are two, and IPv4 and IPv6 do not
// meet on a port.
//
//	a ── eth0 ────── eth0 ── b
//	  └─ eth1 ────── eth1 ─┘
func TestPorts(t *testing.T) {
	a, b := twoHosts(t)
	groups := []string{"239.1.1.1:5000", "239.1.1.1:5001", "[ff15::1]:5000", "[ff15::1]:5001"}
	all := receiverOn(t, b, ReceiverConfig{}, groups...)
	one := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5001")
	for _, group := range groups {
		g := mustGroup(t, group)
		g.Interface = "eth0"
		sendText(t, senderOn(t, a, SenderConfig{}, g.String()), group)
		if d := received(t, all); string(d.Payload) != group || d.Group.String() != group {
			t.Errorf("received %q to %v, want what was sent to %s", d.Payload, d.Group, group)
		}
	}
	checkReceives(t, one, "239.1.1.1:5001")
}

// A group that always has something to read does not keep out the others.
//
//	a ── eth0 ────── eth0 ── b
//	  └─ eth1 ────── eth1 ─┘
func TestBusyGroupKeepsNoneOut(t *testing.T) {
	a, b := twoHosts(t)
	r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000", "239.1.1.2:5000", "[ff15::1]:5000")
	busy := senderOn(t, a, SenderConfig{}, "239.1.1.1%eth0:5000")
	sendText(t, busy, "busy")
	checkReceives(t, r, "busy")
	for _, group := range []string{"239.1.1.2%eth0:5000", "[ff15::1]%eth0:5000"} {
		sendText(t, busy, "busy")
		sendText(t, senderOn(t, a, SenderConfig{}, group), group)
		for reads := 1; string(received(t, r).Payload) != group; reads++ {
			if reads == 50 {
				t.Fatalf("%s did not have a turn in %d reads", group, reads)
			}
			sendText(t, busy, "busy")
		}
		if text := received(t, r).Payload; string(text) != "busy" {
			t.Fatalf("received %q", text)
		}
	}
}
