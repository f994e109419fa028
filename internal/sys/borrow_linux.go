package sys

import (
	"encoding/binary"
	"net/netip"
	"os"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Process is another process, or this one, that was opened to look at its
// files (pidfd_open(2), Linux 5.3). The number of a process may be given to
// another one; what was opened stays the same.
type Process struct{ fd int }

// OpenProcess opens a process. The error is ESRCH if there is none, also if
// its first thread has ended.
func OpenProcess(pid int) (*Process, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil, os.NewSyscallError("pidfd_open", err)
	}
	return &Process{fd}, nil
}

// Close closes what was opened.
func (p *Process) Close() error { return os.NewSyscallError("close", unix.Close(p.fd)) }

// Sockets calls each with the descriptor and the inode of every socket that a
// process has open. Where it may not be looked into, the error is EACCES.
func Sockets(pid int, each func(fd int, inode uint64)) error {
	dir, err := unix.Open("/proc/"+strconv.Itoa(pid)+"/fd", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("open", err)
	}
	defer unix.Close(dir)
	var (
		names  []string
		block  [8 << 10]byte
		target [64]byte // a longer one is no socket
	)
	for {
		n, err := unix.ReadDirent(dir, block[:])
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return os.NewSyscallError("getdents64", err)
		}
		_, _, names = unix.ParseDirent(block[:n], -1, names[:0])
		for _, name := range names {
			n, err := unix.Readlinkat(dir, name, target[:])
			if err == unix.EACCES { // an owner may list what is open, if no more
				return os.NewSyscallError("readlinkat", err)
			}
			if err != nil {
				continue // closed in between
			}
			inode, ok := socketInode(target[:n])
			fd, err := strconv.Atoi(name)
			if ok && err == nil {
				each(fd, inode)
			}
		}
	}
}

// socketInode reads what the link of a socket says, "socket:[4711]".
func socketInode(link []byte) (inode uint64, ok bool) {
	const before, after = "socket:[", "]"
	s := string(link)
	if len(s) < len(before)+len(after) || s[:len(before)] != before || s[len(s)-1:] != after {
		return 0, false
	}
	inode, err := strconv.ParseUint(s[len(before):len(s)-1], 10, 64)
	return inode, err == nil
}

// Borrow duplicates a descriptor of the process (pidfd_getfd(2), Linux 5.6). It
// is the same socket, so it has to be closed soon: while it is open, the
// socket does not go when its process closes it. It needs what ptrace(2)
// needs to attach, and fails with EPERM without.
func (p *Process) Borrow(fd int) (*Borrowed, error) {
	n, err := unix.PidfdGetfd(p.fd, fd, 0)
	if err != nil {
		return nil, os.NewSyscallError("pidfd_getfd", err)
	}
	return &Borrowed{fd: n}, nil
}

// Borrowed is a socket of another process. Nothing here changes it.
type Borrowed struct {
	fd     int
	filter []byte // for answers of MCAST_MSFILTER
}

// Close gives the descriptor up.
func (b *Borrowed) Close() error { return os.NewSyscallError("close", unix.Close(b.fd)) }

// Inode returns the inode of the socket, 0 if it cannot be had.
func (b *Borrowed) Inode() uint64 {
	var st unix.Stat_t
	if unix.Fstat(b.fd, &st) != nil {
		return 0
	}
	return st.Ino
}

// OptionMemory returns how many bytes the socket's options take, memberships
// among them (SO_MEMINFO, Linux 4.12). One without memberships may have other
// options; 0 means that it has none.
func (b *Borrowed) OptionMemory() (int, error) {
	var info [unix.SK_MEMINFO_OPTMEM + 1]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(b.fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return 0, os.NewSyscallError("getsockopt SO_MEMINFO", errno)
	}
	return int(info[unix.SK_MEMINFO_OPTMEM]), nil
}

// NetnsCookie is that of Socket.
func (b *Borrowed) NetnsCookie() uint64 { return netnsCookie(b.fd) }

