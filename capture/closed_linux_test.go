package capture_test

import (
	"testing"
	"time"

	"mcast/internal/nettest"
	"mcast/internal/sys"
)

// TestClosedRingStaysEmpty: a socket whose ring is still mapped, for a frame of it is
// lent, captures no more once it is closed.
func TestClosedRingStaysEmpty(t *testing.T) {
	a, b := pair(t)
	open := func() (p *sys.PacketSocket, r *sys.Ring) {
		b.Do(func() {
			var err error
			if p, err = sys.OpenPacket(false); err != nil {
				t.Fatal(err)
			}
			if r, err = p.OpenRing(64<<10, 2, 10*time.Millisecond); err != nil {
				t.Fatal(err)
			}
			if err = p.Bind(b.Interface("eth0").Index); err != nil {
				t.Fatal(err)
			}
		})
		return p, r
	}
	closed, empty := open()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	live, filled := open()
	defer func() { _ = live.Close(); filled.Unmap(false); empty.Unmap(false) }()
	for range 2 { // after the second block of the one, the first of the other would have been there
		sendFrames(t, a, datagram(64))
		nettest.Eventually(t, "a frame is in the ring", 10*time.Second, filled.Ready)
		var f sys.RingFrame
		for filled.Next(&f) {
		}
	}
	if empty.Ready() {
		t.Error("a closed socket goes on capturing")
	}
}
