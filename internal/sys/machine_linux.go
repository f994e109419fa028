package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// A Namespace is a kind of namespace that a machine of its own has one of, by its name
// in /proc/PID/ns.
type Namespace string

// The kinds of namespaces that a thread can change without its process.
const (
	NetNamespace   Namespace = "net" // interfaces, routes, sockets
	MountNamespace Namespace = "mnt" // mounted file systems
	UTSNamespace   Namespace = "uts" // the host's name
)

// flag returns the flag of clone(2) that stands for the kind.
func (n Namespace) flag() int {
	switch n {
	case NetNamespace:
		return unix.CLONE_NEWNET
	case MountNamespace:
		return unix.CLONE_NEWNS
	default:
		return unix.CLONE_NEWUTS
	}
}

// OpenNamespace opens a namespace of the calling thread. As long as the file is open,
// the namespace lives.
//
// It asks for thread-self, not self: /proc/self/ns has the namespaces of the first
// thread of the process, whoever asks.
func OpenNamespace(kind Namespace) (*os.File, error) {
	return os.Open("/proc/thread-self/ns/" + string(kind))
}

// NamespaceOf identifies a namespace of a process, as in "net:[4026531840]". A process
// that has ended is in none, and that is an error, even before its parent has looked.
func NamespaceOf(pid string, kind Namespace) (string, error) {
	return os.Readlink("/proc/" + pid + "/ns/" + string(kind))
}

// UnshareMachine moves the calling thread into new network, mount and UTS namespaces,
// with a root and working directory of its own. It needs CAP_SYS_ADMIN. What is
// mounted in the new mount namespace still shows elsewhere if the mounts above it are
// shared; those of a process that netns.Isolate started are not.
func UnshareMachine() error {
	return os.NewSyscallError("unshare", unix.Unshare(unix.CLONE_FS|unix.CLONE_NEWNET|unix.CLONE_NEWNS|unix.CLONE_NEWUTS))
}

// UnshareDirectories gives the calling thread a root and a working directory of its own,
// without which it cannot enter a mount namespace.
func UnshareDirectories() error {
	return os.NewSyscallError("unshare", unix.Unshare(unix.CLONE_FS))
}

// SetNamespace moves the calling thread, and no other, into the namespace that fd refers
// to. It needs CAP_SYS_ADMIN, both in the user namespace of the thread and in the one
// that owns the namespace. Entering a mount namespace makes its root the working directory.
func SetNamespace(kind Namespace, fd int) error {
	return os.NewSyscallError("setns", unix.Setns(fd, kind.flag()))
}

// SetDirectory changes the working directory of the calling thread, which has one of its
// own.
func SetDirectory(path string) error {
	return os.NewSyscallError("chdir", unix.Chdir(path))
}

// SetHostname sets the name of the host in the UTS namespace of the calling thread.
func SetHostname(name string) error {
	return os.NewSyscallError("sethostname", unix.Sethostname([]byte(name)))
}

// Mount mounts a file system of a kind that has no device ("proc", "sysfs", "tmpfs"),
// with options that are its own ("mode=755"). Programs on it have no privileges by their
// files, and there are no devices.
func Mount(kind, target, options string) error {
	return os.NewSyscallError("mount", unix.Mount(kind, target, kind, unix.MS_NOSUID|unix.MS_NODEV, options))
}

// Bind makes a file or directory appear at another place.
func Bind(source, target string) error {
	return os.NewSyscallError("mount", unix.Mount(source, target, "", unix.MS_BIND, ""))
}

// SocketPair returns two ends of a stream, which no program inherits.
func SocketPair() (a, b *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	return os.NewFile(uintptr(fds[0]), "control"), os.NewFile(uintptr(fds[1]), "control"), nil
}

// Kill kills the process (pidfd_send_signal(2), Linux 5.1). The error is ESRCH if it has
// ended.
func (p *Process) Kill() error {
	return os.NewSyscallError("pidfd_send_signal", unix.PidfdSendSignal(p.fd, unix.SIGKILL, nil, 0))
}

// SendFrame sends a frame, as it is, from the interface of that index in the network
// namespace of the calling thread. It needs CAP_NET_RAW.
func SendFrame(index int, frame []byte) error {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket AF_PACKET", err)
	}
	defer unix.Close(fd)
	return os.NewSyscallError("sendto", unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: index}))
}
