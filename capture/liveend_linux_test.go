package capture_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"mcast"
	"mcast/capture"
	"mcast/internal/nettest"
)

// TestLiveEnd: an interface that is deleted ends its capture, after its last frame,
// and the rest goes on.
//
//	a ── eth0 ────── eth0 ── b
//	a ── eth1 ────── eth1 ── b
func TestLiveEnd(t *testing.T) {
	a, b := pair(t)
	nettest.Pair(t, a.NIC("eth1", "198.51.100.1/24"), b.NIC("eth1", "198.51.100.2/24"))
	var events []capture.LiveEvent
	l := liveOn(t, b, capture.LiveConfig{
		Interfaces: []string{"eth0", "eth1"}, Filter: "udp port 5000",
		Notify: func(e capture.LiveEvent) {
			if e.Kind != capture.LiveDown {
				events = append(events, e)
			}
		},
	})
	s0, s1 := senderOn(t, a, mcast.SenderConfig{}, "239.1.1.1%eth0:5000"), senderOn(t, a, mcast.SenderConfig{}, "239.1.1.1%eth1:5000")
	send(t, s0, []byte("last words"))
	b.DelLink("eth0")
	send(t, s1, []byte("still here"))
	var got []string
	for range 2 {
		f := next(t, l)
		got = append(got, f.Interface.Name+" "+string(f.Data[42:]))
	}
	slices.Sort(got)
	if !slices.Equal(got, []string{"eth0 last words", "eth1 still here"}) {
		t.Errorf("%q", got)
	}
	b.DelLink("eth1")
	if f, err := l.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("%+v, %v", f, err)
	}
	if len(events) != 2 || events[0].Kind != capture.LiveEnded || events[1].Kind != capture.LiveEnded ||
		events[0].Interface != l.Interfaces()[0] || events[1].Interface != l.Interfaces()[1] {
		t.Errorf("%+v", events)
	}
	stats, err := l.Stats()
	if err != nil || stats[0].Received != 1 || stats[1].Received != 1 {
		t.Errorf("%+v, %v", stats, err)
	}
}

// TestLiveAll captures on interfaces that appear, come up and go down, from whichever
// namespace Next is called in.
func TestLiveAll(t *testing.T) {
	a, b := nettest.NewHost(t, "a"), nettest.NewHost(t, "b")
	var events []capture.LiveEventKind
	l := liveOn(t, b, capture.LiveConfig{Filter: "udp port 5000", Notify: func(e capture.LiveEvent) {
		if e.Interface.Name == "eth0" {
			events = append(events, e.Kind)
		}
	}})
	if list := l.Interfaces(); len(list) != 1 || list[0].Name != "lo" {
		t.Errorf("%+v", list)
	}
	nettest.Pair(t, a.NIC("eth0", "192.0.2.1/24"), b.NIC("eth0", "192.0.2.2/24"))
	s := senderOn(t, a, mcast.SenderConfig{}, "239.1.1.1%eth0:5000")
	// Next looks at what has changed, so somebody has to call it.
	hear := func(text string) {
		t.Helper()
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
			send(t, s, []byte(text))
			if err := l.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			f, err := l.Next()
			if errors.Is(err, os.ErrDeadlineExceeded) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if string(f.Data[42:]) == text && f.Interface.Name == "eth0" {
				return
			}
		}
		t.Fatalf("%q is not captured", text)
	}
	await := func(what string, last capture.LiveEventKind) {
		t.Helper()
		nettest.Eventually(t, what, patience, func() bool {
			_ = l.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
			_, _ = l.Next()
			return len(events) > 0 && events[len(events)-1] == last
		})
	}
	hear("it appeared")
	b.Down("eth0")
	await("the interface to be down", capture.LiveDown)
	b.Up("eth0")
	b.WaitUp("eth0")
	hear("it is up again")
	await("the interface to be up", capture.LiveUp) // a frame may be told of before that
	if !slices.Equal(events, []capture.LiveEventKind{capture.LiveStarted, capture.LiveDown, capture.LiveUp}) {
		t.Errorf("%v", events)
	}
	b.DelLink("eth0")
	await("the interface to be gone", capture.LiveEnded)
}

// TestLiveClose closes beside a reader, who still has a frame.
func TestLiveClose(t *testing.T) {
	a, b := pair(t)
	s := senderOn(t, a, mcast.SenderConfig{Offload: mcast.OffloadOff}, "239.1.1.1%eth0:5000")
	flood := texts(64, 500)
	for range 20 {
		l := liveOn(t, b, capture.LiveConfig{Interfaces: []string{"eth0"}, Filter: "udp port 5000", RingSize: 4 << 20})
		read := make(chan error)
		go func() {
			sum := 0
			for n := 0; ; n++ {
				f, err := l.Next()
				if err != nil {
					if n == 0 {
						err = errors.New("no frame was read")
					}
					read <- err
					return
				}
				if n == 0 {
					read <- nil
				}
				for _, v := range f.Data {
					sum += int(v)
				}
				if !bytes.Equal(f.Data[48:542], bytes.Repeat(f.Data[48:49], 494)) {
					t.Errorf("the frame's memory was taken away")
				}
			}
		}()
		send(t, s, flood...)
		if err := <-read; err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if err := <-read; !errors.Is(err, mcast.ErrClosed) {
			t.Errorf("%v", err)
		}
		if stats, err := l.Stats(); err != nil || len(stats) != 1 || stats[0].Received == 0 {
			t.Errorf("%+v, %v", stats, err)
		}
	}
}

func TestLiveDeadline(t *testing.T) {
	h := nettest.NewHost(t, "h")
	l := liveOn(t, h, capture.LiveConfig{Filter: "udp port 5000"})
	if err := l.SetReadDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Next(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if err := l.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	send(t, senderOn(t, h, mcast.SenderConfig{}, "239.1.1.1%lo:5000"), []byte("hello"))
	if f := next(t, l); string(f.Data[42:]) != "hello" {
		t.Errorf("%+v", f)
	}
}
