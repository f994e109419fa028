package impair

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mcast/capture"
	"mcast/internal/nettest"
	"mcast/internal/sys"
)

// link is two hosts and a forwarder between them, with nothing on it but what a test
// sends.
//
//	host ── eth0 ───── host │ wire │ segment ───── eth0 ── other
//	  192.0.2.1              forwarder                192.0.2.2
type link struct {
	t                 testing.TB
	host, wire, other *nettest.Host
	*Forwarder
}

func newLink(t testing.TB, toward, from Parameters) *link {
	t.Helper()
	l := &link{
		t:    t,
		host: nettest.NewHost(t, "host"), wire: nettest.NewHost(t, "wire"), other: nettest.NewHost(t, "other"),
	}
	for _, h := range []*nettest.Host{l.host, l.wire, l.other} {
		h.Sysctl("net/ipv6/conf/default/disable_ipv6", "1") // it sends on its own
	}
	nettest.Pair(t, l.host.NIC("eth0", "192.0.2.1/24"), l.wire.NIC("host"))
	nettest.Pair(t, l.other.NIC("eth0", "192.0.2.2/24"), l.wire.NIC("segment"))
	l.host.AddRoute("239.0.0.0/8", "eth0")
	for _, h := range []*nettest.Host{l.host, l.other} {
		h.SetSegments("eth0", 1)
	}
	var err error
	if l.Forwarder, err = Start(Config{NS: l.wire.NS(), Host: "host", Segment: "segment", Toward: toward, From: from}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

const payload = 64

var group = netip.MustParseAddrPort("239.1.1.1:5000")

// sender sends datagrams from port 4000 of the host to the group, numbered.
type sender struct {
	l      *link
	socket *sys.Socket
	n      int
}

func (l *link) sender() *sender {
	l.t.Helper()
	s := &sender{l: l}
	l.host.Do(func() {
		var err error
		if s.socket, err = sys.OpenUDP(sys.IPv4); err != nil {
			l.t.Fatal(err)
		}
	})
	l.t.Cleanup(func() { _ = s.socket.Close() })
	if err := s.socket.Bind(netip.MustParseAddrPort("192.0.2.1:4000"), 0); err != nil {
		l.t.Fatal(err)
	}
	return s
}

// send sends n datagrams, as one message if offload is set.
func (s *sender) send(n int, offload bool) {
	s.l.t.Helper()
	batch, to := new(sys.SendBatch), sys.NewDestination(group, 0)
	var run [][]byte
	for range n {
		d := make([]byte, payload)
		binary.BigEndian.PutUint32(d, uint32(s.n))
		s.n++
		if run = append(run, d); offload && len(run) < n {
			continue
		}
		if !batch.Add(run, payload) {
			s.l.t.Fatal("the batch is full")
		}
		run = nil
	}
	for batch.Len() > 0 {
		if _, err := batch.Send(s.socket, &to); err != nil && !errors.Is(err, sys.ErrAgain) {
			s.l.t.Fatal(err)
		}
	}
}

// receiver receives them at the other host.
func (l *link) receiver() *net.UDPConn {
	l.t.Helper()
	var c *net.UDPConn
	l.other.Do(func() {
		var err error
		c, err = net.ListenMulticastUDP("udp4", l.other.Interface("eth0"), net.UDPAddrFromAddrPort(group))
		if err != nil {
			l.t.Fatal(err)
		}
	})
	l.t.Cleanup(func() { _ = c.Close() })
	return c
}

// received reads n datagrams and returns their numbers.
func (l *link) received(c *net.UDPConn, n int) (all []int) {
	l.t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	b := make([]byte, 1500)
	for range n {
		m, err := c.Read(b)
		if err != nil || m != payload {
			l.t.Fatalf("after %d of %d datagrams: %d bytes, %v", len(all), n, m, err)
		}
		all = append(all, int(binary.BigEndian.Uint32(b)))
	}
	return all
}

// await waits until the forwarder has had n frames from the host, all done with.
func (l *link) await(n int) Counts {
	l.t.Helper()
	var c Counts
	nettest.Eventually(l.t, "the frames to be carried", 10*time.Second, func() bool {
		_, c = l.Counts()
		return c.Frames+c.Missed >= uint64(n) && c.Sent+c.Refused+c.Lost+c.QueueFull == c.Frames+c.Duplicated
	})
	return c
}

// One datagram is not carried back, nor around.
func TestNoLoop(t *testing.T) {
	l := newLink(t, Parameters{}, Parameters{})
	// A member at the other host announces itself: that is no frame from the host.
	receiver, sender := l.receiver(), l.sender()
	for i := range 100 {
		sender.send(1, false)
		if got := l.received(receiver, 1); got[0] != i {
			t.Fatalf("datagram %d came as %v", i, got)
		}
	}
	if c := l.await(100); c.Frames != 100 || c.Sent != 100 {
		t.Errorf("from the host: %+v", c)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if c, _ := l.Counts(); c.Frames > 10 { // IGMP
		t.Errorf("to the host: %+v", c)
	}
}

// Of 20,000 datagrams of 64 bytes, a tenth is lost, the same ones whether the sender has
// segmentation offload or not.
func TestLoss(t *testing.T) {
	const lost = 2040 // what this seed loses of this flow
	var first []int
	for name, offload := range map[string]bool{"offload": true, "plain": false} {
		t.Run(name, func(t *testing.T) {
			l := newLink(t, Parameters{}, Parameters{Loss: 0.1, Seed: 7})
			receiver, sender := l.receiver(), l.sender()
			var all []int
			for range 20000 / 50 {
				sender.send(50, offload)
				before := len(all)
				c := l.await(sender.n)
				all = append(all, l.received(receiver, int(c.Sent)-before)...)
			}
			if c := l.await(20000); c.Frames != 20000 || c.Lost != lost || c.Sent != 20000-lost || c.Missed != 0 || c.Whole != 0 {
				t.Errorf("counted %+v", c)
			}
			if first == nil {
				first = all
			} else if !slices.Equal(all, first) {
				t.Error("with offload and without, different datagrams are lost")
			}
		})
	}
}

// A superframe that comes in all the same is taken apart.
func TestSuperframe(t *testing.T) {
	for name, n := range map[string]int{"short": 10, "longer than a slot": 50} {
		t.Run(name, func(t *testing.T) {
			l := newLink(t, Parameters{}, Parameters{})
			l.host.SetSegments("eth0", 100)
			receiver, sender := l.receiver(), l.sender()
			for i := range 5 {
				sender.send(n, true)
				for j, got := range l.received(receiver, n) {
					if got != i*n+j {
						t.Fatalf("datagram %d came as %d", i*n+j, got)
					}
				}
			}
			if c := l.await(5 * n); c.Frames != uint64(5*n) || c.Whole != 0 {
				t.Errorf("counted %+v", c)
			}
		})
	}
}

func TestDuplicates(t *testing.T) {
	l := newLink(t, Parameters{}, Parameters{Duplicate: 1})
	receiver, sender := l.receiver(), l.sender()
	sender.send(3, false)
	if got := l.received(receiver, 6); !slices.Equal(got, []int{0, 0, 1, 1, 2, 2}) {
		t.Errorf("received %v", got)
	}
}

// There and back takes at least twice the delay, each way as it was asked.
func TestDelay(t *testing.T) {
	const delay = 10 * time.Millisecond
	l := newLink(t, Parameters{Delay: delay}, Parameters{Delay: delay})
	echo := l.echo()
	b := make([]byte, payload)
	for range 10 {
		began := time.Now()
		if _, err := echo.Write(b); err != nil {
			t.Fatal(err)
		}
		if _, err := echo.Read(b); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took < 2*delay {
			t.Errorf("there and back took %v", took)
		}
	}
	toward, from := l.Counts()
	if toward.LeastDelay < delay || from.LeastDelay < delay {
		t.Errorf("counted %+v and %+v", toward, from)
	}
}

// echo returns a socket of the host that is connected to one of the other host that
// sends back what it receives.
func (l *link) echo() net.Conn {
	l.t.Helper()
	var far, near *net.UDPConn
	l.other.Do(func() {
		var err error
		if far, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 7}); err != nil {
			l.t.Fatal(err)
		}
	})
	l.t.Cleanup(func() { _ = far.Close() })
	go func() {
		b := make([]byte, 1500)
		for {
			n, from, err := far.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			_, _ = far.WriteToUDPAddrPort(b[:n], from)
		}
	}()
	l.host.Do(func() {
		var err error
		if near, err = net.DialUDP("udp4", nil, far.LocalAddr().(*net.UDPAddr)); err != nil {
			l.t.Fatal(err)
		}
	})
	l.t.Cleanup(func() { _ = near.Close() })
	_ = near.SetDeadline(time.Now().Add(30 * time.Second))
	return near
}

// TCP comes through whole: checksums that are left to the network card, segmentation
// offload, and what is lost.
func TestTCP(t *testing.T) {
	for name, segments := range map[string]int{"segmented": 1, "superframes": 40} {
		t.Run(name, func(t *testing.T) {
			p := Parameters{Loss: 0.01, Delay: time.Millisecond, Seed: 1}
			l := newLink(t, p, p)
			l.host.SetSegments("eth0", segments)
			l.other.SetSegments("eth0", segments)
			var listener net.Listener
			var conn net.Conn
			var err error
			l.other.Do(func() { listener, err = net.Listen("tcp4", "192.0.2.2:80") })
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			sent := make([]byte, 1<<20)
			random := rand.NewChaCha8([32]byte{})
			_, _ = random.Read(sent)
			go func() {
				c, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = c.Write(sent)
				_ = c.Close()
			}()
			l.host.Do(func() { conn, err = net.Dial("tcp4", "192.0.2.2:80") })
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(time.Minute))
			got, err := io.ReadAll(conn)
			if err != nil || !bytes.Equal(got, sent) {
				t.Errorf("received %d of %d bytes, %v", len(got), len(sent), err)
			}
			if toward, _ := l.Counts(); segments == 1 && (toward.Frames < 700 || toward.Whole != 0) {
				t.Errorf("counted %+v", toward)
			}
		})
	}
}

