package mcast

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"mcast/internal/sys"
)

// Errors to compare with errors.Is.
var (
	// ErrNoInterface says that no interface answers to a name, an index or an address.
	ErrNoInterface = errors.New("no such interface")
	// ErrInterfaceDown says that an interface is there but not up.
	ErrInterfaceDown = errors.New("the interface is down")
	// ErrNoAddress says that an interface has no address of the group's family to send from.
	ErrNoAddress = errors.New("the interface has no address to send from")
	// ErrNoRoute says that the routing table names no interface for a group.
	ErrNoRoute = errors.New("no route to the group")
	// ErrNotJoined says that a group that is to be left was not joined.
	ErrNotJoined = errors.New("not joined")
	// ErrTooManyMemberships says that the kernel refuses another membership
	// even on a socket that holds none.
	ErrTooManyMemberships = errors.New("the kernel allows no more memberships")
	// ErrTooManySources says that a source list is longer than the kernel allows.
	ErrTooManySources = errors.New("too many sources")
	// ErrShortBuffer says that ReadBatch was given a buffer that cannot hold
	// what the kernel may hand over: see Message.
	ErrShortBuffer = errors.New("a buffer is too short")
	// ErrClosed says that a receiver or sender has been closed.
	ErrClosed = net.ErrClosed
)

// Error says what was being done, to which group, on which interface, and why
// it failed. errors.Is and errors.As reach the cause.
type Error struct {
	Op        string         // what was being done: "join", "bind", "send" …
	Group     netip.AddrPort // to which group; the port is 0 where it does not matter; may be invalid
	Interface string         // on which interface, as it was named; may be empty
	Err       error          // why it failed
	Advice    string         // what to do about it, one line; may be empty
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	switch {
	case !e.Group.IsValid() && !e.Group.Addr().IsValid():
	case e.Group.Port() == 0:
		fmt.Fprintf(&b, " %v", e.Group.Addr())
	default:
		fmt.Fprintf(&b, " %v", e.Group)
	}
	if e.Interface != "" {
		fmt.Fprintf(&b, " on %s", printable(e.Interface))
	}
	fmt.Fprintf(&b, ": %v", e.Err)
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint returns what to do about it, one line, or "".
func (e *Error) Hint() string { return e.Advice }

// openError returns the error of something that could not be opened, with what
// to do about it where that is known.
func openError(op string, group netip.AddrPort, err error) error {
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	e := &Error{Op: op, Group: group, Err: err}
	if errors.Is(err, sys.ErrTooManyFiles) {
		e.Err = fmt.Errorf("out of file descriptors: %w", err)
		e.Advice = "raise the limit (ulimit -n), or open fewer receivers and senders"
	}
	return e
}

// printable keeps a name as it is, or quotes it where it could upset a terminal.
func printable(name string) string {
	if q := fmt.Sprintf("%q", name); q != `"`+name+`"` {
		return q
	}
	return name
}

// UnsupportedError says that mcast cannot do something on this platform.
// errors.Is(err, errors.ErrUnsupported) is true of it.
type UnsupportedError struct {
	Feature  string // what was asked for: "source-specific joins" …
	Platform string // the operating system, or the kernel it needs: "darwin", "Linux before 5.0"
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("%s: not supported on %s", e.Feature, e.Platform)
}

// Unwrap returns errors.ErrUnsupported.
func (e *UnsupportedError) Unwrap() error { return errors.ErrUnsupported }
