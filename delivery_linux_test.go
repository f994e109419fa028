package mcast

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"mcast/internal/nettest"
)

// What a sender sends and a plain join receives, on every system alike. With
// -tags mcast_portable these tests run the implementation of the systems other
// than Linux.

// twoHosts returns two hosts with two cables. On a, IPv4 multicast is routed to eth1.
//
//	a ── eth0 ────── eth0 ── b
//	a ── eth1 ────── eth1 ── b
func twoHosts(t *testing.T) (a, b *nettest.Host) {
	t.Helper()
	a, b = nettest.NewHost(t, "a"), nettest.NewHost(t, "b")
	nettest.Pair(t, a.NIC("eth0", "192.0.2.1/24", "2001:db8::1/64"), b.NIC("eth0", "192.0.2.2/24", "2001:db8::2/64"))
	nettest.Pair(t, a.NIC("eth1", "198.51.100.1/24", "2001:db8:1::1/64"), b.NIC("eth1", "198.51.100.2/24", "2001:db8:1::2/64"))
	a.AddRoute("224.0.0.0/4", "eth1")
	return a, b
}

func mustGroup(t *testing.T, text string) Group {
	t.Helper()
	g, err := ParseGroup(text)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func receiverOn(t *testing.T, h *nettest.Host, config ReceiverConfig, groups ...string) *Receiver {
	t.Helper()
	var list []Group
	for _, g := range groups {
		list = append(list, mustGroup(t, g))
	}
	var r *Receiver
	h.Do(func() {
		var err error
		if r, err = NewReceiver(list, config); err != nil {
			t.Fatal(err)
		}
	})
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func senderOn(t *testing.T, h *nettest.Host, config SenderConfig, groups ...string) *Sender {
	t.Helper()
	var list []Group
	for _, g := range groups {
		list = append(list, mustGroup(t, g))
	}
	var s *Sender
	h.Do(func() {
		var err error
		if s, err = NewSender(list, config); err != nil {
			t.Fatal(err)
		}
	})
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// sendText sends one datagram to all groups of a sender.
func sendText(t *testing.T, s *Sender, text string) {
	t.Helper()
	if err := s.Send(t.Context(), []byte(text)); err != nil {
		t.Fatal(err)
	}
}

// received returns the next datagram, or fails the test when there is none.
func received(t *testing.T, r *Receiver) Datagram {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	d, err := r.Receive(ctx)
	if err != nil {
		t.Fatalf("receive: %v", err)
	}
	return d
}

func TestDelivery(t *testing.T) {
	a, b := twoHosts(t)
	for _, test := range []struct {
		name     string
		join     string
		send     string
		config   SenderConfig
		by       string
		source   string // "" for any
		hopLimit int
	}{
		{name: "named interface", join: "239.1.1.1:5000", send: "239.1.1.1%eth0:5000", by: "eth0", source: "192.0.2.1", hopLimit: 1},
		{name: "route", join: "239.1.1.1:5000", send: "239.1.1.1:5000", by: "eth1", source: "198.51.100.1", hopLimit: 1},
		{name: "source address and port", join: "239.1.1.1:5000", send: "239.1.1.1:5000",
			config: SenderConfig{Source: netip.MustParseAddr("192.0.2.1"), SourcePort: 4000, HopLimit: 7}, by: "eth0", source: "192.0.2.1:4000", hopLimit: 7},
		{name: "IPv6", join: "[ff15::1]:5000", send: "[ff15::1]%eth1:5000", config: SenderConfig{HopLimit: 9, DSCP: 46}, by: "eth1", source: "2001:db8:1::1", hopLimit: 9},
		{name: "IPv6 link-local", join: "[ff02::1234]:5000", send: "[ff02::1234]%eth0:5000", by: "eth0", hopLimit: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := receiverOn(t, b, ReceiverConfig{}, test.join)
			s := senderOn(t, a, test.config, test.send)
			sendText(t, s, "hello")
			d := received(t, r)
			if string(d.Payload) != "hello" || d.Interface != test.by || d.HopLimit != test.hopLimit {
				t.Errorf("received %q by %s with hop limit %d, want hello by %s with %d", d.Payload, d.Interface, d.HopLimit, test.by, test.hopLimit)
			}
			if want := mustGroup(t, test.join); d.Group != netip.AddrPortFrom(want.Addr, want.Port) {
				t.Errorf("received for %v, want %v", d.Group, want)
			}
			if got := d.Source; test.source != "" && got.String() != test.source && got.Addr().String() != test.source {
				t.Errorf("received from %v, want %v", got, test.source)
			}
			if age := time.Since(d.Time); age < -time.Second || age > 10*time.Second {
				t.Errorf("received at %v, which is %v ago", d.Time, age)
			}
			if test.config.DSCP != 0 && d.TrafficClass>>2 != test.config.DSCP {
				t.Errorf("received with DSCP %d, want %d", d.TrafficClass>>2, test.config.DSCP)
			}
		})
	}
}

// A receiver hears neither what another one joined on its port nor what comes
// by an interface that it did not join on.
func TestReceiverHearsNothingElse(t *testing.T) {
	a, b := twoHosts(t)
	r := receiverOn(t, b, ReceiverConfig{Interfaces: []string{"eth0"}}, "239.1.1.1:5000")
	receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000", "239.1.1.2:5000") // joins all there is
	for _, g := range []string{"239.1.1.1%eth1:5000", "239.1.1.2%eth0:5000"} {
		sendText(t, senderOn(t, a, SenderConfig{}, g), "unwanted")
	}
	b.Do(func() {
		conn, err := net.Dial("udp4", "192.0.2.2:5000")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte("unicast")); err != nil {
			t.Fatal(err)
		}
	})
	sendText(t, senderOn(t, a, SenderConfig{}, "239.1.1.1%eth0:5000"), "wanted")
	if d := received(t, r); string(d.Payload) != "wanted" {
		t.Errorf("received %q", d.Payload)
	}
}

func TestReadBatchWaits(t *testing.T) {
	a, b := twoHosts(t)
	r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000")
	messages := NewMessages(8)
	read := func() <-chan error {
		done := make(chan error, 1)
		go func() {
			_, err := r.ReadBatch(messages)
			done <- err
		}()
		return done
	}
	result := func(done <-chan error) error {
		select {
		case err := <-done:
			return err
		case <-time.After(5 * time.Second):
			t.Fatal("the read does not end")
			return nil
		}
	}

	start := time.Now()
	_ = r.SetReadDeadline(start.Add(20 * time.Millisecond))
	if err := result(read()); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) < 20*time.Millisecond {
		t.Errorf("a read with a deadline ended after %v with %v", time.Since(start), err)
	}
	_ = r.SetReadDeadline(time.Time{})
	done := read()
	time.Sleep(10 * time.Millisecond) // most likely it waits by now
	_ = r.SetReadDeadline(time.Now())
	if err := result(done); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a deadline set later: %v", err)
	}
	_ = r.SetReadDeadline(time.Time{})
	done = read()
	sendText(t, senderOn(t, a, SenderConfig{}, "239.1.1.1%eth0:5000"), "hello")
	if err := result(done); err != nil {
		t.Errorf("a read after a deadline that was taken away: %v", err)
	}
	done = read()
	time.Sleep(10 * time.Millisecond)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := result(done); !errors.Is(err, ErrClosed) {
		t.Errorf("a read when the receiver is closed: %v", err)
	}
	if err := r.Close(); !errors.Is(err, ErrClosed) {
		t.Errorf("closed twice: %v", err)
	}
}

