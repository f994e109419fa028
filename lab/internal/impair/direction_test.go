package impair

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"mcast/internal/sys"
)

// datagram is a frame of UDP over IPv4 to a port of a group, with n in its payload.
func datagram(port uint16, n int) []byte {
	b := make([]byte, 14+20+8+22)
	copy(b, "\x01\x00\x5e\x01\x01\x01\x02\x00\x00\x00\x00\x01\x08\x00\x45")
	b[14+9] = 17
	copy(b[14+12:], "\xc0\x00\x02\x01\xef\x01\x01\x01")
	binary.BigEndian.PutUint16(b[34:], 5000)
	binary.BigEndian.PutUint16(b[36:], port)
	binary.BigEndian.PutUint32(b[42:], uint32(n))
	return b
}

// out is a frame that has left.
type out struct {
	port uint16
	n    int
	at   time.Duration
}

// through sends frames, one each gap, and returns what comes out.
func through(d *direction, gap time.Duration, frames ...[]byte) (all []out) {
	leave := func(until time.Duration) {
		for {
			due, ok := d.due()
			if !ok || due > until {
				return
			}
			h := d.leave()
			all = append(all, out{binary.BigEndian.Uint16(h.frame[36:]), int(binary.BigEndian.Uint32(h.frame[42:])), due})
			d.left(due, h)
		}
	}
	for i, f := range frames {
		at := time.Duration(i) * gap
		leave(at)
		d.enter(at, nil, f, sys.OffloadHeader{})
	}
	leave(math.MaxInt64)
	return all
}

func datagrams(port uint16, n int) (all [][]byte) {
	for i := range n {
		all = append(all, datagram(port, i))
	}
	return all
}

func numbers(all []out, port uint16) (n []int) {
	for _, o := range all {
		if o.port == port {
			n = append(n, o.n)
		}
	}
	return n
}

const gap = 10 * time.Microsecond // of 100,000 frames a second

func TestNothingAsked(t *testing.T) {
	d := newDirection(Parameters{})
	all := through(d, gap, datagrams(1, 1000)...)
	for i, o := range all {
		if o.n != i || o.at != time.Duration(i)*gap {
			t.Fatalf("frame %d is %+v", i, o)
		}
	}
	if got, want := d.snapshot(), (Counts{Frames: 1000, Sent: 1000}); got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
}

// The shares of a seed are what they are: these are written down, and their distance from
// what was asked was looked at once.
func TestShares(t *testing.T) {
	tests := []struct {
		p    Parameters
		want Counts
	}{
		{Parameters{Loss: 0.1, Seed: 7}, Counts{Frames: 20000, Lost: 1977, Sent: 18023}},
		{Parameters{Loss: 0.1, Seed: 8}, Counts{Frames: 20000, Lost: 1974, Sent: 18026}},
		{Parameters{Loss: 1}, Counts{Frames: 20000, Lost: 20000}},
		{Parameters{Duplicate: 0.25, Seed: 7}, Counts{Frames: 20000, Duplicated: 4979, Sent: 24979}},
		{Parameters{Duplicate: 1}, Counts{Frames: 20000, Duplicated: 20000, Sent: 40000}},
		{
			Parameters{Loss: 0.1, Duplicate: 0.25, Seed: 7},
			Counts{Frames: 20000, Lost: 1977, Duplicated: 4496, Sent: 22519},
		},
		{
			Parameters{Reorder: 0.05, Delay: 10 * time.Millisecond, Seed: 7},
			Counts{Frames: 20000, Overtook: 955, Sent: 20000, MeanDelay: 9522500 * time.Nanosecond, MostDelay: 10 * time.Millisecond},
		},
	}
	for _, test := range tests {
		d := newDirection(test.p)
		through(d, gap, datagrams(1, 20000)...)
		if got := d.snapshot(); got != test.want {
			t.Errorf("%+v: counted %+v, want %+v", test.p, got, test.want)
		}
	}
}

// What is lost of a flow does not depend on the traffic beside it, nor on what else
// is done to it.
func TestFateIsOfTheFlow(t *testing.T) {
	p := Parameters{Loss: 0.3, Seed: 1}
	alone := numbers(through(newDirection(p), gap, datagrams(1, 1000)...), 1)
	if len(alone) < 600 || len(alone) > 800 {
		t.Fatalf("%d of 1000 came through", len(alone))
	}

	var crowd [][]byte
	for i := range 1000 {
		for port := range uint16(3) {
			crowd = append(crowd, datagram(port, i))
		}
	}
	in := through(newDirection(p), gap, crowd...)
	if !slices.Equal(numbers(in, 1), alone) {
		t.Error("with others on the link, other frames are lost")
	}
	if slices.Equal(numbers(in, 2), alone) {
		t.Error("another flow loses the same frames")
	}

	p.Delay, p.Jitter, p.Rate, p.Duplicate = time.Second, time.Millisecond, 1e9, 0.5
	n := numbers(through(newDirection(p), gap, datagrams(1, 1000)...), 1)
	slices.Sort(n)
	if !slices.Equal(slices.Compact(n), alone) {
		t.Error("with jitter, a rate and duplicates, other frames are lost")
	}

	p = Parameters{Loss: 0.3, Seed: 2}
	if slices.Equal(numbers(through(newDirection(p), gap, datagrams(1, 1000)...), 1), alone) {
		t.Error("another seed loses the same frames")
	}
}

