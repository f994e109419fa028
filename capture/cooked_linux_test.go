package capture_test

import (
	"bytes"
	"errors"
	"os"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"unsafe"

	"mcast"
	"mcast/capture"
	"mcast/internal/nettest"
)

// tun makes an interface, of a hardware type, whose packets are written by the test.
func tun(t *testing.T, h *nettest.Host, name string, hardware uintptr) (write func(packet []byte)) {
	t.Helper()
	const (
		tunSetInterface = 0x400454ca // TUNSETIFF in linux/if_tun.h
		tunSetLink      = 0x400454cd // TUNSETLINK
		tunOnly         = 0x1001     // IFF_TUN|IFF_NO_PI
	)
	fd := -1
	h.Do(func() {
		var err error
		if fd, err = syscall.Open("/dev/net/tun", syscall.O_RDWR|syscall.O_CLOEXEC, 0); err != nil {
			// A machine may be without it, and without root it is not to be had:
			// no reason to fail where all tests have to run.
			t.Skip("there is no /dev/net/tun: " + err.Error())
		}
		t.Cleanup(func() { _ = syscall.Close(fd) })
		var request struct {
			name  [16]byte
			flags uint16
			_     [22]byte
		}
		copy(request.name[:], name)
		request.flags = tunOnly
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), tunSetInterface, uintptr(unsafe.Pointer(&request))); errno != 0 {
			t.Skip("no tun interface can be made: " + errno.Error())
		}
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), tunSetLink, hardware); errno != 0 {
			t.Fatal(errno)
		}
	})
	h.Up(name)
	return func(packet []byte) {
		t.Helper()
		if _, err := syscall.Write(fd, packet); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLiveLinkTypes captures packets without an Ethernet header: raw ones, and behind
// the header of a cooked capture on an interface of whatever else.
func TestLiveLinkTypes(t *testing.T) {
	packet := []byte{
		0x45, 0, 0, 32, 0, 0, 0, 0, 1, 17, 0xff, 0xff, 192, 0, 2, 1, 239, 1, 1, 1,
		0x13, 0x88, 0x13, 0x88, 0, 12, 0, 0, 'd', 'a', 't', 'a',
	}
	other := bytes.Clone(packet)
	other[23] = 0x89 // another destination port
	for _, tt := range []struct {
		hardware uintptr
		linkType int
		head     []byte
		filter   string
	}{
		{0xfffe, 101, nil, "udp dst port 5000 and len = 32"},
		{512, 113, []byte{0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0}, "udp dst port 5000 and inbound and len = 48"},
	} {
		h := nettest.NewHost(t, "h")
		write := tun(t, h, "tun0", tt.hardware)
		l := liveOn(t, h, capture.LiveConfig{Interfaces: []string{"tun0"}, Filter: tt.filter})
		other[22], other[23] = 0x13, 0x89
		write(other)
		write(packet)
		f := next(t, l)
		if f.Interface.LinkType != tt.linkType || !bytes.Equal(f.Data, append(tt.head, packet...)) || f.Length != len(f.Data) || f.Direction != capture.DirectionIn {
			t.Errorf("hardware type %d: %+v of %+v, want %x", tt.hardware, f, f.Interface, append(tt.head, packet...))
		}
	}
}

// TestLiveNotPermitted: without CAP_NET_RAW.
func TestLiveNotPermitted(t *testing.T) {
	done := make(chan error)
	go func() {
		// The thread ends with the goroutine, which does not unlock it.
		runtime.LockOSThread()
		header := struct {
			version uint32
			pid     int32
		}{0x20080522, 0} // _LINUX_CAPABILITY_VERSION_3
		var none [6]uint32
		if _, _, errno := syscall.RawSyscall(syscall.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&none)), 0); errno != 0 {
			done <- errno
			return
		}
		l, err := capture.OpenLive(capture.LiveConfig{Interfaces: []string{"lo"}})
		if err == nil {
			_ = l.Close()
		}
		done <- err
	}()
	err := <-done
	var known *mcast.Error
	if !errors.As(err, &known) || !errors.Is(err, os.ErrPermission) || known.Interface != "lo" || known.Hint() == "" {
		t.Errorf("%v", err)
	}
}