// A burst arrives whole and in order, by ReadBatch, whose messages are many or few.
func TestBurst(t *testing.T) {
	a, b := twoHosts(t)
	const n = 500
	for _, batch := range []int{1, 7, 64} {
		r := receiverOn(t, b, ReceiverConfig{Offload: OffloadOff}, "239.1.1.1:5000")
		s := senderOn(t, a, SenderConfig{Rate: 50_000}, "239.1.1.1%eth0:5000")
		var datagrams [][]byte
		for i := range n {
			datagrams = append(datagrams, fmt.Appendf(nil, "%d", i))
		}
		if sent, err := s.WriteBatch(t.Context(), 0, datagrams); sent != n || err != nil {
			t.Fatalf("sent %d: %v", sent, err)
		}
		messages := NewMessages(batch)
		_ = r.SetReadDeadline(time.Now().Add(5 * time.Second))
		for next := 0; next < n; {
			got, err := r.ReadBatch(messages)
			if err != nil {
				t.Fatalf("after %d datagrams: %v", next, err)
			}
			for _, m := range messages[:got] {
				if want := fmt.Sprint(next); string(m.Datagram(0)) != want || m.Truncated {
					t.Fatalf("received %q, want %q", m.Datagram(0), want)
				}
				next++
			}
		}
		_ = r.Close()
	}
}

