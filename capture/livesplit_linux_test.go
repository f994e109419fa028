package capture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"mcast"
	"mcast/capture"
	"mcast/internal/nettest"
)

// udpChecksum returns 0 for an IPv4 UDP packet with its right checksums.
func udpChecksum(p []byte) uint16 {
	head := int(p[0]&0xf) * 4
	if sum := rfc1071(p[:head]); sum != 0 {
		return sum
	}
	udp := p[head:]
	return rfc1071(slices.Concat(p[12:20], []byte{0, 17, udp[4], udp[5]}, udp))
}

func rfc1071(b []byte) uint16 {
	sum := uint32(0)
	for i, v := range b {
		sum += uint32(v) << (8 * (1 - i&1))
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// TestLiveSplit: what is captured of superframes is what a socket receives, with
// filters that the kernel decides and others.
func TestLiveSplit(t *testing.T) {
	for _, tt := range []struct {
		group, filter string
		ipv6          bool
		size, count   int
	}{
		{"239.1.1.1%eth0:5000", "udp port 5000", false, 64, 100},
		{"239.1.1.1%eth0:5000", "udp port 5000 and less 200", false, 64, 100},
		{"239.1.1.1%eth0:5000", "udp[4:2] = 72", false, 64, 100},
		{"239.1.1.1%eth0:5000", "udp[8] = 0x30 and udp[13] = 0x30", false, 64, 100},
		{"239.1.1.1%eth0:5000", "udp port 5000", false, 1400, 500},
		{"ff15::1%eth0:5000", "udp port 5000", true, 64, 100},
		{"ff15::1%eth0:5000", "ip6[4:2] = 72", true, 64, 100},
	} {
		t.Run(tt.group+" "+tt.filter, func(t *testing.T) {
			a, b := pair(t)
			s := senderOn(t, a, mcast.SenderConfig{}, tt.group)
			list := texts(tt.count, tt.size)
			var want [][]byte
			for i, p := range list {
				if tt.filter[:4] != "udp[" || tt.size != 64 || tt.filter[4] == '4' || i%10 == 0 {
					want = append(want, p)
				}
			}
			captures := []*capture.Live{
				liveOn(t, a, capture.LiveConfig{Interfaces: []string{"eth0"}, Filter: tt.filter}),
				liveOn(t, b, capture.LiveConfig{Interfaces: []string{"eth0"}, Filter: tt.filter}),
			}
			send(t, s, list...)
			for _, l := range captures {
				for i, p := range want {
					f := next(t, l)
					head := 42
					if tt.ipv6 {
						head = 62
					}
					if len(f.Data) != head+len(p) || f.Length != len(f.Data) || !bytes.Equal(f.Data[head:], p) || f.Superframe || f.ChecksumPending && !stand(t, s) {
						t.Fatalf("datagram %d: %d bytes, %+v", i, len(f.Data), f)
					}
					if tt.ipv6 || f.ChecksumPending {
						continue
					}
					if sum := udpChecksum(f.Data[14:]); sum != 0 {
						t.Errorf("datagram %d: checksums are wrong by %#x", i, sum)
					}
				}
				if stats, err := l.Stats(); err != nil || stats[0].Dropped != 0 {
					t.Errorf("%+v, %v", stats, err)
				}
			}
		})
	}
}

// TestLiveRun: superframes stay together where nothing has to be known of their
// datagrams, and files are the same either way.
func TestLiveRun(t *testing.T) {
	for _, tt := range []struct {
		config   capture.LiveConfig
		together bool
	}{
		{capture.LiveConfig{Filter: "udp port 5000"}, true},
		{capture.LiveConfig{Filter: "udp port 5000 and less 200"}, false},
		{capture.LiveConfig{Filter: "udp port 5000", SnapLen: 60}, false},
		{capture.LiveConfig{Filter: "udp port 5000", Superframes: true}, false},
	} {
		a, b := pair(t)
		s := senderOn(t, a, mcast.SenderConfig{}, "239.1.1.1%eth0:5000")
		tt.config.Interfaces = []string{"eth0"}
		l := liveOn(t, b, tt.config)
		list := texts(250, 64)
		send(t, s, list...)
		var file bytes.Buffer
		w, err := capture.NewWriter(&file, capture.WriterConfig{})
		if err != nil {
			t.Fatal(err)
		}
		together := false
		for n := 0; n < len(list); {
			var f capture.Frame
			if err := l.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if err := l.ReadRun(&f); err != nil {
				t.Fatalf("%+v: after %d of %d datagrams: %v", tt.config, n, len(list), err)
			}
			frames, _ := f.Count()
			if f.Datagrams != nil {
				together = true
			}
			if tt.config.Superframes && f.SegmentSize > 0 {
				frames = (f.Length - 42) / f.SegmentSize
			}
			n += frames
			if err := w.Write(&f); err != nil {
				t.Fatal(err)
			}
		}
		if together != (tt.together && !stand(t, s)) {
			t.Errorf("%+v: superframes stay together: %v", tt.config, together)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if tt.config.Superframes {
			continue
		}
		frames, err := read(t, file.Bytes())
		if len(frames) != len(list) || !errors.Is(err, io.EOF) {
			t.Fatalf("%+v: %d frames in the file, want %d; %v", tt.config, len(frames), len(list), err)
		}
		for i, f := range frames {
			if payload := list[i][:min(64, len(f.Data)-42)]; !bytes.Equal(f.Data[42:], payload) || f.Length != 42+64 {
				t.Fatalf("%+v: datagram %d is another: %q", tt.config, i, f.Data[42:])
			}
		}
	}
}

// TestLiveSplitAsTheKernel: headers, too, are those that the kernel makes where it
// segments itself.
func TestLiveSplitAsTheKernel(t *testing.T) {
	for _, group := range []string{"239.1.1.1%eth0:5000", "ff15::1%eth0:5000"} {
		a, b := pair(t)
		s := senderOn(t, a, mcast.SenderConfig{SourcePort: 5000}, group)
		l := liveOn(t, b, capture.LiveConfig{Interfaces: []string{"eth0"}, Filter: "udp port 5000"})
		list := texts(21, 100)
		list[20] = list[20][:7]
		taken := func() (frames [][]byte) {
			send(t, s, list...)
			first := uint16(0)
			for i := range list {
				d := next(t, l).Data
				checksum := d[60:62]
				if d[13] == 0 {
					// Count identifications from the first one on; the header's checksum covers them.
					if sum := rfc1071(d[14:34]); sum != 0 {
						t.Errorf("datagram %d: header checksum wrong by %#x", i, sum)
					}
					id := binary.BigEndian.Uint16(d[18:])
					if i == 0 {
						first = id
					}
					binary.BigEndian.PutUint16(d[18:], id-first)
					d[24], d[25] = 0, 0
					checksum = d[40:42]
				}
				checksum[0], checksum[1] = 0, 0 // pending, where the kernel segments
				frames = append(frames, d)
			}
			return frames
		}
		split := taken()
		a.Do(func() {
			link, err := netlink.LinkByName("eth0")
			if err == nil {
				err = netlink.LinkSetGSOMaxSegs(link, 1)
			}
			if err != nil {
				nettest.Skip(t, "the kernel cannot be told to segment: "+err.Error())
			}
		})
		received := func() uint64 {
			stats, err := l.Stats()
			if err != nil {
				t.Fatal(err)
			}
			return stats[0].Received
		}
		before := received()
		want := taken()
		if n := received() - before; n != uint64(len(list)) {
			t.Errorf("%d frames were captured: the kernel has not segmented", n)
		}
		for i := range want {
			if !bytes.Equal(split[i], want[i]) {
				t.Errorf("%s: datagram %d:\n%x, the kernel makes\n%x", group, i, split[i], want[i])
			}
		}
	}
}

// stand says that a sender sends each datagram alone.
func stand(t *testing.T, s *mcast.Sender) bool {
	return os.Getenv("MCAST_OFFLOAD") == "off" || s.OffloadError() != nil
}

// TestLiveSuperframes leaves them whole.
func TestLiveSuperframes(t *testing.T) {
	a, b := pair(t)
	s := senderOn(t, a, mcast.SenderConfig{}, "239.1.1.1%eth0:5000")
	if stand(t, s) {
		t.Skip("offload is off")
	}
	l := liveOn(t, b, capture.LiveConfig{Interfaces: []string{"eth0"}, Filter: "udp port 5000", Superframes: true})
	if stats, _ := l.Stats(); !stats[0].Splits {
		nettest.Skip(t, "this kernel does not describe superframes")
	}
	send(t, s, texts(10, 100)...)
	if f := next(t, l); !f.Superframe || f.SegmentSize != 100 || f.Length != 42+10*100 || !f.ChecksumPending {
		t.Errorf("%+v", f)
	}
}

// TestLiveSplitWithoutLoopback: the kernel is asked another way what it can do.
func TestLiveSplitWithoutLoopback(t *testing.T) {
	a, b := pair(t)
	splits := func() bool {
		l := liveOn(t, b, capture.LiveConfig{Interfaces: []string{"eth0"}, Filter: "udp port 5000"})
		send(t, senderOn(t, a, mcast.SenderConfig{}, "239.1.1.1%eth0:5000"), texts(2, 10)...)
		for range 2 {
			if f := next(t, l); f.Length != 52 {
				t.Errorf("%+v", f)
			}
		}
		stats, err := l.Stats()
		return err == nil && stats[0].Splits
	}
	if !splits() {
		nettest.Skip(t, "this kernel does not describe superframes")
	}
	b.Down("lo")
	if !splits() {
		nettest.Skip(t, "this kernel cannot say without loopback")
	}
}

// TestLiveSnapLen cuts frames, single ones and those that are split.
func TestLiveSnapLen(t *testing.T) {
	a, b := pair(t)
	s := senderOn(t, a, mcast.SenderConfig{}, "239.1.1.1%eth0:5000")
	l := liveOn(t, b, capture.LiveConfig{Interfaces: []string{"eth0"}, Filter: "udp port 5000", SnapLen: 50})
	send(t, s, texts(5, 100)...)
	for i := range 5 {
		if f := next(t, l); len(f.Data) != 50 || f.Length != 142 || string(f.Data[42:48]) != fmt.Sprintf("%06d", i) {
			t.Errorf("%d of %d: %q", len(f.Data), f.Length, f.Data)
		}
	}
}
