//go:build !mcast_portable

package mcast

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"

	"mcast/internal/sys"
)

// A holder is a socket that holds memberships. The kernel grants a socket only
// so many (20 for IPv4: net.ipv4.igmp_max_memberships; for IPv6 what fits in
// net.core.optmem_max), so a receiver of many groups spreads them over several
// sockets, which need not be the one that receives.
type holder struct {
	socket *sys.Socket
	held   int
	full   bool // the kernel refused another one
}

// errFull says that a holder takes no more memberships; others may.
var errFull = errors.New("the socket is full")

// join makes the kernel a member of the group on the interface of that index.
// It fails with errFull when another holder might do.
func (h *holder) join(group netip.Addr, index int, f sourceFilter) error {
	if h.full {
		return errFull
	}
	var first error
	rest := f.sources
	if f.exclude {
		first = h.socket.JoinGroup(group, index)
	} else {
		first = h.socket.JoinSource(group, f.sources[0], index)
		rest = f.sources[1:]
	}
	if errors.Is(first, sys.ErrNoBuffers) || errors.Is(first, sys.ErrNoMemory) {
		if h.held > 0 {
			h.full = true
			return errFull
		}
		return fmt.Errorf("%w (%w)", ErrTooManyMemberships, first)
	}
	if first != nil {
		return first
	}
	if len(rest) > 0 {
		if err := h.change(group, index, f); err != nil {
			_ = h.socket.LeaveGroup(group, index)
			return err
		}
	}
	h.held++
	return nil
}

// change gives a membership another filter, which takes the place of the one it
// has at once. When it fails the old one stays in force.
func (h *holder) change(group netip.Addr, index int, f sourceFilter) error {
	err := h.socket.SetSourceFilter(group, index, f.exclude, f.sources)
	if errors.Is(err, sys.ErrNoBuffers) || errors.Is(err, sys.ErrNoMemory) {
		return fmt.Errorf("%w (%w)", ErrTooManySources, err)
	}
	return err
}

// leave ends a membership. The kernel forgets one on an interface that is gone
// only when it is told so, and until then counts it.
func (h *holder) leave(group netip.Addr, index int) {
	_ = h.socket.LeaveGroup(group, index)
	h.held--
	h.full = false
}

// joinError says what refused a membership and what to do about it.
func joinError(group netip.AddrPort, name string, err error) error {
	e := &Error{Op: "join", Group: group, Interface: name, Err: err}
	switch {
	case errors.Is(err, ErrTooManyMemberships):
		e.Advice = "more memberships: sysctl -w net.ipv4.igmp_max_memberships=" + atLeast(sysctl("net/ipv4/igmp_max_memberships"), 20)
		if !group.Addr().Is4() {
			e.Advice = "more memory for memberships: sysctl -w net.core.optmem_max=131072"
		}
	case errors.Is(err, ErrTooManySources):
		key := "net.ipv4.igmp_max_msf"
		if !group.Addr().Is4() {
			key = "net.ipv6.mld_max_msf"
		}
		e.Advice = "shorten the source list, or raise " + key
		// The one of IPv6 is there in the initial network namespace only.
		if most := sysctl(strings.ReplaceAll(key, ".", "/")); most != "?" {
			e.Advice += ", which is " + most
		}
	case errors.Is(err, sys.ErrTooManyFiles), errors.Is(err, sys.ErrFilesInSystem):
		e.Err = fmt.Errorf("out of file descriptors: %w", err)
		e.Advice = "raise the limit (ulimit -n), join fewer groups, or name fewer interfaces"
	case errors.Is(err, sys.ErrNoDevice), errors.Is(err, sys.ErrInvalid) && !group.Addr().Is4():
		family := "IPv4"
		if !group.Addr().Is4() {
			family = "IPv6"
		}
		e.Err = fmt.Errorf("the interface does not carry %s: %w", family, err)
		e.Advice = "see whether " + family + " is switched off on it, as it is below an MTU of 1280 for IPv6, or whether it has gone"
	}
	return e
}

// sysctl returns the value of a kernel setting, or "?".
func sysctl(path string) string {
	b, err := os.ReadFile("/proc/sys/" + path)
	if err != nil {
		return "?"
	}
	return strings.TrimSpace(string(b))
}

// atLeast keeps a setting that is a larger number than the default.
func atLeast(value string, least int) string {
	var n int
	if _, err := fmt.Sscan(value, &n); err == nil && n > least {
		return fmt.Sprint(2 * n)
	}
	return fmt.Sprint(least)
}
