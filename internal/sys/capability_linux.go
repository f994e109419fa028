package sys

import (
	"encoding/binary"
	"os"

	"golang.org/x/sys/unix"
)

// A Capability is one of the privileges of capabilities(7).
type Capability uint

// The capabilities that something here asks for or keeps.
const (
	CapDACOverride   Capability = unix.CAP_DAC_OVERRIDE
	CapDACReadSearch Capability = unix.CAP_DAC_READ_SEARCH
	CapFowner        Capability = unix.CAP_FOWNER
	CapSetPCap       Capability = unix.CAP_SETPCAP
	CapNetAdmin      Capability = unix.CAP_NET_ADMIN
	CapNetRaw        Capability = unix.CAP_NET_RAW
	CapSysPtrace     Capability = unix.CAP_SYS_PTRACE
	CapSysAdmin      Capability = unix.CAP_SYS_ADMIN
)

// Capabilities is a set of them.
type Capabilities uint64

// CapabilitiesOf returns a set.
func CapabilitiesOf(list ...Capability) (s Capabilities) {
	for _, c := range list {
		s |= 1 << c
	}
	return s
}

// Has reports whether c is in the set.
func (s Capabilities) Has(c Capability) bool { return s&(1<<c) != 0 }

// CapabilitySets are the sets of a thread that capget(2) tells.
type CapabilitySets struct{ Permitted, Effective, Inheritable Capabilities }

// ThreadCapabilities returns the sets of the calling thread.
func ThreadCapabilities() (CapabilitySets, error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var words [2]unix.CapUserData // version 3 splits 64 capabilities over two words
	if err := unix.Capget(&header, &words[0]); err != nil {
		return CapabilitySets{}, os.NewSyscallError("capget", err)
	}
	join := func(low, high uint32) Capabilities { return Capabilities(low) | Capabilities(high)<<32 }
	return CapabilitySets{
		Permitted:   join(words[0].Permitted, words[1].Permitted),
		Effective:   join(words[0].Effective, words[1].Effective),
		Inheritable: join(words[0].Inheritable, words[1].Inheritable),
	}, nil
}

// HasCapability reports whether c is in the effective set of the calling
// thread.
func HasCapability(c Capability) (bool, error) {
	sets, err := ThreadCapabilities()
	return sets.Effective.Has(c), err
}

// NoNewPrivs reports whether the calling thread can gain nothing any more by
// running a program (PR_SET_NO_NEW_PRIVS).
func NoNewPrivs() (bool, error) {
	on, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
	return on == 1, os.NewSyscallError("prctl PR_GET_NO_NEW_PRIVS", err)
}

// ConfineThread takes all capabilities but those in keep from the calling thread,
// for good: it has them in its permitted, effective, inheritable and ambient sets,
// and no_new_privs is set. So has a program that it runs then, but for the ambient
// set if its file has capabilities. Where that is permitted (CAP_SETPCAP), the
// bounding set is left with bounding.
//
// All this belongs to the thread alone: the caller has locked it, and does not
// give it back. A keep that the thread has not all of is an error.
//
// The user and the group of a setuid or setgid file are given back too, and these by
// the whole process.
func ConfineThread(keep, bounding Capabilities) error {
	sets, err := ThreadCapabilities()
	if err != nil {
		return err
	}
	if sets.Effective.Has(CapSetPCap) {
		if err := dropBounding(bounding); err != nil {
			return err
		}
	}
	if err := giveIDsBack(); err != nil {
		return err
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var words [2]unix.CapUserData
	for i := range words {
		w := uint32(keep >> (32 * i))
		words[i] = unix.CapUserData{Effective: w, Permitted: w, Inheritable: w}
	}
	if err := unix.Capset(&header, &words[0]); err != nil {
		return os.NewSyscallError("capset", err)
	}
	if err := setAmbient(keep); err != nil {
		return err
	}
	return os.NewSyscallError("prctl PR_SET_NO_NEW_PRIVS", unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
}

// dropBounding takes all but keep from the bounding set.
func dropBounding(keep Capabilities) error {
	for c := range Capability(64) {
		in, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(c), 0, 0, 0)
		if err != nil {
			return nil // the kernel knows no more of them
		}
		if in == 0 || keep.Has(c) {
			continue
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(c), 0, 0, 0); err != nil {
			return os.NewSyscallError("prctl PR_CAPBSET_DROP", err)
		}
	}
	return nil
}

// giveIDsBack makes the effective user and group those of who ran the program.
func giveIDsBack() error {
	user, group := unix.Getuid(), unix.Getgid()
	if unix.Geteuid() == user && unix.Getegid() == group {
		return nil
	}
	// Else the capabilities would go with user 0.
	if err := unix.Prctl(unix.PR_SET_KEEPCAPS, 1, 0, 0, 0); err != nil {
		return os.NewSyscallError("prctl PR_SET_KEEPCAPS", err)
	}
	if err := unix.Setresgid(group, group, group); err != nil {
		return os.NewSyscallError("setresgid", err)
	}
	return os.NewSyscallError("setresuid", unix.Setresuid(user, user, user))
}

// setAmbient makes the ambient set keep. It is for those who are neither root nor
// run a file that has capabilities: these keep theirs without, and so it does not
// matter that a kernel before 4.3 has none (EINVAL), or that somebody has forbidden
// it (SECBIT_NO_CAP_AMBIENT_RAISE: EPERM).
func setAmbient(keep Capabilities) error {
	err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
	for c := range Capability(64) {
		if err == nil && keep.Has(c) {
			err = unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, uintptr(c), 0, 0)
		}
	}
	if err == unix.EINVAL || err == unix.EPERM {
		return nil
	}
	return os.NewSyscallError("prctl PR_CAP_AMBIENT", err)
}

// FileCapabilities returns the permitted set of an executable file (setcap(8)), which is
// empty for most. The kernel refuses to run the file where the bounding set lacks some
// of it. It is all that there are when that cannot be found out.
func FileCapabilities(path string) Capabilities {
	var b [24]byte // struct vfs_ns_cap_data of linux/capability.h
	n, err := unix.Getxattr(path, "security.capability", b[:])
	switch {
	case err == unix.ENODATA || err == unix.EOPNOTSUPP:
		return 0
	case err != nil || n < 12:
		return ^Capabilities(0)
	}
	// The version, and then permitted and inheritable, 32 bits each, the lower ones
	// first. The first version has no higher ones.
	set := Capabilities(binary.LittleEndian.Uint32(b[4:]))
	if n >= 20 {
		set |= Capabilities(binary.LittleEndian.Uint32(b[12:])) << 32
	}
	return set
}

// RunsSecurely reports whether the kernel gave this process rights that whoever ran it
// lacks: its file is setuid or setgid, or has capabilities (AT_SECURE of getauxval(3)).
func RunsSecurely() bool {
	const secure = 23
	vector, err := unix.Auxv()
	for _, v := range vector {
		if v[0] == secure {
			return v[1] != 0
		}
	}
	return err != nil // it cannot be ruled out
}
