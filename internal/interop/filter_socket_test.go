//go:build interop && linux

package interop

import (
	"encoding/binary"
	"errors"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"mcast/filter"
	"mcast/internal/nettest"
)

// tap is a packet socket on an interface, which hears all that comes and goes
// there and that its filter keeps.
type tap struct {
	t  testing.TB
	fd int
}

// newTap opens a packet socket, with a filter unless that is nil. The kernel hands
// a frame to the sockets of an interface in one go, to the youngest first.
// The error is the kernel's about the filter.
func newTap(t testing.TB, h *nettest.Host, interf string, program []bpf.RawInstruction) (*tap, error) {
	t.Helper()
	index := h.Interface(interf).Index
	var fd int
	var err error
	// With protocol 0 nothing arrives before the filter is there.
	h.Do(func() { fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0) })
	if err != nil {
		t.Fatal(err)
	}
	p := &tap{t, fd}
	if program != nil {
		code := make([]unix.SockFilter, len(program))
		for i, in := range program {
			code[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
		}
		fprog := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
		if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &fprog); err != nil {
			p.close()
			return nil, err
		}
	}
	p.must(unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_AUXDATA, 1))
	p.must(unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: 0x0300, Ifindex: index})) // ETH_P_ALL in network byte order
	return p, nil
}

func (p *tap) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *tap) close() { p.must(unix.Close(p.fd)) }

// send sends a frame by the interface. The socket itself does not hear it.
func (p *tap) send(b []byte) {
	p.t.Helper()
	_, err := unix.Write(p.fd, b)
	p.must(err)
}

// captured is a frame as a packet socket hands it out.
type captured struct {
	number int
	bytes  []byte
	meta   filter.Meta
}

// magic marks the frames of a test, and their numbers follow it: at the end, which
// stays where it is when the kernel takes a tag out.
const magic = 0x6d636173

// numbered writes a frame's number into the end of a copy of it.
func numbered(b []byte, n int) []byte {
	b = append([]byte(nil), b...)
	binary.BigEndian.PutUint32(b[len(b)-8:], magic)
	binary.BigEndian.PutUint32(b[len(b)-4:], uint32(n))
	return b
}

// drain returns the frames of the test that the socket has.
func (p *tap) drain() (all []captured) {
	p.t.Helper()
	b, control := make([]byte, 2048), make([]byte, 128)
	for {
		n, nc, _, from, err := unix.Recvmsg(p.fd, b, control, 0)
		if errors.Is(err, unix.EAGAIN) {
			return all
		}
		p.must(err)
		if n < 8 || binary.BigEndian.Uint32(b[n-8:]) != magic {
			continue // the kernel's own, such as IPv6's
		}
		link, ok := from.(*unix.SockaddrLinklayer)
		if !ok {
			p.t.Fatalf("a frame from %T", from)
		}
		c := captured{number: int(binary.BigEndian.Uint32(b[n-4:])), bytes: append([]byte(nil), b[:n]...)}
		c.meta = filter.Meta{PacketType: link.Pkttype, Interface: uint32(link.Ifindex)}
		messages, err := unix.ParseSocketControlMessage(control[:nc])
		p.must(err)
		for _, m := range messages {
			if m.Header.Level != unix.SOL_PACKET || m.Header.Type != unix.PACKET_AUXDATA {
				continue
			}
			// struct tpacket_auxdata (packet(7))
			if binary.NativeEndian.Uint32(m.Data)&unix.TP_STATUS_VLAN_VALID != 0 {
				c.meta.VLAN = true
				c.meta.TCI = binary.NativeEndian.Uint16(m.Data[16:])
				c.meta.TPID = binary.NativeEndian.Uint16(m.Data[18:])
			}
		}
		all = append(all, c)
	}
}
