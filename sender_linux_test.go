//go:build !mcast_portable

package mcast

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"mcast/internal/nettest"
)

// A sender finds the way out that it is told, or that the routing table picks,
// and sends from the address that belongs there.
//
//	a ── eth0 ────── eth0 ── b   a has second addresses on eth1, and routes
//	  └─ eth1 ────── eth1 ─┘     multicast there
func TestSenderRoutes(t *testing.T) {
	a, b := twoHosts(t)
	a.AddAddr("eth1", "198.51.100.11/24")
	a.AddAddr("eth1", "2001:db8:1::11/64")
	a.AddRoute("ff15::/16", "eth1")
	linkLocal := linkLocalAddr(t, a, "eth1")
	r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000", "[ff15::1]:5000", "[ff02::1234]:5000")
	const group, group6 = "239.1.1.1:5000", "[ff15::1]:5000"
	for _, test := range []struct {
		name   string
		group  string
		config SenderConfig
		by     string // by comma
		from   string // address the datagram comes from
	}{
		{"route", group, SenderConfig{}, "eth1", "198.51.100.1"},
		{"route, named", group, SenderConfig{Interfaces: []string{RouteInterface}}, "eth1", "198.51.100.1"},
		{"name", group, SenderConfig{Interfaces: []string{"eth0"}}, "eth0", "192.0.2.1"},
		{"name of the group", "239.1.1.1%eth0:5000", SenderConfig{Interfaces: []string{"eth1"}}, "eth0", "192.0.2.1"},
		{"index", group, SenderConfig{Interfaces: []string{fmt.Sprint(a.Interface("eth0").Index)}}, "eth0", "192.0.2.1"},
		{"address", group, SenderConfig{Interfaces: []string{"192.0.2.1"}}, "eth0", "192.0.2.1"},
		{"secondary address", group, SenderConfig{Interfaces: []string{"198.51.100.11"}}, "eth1", "198.51.100.11"},
		{"source", group, SenderConfig{Source: netip.MustParseAddr("192.0.2.1")}, "eth0", "192.0.2.1"},
		{"secondary source", group, SenderConfig{Source: netip.MustParseAddr("198.51.100.11")}, "eth1", "198.51.100.11"},
		{"source of the group", "192.0.2.1@239.1.1.1:5000", SenderConfig{Source: netip.MustParseAddr("198.51.100.1")}, "eth0", "192.0.2.1"},
		{"source of another interface", group, SenderConfig{Interfaces: []string{"eth0"}, Source: netip.MustParseAddr("198.51.100.11")}, "eth0", "198.51.100.11"},
		{"source and route", group, SenderConfig{Interfaces: []string{RouteInterface}, Source: netip.MustParseAddr("198.51.100.11")}, "eth1", "198.51.100.11"},
		{"all", group, SenderConfig{Interfaces: []string{AllInterfaces}}, "eth0,eth1", ""},
		{"several", group, SenderConfig{Interfaces: []string{"eth0", "eth1"}}, "eth0,eth1", ""},
		{"the same twice", group, SenderConfig{Interfaces: []string{"eth0", "192.0.2.1"}}, "eth0", "192.0.2.1"},

		{"IPv6, route", group6, SenderConfig{}, "eth1", ""},
		{"IPv6, name", group6, SenderConfig{Interfaces: []string{"eth0"}}, "eth0", "2001:db8::1"},
		{"IPv6, IPv4 address", group6, SenderConfig{Interfaces: []string{"192.0.2.1"}}, "eth0", "2001:db8::1"},
		{"IPv6, address", group6, SenderConfig{Interfaces: []string{"2001:db8:1::1"}}, "eth1", "2001:db8:1::1"},
		{"IPv6, second address", group6, SenderConfig{Interfaces: []string{"2001:db8:1::11"}}, "eth1", "2001:db8:1::11"},
		{"IPv6, source", group6, SenderConfig{Source: netip.MustParseAddr("2001:db8:1::11")}, "eth1", "2001:db8:1::11"},
		{"IPv6, link-local source", group6, SenderConfig{Interfaces: []string{"eth1"}, Source: linkLocal}, "eth1", linkLocal.String()},
		{"IPv6, all", group6, SenderConfig{Interfaces: []string{AllInterfaces}}, "eth0,eth1", ""},
		{"IPv6, link-local group", "[ff02::1234]%eth1:5000", SenderConfig{}, "eth1", linkLocal.String()},
		{"IPv6, link-local group on all", "[ff02::1234]:5000", SenderConfig{Interfaces: []string{AllInterfaces}}, "eth0,eth1", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := senderOn(t, a, test.config, test.group)
			var by []string
			for _, route := range s.Routes() {
				by = append(by, route.Interface)
				if route.Source.IsValid() && test.from != "" && route.Source.String() != test.from {
					t.Errorf("the route is %+v, want from %s", route, test.from)
				}
			}
			slices.Sort(by)
			if got := strings.Join(by, ","); got != test.by {
				t.Errorf("sends by %s, want %s", got, test.by)
			}
			sendText(t, s, test.name)
			by = nil
			for range strings.Split(test.by, ",") {
				d := received(t, r)
				by = append(by, d.Interface)
				if string(d.Payload) != test.name || test.from != "" && d.Source.Addr().String() != test.from {
					t.Errorf("received %q from %v, want from %s", d.Payload, d.Source, test.from)
				}
			}
			slices.Sort(by)
			if got := strings.Join(by, ","); got != test.by {
				t.Errorf("received by %s, want %s", got, test.by)
			}
		})
	}
	sendText(t, senderOn(t, a, SenderConfig{}, group), "the end")
	checkReceives(t, r, "the end") // and nothing more than was sent
}