// TestLiveAsks: an interface is promiscuous, or hears all groups, only when that is asked
// for, and no longer than it is.
func TestLiveAsks(t *testing.T) {
	a, b := pair(t)
	type asked struct{ promiscuous, allMulticast int }
	watchers := func() (w asked) {
		w.promiscuous, w.allMulticast = b.Watchers("eth0")
		return w
	}
	for _, want := range []asked{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
		l := liveOn(t, b, capture.LiveConfig{
			Interfaces: []string{"eth0"}, Filter: "udp port 5000", Promiscuous: want.promiscuous > 0, AllMulticast: want.allMulticast > 0,
		})
		other := []byte("\x02\x00\x00\x00\x99\x99\x02\x00\x00\x00\x00\x01\x08\x00")
		ip := []byte{0x45, 0, 0, 28, 0, 0, 0, 0, 1, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0x13, 0x88, 0x13, 0x88, 0, 8, 0, 0}
		sendFrames(t, a, append(other, ip...))
		if f := next(t, l); f.Direction != capture.DirectionOther {
			t.Errorf("%+v", f)
		}
		if got := watchers(); got != want {
			t.Errorf("asked for %+v, the interface has %+v", want, got)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if got := watchers(); got != (asked{}) {
			t.Errorf("asked for %+v, it has %+v after the end", want, got)
		}
	}
}

// TestLiveAsksLater: so is one that comes later.
func TestLiveAsksLater(t *testing.T) {
	h, peer := nettest.NewHost(t, "h"), nettest.NewHost(t, "peer")
	started := make(chan struct{}, 1)
	l := liveOn(t, h, capture.LiveConfig{AllMulticast: true, Filter: "udp port 5000", Notify: func(e capture.LiveEvent) {
		if e.Kind == capture.LiveStarted {
			started <- struct{}{}
		}
	}})
	go func() { _, _ = l.Next() }()
	nettest.Pair(t, h.NIC("eth0"), peer.NIC("eth0"))
	<-started
	if promiscuous, all := h.Watchers("eth0"); promiscuous != 0 || all != 1 {
		t.Errorf("it is %d times promiscuous, and hears all groups %d times", promiscuous, all)
	}
}

// TestLiveAllMulticast: a card drops reports of another host, to groups that nobody
// here has joined, unless it is asked for all. There are several groups since the card is a
// macvlan: that keeps a bit for a hash of the groups it wants, salted anew in each network
// (drivers/net/macvlan.c, mc_hash), so one group that nobody wants may come through.
//
//	a ── eth0 ────── eth0 ── b
//	                card ──┘
func TestLiveAllMulticast(t *testing.T) {
	a, b := pair(t)
	b.AddCard("card", "eth0")
	const groups = 8
	var frames [][]byte
	source := []byte{2, 0, 0, 0, 0, 1, 8, 0}
	for i := byte(0); i < groups; i++ {
		ip := []byte{0x45, 0, 0, 28, 0, 0, 0, 0, 1, 17, 0, 0, 192, 0, 2, 1, 239, 1, 1, i, 0x13, 0x88, 0x13, 0x88, 0, 8, 0, 0}
		frames = append(frames, slices.Concat([]byte{1, 0, 0x5e, 1, 1, i}, source, ip))
	}
	last := slices.Clone(frames[0])
	copy(last, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	frames = append(frames, last)
	for _, all := range []bool{false, true, false} {
		l := liveOn(t, b, capture.LiveConfig{Interfaces: []string{"card"}, Filter: "udp port 5000", AllMulticast: all})
		sendFrames(t, a, frames...)
		seen := 0
		for ; !bytes.Equal(next(t, l).Data, last); seen++ {
		}
		if (seen == groups) != all {
			t.Errorf("asked for all groups: %v; of %d groups it had %d", all, groups, seen)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}
