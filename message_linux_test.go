//go:build !mcast_portable

package mcast

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// needOffload skips a test of what the kernel does with runs of datagrams when
// the environment has turned that off.
func needOffload(t *testing.T) {
	t.Helper()
	if !OffloadAuto.enabled() {
		t.Skip("MCAST_OFFLOAD is off, and this is a test of offload")
	}
}

// readBatch reads one batch, with a deadline.
func readBatch(t *testing.T, r *Receiver, messages []Message) []Message {
	t.Helper()
	_ = r.SetReadDeadline(time.Now().Add(5 * time.Second))
	n, err := r.ReadBatch(messages)
	if err != nil {
		t.Fatal(err)
	}
	_ = r.SetReadDeadline(time.Time{})
	return messages[:n]
}

// A message tells where its datagram came from and how.
//
//	a ── eth0 ────── eth0 ── b
//	  └─ eth1 ────── eth1 ─┘
func TestMessage(t *testing.T) {
	a, b := twoHosts(t)
	for _, test := range []struct {
		group  string
		source netip.AddrPort
	}{
		{"239.1.1.1", netip.MustParseAddrPort("198.51.100.1:4321")},
		{"ff15::1", netip.MustParseAddrPort("[2001:db8:1::1]:4321")},
	} {
		t.Run(test.group, func(t *testing.T) {
			r := receiverOn(t, b, ReceiverConfig{}, groupText(test.group, ""))
			before := time.Now()
			s := senderOn(t, a, SenderConfig{HopLimit: 33, DSCP: 46, SourcePort: 4321, Interfaces: []string{test.source.Addr().String()}}, groupText(test.group, ""))
			sendText(t, s, "hello")
			got := readBatch(t, r, NewMessages(2))
			after := time.Now()
			if len(got) != 1 {
				t.Fatalf("%d messages", len(got))
			}
			m := got[0]
			if m.Time.Before(before) || m.Time.After(after) {
				t.Errorf("received at %v, which is not between %v and %v", m.Time, before, after)
			}
			m.Buffer, m.Time = m.Buffer[:m.N], time.Time{}
			want := Message{
				Buffer: []byte("hello"), N: 5, Size: 5, Source: test.source,
				Group:     netip.AddrPortFrom(netip.MustParseAddr(test.group), 5000),
				Interface: b.Interface("eth1").Index, HopLimit: 33, TrafficClass: 46 << 2,
			}
			if got, want := fmt.Sprintf("%+v", m), fmt.Sprintf("%+v", want); got != want {
				t.Errorf("received %s, want %s", got, want)
			}
			if name := r.InterfaceName(m.Interface); name != "eth1" {
				t.Errorf("the interface is called %s", name)
			}
		})
	}
}

// The name of an interface that is gone is the one it had; one never seen has
// its number.
//
//	a ── eth0 ────── eth0 ── b
func TestInterfaceName(t *testing.T) {
	_, b := sources(t)
	r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000")
	index := b.Interface("eth0").Index
	b.DelLink("eth0")
	if name := r.InterfaceName(index); name != "eth0" {
		t.Errorf("the interface that is gone is called %s", name)
	}
	if name := r.InterfaceName(4711); name != "4711" {
		t.Errorf("an interface never seen is called %s", name)
	}
}

// write sends datagrams to the first group of a sender.
func write(t *testing.T, s *Sender, datagrams [][]byte) {
	t.Helper()
	if n, err := s.WriteBatch(t.Context(), 0, datagrams); n != len(datagrams) || err != nil {
		t.Fatalf("sent %d of %d: %v", n, len(datagrams), err)
	}
}

// numbered makes datagrams of these lengths, of which no two are alike.
func numbered(sizes ...int) [][]byte {
	list := lengths(sizes...)
	for i, d := range list {
		for j := range d {
			d[j] = byte(i*31 + j)
		}
	}
	return list
}