// Groups are numbered in the order in which they were given, blocks taken apart.
//
//	a ── eth0 ────── eth0 ── b
func TestSenderGroups(t *testing.T) {
	a, b := sources(t)
	r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.0+4:5000", "[ff15::1]+2:6000")
	s := senderOn(t, a, SenderConfig{}, "239.1.1.1+2%eth0:5000", "[ff15::1]+2%eth0:6000", "239.1.1.0%eth0:5000")
	want := "[239.1.1.1:5000 239.1.1.2:5000 [ff15::1]:6000 [ff15::2]:6000 239.1.1.0:5000]"
	if got := fmt.Sprint(s.Groups()); got != want {
		t.Errorf("the groups are %s, want %s", got, want)
	}
	for n, group := range s.Groups() {
		if _, err := s.WriteBatch(t.Context(), n, [][]byte{[]byte(group.String())}); err != nil {
			t.Fatal(err)
		}
		if d := received(t, r); d.Group != group || string(d.Payload) != group.String() {
			t.Errorf("group %d: received %q to %v, want %v", n, d.Payload, d.Group, group)
		}
	}
	sendText(t, s, "to all")
	heard := map[netip.AddrPort]int{}
	for range s.Groups() {
		heard[received(t, r).Group]++
	}
	if len(heard) != len(s.Groups()) {
		t.Errorf("what was sent to all arrived %v times", heard)
	}
}

// Nothing that is sent to the host alone leaves it.
//
//	a ── eth0 ────── eth0 ── b
func TestHostOnly(t *testing.T) {
	a, b := sources(t)
	for _, group := range []string{"239.1.1.1", "ff15::1"} {
		here, there := receiverOn(t, a, ReceiverConfig{}, groupText(group, "eth0")), receiverOn(t, b, ReceiverConfig{}, groupText(group, "eth0"))
		sendText(t, senderOn(t, a, SenderConfig{HopLimit: HostOnly}, groupText(group, "eth0")), "host only")
		sendText(t, senderOn(t, a, SenderConfig{}, groupText(group, "eth0")), "network")
		if d := received(t, here); string(d.Payload) != "host only" || d.HopLimit != 0 {
			t.Errorf("%s: the host itself received %q with hop limit %d", group, d.Payload, d.HopLimit)
		}
		checkReceives(t, there, "network")
	}
}

