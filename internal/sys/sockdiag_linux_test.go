package sys

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// diagMessage is a struct inet_diag_msg with its memory.
func diagMessage(family Family, addr netip.Addr, port uint16, index, optionMemory uint32) []byte {
	b := make([]byte, inetDiagMsg)
	b[0] = byte(family)
	binary.BigEndian.PutUint16(b[4:], port)
	copy(b[8:], addr.AsSlice())
	binary.NativeEndian.PutUint32(b[40:], index)
	binary.NativeEndian.PutUint32(b[64:], 107)
	binary.NativeEndian.PutUint32(b[68:], 4711)
	memory := make([]byte, 4*unix.SK_MEMINFO_VARS)
	binary.NativeEndian.PutUint32(memory[4*unix.SK_MEMINFO_OPTMEM:], optionMemory)
	return AppendAttribute(b, attrMemory, memory)
}

func TestParseDiag(t *testing.T) {
	for _, tt := range []struct {
		b    []byte
		want DiagSocket
	}{
		{diagMessage(IPv4, netip.MustParseAddr("239.1.1.1"), 5000, 0, 48), DiagSocket{4711, 107, SocketKind{Family: IPv4}, netip.MustParseAddrPort("239.1.1.1:5000"), 48}},
		{diagMessage(IPv6, netip.MustParseAddr("fe80::1"), 546, 2, 0), DiagSocket{4711, 107, SocketKind{Family: IPv6}, netip.MustParseAddrPort("[fe80::1%2]:546"), 0}},
		{diagMessage(IPv6, netip.MustParseAddr("::"), 5353, 2, 112), DiagSocket{4711, 107, SocketKind{Family: IPv6}, netip.MustParseAddrPort("[::]:5353"), 112}},
	} {
		if got, ok := parseDiag(tt.b); !ok || got != tt.want {
			t.Errorf("%+v, want %+v", got, tt.want)
		}
	}
	if _, ok := parseDiag(diagMessage(unix.AF_UNIX, netip.MustParseAddr("::"), 0, 0, 0)); ok {
		t.Error("a socket of another family was taken")
	}
}

func FuzzParseDiag(f *testing.F) {
	f.Add(diagMessage(IPv4, netip.MustParseAddr("239.1.1.1"), 5000, 0, 48))
	f.Add(diagMessage(IPv6, netip.MustParseAddr("fe80::1"), 546, 2, 0)[:inetDiagMsg+2])
	f.Add([]byte{2})
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, ok := parseDiag(b); ok && !s.Local.Addr().IsValid() {
			t.Errorf("%+v", s)
		}
	})
}

func TestSocketInode(t *testing.T) {
	for link, want := range map[string]uint64{
		"socket:[4711]": 4711, "socket:[]": 0, "socket:[x]": 0, "socket:[4711": 0, "socket:": 0, "": 0, "pipe:[4711]": 0, "/tmp/socket:[1]": 0,
	} {
		if got, ok := socketInode([]byte(link)); got != want || ok != (want != 0) {
			t.Errorf("%q: %d, %v", link, got, ok)
		}
	}
}
