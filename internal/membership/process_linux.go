package membership

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"

	"mcast/internal/sys"
)

// canJoin reports whether a socket can join groups of IP. TCP cannot, nor can
// anything of other families.
func canJoin(k sys.SocketKind) bool {
	return (k.Family == sys.IPv4 || k.Family == sys.IPv6) && k.Protocol != syscall.IPPROTO_TCP
}

// joinsIPv4 reports whether a socket can join groups of IPv4: one of IPv6 can
// too, but for raw ones.
func joinsIPv4(k sys.SocketKind) bool { return k.Family == sys.IPv4 || !k.Raw }

func protocolName(k sys.SocketKind) string {
	if k.Raw {
		return "raw"
	}
	switch k.Protocol {
	case syscall.IPPROTO_UDP:
		return "udp"
	case syscall.IPPROTO_UDPLITE:
		return "udplite"
	case syscall.IPPROTO_ICMP, syscall.IPPROTO_ICMPV6:
		return "icmp"
	}
	return strconv.Itoa(k.Protocol)
}

// houses reports whether a process is in the namespace, as far as that can be
// known. It is asked where sockets do not tell theirs.
func (h *Host) houses(pid int) bool {
	id, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/ns/net")
	return err != nil || h.id == "" || id == h.id
}

// hasFiles reports whether a process can have files open: one that has ended and
// waits for its parent has none, nor has a thread of the kernel.
func hasFiles(pid int) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && statHasFiles(text)
}

// statHasFiles reads /proc/PID/stat: "17 (any name)) S 1 17 17 0 -1 4194304 …" are
// state, parent, group, session, terminal, its group, and flags.
func statHasFiles(text []byte) bool {
	const kernelThread = 0x00200000 // PF_KTHREAD in linux/sched.h
	f := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(f) < 7 {
		return true
	}
	flags, err := strconv.ParseUint(string(f[6]), 10, 64)
	return err != nil || string(f[0]) != "Z" && flags&kernelThread == 0
}

// command returns the name of a process, "" if it has ended.
func command(pid int) string {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(text), "\n")
}

// hidesProcesses reports whether /proc may not list all processes: those of
// other users, by the mount option hidepid (proc(5)), or those outside the PID
// namespace.
func hidesProcesses() bool {
	const initial = "pid:[4026531836]" // PROC_PID_INIT_INO in linux/proc_ns.h
	if id, err := os.Readlink("/proc/self/ns/pid"); err != nil || id != initial {
		return true
	}
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return true
	}
	if !hidesByMount(text) {
		return false
	}
	_, err = os.Readlink("/proc/1/ns/pid") // who may do this sees all
	return err != nil
}

// hidesByMount looks for the mount of /proc, the last one of which is on top:
//
//	23 29 0:22 / /proc rw,nosuid - proc proc rw,hidepid=invisible
func hidesByMount(mountinfo []byte) bool {
	hides := false
	for line := range bytes.Lines(mountinfo) {
		mount, fs, _ := strings.Cut(string(line), " - ")
		f := strings.Fields(mount)
		if len(f) < 5 || f[4] != "/proc" {
			continue
		}
		_, options, given := strings.Cut(fs, "hidepid=")
		option, _, _ := strings.Cut(strings.TrimSpace(options), ",")
		// With "noaccess", 1, they are listed, and not to be looked into.
		hides = given && option != "0" && option != "off" && option != "1" && option != "noaccess"
	}
	return hides
}