// Without a route a sender takes loopback if nothing else is up, and says which
// interfaces there are otherwise.
//
//	h ── eth0 (not up at first) ────── eth0 ── peer
func TestSendWithoutRoute(t *testing.T) {
	h, peer := nettest.NewHost(t, "h"), nettest.NewHost(t, "peer")
	nettest.Pair(t, h.NIC("eth0", "192.0.2.1/24"), peer.NIC("eth0"))
	h.Down("eth0")
	s := senderOn(t, h, SenderConfig{}, "239.1.1.1:5000")
	if got := fmt.Sprint(s.Routes()); got != "[{239.1.1.1:5000 lo 127.0.0.1}]" {
		t.Errorf("with nothing but loopback the way is %s", got)
	}
	r := receiverOn(t, h, ReceiverConfig{}, "239.1.1.1:5000")
	sendText(t, s, "hello")
	checkReceives(t, r, "hello")

	h.Up("eth0")
	h.WaitUp("eth0")
	h.Do(func() {
		_, err := NewSender([]Group{mustGroup(t, "239.1.1.1:5000")}, SenderConfig{})
		var e *Error
		if !errors.Is(err, ErrNoRoute) || !errors.As(err, &e) || e.Hint() != "name an interface (-i); interfaces here: lo, eth0" {
			t.Errorf("with an interface that is up: %v (%+v)", err, e)
		}
	})
	h.AddUnreachable("239.0.0.0/8")
	h.Do(func() {
		if _, err := NewSender([]Group{mustGroup(t, "239.1.1.1:5000")}, SenderConfig{}); !errors.Is(err, ErrNoRoute) {
			t.Errorf("with a route that says no: %v", err)
		}
	})
}

// What cannot be sent to is refused at once, with what to do about it.
//
//	a ── eth0 (192.0.2.1, no IPv6 but link-local), eth1 (down), eth2 (no IPv4)
func TestSenderRefused(t *testing.T) {
	a, b := nettest.NewHost(t, "a"), nettest.NewHost(t, "b")
	nettest.Pair(t, a.NIC("eth0", "192.0.2.1/24"), b.NIC("eth0"))
	nettest.Pair(t, a.NIC("eth1", "198.51.100.1/24"), b.NIC("eth1"))
	nettest.Pair(t, a.NIC("eth2", "2001:db8::1/64"), b.NIC("eth2"))
	a.Down("eth1")
	senderOn(t, a, SenderConfig{SourcePort: 4321}, "239.1.1.1%eth0:5000") // takes the port
	for _, test := range []struct {
		name, group string
		config      SenderConfig
		is          error
		text, hint  string // parts of the error and of the hint
	}{
		{"no such interface", "239.1.1.1%eth9:5000", SenderConfig{}, ErrNoInterface, "send to 239.1.1.1:5000 on eth9", "interfaces here: lo, eth0, eth1 (down), eth2"},
		{"no such address", "239.1.1.1%192.0.2.99:5000", SenderConfig{}, ErrNoInterface, "on 192.0.2.99", "interfaces here"},
		{"down", "239.1.1.1%eth1:5000", SenderConfig{}, ErrInterfaceDown, "on eth1", "ip link set eth1 up"},
		{"no IPv4 address", "239.1.1.1%eth2:5000", SenderConfig{}, ErrNoAddress, "on eth2", "--source"},
		{"unknown source", "239.1.1.1:5000", SenderConfig{Source: netip.MustParseAddr("192.0.2.99")}, nil, "no interface here has the source address 192.0.2.99", "addresses here: 127.0.0.1 (lo) 192.0.2.1 (eth0) 198.51.100.1 (eth1)"},
		{"unknown source by an interface", "239.1.1.1%eth0:5000", SenderConfig{Source: netip.MustParseAddr("192.0.2.99")}, nil, "not an address of this host", "addresses here"},
		{"source of another family", "239.1.1.1%eth0:5000", SenderConfig{Source: netip.MustParseAddr("2001:db8::1")}, nil, "another address family", ""},
		{"two sources", "192.0.2.1,192.0.2.2@239.1.1.1%eth0:5000", SenderConfig{}, nil, "one source address", "name one source"},
		{"port taken", "239.1.1.1%eth0:5000", SenderConfig{SourcePort: 4321, Source: netip.MustParseAddr("192.0.2.1")}, nil, "another program uses the port", "another source port"},
		{"no port", "239.1.1.1%eth0", SenderConfig{}, nil, "has no port", "5000"},
		{"hop limit", "239.1.1.1%eth0:5000", SenderConfig{HopLimit: 256}, nil, "hop limit 256", ""},
		{"negative hop limit", "239.1.1.1%eth0:5000", SenderConfig{HopLimit: -2}, nil, "hop limit -2", ""},
		{"DSCP", "239.1.1.1%eth0:5000", SenderConfig{DSCP: 64}, nil, "DSCP 64", ""},
		{"negative rate", "239.1.1.1%eth0:5000", SenderConfig{Rate: -1}, nil, "rate", ""},
		{"two rates", "239.1.1.1%eth0:5000", SenderConfig{Rate: 1, BitRate: 1}, nil, "exclude each other", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			a.Do(func() {
				s, err := NewSender([]Group{mustGroup(t, test.group)}, test.config)
				if err == nil {
					_ = s.Close()
					t.Fatal("the sender was made")
				}
				if test.is != nil && !errors.Is(err, test.is) {
					t.Errorf("the error is %v, want %v", err, test.is)
				}
				if !strings.Contains(err.Error(), test.text) || strings.Contains(err.Error(), "\n") {
					t.Errorf("the error is %q, want %q in it", err, test.text)
				}
				var hinted interface{ Hint() string }
				if test.hint != "" && (!errors.As(err, &hinted) || !strings.Contains(hinted.Hint(), test.hint)) {
					t.Errorf("the hint of %v is not %q", err, test.hint)
				}
			})
		})
	}
	a.Down("eth0")
	a.Down("eth2")
	a.Do(func() {
		_, err := NewSender([]Group{mustGroup(t, "239.1.1.1:5000")}, SenderConfig{Interfaces: []string{AllInterfaces}})
		if !errors.Is(err, ErrNoInterface) {
			t.Errorf("to all, and none is up: %v", err)
		}
	})
}