// Join and Leave work beside a reader, and take effect when they return.
func TestJoinAndLeaveWhileReading(t *testing.T) {
	a, b := twoHosts(t)
	r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000")
	s := senderOn(t, a, SenderConfig{}, "239.1.1.1%eth0:5000", "239.1.1.2%eth0:5000")
	stop := make(chan struct{})
	var sending sync.WaitGroup
	sending.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if err := s.Send(context.Background(), []byte("x")); err != nil {
				t.Error(err)
				return
			}
			time.Sleep(50 * time.Microsecond)
		}
	})
	var mu sync.Mutex
	count := map[netip.Addr]int{}
	var reading sync.WaitGroup
	reading.Go(func() {
		messages := NewMessages(16)
		for {
			n, err := r.ReadBatch(messages)
			if err != nil {
				if !errors.Is(err, ErrClosed) {
					t.Error(err)
				}
				return
			}
			mu.Lock()
			for i := range messages[:n] {
				count[messages[i].Group.Addr()]++
			}
			mu.Unlock()
		}
	})
	other := mustGroup(t, "239.1.1.2:5000")
	counted := func(a netip.Addr) int {
		mu.Lock()
		defer mu.Unlock()
		return count[a]
	}
	for range 20 {
		b.Do(func() {
			if err := r.Join(other); err != nil {
				t.Fatal(err)
			}
		})
		before := counted(other.Addr)
		nettest.Eventually(t, "a datagram of the group joined", 5*time.Second, func() bool { return counted(other.Addr) > before })
		b.Do(func() {
			if err := r.Leave(other); err != nil {
				t.Fatal(err)
			}
		})
		// Both groups are sent to in turn: when the first has gone on, so
		// would the second have.
		mark := counted(mustGroup(t, "239.1.1.1:5000").Addr)
		nettest.Eventually(t, "the group that stays", 5*time.Second, func() bool {
			return counted(mustGroup(t, "239.1.1.1:5000").Addr) > mark+16
		})
		before = counted(other.Addr)
		mark += 16
		nettest.Eventually(t, "the group that stays", 5*time.Second, func() bool {
			return counted(mustGroup(t, "239.1.1.1:5000").Addr) > mark+32
		})
		if after := counted(other.Addr); after != before {
			t.Fatalf("%d datagrams of a group that was left", after-before)
		}
	}
	b.Do(func() {
		if err := r.Leave(other); !errors.Is(err, ErrNotJoined) {
			t.Errorf("left twice: %v", err)
		}
	})
	close(stop)
	sending.Wait()
	_ = r.Close()
	reading.Wait()
}