// A VLAN tag, which the kernel keeps beside the frame, comes through.
func TestTag(t *testing.T) {
	l := newLink(t, Parameters{}, Parameters{})
	var live *capture.Live
	var err error
	l.other.Do(func() { live, err = capture.OpenLive(capture.LiveConfig{Interfaces: []string{"eth0"}}) })
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	frame := slices.Concat([]byte("\x01\x00\x5e\x01\x01\x01\x02\x00\x00\x00\x00\x01\x81\x00\x20\x05\x88\xb5"), bytes.Repeat([]byte("data"), 20))
	l.host.Do(func() {
		out, err := sys.OpenFrameSender(l.host.Interface("eth0").Index, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		var batch sys.FrameBatch
		batch.Add(frame, sys.OffloadHeader{})
		if _, err := batch.Send(out); err != nil {
			t.Fatal(err)
		}
	})
	_ = live.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		f, err := live.Next()
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(f.Data, frame) {
			return
		}
	}
}

// What cannot begin says why, and leaves nothing open.
func TestStartFails(t *testing.T) {
	l := newLink(t, Parameters{}, Parameters{})
	before := descriptors(t)
	for want, config := range map[string]Config{
		"between host and eth7: find eth7":            {NS: l.wire.NS(), Host: "host", Segment: "eth7"},
		"frames to the host: loss 2 is not a share":   {NS: l.wire.NS(), Host: "host", Segment: "segment", Toward: Parameters{Loss: 2}},
		"frames from the host: reorder needs a delay": {NS: l.wire.NS(), Host: "host", Segment: "segment", From: Parameters{Reorder: 1}},
	} {
		if _, err := Start(config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", config, err, want)
		}
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

// Interfaces may go before the forwarder does.
func TestInterfaceGone(t *testing.T) {
	before := descriptors(t)
	t.Run("link", func(t *testing.T) {
		l := newLink(t, Parameters{}, Parameters{})
		sender := l.sender()
		l.wire.DelLink("segment")
		sender.send(10, false)
		if c := l.await(10); c.Refused != 10 {
			t.Errorf("counted %+v", c)
		}
		l.wire.DelLink("host")
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Errorf("again: %v", err)
		}
	})
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	d, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(d)
}