// A datagram that is too long is refused, alone; those before it are sent.
//
//	a ── eth0 ────── eth0 ── b
func TestSendTooLong(t *testing.T) {
	a, b := sources(t)
	for _, offload := range []Offload{OffloadAuto, OffloadOff} {
		r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000")
		s := senderOn(t, a, SenderConfig{Offload: offload}, "239.1.1.1%eth0:5000")
		n, err := s.WriteBatch(t.Context(), 0, lengths(10, 10, MaxPayload+1, 10))
		var e *Error
		if n != 2 || !errors.As(err, &e) || !strings.Contains(err.Error(), "a datagram of 65508 bytes is too long") || e.Hint() == "" {
			t.Errorf("sent %d: %v", n, err)
		}
		if err := s.OffloadError(); err != nil {
			t.Errorf("a datagram that is too long turned offload off: %v", err)
		}
		write(t, s, lengths(10))
		for range 3 {
			if d := received(t, r); len(d.Payload) != 10 {
				t.Errorf("received %d bytes", len(d.Payload))
			}
		}
		_ = r.Close()
	}
}

// A sender outlives its interface's going down and coming up, and says what is
// wrong in between.
//
//	a ── eth0 ────── eth0 ── b
func TestSenderWhenInterfaceGoesDown(t *testing.T) {
	for _, group := range []string{"239.1.1.1", "ff15::1"} {
		t.Run(group, func(t *testing.T) {
			a, b := sources(t)
			r := receiverOn(t, b, ReceiverConfig{}, groupText(group, "eth0"))
			s := senderOn(t, a, SenderConfig{}, groupText(group, "eth0"))
			sendText(t, s, "before")
			checkReceives(t, r, "before")
			a.Down("eth0")
			err := s.Send(t.Context(), []byte("down"))
			var e *Error
			if !errors.As(err, &e) || e.Interface != "eth0" || e.Hint() == "" {
				t.Errorf("sent by an interface that is down: %v", err)
			}
			a.Up("eth0")
			a.WaitUp("eth0")
			b.WaitUp("eth0")
			sendText(t, s, "after")
			checkReceives(t, r, "after")
			a.DelLink("eth0")
			if err := s.Send(t.Context(), []byte("gone")); !errors.As(err, &e) || e.Interface != "eth0" || e.Hint() == "" {
				t.Errorf("sent by an interface that is gone: %v", err)
			}
		})
	}
}

