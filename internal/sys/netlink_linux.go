package sys

import (
	"encoding/binary"
	"errors"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Netlink is a NETLINK_ROUTE socket (rtnetlink(7)). It speaks of the network
// namespace of the thread that opened it, whichever thread uses it. Not for
// concurrent use, except that Close ends a Wait.
type Netlink struct {
	fd   int
	file *os.File // for sockets that subscribe: waits through Go's poller
	raw  syscall.RawConn
	seq  uint32
	buf  []byte
}

// ErrDumpInterrupted says that the kernel's tables changed while they were
// listed, so that the list may be torn: ask again.
var ErrDumpInterrupted = errors.New("netlink: dump interrupted")

// OpenNetlink opens a socket for requests.
func OpenNetlink() (*Netlink, error) { return openNetlink(0, 0) }

// SubscribeNetlink opens a socket that is told of changes to links and
// addresses.
func SubscribeNetlink() (*Netlink, error) {
	n, err := openNetlink(unix.SOCK_NONBLOCK, unix.RTMGRP_LINK|unix.RTMGRP_IPV4_IFADDR|unix.RTMGRP_IPV6_IFADDR)
	if err != nil {
		return nil, err
	}
	n.file = os.NewFile(uintptr(n.fd), "netlink")
	if n.raw, err = n.file.SyscallConn(); err != nil {
		_ = n.file.Close()
		return nil, err
	}
	return n, nil
}

func openNetlink(flags int, groups uint32) (*Netlink, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|flags, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, os.NewSyscallError("socket AF_NETLINK", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		_ = unix.Close(fd)
		return nil, os.NewSyscallError("bind AF_NETLINK", err)
	}
	return &Netlink{fd: fd, buf: make([]byte, 64<<10)}, nil
}

// Close closes the socket.
func (n *Netlink) Close() error {
	if n.file != nil {
		return n.file.Close()
	}
	return os.NewSyscallError("close", unix.Close(n.fd))
}

// NetnsCookie is that of Socket.
func (n *Netlink) NetnsCookie() uint64 { return netnsCookie(n.fd) }

// OpenNetns opens the network namespace that n speaks of (Linux 4.9). It needs
// CAP_NET_ADMIN there.
func (n *Netlink) OpenNetns() (*os.File, error) { return openNetnsOf(n.fd) }

// Request sends a request of that type and flags (NLM_F_REQUEST is added) with
// the body given, and calls each with the body of every answer, until the last
// one. The bodies are good only during the call.
func (n *Netlink) Request(kind, flags uint16, body []byte, each func(kind uint16, body []byte) error) error {
	n.seq++
	msg := make([]byte, unix.SizeofNlMsghdr, unix.SizeofNlMsghdr+len(body))
	msg = append(msg, body...)
	*(*unix.NlMsghdr)(unsafe.Pointer(&msg[0])) = unix.NlMsghdr{
		Len: uint32(len(msg)), Type: kind, Flags: flags | unix.NLM_F_REQUEST, Seq: n.seq,
	}
	if err := unix.Sendto(n.fd, msg, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return os.NewSyscallError("sendto AF_NETLINK", err)
	}
	interrupted := false
	var failed error // of each: the answers are read to their end all the same
	for {
		m, _, err := unix.Recvfrom(n.fd, n.buf, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return os.NewSyscallError("recvfrom AF_NETLINK", err)
		}
		for b := n.buf[:m]; len(b) >= unix.SizeofNlMsghdr; {
			h, answer, rest := cutMessage(b)
			if h == nil {
				return os.NewSyscallError("recvfrom AF_NETLINK", unix.EBADMSG)
			}
			b = rest
			if h.Seq != n.seq {
				continue // a late answer to a request given up
			}
			interrupted = interrupted || h.Flags&unix.NLM_F_DUMP_INTR != 0
			switch h.Type {
			case unix.NLMSG_DONE:
				if len(answer) >= 4 { // a dump that failed half way says so here
					if errno := -int32(binary.NativeEndian.Uint32(answer)); errno != 0 && failed == nil {
						failed = os.NewSyscallError("netlink", unix.Errno(errno))
					}
				}
				if failed == nil && interrupted {
					failed = ErrDumpInterrupted
				}
				return failed
			case unix.NLMSG_ERROR:
				if len(answer) < 4 {
					return os.NewSyscallError("netlink", unix.EBADMSG)
				}
				if errno := -int32(binary.NativeEndian.Uint32(answer)); errno != 0 {
					return os.NewSyscallError("netlink", unix.Errno(errno))
				}
				return failed
			}
			if failed == nil {
				failed = each(h.Type, answer)
			}
			if h.Flags&unix.NLM_F_MULTI == 0 {
				return failed
			}
		}
	}
}

// eachMessage calls each with the messages in b, up to one that is broken.
func eachMessage(b []byte, each func(kind uint16, body []byte)) {
	for len(b) >= unix.SizeofNlMsghdr {
		h, body, rest := cutMessage(b)
		if h == nil {
			return
		}
		each(h.Type, body)
		b = rest
	}
}

// cutMessage cuts the first message off b; the header is nil if it is broken.
func cutMessage(b []byte) (h *unix.NlMsghdr, body, rest []byte) {
	h = (*unix.NlMsghdr)(unsafe.Pointer(&b[0]))
	if h.Len < unix.SizeofNlMsghdr || int(h.Len) > len(b) {
		return nil, nil, nil
	}
	return h, b[unix.SizeofNlMsghdr:h.Len], b[min(nlAlign(int(h.Len)), len(b)):]
}

// Wait blocks until something has changed, and calls each with the body of
// every announcement that has come. The bodies are good only during the call.
// That announcements were lost, for they came too fast, counts as a change.
// After Close it fails with os.ErrClosed.
func (n *Netlink) Wait(each func(kind uint16, body []byte)) error {
	var failed error
	err := n.raw.Read(func(fd uintptr) bool {
		changed := false
		for {
			m, _, err := unix.Recvfrom(int(fd), n.buf, 0)
			switch err {
			case nil:
				changed = true
				eachMessage(n.buf[:m], each)
			case unix.ENOBUFS:
				changed = true
			case unix.EINTR:
			case unix.EAGAIN:
				return changed
			default:
				failed = os.NewSyscallError("recvfrom AF_NETLINK", err)
				return true
			}
		}
	})
	if err != nil {
		return os.ErrClosed // a RawConn of a file says so with an error of its own (Go 1.26)
	}
	return failed
}

// typeMask takes the NLA_F_ flags off the type of an attribute.
const typeMask = 0x3fff

func nlAlign(n int) int { return (n + 3) &^ 3 }

// Attributes calls each with the type and value of every attribute in b
// (rtnetlink(7), RTA_*).
func Attributes(b []byte, each func(kind uint16, value []byte)) {
	for len(b) >= unix.SizeofRtAttr {
		n := int(binary.NativeEndian.Uint16(b))
		if n < unix.SizeofRtAttr || n > len(b) {
			return
		}
		each(binary.NativeEndian.Uint16(b[2:])&typeMask, b[unix.SizeofRtAttr:n])
		b = b[min(nlAlign(n), len(b)):]
	}
}

// AppendAttribute appends an attribute to the body of a request.
func AppendAttribute(b []byte, kind uint16, value []byte) []byte {
	b = binary.NativeEndian.AppendUint16(b, uint16(unix.SizeofRtAttr+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
