//go:build !mcast_portable

package mcast

import (
	"fmt"
	"testing"

	"mcast/internal/nettest"
)

// The benchmarks send and receive in one thread, by turns, between two
// namespaces, so that what one side costs can be told from the other: each
// stops the clock while the other is at work. How fast mcast is when both work
// at once is measured by the script in bench/.
//
//	a ── eth0 ────── eth0 ── b
func benchmark(b *testing.B, run func(b *testing.B, s *Sender, r *Receiver, datagrams [][]byte)) {
	for _, size := range []int{64, 1400} {
		for _, offload := range []Offload{OffloadAuto, OffloadOff} {
			name := map[Offload]string{OffloadAuto: "auto", OffloadOff: "off"}[offload]
			b.Run(fmt.Sprintf("size=%d/offload=%s", size, name), func(b *testing.B) {
				host, peer := nettest.NewHost(b, "a"), nettest.NewHost(b, "b")
				nettest.Pair(b, host.NIC("eth0", "192.0.2.1/24"), peer.NIC("eth0", "192.0.2.2/24"))
				group := []Group{makeGroup("239.1.1.1", 0, "eth0", 5000)}
				var s *Sender
				var r *Receiver
				var err error
				host.Do(func() { s, err = NewSender(group, SenderConfig{Offload: offload}) })
				if err != nil {
					b.Fatal(err)
				}
				defer s.Close()
				peer.Do(func() { r, err = NewReceiver(group, ReceiverConfig{Offload: offload}) })
				if err != nil {
					b.Fatal(err)
				}
				defer r.Close()
				// One behind the other in memory, as a program in a hurry has them.
				const batch = 128 // fits into the receive buffer that an ordinary user gets
				memory := make([]byte, batch*size)
				datagrams := make([][]byte, batch)
				for i := range datagrams {
					datagrams[i] = memory[i*size : (i+1)*size]
				}
				b.SetBytes(batch * int64(size))
				b.ReportAllocs()
				run(b, s, r, datagrams)
				b.ReportMetric(float64(b.N)*batch/b.Elapsed().Seconds(), "datagrams/s")
			})
		}
	}
}

// readCount reads n datagrams.
func readCount(b *testing.B, r *Receiver, messages []Message, n int) {
	for got := 0; got < n; {
		k, err := r.ReadBatch(messages)
		if err != nil {
			b.Fatal(err)
		}
		for i := range messages[:k] {
			got += messages[i].Len()
		}
	}
}

// BenchmarkSend measures the sending half. What carries a datagram across the
// cable, and into the receiver's queue, is the sender's as well.
func BenchmarkSend(b *testing.B) {
	benchmark(b, func(b *testing.B, s *Sender, r *Receiver, datagrams [][]byte) {
		messages := NewMessages(64)
		for b.Loop() {
			if n, err := s.WriteBatch(b.Context(), 0, datagrams); n != len(datagrams) {
				b.Fatal(err)
			}
			b.StopTimer()
			readCount(b, r, messages, len(datagrams))
			b.StartTimer()
		}
	})
}

// BenchmarkReceive measures the receiving half.
func BenchmarkReceive(b *testing.B) {
	benchmark(b, func(b *testing.B, s *Sender, r *Receiver, datagrams [][]byte) {
		messages := NewMessages(64)
		for b.Loop() {
			b.StopTimer()
			if n, err := s.WriteBatch(b.Context(), 0, datagrams); n != len(datagrams) {
				b.Fatal(err)
			}
			b.StartTimer()
			readCount(b, r, messages, len(datagrams))
		}
	})
}
