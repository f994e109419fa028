package capture_test

import (
	"encoding/binary"
	"net"
	"syscall"
	"testing"
)

// rawSend sends frames as they are by an interface of the calling thread's
// namespace.
func rawSend(t testing.TB, name string, frames ...[]byte) {
	t.Helper()
	i, err := net.InterfaceByName(name)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(fd) }()
	for _, f := range frames {
		to := &syscall.SockaddrLinklayer{Ifindex: i.Index, Protocol: binary.NativeEndian.Uint16(f[12:14]), Halen: 6}
		copy(to.Addr[:], f)
		if err := syscall.Sendto(fd, f, 0, to); err != nil {
			t.Fatal(err)
		}
	}
}