func TestDelayAndJitter(t *testing.T) {
	const delay, jitter = 10 * time.Millisecond, 2 * time.Millisecond
	d := newDirection(Parameters{Delay: delay, Jitter: jitter})
	// So far apart none can overtake.
	for i, o := range through(d, 2*jitter, datagrams(1, 10000)...) {
		if late := o.at - time.Duration(i)*2*jitter; o.n != i || late < delay-jitter || late > delay+jitter {
			t.Fatalf("frame %d is %+v, %v late", i, o, late)
		}
	}
	c := d.snapshot()
	if c.Overtook != 0 {
		t.Errorf("%d overtook", c.Overtook)
	}
	near := func(name string, got, want time.Duration) {
		if (got - want).Abs() > jitter/50 {
			t.Errorf("the %s delay is %v, want about %v", name, got, want)
		}
	}
	near("least", c.LeastDelay, delay-jitter)
	near("mean", c.MeanDelay, delay)
	near("most", c.MostDelay, delay+jitter)
}

// A frame that overtakes comes out before all that it has overtaken, and those come out
// in order.
// Frames that are all delayed alike stay in their order, also where the clock that
// says when they came goes back.
func TestClockGoesBack(t *testing.T) {
	d := newDirection(Parameters{Delay: time.Millisecond})
	for i, at := range []time.Duration{time.Second, time.Second - time.Millisecond, time.Second + time.Millisecond} {
		d.enter(at, nil, datagram(1, i), sys.OffloadHeader{})
	}
	for i := range 3 {
		due, _ := d.due()
		h := d.leave()
		if n := int(binary.BigEndian.Uint32(h.frame[42:])); n != i {
			t.Errorf("frame %d left as the %dth", n, i)
		}
		d.left(due, h)
	}
	if c := d.snapshot(); c.Overtook != 0 {
		t.Errorf("%d overtook others", c.Overtook)
	}
}

func TestReorder(t *testing.T) {
	d := newDirection(Parameters{Delay: time.Millisecond, Reorder: 0.01, Seed: 3})
	all := through(d, gap, datagrams(1, 1000)...)
	overtook, last := 0, -1
	for _, o := range all {
		if o.at == time.Duration(o.n)*gap {
			overtook++
			continue
		}
		if o.n < last {
			t.Fatalf("frame %d came after %d", o.n, last)
		}
		last = o.n
	}
	if c := d.snapshot(); overtook == 0 || uint64(overtook) != c.Overtook {
		t.Errorf("%d overtook, counted %d", overtook, c.Overtook)
	}
}

func TestRate(t *testing.T) {
	frame := len(datagram(1, 0))
	each := time.Millisecond
	rate := uint64(frame * 8 * 1000) // one frame in a millisecond
	d := newDirection(Parameters{Rate: rate, Queue: 10 * time.Millisecond})
	all := through(d, 0, datagrams(1, 100)...)
	// One is being sent, and ten wait: the last of them for just the time of the queue.
	if len(all) != 11 {
		t.Fatalf("%d came out", len(all))
	}
	for i, o := range all {
		if o.n != i || o.at != time.Duration(i+1)*each {
			t.Errorf("frame %d is %+v", i, o)
		}
	}
	if c := d.snapshot(); c.QueueFull != 89 || c.Sent != 11 {
		t.Errorf("counted %+v", c)
	}

	// As fast as the rate, none is lost, and the link is idle in between if it is slower.
	for _, gap := range []time.Duration{each, 3 * each} {
		d := newDirection(Parameters{Rate: rate})
		for i, o := range through(d, gap, datagrams(1, 100)...) {
			if o.n != i || o.at != time.Duration(i)*gap+each {
				t.Errorf("a frame each %v: frame %d is %+v", gap, i, o)
			}
		}
	}
	if d := newDirection(Parameters{Rate: 1}); d.transmission(1500) != 12000*time.Second || d.transmission(1<<20) != mostDelay {
		t.Error("the time of a frame at 1 bit/s is wrong")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	d := newDirection(Parameters{Delay: time.Hour})
	frame := make([]byte, 1<<20)
	for range 100 {
		d.enter(0, nil, frame, sys.OffloadHeader{})
	}
	if c := d.snapshot(); c.QueueFull != 36 || d.bytes != mostBytes {
		t.Errorf("%d bytes are held, and counted is %+v", d.bytes, c)
	}
}

func TestAllocations(t *testing.T) {
	d := newDirection(Parameters{Loss: 0.1, Duplicate: 0.1, Delay: time.Millisecond, Jitter: time.Millisecond})
	frames := datagrams(1, 1000)
	now := time.Duration(0)
	round := func() {
		for _, f := range frames {
			d.enter(now, f[:14], f[14:], sys.OffloadHeader{})
			now += gap
			for due, ok := d.due(); ok && due <= now; due, ok = d.due() {
				d.left(now, d.leave())
			}
		}
	}
	round()
	if n := testing.AllocsPerRun(10, round); n > 0 {
		t.Errorf("%v allocations in a thousand frames", n)
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		p    Parameters
		want string // part of what is wrong; "": nothing
	}{
		{Parameters{}, ""},
		{Parameters{1, 1, 1, time.Second, time.Second, 1, time.Second, 1}, ""},
		{Parameters{Loss: 1.01}, "loss 1.01 is not a share"},
		{Parameters{Duplicate: -0.1}, "duplicate -0.1 is not a share"},
		{Parameters{Reorder: math.NaN()}, "reorder NaN is not a share"},
		{Parameters{Delay: -1}, "delay -1ns is not from 0s"},
		{Parameters{Delay: math.MaxInt64}, "is not from 0s to 24h"},
		{Parameters{Jitter: 2, Delay: 1}, "jitter 2ns is more than the delay, 1ns"},
		{Parameters{Reorder: 0.1}, "reorder needs a delay"},
		{Parameters{Queue: 1}, "queue needs a rate"},
	}
	for _, test := range tests {
		err := test.p.Check()
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%+v: %v, want %q", test.p, err, test.want)
		}
	}
}
