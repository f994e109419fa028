package sys

import (
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// OpenFrameSender opens a packet socket that sends frames from the interface of that
// index, and captures none. It is in the network namespace of the calling thread, and
// needs CAP_NET_RAW. Sending waits for room up to the timeout.
func OpenFrameSender(index int, timeout time.Duration) (*PacketSocket, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket AF_PACKET", err)
	}
	p := &PacketSocket{fd: fd}
	if err := p.prepareToSend(index, timeout); err != nil {
		_ = p.Close()
		return nil, err
	}
	return p, nil
}

func (p *PacketSocket) prepareToSend(index int, timeout time.Duration) error {
	if err := p.SetOffloadHeader(); err != nil {
		return err
	}
	t := unix.NsecToTimeval(timeout.Nanoseconds())
	if err := unix.SetsockoptTimeval(p.fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &t); err != nil {
		return os.NewSyscallError("setsockopt SO_SNDTIMEO", err)
	}
	return os.NewSyscallError("bind AF_PACKET", unix.Bind(p.fd, &unix.SockaddrLinklayer{Ifindex: index}))
}

// FrameBatch gathers frames and sends them by one system call. Not for concurrent
// use, and not to be copied.
type FrameBatch struct {
	messages [sendMessages]mmsghdr
	iovecs   [sendMessages][2]unix.Iovec
	offloads [sendMessages]OffloadHeader
	gathered int
	sent     int
}

// Add gathers a frame, which must stay as it is until Reset. It reports false if
// the batch is full.
func (b *FrameBatch) Add(frame []byte, offload OffloadHeader) bool {
	i := b.gathered
	if i == sendMessages {
		return false
	}
	b.offloads[i] = offload
	v := &b.iovecs[i]
	v[0].Base = (*byte)(unsafe.Pointer(&b.offloads[i]))
	v[0].SetLen(vnetHeader)
	v[1].Base = unsafe.SliceData(frame)
	v[1].SetLen(len(frame))
	h := &b.messages[i].hdr
	*h = unix.Msghdr{Iov: &v[0]}
	h.SetIovlen(len(v))
	b.gathered++
	return true
}

// Len returns how many frames are gathered and were neither sent nor skipped.
func (b *FrameBatch) Len() int { return b.gathered - b.sent }

// Skip leaves the next frame out.
func (b *FrameBatch) Skip() { b.sent++ }

// Reset forgets everything gathered.
func (b *FrameBatch) Reset() {
	clear(b.iovecs[:b.gathered])
	b.gathered, b.sent = 0, 0
}

// Send sends what is gathered, and returns how many frames went out; the rest
// stays gathered. An error is about the first of these: ErrAgain that the timeout
// was reached, ErrNoBuffers that the interface has dropped it.
func (b *FrameBatch) Send(p *PacketSocket) (int, error) {
	n, err := sendmmsg(p.fd, b.messages[b.sent:b.gathered], 0)
	b.sent += n
	return n, err
}