// On a host with nothing but loopback, sender and receiver meet there.
func TestLoopback(t *testing.T) {
	h := nettest.NewHost(t, "h")
	r := receiverOn(t, h, ReceiverConfig{}, "239.1.1.1:5000")
	sendText(t, senderOn(t, h, SenderConfig{HopLimit: HostOnly}, "239.1.1.1:5000"), "hello")
	if d := received(t, r); d.Interface != "lo" || d.Source.Addr() != netip.MustParseAddr("127.0.0.1") {
		t.Errorf("received by %s from %v", d.Interface, d.Source)
	}
}

// The sending host hears what it sends, unless it is told not to.
func TestNoLoop(t *testing.T) {
	a, b := twoHosts(t)
	const group = "239.1.1.1%eth0:5000"
	here, there := receiverOn(t, a, ReceiverConfig{}, group), receiverOn(t, b, ReceiverConfig{}, group)
	sendText(t, senderOn(t, a, SenderConfig{NoLoop: true}, group), "without")
	sendText(t, senderOn(t, a, SenderConfig{}, group), "with")
	if d := received(t, here); string(d.Payload) != "with" {
		t.Errorf("the sending host received %q", d.Payload)
	}
	if d := received(t, there); string(d.Payload) != "without" {
		t.Errorf("the other host received %q first", d.Payload)
	}
}

func TestMemberships(t *testing.T) {
	_, b := twoHosts(t)
	r := receiverOn(t, b, ReceiverConfig{Interfaces: []string{"eth0", "eth1"}}, "239.1.1.1+2:5000", "239.1.1.1%eth0:5000")
	var got []string
	for _, m := range r.Memberships() {
		got = append(got, fmt.Sprintf("%v %s %v", m.Group, m.Interface, m.Up))
	}
	want := "[239.1.1.1:5000 eth0 true 239.1.1.1:5000 eth1 true 239.1.1.2:5000 eth0 true 239.1.1.2:5000 eth1 true]"
	if fmt.Sprint(got) != want {
		t.Errorf("memberships %v, want %v", got, want)
	}
	b.Do(func() {
		// Joined by two wants on eth0, so that one leave is not enough there.
		if err := r.Leave(mustGroup(t, "239.1.1.1+2:5000")); err != nil {
			t.Fatal(err)
		}
	})
	if m := r.Memberships(); len(m) != 1 || m[0].Interface != "eth0" {
		t.Errorf("memberships left: %v", m)
	}
	if n := r.ReceiveBuffer(); n <= 0 {
		t.Errorf("receive buffer of %d bytes", n)
	}
}

func TestErrors(t *testing.T) {
	_, b := twoHosts(t)
	var no *UnsupportedError
	b.Do(func() {
		_, err := NewReceiver([]Group{mustGroup(t, "239.1.1.1%eth9:5000")}, ReceiverConfig{})
		if !errors.Is(err, ErrNoInterface) || errors.As(err, &no) {
			t.Errorf("join on an interface that is not there: %v", err)
		}
		_, err = NewSender([]Group{mustGroup(t, "239.1.1.1%eth9:5000")}, SenderConfig{})
		if !errors.Is(err, ErrNoInterface) {
			t.Errorf("send by an interface that is not there: %v", err)
		}
		_, err = NewSender([]Group{mustGroup(t, "239.1.1.1:5000")}, SenderConfig{})
		if !errors.Is(err, ErrNoRoute) {
			t.Errorf("send without a route: %v", err)
		}
		b.Down("eth0")
		_, err = NewSender([]Group{mustGroup(t, "239.1.1.1%eth0:5000")}, SenderConfig{})
		if !errors.Is(err, ErrInterfaceDown) {
			t.Errorf("send by an interface that is down: %v", err)
		}
	})
	s := senderOn(t, b, SenderConfig{}, "239.1.1.1%eth1:5000")
	var e *Error
	if err := s.Send(t.Context(), make([]byte, MaxPayload+1)); !errors.As(err, &e) || e.Advice == "" {
		t.Errorf("send too much: %v", err)
	}
	_ = s.Close()
	if err := s.Send(t.Context(), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("send when closed: %v", err)
	}
}
