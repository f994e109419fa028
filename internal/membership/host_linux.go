package membership

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"mcast/internal/netns"
	"mcast/internal/rtnl"
	"mcast/internal/sys"
)

// Host is a network namespace that is looked into. Not for concurrent use.
type Host struct {
	id     string    // what the links in /proc/PID/ns say of it; "" if that may not be read
	ns     *netns.NS // nil: cannot be entered
	proc   string    // where its files are: "/proc/thread-self" of a thread that is in it, or "/proc/PID"
	cookie uint64    // what its sockets say of it; 0: unknown

	hints map[uint64][]place  // what each socket had joined when it was asked last, by inode
	dull  map[uint64]struct{} // inodes of sockets that join nothing, whatever happens
	sent  map[int]sentReports // by index of the interface

	v4, v6 []entry // as listed last
	polls  bool    // Follow takes no announcements; for tests
}

// Open opens the network namespace that the configuration names. A namespace of
// another process that may not be entered (setns(2)) is looked at from outside:
// then MLD versions cannot be asked from its settings, and what happens is
// found by looking again and again. The errors are *Error.
func Open(c Config) (*Host, error) {
	h := newHost()
	if err := h.open(c.PID); err != nil {
		return nil, err
	}
	return h, nil
}

func newHost() *Host {
	return &Host{hints: map[uint64][]place{}, dull: map[uint64]struct{}{}, sent: map[int]sentReports{}}
}

func (h *Host) open(pid int) error {
	own, err := netns.Current()
	if err != nil {
		return &Error{Op: "look into the network namespace", Err: err}
	}
	h.ns, h.proc = own, "/proc/thread-self"
	h.id, _ = os.Readlink("/proc/thread-self/ns/net")
	if pid != 0 {
		if err := h.openOf(pid); err != nil {
			_ = own.Close()
			return err
		}
	}
	if h.ns != nil {
		h.cookie = h.ownCookie()
	}
	return nil
}

// openOf turns to the namespace of a process, if it is another one.
func (h *Host) openOf(pid int) error {
	proc := "/proc/" + strconv.Itoa(pid)
	if _, err := os.Stat(proc); err != nil {
		return &Error{
			Op: fmt.Sprintf("look into process %d", pid), Err: errNoProcess,
			Advice: "name one that runs: pgrep NAME finds its number",
		}
	}
	id, _ := os.Readlink(proc + "/ns/net")
	if id != "" && id == h.id {
		return nil
	}
	_ = h.ns.Close()
	h.ns, h.id, h.proc = nil, id, proc
	file, err := os.Open(proc + "/ns/net")
	if err != nil {
		return nil
	}
	ns := netns.Of(file)
	if ns.Do(func() error { return nil }) != nil {
		_ = ns.Close()
		return nil
	}
	h.ns, h.proc = ns, "/proc/thread-self"
	return nil
}

var errNoProcess = errors.New("no such process")

// Close lets go of the namespace.
func (h *Host) Close() error {
	if h.ns == nil {
		return nil
	}
	return h.ns.Close()
}

// in runs fn on a thread that is in the namespace, if that can be entered.
func (h *Host) in(fn func() error) error {
	if h.ns == nil {
		return fn()
	}
	// An ordinary user may not even enter the namespace that he is in.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if id, err := os.Readlink("/proc/thread-self/ns/net"); err == nil && id == h.id {
		return fn()
	}
	return h.ns.Do(fn)
}

// Do runs fn on a thread that is in the namespace, which it must not leave. It may
// be called beside the other methods. The error is an *Error where the namespace
// cannot be entered, else that of fn.
func (h *Host) Do(fn func() error) error {
	if h.ns == nil {
		return &Error{Op: "enter the network namespace of process " + strings.TrimPrefix(h.proc, "/proc/"), Err: os.ErrPermission, Advice: "it takes root, or CAP_SYS_ADMIN"}
	}
	return h.in(fn)
}

// Enter moves the calling thread, which its caller has locked and does not give back,
// into the network namespace of a process. It needs CAP_SYS_ADMIN; what is opened
// there then needs it no more.
func Enter(pid int) error {
	file, err := os.Open("/proc/" + strconv.Itoa(pid) + "/ns/net")
	if err != nil {
		return err
	}
	ns := netns.Of(file)
	defer ns.Close()
	return ns.Enter()
}

// ownCookie asks a fresh socket for the number of the namespace.
func (h *Host) ownCookie() (cookie uint64) {
	_ = h.in(func() error {
		s, err := sys.OpenUDP(sys.IPv4)
		if err != nil {
			return err
		}
		cookie = s.NetnsCookie()
		return s.Close()
	})
	return cookie
}

// read reads a file below /proc/PID/net. One that is not there, for the kernel
// has no IPv6, say, is empty.
func (h *Host) read(name string) (text []byte, err error) {
	err = h.in(func() (err error) {
		text, err = os.ReadFile(h.proc + "/net/" + name)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(h.proc); err != nil {
			return nil, &Error{Op: "read " + h.proc + "/net/" + name, Err: errNoProcess}
		}
		return nil, nil
	}
	if err != nil {
		return nil, &Error{Op: "read /proc/net/" + name, Err: err}
	}
	return text, nil
}

// entries lists the memberships of all interfaces, IPv4 and IPv6.
func (h *Host) entries() (v4, v6 []entry, err error) {
	if v4, err = h.steady("igmp", parseIGMP); err != nil {
		return nil, nil, err
	}
	v6, err = h.steady("igmp6", parseIGMP6)
	return v4, v6, err
}

// steady reads a list that the kernel hands over in pieces. One that changes
// meanwhile may come with lines twice or left out, so it is read until it is
// the same twice.
func (h *Host) steady(name string, parse func([]byte) []entry) ([]entry, error) {
	const piece = 4 << 10
	var before []entry
	for try := range 8 {
		text, err := h.read(name)
		if err != nil {
			return nil, err
		}
		list := parse(text)
		if len(text) < piece/2 || try > 0 && slices.Equal(list, before) {
			return list, nil
		}
		before = list
	}
	return before, nil
}

// links lists the interfaces; none if they cannot be asked for.
func (h *Host) links() (links []rtnl.Link) {
	if h.ns == nil {
		return nil
	}
	_ = h.in(func() error {
		conn, err := rtnl.Open()
		if err != nil {
			return err
		}
		defer conn.Close()
		links, err = conn.Links()
		return err
	})
	return links
}

// Interfaces lists the interfaces of the namespace. From outside, those with no
// membership are missing, and addresses.
func (h *Host) Interfaces() ([]Interface, error) {
	var list []Interface
	for _, l := range h.links() {
		i := Interface{Index: l.Index, Name: l.Name}
		for _, a := range l.Addrs {
			i.Addrs = append(i.Addrs, a.Prefix.Addr())
		}
		list = append(list, i)
	}
	if list != nil {
		return list, nil
	}
	v4, v6, err := h.entries()
	if err != nil {
		return nil, err
	}
	for _, e := range slices.Concat(v4, v6) {
		if !slices.ContainsFunc(list, func(i Interface) bool { return i.Index == e.index }) {
			list = append(list, Interface{Index: e.index, Name: e.name})
		}
	}
	return list, nil
}
