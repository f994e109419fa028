package impair

import (
	"testing"
	"time"

	"mcast/internal/nettest"
	"mcast/internal/sys"
)

// What the program itself costs for each frame, without the kernel.
func BenchmarkDirection(b *testing.B) {
	d := newDirection(Parameters{Loss: 0.1, Delay: time.Millisecond, Jitter: time.Millisecond, Seed: 1})
	frame := datagram(1, 0)
	now := time.Duration(0)
	b.ReportAllocs()
	for b.Loop() {
		d.enter(now, nil, frame, sys.OffloadHeader{})
		now += gap
		for due, ok := d.due(); ok && due <= now; due, ok = d.due() {
			d.left(now, d.leave())
		}
	}
}

// As many frames a second as get through if the sender waits for them, a thousand at a
// time.
func BenchmarkForwarder(b *testing.B) {
	l := newLink(b, Parameters{}, Parameters{})
	s := l.sender()
	s.send(1, false)
	l.await(1)
	b.ResetTimer()
	for n := 0; n < b.N; n += 50 {
		s.send(50, true)
		for s.n-int(l.fromHost()) > 1000 {
			time.Sleep(10 * time.Microsecond)
		}
	}
	c := l.await(s.n)
	b.ReportMetric(float64(c.Sent)/b.Elapsed().Seconds(), "frames/s")
	b.ReportMetric(float64(c.Missed), "missed")
}

func (l *link) fromHost() uint64 {
	_, c := l.Counts()
	return c.Frames + c.Missed
}

// 100,000 frames a second, in bursts of a millisecond, with a delay and without: how many
// are missed, and how late are the others?
func BenchmarkSteady(b *testing.B) {
	for _, delay := range []time.Duration{0, 10 * time.Millisecond} {
		b.Run(delay.String(), func(b *testing.B) {
			l := newLink(b, Parameters{}, Parameters{Delay: delay})
			s := l.sender()
			b.ResetTimer()
			began := time.Now()
			for s.n < b.N {
				s.send(50, true)
				s.send(50, true)
				time.Sleep(time.Until(began.Add(time.Duration(s.n) * gap)))
			}
			nettest.Eventually(b, "the frames to be carried", 10*time.Second, func() bool { return int(l.fromHost()) >= s.n })
			c := l.await(s.n)
			b.ReportMetric(float64(c.Frames)/b.Elapsed().Seconds(), "frames/s")
			b.ReportMetric(float64(c.Missed), "missed")
			b.ReportMetric(float64((c.MeanDelay - delay).Microseconds()), "µs-late")
			b.ReportMetric(float64((c.MostDelay - delay).Microseconds()), "µs-latest")
		})
	}
}

// There and back for a datagram alone: what the forwarder adds to a delay of nothing.
func BenchmarkEcho(b *testing.B) {
	for _, delay := range []time.Duration{0, 10 * time.Millisecond} {
		b.Run(delay.String(), func(b *testing.B) {
			l := newLink(b, Parameters{Delay: delay}, Parameters{Delay: delay})
			echo := l.echo()
			buffer := make([]byte, payload)
			for b.Loop() {
				if _, err := echo.Write(buffer); err != nil {
					b.Fatal(err)
				}
				if _, err := echo.Read(buffer); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