// Whatever the lengths, the datagrams arrive as they were sent, in order, with
// offload and without it on either side.
//
//	a ── eth0 ────── eth0 ── b
func TestDatagramsArriveAsSent(t *testing.T) {
	a, b := sources(t)
	for _, group := range []string{"239.1.1.1", "ff15::1"} {
		for _, test := range []struct {
			name  string
			sizes []int
		}{
			{"alike", slices.Repeat([]int{100}, 300)},
			{"the last is shorter", append(slices.Repeat([]int{700}, 40), 3)},
			{"shorter and longer", []int{5, 5, 4, 5, 6, 6, 6, 1, 1, 1, 2, 1472, 1472, 1471, 9}},
			{"empty ones", []int{0, 0, 10, 10, 0, 10, 0}},
			{"fragmented ones", []int{1473, 3000, 3000, 9000, 9000, 5}},
			{"the longest", []int{MaxPayload, 1, MaxPayload}},
			{"one byte each", slices.Repeat([]int{1}, 200)},
		} {
			for _, sending := range []Offload{OffloadAuto, OffloadOff} {
				for _, receiving := range []Offload{OffloadAuto, OffloadOff} {
					t.Run(fmt.Sprintf("%s/%s/%d to %d", group, test.name, sending, receiving), func(t *testing.T) {
						r := receiverOn(t, b, ReceiverConfig{Offload: receiving}, groupText(group, ""))
						s := senderOn(t, a, SenderConfig{Offload: sending}, groupText(group, "eth0"))
						sent := numbered(test.sizes...)
						write(t, s, sent)
						var got [][]byte
						for messages := NewMessages(8); len(got) < len(sent); {
							for _, m := range readBatch(t, r, messages) {
								if m.Truncated {
									t.Errorf("datagram %d is truncated", len(got))
								}
								for d := range m.Datagrams() {
									got = append(got, bytes.Clone(d))
								}
							}
						}
						for i := range got {
							if !bytes.Equal(got[i], sent[i]) {
								t.Fatalf("datagram %d has %d bytes, want %d, or others", i, len(got[i]), len(sent[i]))
							}
						}
						_ = r.Close()
					})
				}
			}
		}
	}
}

// With offload a run of datagrams arrives as one message; without it, each
// alone.
//
//	a ── eth0 ────── eth0 ── b
func TestRunsOfDatagrams(t *testing.T) {
	a, b := sources(t)
	sent := numbered(100, 100, 100, 40)
	for _, test := range []struct {
		offload Offload
		lens    []int
	}{
		{OffloadAuto, []int{4}},
		{OffloadOff, []int{1, 1, 1, 1}},
	} {
		t.Run(fmt.Sprint(test.offload), func(t *testing.T) {
			if test.offload == OffloadAuto {
				needOffload(t)
			}
			r := receiverOn(t, b, ReceiverConfig{Offload: test.offload}, "239.1.1.1:5000")
			s := senderOn(t, a, SenderConfig{}, "239.1.1.1%eth0:5000")
			write(t, s, sent)
			if err := s.OffloadError(); err != nil {
				t.Errorf("the sender has no offload: %v", err)
			}
			if err := r.OffloadError(); err != nil {
				t.Errorf("the receiver has no offload: %v", err)
			}
			var lens []int
			i := 0
			for messages := NewMessages(8); i < len(sent); {
				for _, m := range readBatch(t, r, messages) {
					lens = append(lens, m.Len())
					for d := range m.Datagrams() {
						if !bytes.Equal(d, sent[i]) {
							t.Errorf("datagram %d is %d bytes", i, len(d))
						}
						i++
					}
				}
			}
			if !slices.Equal(lens, test.lens) {
				t.Errorf("the datagrams came in messages of %v, want %v", lens, test.lens)
			}
		})
	}
}

// The easy call hands out a run one datagram at a time, each with a copy of its
// own.
//
//	a ── eth0 ────── eth0 ── b
func TestReceiveTakesRunsApart(t *testing.T) {
	a, b := sources(t)
	r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000")
	s := senderOn(t, a, SenderConfig{}, "239.1.1.1%eth0:5000")
	sent := numbered(100, 100, 40, 0, 7, 7, 7)
	for range 3 {
		write(t, s, sent)
	}
	var got []Datagram
	for range 3 * len(sent) {
		got = append(got, received(t, r))
	}
	for i, d := range got {
		if want := sent[i%len(sent)]; !bytes.Equal(d.Payload, want) || d.Payload == nil {
			t.Errorf("datagram %d is %v, want %v", i, d.Payload, want)
		}
	}
}

