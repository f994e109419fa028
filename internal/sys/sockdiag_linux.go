package sys

import (
	"encoding/binary"
	"net/netip"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// DiagSocket is a socket as sock_diag(7) shows it to everybody. Sockets that
// are bound to nothing are not shown.
type DiagSocket struct {
	Inode        uint64
	UID          uint32
	Kind         SocketKind
	Local        netip.AddrPort
	OptionMemory int // see Borrowed
}

// inetDiagReq is the size of struct inet_diag_req_v2, inetDiagMsg that of struct
// inet_diag_msg: linux/inet_diag.h.
const (
	inetDiagReq = 56
	inetDiagMsg = 72
	// attrMemory is INET_DIAG_SKMEMINFO.
	attrMemory = 7
)

// DiagSockets lists the bound UDP, UDP-Lite and raw sockets of the calling
// thread's network namespace. A kind that this kernel cannot list is left out.
func DiagSockets() ([]DiagSocket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, os.NewSyscallError("socket NETLINK_SOCK_DIAG", err)
	}
	n := &Netlink{fd: fd, buf: make([]byte, 64<<10)}
	defer n.Close()
	var list []DiagSocket
	for _, family := range []Family{IPv4, IPv6} {
		for _, protocol := range []int{unix.IPPROTO_UDP, unix.IPPROTO_UDPLITE, unix.IPPROTO_RAW} {
			req := make([]byte, inetDiagReq)
			req[0], req[1], req[2] = byte(family), byte(protocol), 1<<(attrMemory-1)
			binary.NativeEndian.PutUint32(req[4:], ^uint32(0)) // in whatever state
			// A kind of socket that the kernel has no module for is an error;
			// a list that changed meanwhile is as good as one a moment later.
			_ = n.Request(unix.SOCK_DIAG_BY_FAMILY, unix.NLM_F_DUMP, req, func(_ uint16, b []byte) error {
				if s, ok := parseDiag(b); ok {
					s.Kind.Raw, s.Kind.Protocol = protocol == unix.IPPROTO_RAW, protocol
					list = append(list, s)
				}
				return nil
			})
		}
	}
	return list, nil
}

// parseDiag reads a struct inet_diag_msg and the attributes behind it.
func parseDiag(b []byte) (s DiagSocket, ok bool) {
	if len(b) < inetDiagMsg {
		return s, false
	}
	// struct inet_diag_sockid begins at 4: two ports, source, destination, the
	// interface; then times, queues, the owner and the inode.
	s.Kind.Family = Family(b[0])
	port := binary.BigEndian.Uint16(b[4:])
	switch s.Kind.Family {
	case IPv4:
		s.Local = netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[8:12])), port)
	case IPv6:
		a := netip.AddrFrom16([16]byte(b[8:24]))
		if index := binary.NativeEndian.Uint32(b[40:]); index != 0 && a.IsLinkLocalUnicast() {
			a = a.WithZone(strconv.FormatUint(uint64(index), 10))
		}
		s.Local = netip.AddrPortFrom(a, port)
	default:
		return s, false
	}
	s.UID = binary.NativeEndian.Uint32(b[64:])
	s.Inode = uint64(binary.NativeEndian.Uint32(b[68:]))
	Attributes(b[inetDiagMsg:], func(kind uint16, v []byte) {
		if kind == attrMemory && len(v) >= 4*(unix.SK_MEMINFO_OPTMEM+1) {
			s.OptionMemory = int(binary.NativeEndian.Uint32(v[4*unix.SK_MEMINFO_OPTMEM:]))
		}
	})
	return s, true
}