// A paced sender is never ahead of its time: so says the kernel of the receiving
// host.
//
//	a ── eth0 ────── eth0 ── b
func TestSenderRate(t *testing.T) {
	a, b := sources(t)
	const n = 50
	for name, config := range map[string]SenderConfig{
		"datagrams": {Rate: 2000},
		"bits":      {BitRate: 2000 * 8 * 100},
	} {
		t.Run(name, func(t *testing.T) {
			r := receiverOn(t, b, ReceiverConfig{Offload: OffloadOff}, "239.1.1.1:5000")
			s := senderOn(t, a, config, "239.1.1.1%eth0:5000")
			awaitStamps(t, r, senderOn(t, a, SenderConfig{}, "239.1.1.1%eth0:5000"))
			start := time.Now()
			write(t, s, numbered(numbers(n, 100)...))
			last := start
			for i := range n {
				d := received(t, r)
				if len(d.Payload) != 100 || d.Payload[0] != byte(i*31) {
					t.Fatalf("datagram %d is out of order", i)
				}
				if d.Time.Before(last) {
					t.Errorf("datagram %d was received before the one before it", i)
				}
				last = d.Time
				// At most a millisecond's worth goes out at once.
				if least := time.Duration(i)*500*time.Microsecond - time.Millisecond; last.Sub(start) < least {
					t.Errorf("datagram %d came after %v, want at least %v", i, last.Sub(start), least)
				}
			}
			_ = r.Close()
		})
	}
}

// A sender that waits for its pace ends the wait when its context is done and
// when it is closed, and tells how much it has sent.
//
//	a ── eth0 ────── eth0 ── b
func TestSenderRateInterrupted(t *testing.T) {
	a, b := sources(t)
	for _, test := range []struct {
		name      string
		interrupt func(*Sender, context.CancelFunc)
		want      error
	}{
		{"context", func(_ *Sender, cancel context.CancelFunc) { cancel() }, context.Canceled},
		{"close", func(s *Sender, _ context.CancelFunc) { _ = s.Close() }, ErrClosed},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000")
			s := senderOn(t, a, SenderConfig{Rate: 0.001}, "239.1.1.1%eth0:5000")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			type result struct {
				n   int
				err error
			}
			done := make(chan result, 1)
			go func() {
				n, err := s.WriteBatch(ctx, 0, [][]byte{[]byte("first"), []byte("second")})
				done <- result{n, err}
			}()
			checkReceives(t, r, "first") // at once
			test.interrupt(s, cancel)
			select {
			case got := <-done:
				if got.n != 1 || !errors.Is(got.err, test.want) {
					t.Errorf("sent %d: %v, want 1 and %v", got.n, got.err, test.want)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("it still waits")
			}
			_ = r.Close()
		})
	}
}

// With a context that is done nothing is sent; a closed sender says so.
func TestSenderDone(t *testing.T) {
	a, _ := sources(t)
	s := senderOn(t, a, SenderConfig{}, "239.1.1.1%eth0:5000")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := s.WriteBatch(ctx, 0, lengths(1)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("sent %d: %v", n, err)
	}
	if n, err := s.WriteBatch(t.Context(), 0, nil); n != 0 || err != nil {
		t.Errorf("sent %d of nothing: %v", n, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if n, err := s.WriteBatch(t.Context(), 0, lengths(1)); n != 0 || !errors.Is(err, ErrClosed) {
		t.Errorf("sent %d after Close: %v", n, err)
	}
	if err := s.Close(); !errors.Is(err, ErrClosed) {
		t.Errorf("closed twice: %v", err)
	}
}
