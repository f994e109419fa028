//go:build !mcast_portable

package mcast

import (
	"net/netip"
	"testing"
	"time"
)

// What fails by one interface leaves by none of the others either, and what has
// left by one leaves by all: the count is true of each.
//
//	a ── eth0 ────── eth0 ── b
//	  └─ eth1 ────── eth1 ─┘
func TestWriteBatchFailsByAllInterfacesAlike(t *testing.T) {
	a, b := twoHosts(t)
	r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000")
	s := senderOn(t, a, SenderConfig{Interfaces: []string{"eth0", "eth1"}}, "239.1.1.1:5000")
	n, err := s.WriteBatch(t.Context(), 0, [][]byte{[]byte("1"), []byte("22"), make([]byte, MaxPayload+1), []byte("3")})
	if n != 2 || err == nil {
		t.Fatalf("WriteBatch returned %d, %v, want 2 and an error", n, err)
	}
	sendText(t, s, "the end")
	by := map[string][]string{}
	for range 6 {
		d := received(t, r)
		by[d.Interface] = append(by[d.Interface], string(d.Payload))
	}
	for _, name := range []string{"eth0", "eth1"} {
		if got := by[name]; len(got) != 3 || got[0] != "1" || got[1] != "22" || got[2] != "the end" {
			t.Errorf("by %s came %q, want 1, 22 and the end", name, got)
		}
	}
}

// One source port serves all interfaces of a sender.
//
//	a ── eth0 ────── eth0 ── b
//	  └─ eth1 ────── eth1 ─┘
func TestSourcePortOnSeveralInterfaces(t *testing.T) {
	a, b := twoHosts(t)
	for _, test := range []struct {
		group  string
		source netip.Addr
	}{
		{group: "239.1.1.1:5000"},
		{group: "239.1.1.1:5000", source: netip.MustParseAddr("192.0.2.1")},
		{group: "[ff15::1]:5000"},
	} {
		r := receiverOn(t, b, ReceiverConfig{}, test.group)
		s := senderOn(t, a, SenderConfig{Interfaces: []string{"eth0", "eth1"}, Source: test.source, SourcePort: 4000}, test.group)
		sendText(t, s, "x")
		for range 2 {
			if d := received(t, r); d.Source.Port() != 4000 {
				t.Errorf("to %s from %v, want port 4000", test.group, d.Source)
			}
		}
		_ = s.Close()
		_ = r.Close()
	}
}

// A sender outlives the address that its interface had when it was opened.
//
//	a ── eth0 ────── eth0 ── b
func TestSenderOutlivesAnAddress(t *testing.T) {
	a, b := twoHosts(t)
	r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1%eth0:5000")
	s := senderOn(t, a, SenderConfig{}, "239.1.1.1%eth0:5000")
	sendText(t, s, "before")
	if d := received(t, r); d.Source.Addr() != netip.MustParseAddr("192.0.2.1") {
		t.Fatalf("from %v", d.Source)
	}
	a.DelAddr("eth0", "192.0.2.1/24")
	a.AddAddr("eth0", "192.0.2.77/24")
	sendText(t, s, "after")
	if d := received(t, r); d.Source.Addr() != netip.MustParseAddr("192.0.2.77") {
		t.Errorf("from %v, want the new address", d.Source)
	}
}

// After the change to a wildcard socket the kernel's times tell which socket is
// to take a datagram; a clock that is set back later must not make it deaf.
//
//	a ── eth0 ────── eth0 ── b
func TestWidenOutlivesTheClock(t *testing.T) {
	a, b := twoHosts(t)
	r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1%eth0:5000")
	if err := joinOn(b, r, mustGroup(t, "239.9.0.0+40%eth0:5000")); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	for _, p := range r.ports {
		if p.wild.inTime(time.Now().Add(-time.Hour)) {
			t.Error("the new socket takes what the kernel received before it took over")
		}
	}
	r.mu.Unlock()
	s := senderOn(t, a, SenderConfig{}, "239.1.1.1%eth0:5000")
	sendText(t, s, "x") // from after the change
	received(t, r)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.ports {
		if !p.wild.inTime(time.Now().Add(-time.Hour)) {
			t.Error("what the kernel dates before the change is not taken long after it")
		}
	}
}