// SocketKind is what a socket was opened as: the arguments of socket(2).
type SocketKind struct {
	Family   Family // another than IPv4 and IPv6 if it is none of the Internet's
	Raw      bool   // SOCK_RAW
	Protocol int    // IPPROTO_UDP …
}

// Kind returns what the socket was opened as.
func (b *Borrowed) Kind() (SocketKind, error) {
	domain, err := unix.GetsockoptInt(b.fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
	if err != nil {
		return SocketKind{}, os.NewSyscallError("getsockopt SO_DOMAIN", err)
	}
	kind, err := unix.GetsockoptInt(b.fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return SocketKind{}, os.NewSyscallError("getsockopt SO_TYPE", err)
	}
	protocol, err := unix.GetsockoptInt(b.fd, unix.SOL_SOCKET, unix.SO_PROTOCOL)
	if err != nil {
		return SocketKind{}, os.NewSyscallError("getsockopt SO_PROTOCOL", err)
	}
	return SocketKind{Family(domain), kind == unix.SOCK_RAW, protocol}, nil
}

// LocalAddr returns what the socket is bound to; the port is 0 if it is not. The
// zone of a link-local address is the index of its interface.
func (b *Borrowed) LocalAddr() (netip.AddrPort, error) {
	a, index, err := localAddr(b.fd)
	if index != 0 {
		a = netip.AddrPortFrom(a.Addr().WithZone(strconv.FormatUint(uint64(index), 10)), a.Port())
	}
	return a, err
}

// groupFilter is struct group_filter of RFC 3678, section 5.1.3, up to the list
// of sources. Go pads it as C does: 144 bytes of 64-bit systems, 140 of others.
type groupFilter struct {
	index uint32
	group storage
	mode  uint32
	count uint32
}

const (
	filterSize = int(unsafe.Sizeof(groupFilter{}))
	sourceSize = int(unsafe.Sizeof(storage{}))
	// fewSources fit into the first try: as many as Linux allows at first.
	fewSources = 10
)

// SourceFilter returns mode and sources of the socket's membership in a group
// on the interface of that index (MCAST_MSFILTER). The error is EADDRNOTAVAIL,
// and not wrapped, if the socket has not joined it: who asks often hears that
// most of the time.
func (b *Borrowed) SourceFilter(group netip.Addr, index int) (exclude bool, sources []netip.Addr, err error) {
	level := unix.IPPROTO_IPV6
	if group.Is4() {
		level = unix.IPPROTO_IP
	}
	if b.filter == nil {
		b.filter = make([]byte, filterSize+fewSources*sourceSize)
	}
	for range 4 { // the list may grow meanwhile
		head := (*groupFilter)(unsafe.Pointer(&b.filter[0]))
		*head = groupFilter{index: uint32(index), count: uint32((len(b.filter) - filterSize) / sourceSize)}
		room := int(head.count)
		head.group.put(group)
		size := uint32(len(b.filter))
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(b.fd), uintptr(level), unix.MCAST_MSFILTER,
			uintptr(unsafe.Pointer(&b.filter[0])), uintptr(unsafe.Pointer(&size)), 0)
		if errno == unix.EADDRNOTAVAIL {
			return false, nil, ErrNotAvailable
		}
		if errno != 0 {
			return false, nil, os.NewSyscallError("getsockopt MCAST_MSFILTER", errno)
		}
		count := int(head.count)
		if count > room && count <= mostSources {
			b.filter = make([]byte, filterSize+count*sourceSize)
			continue
		}
		for i := range min(count, room) {
			sources = append(sources, storageAddr(b.filter[filterSize+i*sourceSize:]))
		}
		return head.mode == unix.MCAST_EXCLUDE, sources, nil
	}
	return false, nil, os.NewSyscallError("getsockopt MCAST_MSFILTER", unix.EAGAIN)
}

// mostSources is more than optmem_max lets a socket have.
const mostSources = 1 << 20

// storageAddr reads the address of a sockaddr_storage.
func storageAddr(s []byte) netip.Addr {
	if binary.NativeEndian.Uint16(s) == unix.AF_INET {
		return netip.AddrFrom4([4]byte(s[4:8]))
	}
	return netip.AddrFrom16([16]byte(s[8:24]))
}
