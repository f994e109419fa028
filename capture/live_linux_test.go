package capture_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"mcast"
	"mcast/capture"
	"mcast/internal/nettest"
)

// patience is how long a test waits for what has to come.
const patience = 20 * time.Second

// pair makes two hosts.
//
//	a ── eth0 ────── eth0 ── b
func pair(t testing.TB) (a, b *nettest.Host) {
	t.Helper()
	a, b = nettest.NewHost(t, "a"), nettest.NewHost(t, "b")
	nettest.Pair(t, a.NIC("eth0", "192.0.2.1/24", "2001:db8::1/64"), b.NIC("eth0", "192.0.2.2/24", "2001:db8::2/64"))
	return a, b
}

// liveOn opens a capture in a host.
func liveOn(t testing.TB, h *nettest.Host, config capture.LiveConfig) *capture.Live {
	t.Helper()
	var l *capture.Live
	h.Do(func() {
		var err error
		if l, err = capture.OpenLive(config); err != nil {
			t.Fatal(err)
		}
	})
	t.Cleanup(func() { _ = l.Close() })
	if err := l.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return l
}

// senderOn opens a sender in a host.
func senderOn(t testing.TB, h *nettest.Host, config mcast.SenderConfig, group string) *mcast.Sender {
	t.Helper()
	g, err := mcast.ParseGroup(group)
	if err != nil {
		t.Fatal(err)
	}
	var s *mcast.Sender
	h.Do(func() {
		if s, err = mcast.NewSender([]mcast.Group{g}, config); err != nil {
			t.Fatal(err)
		}
	})
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func send(t testing.TB, s *mcast.Sender, payloads ...[]byte) {
	t.Helper()
	for len(payloads) > 0 {
		n, err := s.WriteBatch(context.Background(), 0, payloads)
		if err != nil {
			t.Fatal(err)
		}
		payloads = payloads[n:]
	}
}

// next returns a copy of the next frame.
func next(t testing.TB, l *capture.Live) capture.Frame {
	t.Helper()
	f, err := l.Next()
	if err != nil {
		t.Fatal(err)
	}
	f.Data = bytes.Clone(f.Data)
	return f
}

// noMore checks that no frame comes any more: one that is sent now comes first.
func noMore(t *testing.T, l *capture.Live, s *mcast.Sender) {
	t.Helper()
	send(t, s, []byte("that was all"))
	if f := next(t, l); !bytes.HasSuffix(f.Data, []byte("that was all")) {
		t.Errorf("one more: %+v", f)
	}
}

// texts are n payloads of one length, all different.
func texts(n, size int) [][]byte {
	block := make([]byte, 0, n*size) // one behind the other: the fastest
	var list [][]byte
	for i := range n {
		at := len(block)
		block = fmt.Appendf(block, "%06d", i)
		for len(block) < at+size {
			block = append(block, byte('a'+i%26))
		}
		block = block[:at+size]
		list = append(list, block[at:])
	}
	return list
}

func TestLive(t *testing.T) {
	a, b := pair(t)
	filter := "udp and dst host 239.1.1.1"
	la := liveOn(t, a, capture.LiveConfig{Interfaces: []string{"eth0"}, Filter: filter})
	lb := liveOn(t, b, capture.LiveConfig{Interfaces: []string{"192.0.2.2"}, Filter: filter})
	s := senderOn(t, a, mcast.SenderConfig{}, "239.1.1.1%eth0:5000")
	other := senderOn(t, a, mcast.SenderConfig{}, "239.1.1.2%eth0:5000")
	before := time.Now()
	for i := range 20 {
		send(t, other, []byte("not this"))
		send(t, s, fmt.Appendf(nil, "hello %d", i))
	}
	after := time.Now()
	for _, side := range []struct {
		l    *capture.Live
		want capture.Direction
	}{{la, capture.DirectionOut}, {lb, capture.DirectionIn}} {
		last := before
		for i := range 20 {
			f := next(t, side.l)
			payload := fmt.Sprintf("hello %d", i)
			if got := string(f.Data[42:]); got != payload || f.Length != len(f.Data) || f.Direction != side.want {
				t.Errorf("%v: frame %d: %q %+v", side.want, i, got, f)
			}
			if f.Time.Before(last) || f.Time.After(after) {
				t.Errorf("%v: frame %d at %v, not between %v and %v", side.want, i, f.Time, last, after)
			}
			last = f.Time
			if f.Interface.Name != "eth0" || f.Interface.LinkType != 1 || f.Interface.Index == 0 || f.Superframe {
				t.Errorf("%v: frame %d: %+v of %+v", side.want, i, f, f.Interface)
			}
			if !f.ChecksumPending {
				t.Errorf("%v: frame %d: a veth computes no checksums, and that is not said", side.want, i)
			}
		}
		noMore(t, side.l, s)
		stats, err := side.l.Stats()
		if err != nil || len(stats) != 1 || stats[0].Received < 20 || stats[0].Dropped != 0 || !stats[0].KernelFilter {
			t.Errorf("%v: %+v, %v", side.want, stats, err)
		}
	}
}

// TestLiveLoopback: each frame once.
func TestLiveLoopback(t *testing.T) {
	h := nettest.NewHost(t, "h")
	l := liveOn(t, h, capture.LiveConfig{Interfaces: []string{"lo"}, Filter: "udp port 5000"})
	s := senderOn(t, h, mcast.SenderConfig{}, "239.1.1.1%lo:5000")
	for i := range 10 {
		send(t, s, fmt.Appendf(nil, "hello %d", i))
	}
	for i := range 10 {
		if f := next(t, l); string(f.Data[42:]) != fmt.Sprintf("hello %d", i) || f.Direction != capture.DirectionIn {
			t.Errorf("%q %+v", f.Data[42:], f)
		}
	}
	noMore(t, l, s)
}

// TestLiveFilteredFromTheFirst opens captures amid traffic: nothing that the filter
// leaves out gets in.
func TestLiveFilteredFromTheFirst(t *testing.T) {
	a, b := pair(t)
	wanted := senderOn(t, a, mcast.SenderConfig{}, "239.1.1.1%eth0:5000")
	other := senderOn(t, a, mcast.SenderConfig{Offload: mcast.OffloadOff}, "239.1.1.2%eth0:5000")
	stop, stopped := make(chan struct{}), make(chan struct{})
	flood := texts(64, 100)
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				_, _ = other.WriteBatch(context.Background(), 0, flood)
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-stopped })
	for range 20 {
		l := liveOn(t, b, capture.LiveConfig{Interfaces: []string{"eth0"}, Filter: "dst host 239.1.1.1", RingSize: 1})
		send(t, wanted, []byte("this"))
		if f := next(t, l); string(f.Data[42:]) != "this" {
			t.Fatalf("%q got in", f.Data[42:])
		}
		stats, err := l.Stats()
		if err != nil || stats[0].Received != 1 {
			t.Errorf("%+v, %v: the filter is not in the kernel", stats, err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// sendFrames sends frames by a raw socket, tags included.
func sendFrames(t *testing.T, h *nettest.Host, frames ...[]byte) {
	t.Helper()
	h.Do(func() { rawSend(t, "eth0", frames...) })
}

func TestLiveTags(t *testing.T) {
	a, b := pair(t)
	ip := []byte{0x45, 0, 0, 28, 0, 0, 0, 0, 1, 17, 0, 0, 192, 0, 2, 1, 239, 1, 1, 1, 0x13, 0x88, 0x13, 0x88, 0, 8, 0, 0}
	frame := func(tags ...byte) []byte {
		return slices.Concat([]byte{1, 0, 0x5e, 1, 1, 1, 2, 0, 0, 0, 0, 1}, tags, []byte{8, 0}, ip)
	}
	frames := [][]byte{
		frame(0x81, 0, 0x20, 100), frame(0x81, 0, 0xe0, 0), frame(0x88, 0xa8, 0, 7, 0x81, 0, 0, 8), frame(),
	}
	for filter, want := range map[string][]int{
		"":         {0, 1, 2, 3},
		"vlan":     {0, 1, 2},
		"vlan 100": {0},
		"vlan 0":   {1},
		"udp port 5000 or (vlan and udp port 5000) or (vlan and udp port 5000)": {0, 1, 2, 3},
	} {
		t.Run(filter, func(t *testing.T) {
			both := filter
			if both == "" {
				both = "ether src 02:00:00:00:00:01"
			}
			l := liveOn(t, b, capture.LiveConfig{Interfaces: []string{"eth0"}, Filter: both, SnapLen: 1000})
			sendFrames(t, a, frames...)
			for _, n := range want {
				if f := next(t, l); !bytes.Equal(f.Data, frames[n]) || f.Length != len(frames[n]) {
					t.Errorf("frame %d: %d bytes of %d:\n%x, want\n%x", n, len(f.Data), f.Length, f.Data, frames[n])
				}
			}
		})
	}
}

// TestLiveLongFilter has a program that is too long for the kernel.
func TestLiveLongFilter(t *testing.T) {
	a, b := pair(t)
	var filter bytes.Buffer
	for i := range 5000 {
		fmt.Fprintf(&filter, "udp[%d:2] = %d or ", 8+i%7, 60000-2*i)
	}
	filter.WriteString("dst host 239.1.1.1")
	s := senderOn(t, a, mcast.SenderConfig{}, "239.1.1.1%eth0:5000")
	other := senderOn(t, a, mcast.SenderConfig{}, "239.1.1.2%eth0:5000")
	l := liveOn(t, b, capture.LiveConfig{Interfaces: []string{"eth0"}, Filter: filter.String()})
	if stats, _ := l.Stats(); stats[0].KernelFilter {
		t.Fatal("it is not too long: nothing is tested")
	}
	send(t, other, []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	send(t, s, []byte("hello, hello, hello"))
	if f := next(t, l); string(f.Data[42:47]) != "hello" {
		t.Errorf("%q", f.Data)
	}
}

func TestLiveRefused(t *testing.T) {
	h := nettest.NewHost(t, "h")
	for _, tt := range []struct {
		config capture.LiveConfig
		want   string
	}{
		{capture.LiveConfig{Interfaces: []string{"eth9"}}, "capture on eth9: no such interface"},
		{capture.LiveConfig{Filter: "ports 5000"}, `filter "ports 5000"`},
		{capture.LiveConfig{SnapLen: -1}, "capture: -1 bytes of a frame"},
		{capture.LiveConfig{RingSize: -1}, "capture: a ring of -1 bytes"},
	} {
		h.Do(func() {
			l, err := capture.OpenLive(tt.config)
			if err == nil || len(err.Error()) < len(tt.want) || err.Error()[:len(tt.want)] != tt.want {
				t.Errorf("%+v: %v", tt.config, err)
			}
			if err == nil {
				_ = l.Close()
			}
		})
	}
}

// TestLiveNothingDropped captures a hundred thousand frames, and allocates nothing.
func TestLiveNothingDropped(t *testing.T) {
	a, b := pair(t)
	for _, offload := range []mcast.Offload{mcast.OffloadAuto, mcast.OffloadOff} {
		s := senderOn(t, a, mcast.SenderConfig{Offload: offload}, "239.1.1.1%eth0:5000")
		l := liveOn(t, b, capture.LiveConfig{Interfaces: []string{"eth0"}, Filter: "udp port 5000"})
		const n, batch = 100_000, 1000
		sent := make(chan error, 1)
		go func() {
			list := texts(batch, 64)
			for range n / batch {
				for rest := list; len(rest) > 0; {
					m, err := s.WriteBatch(context.Background(), 0, rest)
					if err != nil {
						sent <- err
						return
					}
					rest = rest[m:]
				}
			}
			sent <- nil
		}()
		for i := range n {
			f, err := l.Next()
			if err != nil {
				t.Fatalf("frame %d: %v", i, err)
			}
			if want := fmt.Appendf(nil, "%06d", i%batch); !bytes.Equal(f.Data[42:48], want) {
				t.Fatalf("frame %d: %q, want %q", i, f.Data[42:48], want)
			}
		}
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
		if stats, err := l.Stats(); err != nil || stats[0].Dropped != 0 {
			t.Errorf("%+v, %v", stats, err)
		}
		send(t, s, texts(2000, 64)...)
		if n := testing.AllocsPerRun(1500, func() {
			if _, err := l.Next(); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("%v allocations a frame", n)
		}
	}
}

// BenchmarkLive is what a frame costs from the ring on, while a sender sends as fast
// as it can.
func BenchmarkLive(b *testing.B) {
	for _, bench := range []struct {
		name    string
		offload mcast.Offload
		size    int
	}{
		{"alone/64", mcast.OffloadOff, 64}, {"alone/1400", mcast.OffloadOff, 1400}, {"offload/64", mcast.OffloadAuto, 64}, {"offload/1400", mcast.OffloadAuto, 1400},
	} {
		b.Run(bench.name, func(b *testing.B) {
			from, to := pair(b)
			s := senderOn(b, from, mcast.SenderConfig{Offload: bench.offload}, "239.1.1.1%eth0:5000")
			l := liveOn(b, to, capture.LiveConfig{Interfaces: []string{"eth0"}, Filter: "udp port 5000"})
			_ = l.SetReadDeadline(time.Time{})
			ctx, stop := context.WithCancel(context.Background())
			stopped := make(chan struct{})
			list := texts(256, bench.size)
			go func() {
				defer close(stopped)
				for ctx.Err() == nil {
					_, _ = s.WriteBatch(ctx, 0, list)
				}
			}()
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				if _, err := l.Next(); err != nil {
					b.Fatal(err)
				}
				n++
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "frames/s")
			stats, err := l.Stats()
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(stats[0].Dropped)/float64(max(1, stats[0].Received))*100, "%dropped")
			stop()
			<-stopped
		})
	}
}