// A buffer that is too short is refused where the kernel might hand over a run;
// without offload what does not fit is cut off, and told.
//
//	a ── eth0 ────── eth0 ── b
func TestShortBuffer(t *testing.T) {
	a, b := sources(t)
	s := senderOn(t, a, SenderConfig{}, "239.1.1.1%eth0:5000")
	short := []Message{{Buffer: make([]byte, 4)}, {Buffer: make([]byte, 4)}}

	r := receiverOn(t, b, ReceiverConfig{Offload: OffloadOff}, "239.1.1.1:5000")
	sendText(t, s, "hello")
	sendText(t, s, "four")
	for _, want := range []struct {
		text      string
		truncated bool
	}{{"hell", true}, {"four", false}} {
		m := readBatch(t, r, short[:1])[0]
		if string(m.Datagram(0)) != want.text || m.Truncated != want.truncated || m.Len() != 1 {
			t.Errorf("received %q, truncated: %v, want %+v", m.Datagram(0), m.Truncated, want)
		}
	}

	needOffload(t)
	r = receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000")
	sendText(t, s, "hello")
	if n, err := r.ReadBatch(short); n != 0 || !errors.Is(err, ErrShortBuffer) {
		t.Errorf("with short buffers %d were read: %v", n, err)
	}
	if m := readBatch(t, r, NewMessages(1)); string(m[0].Datagram(0)) != "hello" {
		t.Errorf("after that %q was read", m[0].Datagram(0))
	}
}

// No messages are no read, and no wait.
func TestReadNothing(t *testing.T) {
	_, b := sources(t)
	r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000")
	if n, err := r.ReadBatch(nil); n != 0 || err != nil {
		t.Errorf("read %d: %v", n, err)
	}
}

// Receive ends when its context does, before, during and after the wait, and a
// later one is none the worse for it.
//
//	a ── eth0 ────── eth0 ── b
func TestReceiveContext(t *testing.T) {
	a, b := sources(t)
	r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000")
	s := senderOn(t, a, SenderConfig{}, "239.1.1.1%eth0:5000")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Receive(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that was done before: %v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := r.Receive(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a timeout: %v", err)
	}
	for i := range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := r.Receive(ctx)
			done <- err
		}()
		cancel() // sometimes before it waits, sometimes while it does
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Fatalf("canceled: %v", err)
		}
		text := fmt.Sprint("number ", i)
		sendText(t, s, text)
		checkReceives(t, r, text)
	}
	// What was read ahead is handed out although nothing is to wait for.
	sendText(t, s, "one")
	sendText(t, s, "two")
	checkReceives(t, r, "one")
	if d, err := r.Receive(context.Background()); err != nil || string(d.Payload) != "two" {
		t.Errorf("received %q: %v", d.Payload, err)
	}
}

// Close ends all that wait, whoever they are, and all that come after.
//
//	a ── eth0 ────── eth0 ── b
func TestCloseBesideReaders(t *testing.T) {
	_, b := sources(t)
	for range 20 {
		r := receiverOn(t, b, ReceiverConfig{}, "239.1.1.1:5000", "[ff15::1]:5000")
		done := make(chan error, 5)
		for range 2 {
			go func() {
				_, err := r.Receive(context.Background())
				done <- err
			}()
			go func() {
				_, err := r.ReadBatch(NewMessages(1))
				done <- err
			}()
		}
		go func() {
			for g := range Group.Addrs(makeGroup("239.2.0.0", MaxGroups, "", 0)) {
				_, _ = r.Stats()
				r.Memberships()
				if err := r.Join(Group{Addr: g, Port: 5000, Interface: "lo"}); err != nil {
					done <- err
					return
				}
			}
		}()
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		for range 5 {
			if err := <-done; !errors.Is(err, ErrClosed) {
				t.Errorf("beside Close: %v", err)
			}
		}
		checkKernelGroups(t, b, "eth0")
		for what, err := range map[string]error{
			"join":     r.Join(mustGroup(t, "239.1.1.2:5000")),
			"leave":    r.Leave(mustGroup(t, "239.1.1.1:5000")),
			"close":    r.Close(),
			"deadline": r.SetReadDeadline(time.Now()),
		} {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("%s after Close: %v", what, err)
			}
		}
		if _, err := r.Stats(); err != nil {
			t.Errorf("stats after Close: %v", err)
		}
		if m := r.Memberships(); len(m) != 0 {
			t.Errorf("memberships after Close: %v", m)
		}
	}
}
