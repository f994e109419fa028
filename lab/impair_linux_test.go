package lab_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"mcast"
	"mcast/internal/nettest"
	"mcast/lab"
)

// Of 20,000 datagrams of 64 bytes a tenth is lost on b's link and nothing on c's, whether the
// sender uses segmentation offload or not.
//
//	a ── eth0 ── lan ── eth0 ── b (bad)
//	              └──── eth0 ── c
func TestImpairment(t *testing.T) {
	const n, lost, burst = 20000, 2040, 50 // this seed loses so many of this flow
	for name, offload := range map[string]mcast.Offload{"offload": mcast.OffloadAuto, "plain": mcast.OffloadOff} {
		t.Run(name, func(t *testing.T) {
			topology := twoHosts()
			topology.Hosts = append(topology.Hosts, lab.Host{
				Name: "c", Interfaces: []lab.Interface{{Name: "eth0", Segment: "lan", Addresses: prefixes("192.0.2.3/24")}},
			})
			topology.Hosts[1].Interfaces[0].Impair = &lab.Impairment{Loss: 0.1, Seed: 7}
			l := start(t, topology)
			bad, good, sender := openReceiver(t, l.Host("b")), openReceiver(t, l.Host("c")), openSender(t, l.Host("a"), offload)
			var datagrams [][]byte
			for range burst {
				datagrams = append(datagrams, make([]byte, 64))
			}
			rest := make(chan error, 1)
			go func() { rest <- receiveAll(t.Context(), bad, n-lost) }()
			link, err := l.Link("b.eth0")
			if err != nil {
				t.Fatal(err)
			}
			for i := range n / burst {
				if _, err := sender.WriteBatch(t.Context(), 0, datagrams); err != nil {
					t.Fatal(err)
				}
				if err := receiveAll(t.Context(), good, burst); err != nil {
					t.Fatal(err)
				}
				if i%10 == 0 { // a slow machine may not have read them all yet
					nettest.Eventually(t, "the bad link to have its frames", 10*time.Second, func() bool {
						toward, _ := link.Inflicted()
						return toward.Frames+toward.Missed >= uint64(i*burst)
					})
				}
			}
			if err := <-rest; err != nil {
				t.Error(err)
			}
			// There is more on the link, such as hosts that say what they listen to.
			toward, from := link.Inflicted()
			if toward.Frames < n || toward.Lost < lost || toward.Lost > lost+20 || toward.Missed+toward.Refused+toward.Whole != 0 {
				t.Errorf("towards the host: %+v", toward)
			}
			if from.Lost != 0 || from.Sent != from.Frames {
				t.Errorf("from the host: %+v", from)
			}
		})
	}
}

func testGroup(t *testing.T) []mcast.Group {
	t.Helper()
	g, err := mcast.ParseGroup("239.1.1.1%eth0:5000")
	if err != nil {
		t.Fatal(err)
	}
	return []mcast.Group{g}
}

func openReceiver(t *testing.T, n *lab.Node) (r *mcast.Receiver) {
	t.Helper()
	groups := testGroup(t)
	err := n.Do(func() (err error) {
		r, err = mcast.NewReceiver(groups, mcast.ReceiverConfig{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func openSender(t *testing.T, n *lab.Node, offload mcast.Offload) (s *mcast.Sender) {
	t.Helper()
	groups := testGroup(t)
	err := n.Do(func() (err error) {
		s, err = mcast.NewSender(groups, mcast.SenderConfig{SourcePort: 4000, Offload: offload})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// receiveAll receives so many datagrams.
func receiveAll(ctx context.Context, r *mcast.Receiver, n int) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for i := range n {
		if _, err := r.Receive(ctx); err != nil {
			return fmt.Errorf("after %d of %d datagrams: %w", i, n, err)
		}
	}
	return nil
}

// A link is bad in one direction or both, and good links beside it are not.
func TestImpairmentDirections(t *testing.T) {
	const delay = 20 * time.Millisecond
	topology := twoHosts()
	b := &topology.Hosts[1].Interfaces[0]
	b.Impair, b.ImpairFrom = &lab.Impairment{Delay: delay}, &lab.Impairment{Duplicate: 1}
	l := start(t, topology)
	var near, far net.PacketConn
	err := errors.Join(
		l.Host("a").Do(func() (err error) { near, err = net.ListenPacket("udp", "192.0.2.1:5000"); return err }),
		l.Host("b").Do(func() (err error) { far, err = net.ListenPacket("udp", "192.0.2.2:5000"); return err }),
	)
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	defer far.Close()
	buffer := make([]byte, 10)
	pass := func(from, to net.PacketConn, text string) {
		t.Helper()
		if text != "" {
			if _, err := from.WriteTo([]byte(text), to.LocalAddr()); err != nil {
				t.Fatal(err)
			}
		}
		_ = to.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, _, err := to.ReadFrom(buffer); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	pass(near, far, "there")
	if took := time.Since(began); took < delay {
		t.Errorf("it took %v towards the host", took)
	}
	pass(far, near, "back")
	pass(far, near, "") // once more, by itself

	link, err := l.Link("a.eth0")
	if err != nil {
		t.Fatal(err)
	}
	if toward, from := link.Inflicted(); toward != (lab.Inflicted{}) || from != (lab.Inflicted{}) {
		t.Errorf("to a: %+v and %+v", toward, from)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if link, err = l.Link("b.eth0"); err != nil {
		t.Fatal(err)
	}
	toward, from := link.Inflicted()
	if toward.LeastDelay < delay || toward.Duplicated != 0 || from.Duplicated != from.Frames || from.Frames == 0 {
		t.Errorf("of b: %+v and %+v", toward, from)
	}
}
