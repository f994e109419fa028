package impair

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"mcast/internal/sys"
	"mcast/wire"
)

// lane is a direction with the sockets at its ends.
type lane struct {
	*direction
	in, out *sys.PacketSocket // nil: not open
	slots   *sys.Slots
	frame   sys.SlotFrame
	leaving []held // what is in the batch
	closing *atomic.Bool
	tagged  [tagEnd]byte
}

const (
	mostRead  = 256                   // frames of one direction, then it is the other's turn
	mostWrite = 64                    // frames of a batch
	tick      = 50 * time.Millisecond // how long a full queue of the kernel is waited for at a time

	etherAddresses = 12
	tagEnd         = etherAddresses + 4
	mostLink       = 14 + 2*4 // an Ethernet header and two tags
)

func (l *lane) open(in, out *net.Interface, ring int, poller *sys.Poller) (err error) {
	if l.out, err = sys.OpenFrameSender(out.Index, tick); err != nil {
		return fmt.Errorf("open %s to send: %w", out.Name, err)
	}
	if l.in, err = sys.OpenPacket(false); err != nil {
		return fmt.Errorf("open %s to receive: %w", in.Name, err)
	}
	if l.slots, err = l.in.OpenSlots(ring, in.MTU+mostLink); err != nil {
		return fmt.Errorf("make a ring for %s: %w", in.Name, err)
	}
	_ = l.in.IgnoreOutgoing() // where the kernel cannot, read does
	if err := poller.AddPacket(l.in, 0); err != nil {
		return err
	}
	if err := l.in.Bind(in.Index); err != nil {
		return fmt.Errorf("receive on %s: %w", in.Name, err)
	}
	return nil
}

func (l *lane) release() {
	if l.in != nil {
		l.count()
		_ = l.in.Close()
	}
	if l.out != nil {
		_ = l.out.Close()
	}
	if l.slots != nil {
		l.slots.Unmap()
	}
	l.in, l.out, l.slots = nil, nil, nil
}

// count adds what the kernel had no room for.
func (l *lane) count() {
	if l.in == nil {
		return
	}
	if _, dropped, err := l.in.Statistics(); err == nil {
		l.counts.Missed += uint64(dropped)
	}
}

func (l *lane) snapshot() Counts {
	l.count()
	return l.direction.snapshot()
}

// read takes in what has come, and reports whether there may be more.
func (l *lane) read(began time.Time) bool {
	clock := time.Now()
	now, wall := clock.Sub(began), clock.UnixNano()
	for range mostRead {
		f := &l.frame
		if !l.slots.Next(f) {
			// An interface that is taken down leaves an error, for which the
			// poller would wake us for ever.
			_ = l.in.TakeError()
			return false
		}
		if f.Outgoing {
			continue
		}
		if f.Cut {
			l.counts.Missed++
			continue
		}
		// A frame's delay begins when it came, not when it is read.
		age := time.Duration(wall - int64(f.Seconds)*int64(time.Second) - int64(f.Nanoseconds))
		if age < 0 || age > time.Second {
			age = 0 // the clock was set
		}
		l.takeApart(now-age, f)
	}
	return true
}

// takeApart takes in a frame, or the datagrams of a superframe.
func (l *lane) takeApart(at time.Duration, f *sys.SlotFrame) {
	if f.Offload.Kind == sys.OffloadUDP {
		var super wire.Superframe
		if super.SplitEthernet(f.Bytes, 0, int(f.Offload.Segment)) {
			for {
				start, end, ok := super.Next()
				if !ok {
					return
				}
				l.enterTagged(at, f, f.Bytes[start:end], sys.OffloadHeader{})
			}
		}
	}
	if f.Offload.Kind != sys.OffloadNone {
		l.counts.Whole++
	}
	l.enterTagged(at, f, f.Bytes, f.Offload)
}

// enterTagged puts the VLAN tag back that the kernel took out of the frame.
func (l *lane) enterTagged(at time.Duration, f *sys.SlotFrame, frame []byte, offload sys.OffloadHeader) {
	if !f.HasTag || len(frame) < etherAddresses {
		l.enter(at, nil, frame, offload)
		return
	}
	copy(l.tagged[:], frame[:etherAddresses])
	binary.BigEndian.PutUint16(l.tagged[etherAddresses:], f.TagType)
	binary.BigEndian.PutUint16(l.tagged[etherAddresses+2:], f.Tag)
	const tag = tagEnd - etherAddresses
	if offload.Flags&sys.OffloadChecksum != 0 {
		offload.ChecksumStart += tag
	}
	if offload.HeaderLen > 0 {
		offload.HeaderLen += tag
	}
	l.enter(at, l.tagged[:], frame[etherAddresses:], offload)
}

// write sends what is due, up to a batch, and reports whether there may be more.
func (l *lane) write(began time.Time, batch *sys.FrameBatch) bool {
	now := time.Since(began)
	for len(l.leaving) < mostWrite {
		due, ok := l.due()
		if !ok || due > now {
			break
		}
		h := l.leave()
		batch.Add(h.frame, h.offload)
		l.leaving = append(l.leaving, h)
	}
	more := len(l.leaving) == mostWrite
	l.send(began, batch)
	batch.Reset()
	clear(l.leaving)
	l.leaving = l.leaving[:0]
	return more
}

// send sends a batch, of l.leaving.
func (l *lane) send(began time.Time, batch *sys.FrameBatch) {
	rest := l.leaving
	for batch.Len() > 0 {
		n, err := batch.Send(l.out)
		now := time.Since(began)
		for _, h := range rest[:n] {
			l.left(now, h)
		}
		rest = rest[n:]
		if err == nil || errors.Is(err, sys.ErrAgain) && !l.closing.Load() {
			continue
		}
		batch.Skip()
		l.refused(rest[0])
		rest = rest[1:]
	}
}
