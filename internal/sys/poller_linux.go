package sys

import (
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// PollerKeys is how many keys a Poller hands back at most.
const PollerKeys = 64

// Poller waits until one of several sockets can be read. Behind it is an
// epoll descriptor that Go's own poller watches: a wait parks the goroutine
// and no thread, and deadlines and Close reach it as they reach a net.Conn.
type Poller struct {
	file   *os.File
	raw    syscall.RawConn
	events [PollerKeys]unix.EpollEvent
	ready  []int32
	n      int
	err    error

	// Made once: a closure a call would be an allocation a call.
	wait func(fd uintptr) bool
	look func(fd uintptr)
}

// NewPoller returns a Poller that watches nothing yet.
func NewPoller() (*Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	// os.NewFile hands only non-blocking descriptors to the poller.
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	p := &Poller{file: os.NewFile(uintptr(fd), "epoll")}
	if p.raw, err = p.file.SyscallConn(); err != nil {
		_ = p.file.Close()
		return nil, err
	}
	ask := func(fd uintptr) {
		for {
			if p.n, p.err = unix.EpollWait(int(fd), p.events[:], 0); p.err != unix.EINTR {
				return
			}
		}
	}
	p.wait = func(fd uintptr) bool { ask(fd); return p.n != 0 || p.err != nil }
	p.look = ask
	return p, nil
}

// Add watches a socket under a key, which Wait hands back. It fails with
// os.ErrClosed after Close.
func (p *Poller) Add(s *Socket, key int32) error { return p.add(s.fd, key) }

// AddPacket is Add of a packet socket, which can be read when its ring can.
func (p *Poller) AddPacket(s *PacketSocket, key int32) error { return p.add(s.fd, key) }

// AddWaker is Add of a waker, which can be read when it was woken.
func (p *Poller) AddWaker(w *Waker, key int32) error { return p.add(w.fd, key) }

func (p *Poller) add(socket int, key int32) error {
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: key}
	var failed error
	// Control holds Close off, lest the number become that of another file.
	if err := p.raw.Control(func(fd uintptr) {
		failed = os.NewSyscallError("epoll_ctl", unix.EpollCtl(int(fd), unix.EPOLL_CTL_ADD, socket, &ev))
	}); err != nil {
		return os.ErrClosed
	}
	return failed
}

// Wait blocks until a socket can be read and returns the keys of those that
// can, PollerKeys at most; those left out come first the next time. The slice is
// good until then. It fails with
// os.ErrDeadlineExceeded after the deadline and os.ErrClosed after Close. One
// Wait or Look at a time.
func (p *Poller) Wait() ([]int32, error) {
	p.n, p.err = 0, nil
	if err := p.raw.Read(p.wait); err != nil {
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			err = os.ErrClosed // a RawConn of a file says so with an error of its own (Go 1.26)
		}
		return nil, err
	}
	return p.keys()
}

// Look is Wait that does not block and knows no deadline: there may be no keys.
func (p *Poller) Look() ([]int32, error) {
	p.n, p.err = 0, nil
	if err := p.raw.Control(p.look); err != nil {
		return nil, os.ErrClosed
	}
	return p.keys()
}

func (p *Poller) keys() ([]int32, error) {
	if p.err != nil {
		return nil, os.NewSyscallError("epoll_wait", p.err)
	}
	p.ready = p.ready[:0]
	for _, ev := range p.events[:p.n] {
		p.ready = append(p.ready, ev.Fd)
	}
	return p.ready, nil
}

// SetDeadline makes the present Wait and later ones fail from t on; the zero
// time takes the deadline away. After Close it fails with os.ErrClosed.
func (p *Poller) SetDeadline(t time.Time) error {
	if err := p.file.SetReadDeadline(t); err != nil {
		return os.ErrClosed // an os.File says so with an error of its own, if it is closed meanwhile (Go 1.26)
	}
	return nil
}

// Close ends the present Wait and all later ones.
func (p *Poller) Close() error { return p.file.Close() }
