package mcast

import (
	"encoding/binary"
	"fmt"
	"iter"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// MaxGroups is the largest number of groups in one block: a /12 of IPv4, a /108 of IPv6. It catches the
	// slip of the finger (239.0.0.0/8 is 16.7 million groups) and is far above what one host joins.
	MaxGroups = 1 << 20

	// MaxSources is the largest number of sources of one group. The kernel's own limit is usually lower: Linux
	// starts with 10 for IPv4 (net.ipv4.igmp_max_msf) and 64 for IPv6 (net.ipv6.mld_max_msf).
	MaxSources = 1024

	// maxInterface is the longest name of an interface in bytes. Linux stops at 15, Windows at 256.
	maxInterface = 256
)

// Group is a multicast group, or a block of consecutive ones, as a receiver joins it or a sender sends to it.
// [ParseGroup] makes one from text; one made by hand is checked by [Group.Validate], which the methods below take
// as done.
type Group struct {
	// Addr is the group, or the first one of a block: a multicast address without a zone, and not an IPv4
	// address mapped into IPv6.
	Addr netip.Addr

	// Count is the number of consecutive groups from Addr, at most MaxGroups. 0 and 1 mean one.
	Count int

	// Port is the UDP port. 0 means that none was given.
	Port uint16

	// Sources are the only sources that are wanted (the include list of RFC 3376 and RFC 3810), in every group
	// of the block. Empty means any source.
	Sources []netip.Addr

	// Exclude are the sources that are not wanted (the exclude list), in every group of the block. It cannot be
	// combined with Sources and has no place in the text form. Empty means none.
	Exclude []netip.Addr

	// Interface is the name or the index of an interface, or an address that it owns. Empty leaves the choice to
	// the receiver or the sender.
	Interface string
}

// Len returns the number of groups: Count, but at least 1.
func (g Group) Len() int { return max(g.Count, 1) }

// Addrs returns the addresses of the groups in ascending order. Ranging over it does not allocate.
func (g Group) Addrs() iter.Seq[netip.Addr] {
	first, n := g.Addr, g.Len()
	return func(yield func(netip.Addr) bool) {
		for a, left := first, n; left > 0 && a.IsValid(); left-- {
			if !yield(a) {
				return
			}
			a = a.Next()
		}
	}
}

// Contains reports whether a is one of the groups. It looks at nothing but the address: the zone of a is ignored,
// and an IPv4 address mapped into IPv6, as sockets for both families return it, counts as the IPv4 address.
func (g Group) Contains(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsValid() || a.BitLen() != g.Addr.BitLen() {
		return false
	}
	n, ok := distance(g.Addr, a)
	return ok && n < uint64(g.Len())
}

// String returns the canonical text of the group, which [ParseGroup] reads back: a block is +COUNT, an IPv6
// address has brackets only where a port follows. Exclude is not part of it.
func (g Group) String() string {
	if g.Port == 0 {
		return g.text("")
	}
	return g.text(strconv.Itoa(int(g.Port)))
}

// text is String with any text for the port, so that a hint can say PORT.
func (g Group) text(port string) string {
	var b []byte
	for i, s := range g.Sources {
		if i > 0 {
			b = append(b, ',')
		}
		b = s.AppendTo(b)
	}
	if len(g.Sources) > 0 {
		b = append(b, '@')
	}
	if port != "" && g.Addr.Is6() {
		b = append(b, '[')
		b = g.Addr.AppendTo(b)
		b = append(b, ']')
	} else {
		b = g.Addr.AppendTo(b)
	}
	if g.Count > 1 {
		b = append(b, '+')
		b = strconv.AppendInt(b, int64(g.Count), 10)
	}
	if strings.Contains(g.Interface, ":") {
		b = append(b, "%["+g.Interface+"]"...)
	} else if g.Interface != "" {
		b = append(b, "%"+g.Interface...)
	}
	if port != "" {
		b = append(b, ":"+port...)
	}
	return string(b)
}

// RequirePort returns a *[GroupError] if g has no port, else nil. An IPv6 group without brackets swallows its port
// (ff15::1:5000 is an address), and the hint of the error says how to write that.
func (g Group) RequirePort() error {
	if g.Port != 0 {
		return nil
	}
	hint := "write the port at the end, for example " + g.text("5000")
	if addr, port, ok := splitPort(g.Addr.String()); ok {
		meant := g
		meant.Addr, meant.Port = addr, port
		if meant.check() == nil {
			hint = fmt.Sprintf("write %s, or %s if %d belongs to the address", meant, g.text("PORT"), port)
		}
	}
	return &GroupError{Problem: show(g.String()) + " has no port", Advice: hint}
}

// Validate returns a *[GroupError] that says what is wrong with g, or nil. What ParseGroup returns is valid.
func (g Group) Validate() error {
	err := g.check()
	if err == nil {
		return nil
	}
	if g.Addr.IsValid() {
		err.Text = g.String()
	}
	return err
}

// check is Validate without the text, which only the caller knows.
func (g Group) check() *GroupError {
	if err := g.checkAddr(); err != nil {
		return err
	}
	if g.Count < 0 || g.Count > MaxGroups {
		return fault(countHint(), "count %d is out of range", g.Count)
	}
	end := netip.AddrFrom4([4]byte{239, 255, 255, 255})
	if g.Addr.Is6() {
		end = netip.AddrFrom16([16]byte(slices.Repeat([]byte{0xff}, 16)))
	}
	if room, ok := distance(g.Addr, end); ok && room < uint64(g.Len()-1) {
		return fault(fmt.Sprintf("the last group is %s: at most +%d from there", end, room+1),
			"%d groups from %s are more than there are", g.Len(), g.Addr)
	}
	if len(g.Sources) > 0 && len(g.Exclude) > 0 {
		return fault("a membership either includes sources or excludes them", "it has both Sources and Exclude")
	}
	if err := g.checkSources("source", g.Sources); err != nil {
		return err
	}
	if err := g.checkSources("excluded source", g.Exclude); err != nil {
		return err
	}
	return checkInterface(g.Interface)
}

func (g Group) checkAddr() *GroupError {
	switch {
	case !g.Addr.IsValid():
		return fault("a group is a multicast address, for example 239.1.1.1 or ff15::1", "has no address")
	case g.Addr.Zone() != "":
		return fault("the zone of the address belongs into Interface", "%s has a zone", g.Addr.WithZone(""))
	case g.Addr.Is4In6():
		return fault("use the IPv4 address itself, "+g.Addr.Unmap().String(),
			"%s is an IPv4 address mapped into IPv6", g.Addr)
	case g.Addr.IsMulticast():
		return nil
	}
	if len(g.Sources) == 1 && g.Sources[0].IsMulticast() {
		swapped := g
		swapped.Addr, swapped.Sources = g.Sources[0], []netip.Addr{g.Addr}
		if swapped.check() == nil {
			return fault("write "+swapped.String(), "the source stands before the @ and the group after it")
		}
	}
	hint := "IPv4 groups are 224.0.0.0 to 239.255.255.255"
	if g.Addr.Is6() {
		hint = "IPv6 groups begin with ff, for example ff15::1"
	}
	return fault(hint, "%s is not a multicast address", g.Addr)
}

// checkSources checks one of the two source lists; what is its name in messages.
func (g Group) checkSources(what string, list []netip.Addr) *GroupError {
	if len(list) > MaxSources {
		return fault(fmt.Sprintf("a group has at most %d sources", MaxSources), "%d sources are too many", len(list))
	}
	const unicast = "a source is a host's unicast address, before the @: SOURCE@GROUP"
	for i, s := range list {
		switch {
		case !s.IsValid():
			return fault(unicast, "%s %d has no address", what, i+1)
		case s.Zone() != "":
			return fault("the interface stands after the group, once: SOURCE@GROUP%INTERFACE",
				"%s %s has a zone", what, s.WithZone(""))
		case s.Is4In6():
			return fault("use the IPv4 address itself, "+s.Unmap().String(),
				"%s %s is an IPv4 address mapped into IPv6", what, s)
		case s.IsMulticast():
			return fault(unicast, "%s %s is a multicast address", what, s)
		case s.IsUnspecified():
			return fault("leave the source out for any source", "%s %s is no host's address", what, s)
		case s == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
			return fault(unicast, "%s %s is the broadcast address", what, s)
		case s.Is4() != g.Addr.Is4():
			return fault("the group and its sources are all IPv4 or all IPv6",
				"%s %s is %s and group %s is %s", what, s, family(s), g.Addr, family(g.Addr))
		case slices.Contains(list[:i], s):
			return fault("name each source once", "%s %s is there twice", what, s)
		}
	}
	return nil
}

// checkInterface checks the form of an interface's name, index or address, not whether there is such an interface.
// It lets a space inside pass: Windows has names like "Ethernet 2".
func checkInterface(s string) *GroupError {
	if s == "" {
		return nil
	}
	if len(s) > maxInterface {
		return fault("give the interface by its index", "the interface's name is longer than %d bytes", maxInterface)
	}
	if strings.Contains(s, ":") {
		if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
			return nil
		}
		// Linux refuses a colon in an interface's name since 4.0; eth0:1 is the label of an address of eth0.
		return fault("an alias such as eth0:1 is a label: give the interface, eth0, or the address that has it",
			"interface %s holds a colon", show(s))
	}
	if i := strings.IndexAny(s, "@,+/%[]"); i >= 0 {
		return fault("give an interface with such a name by its index",
			"interface %s holds %q, which means something else in a group", show(s), s[i:i+1])
	}
	if !isPrintable(s) || strings.TrimSpace(s) != s {
		return fault("give an interface with such a name by its index",
			"interface %s begins or ends with white space or cannot be printed", show(s))
	}
	if strings.Trim(s, "0") == "" {
		return fault("indexes begin at 1; leave the interface out for any", "there is no interface %s", show(s))
	}
	return nil
}

// GroupError says what is wrong with a group, and what would be right.
type GroupError struct {
	Text    string // the group as it was written or, from Validate, as String prints it; empty where Problem names it
	Problem string // what is wrong, on one line, without what cannot be printed
	Advice  string // what to do instead, likewise
}

// Error returns the text, quoted and shortened if it is long, and what is wrong with it, on one line.
func (e *GroupError) Error() string {
	if e.Text == "" {
		return "group " + e.Problem
	}
	return "group " + quote(e.Text) + ": " + e.Problem
}

// Hint returns the advice, which a command prints on a line of its own. It begins in lower case and has no full stop.
func (e *GroupError) Hint() string { return e.Advice }

func countHint() string { return fmt.Sprintf("a block has 1 to %d groups", MaxGroups) }

// fault makes a GroupError that has no Text yet. The hint comes first to keep the format next to its operands.
func fault(hint, format string, args ...any) *GroupError {
	return &GroupError{Problem: fmt.Sprintf(format, args...), Advice: hint}
}

// maxShown is how much of a text an error repeats, in bytes.
const maxShown = 64

// quote returns s between quotation marks, printable, and cut if it is long.
func quote(s string) string {
	if len(s) <= maxShown {
		return strconv.Quote(s)
	}
	cut := maxShown
	for cut > maxShown-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strconv.Quote(s[:cut]) + "..."
}

// show returns s as it is if that is short and plain, else quoted.
func show(s string) string {
	if s == "" || len(s) > maxShown || !isPrintable(s) || strings.ContainsAny(s, ` "\`) {
		return quote(s)
	}
	return s
}

func isPrintable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func family(a netip.Addr) string {
	if a.Is4() {
		return "IPv4"
	}
	return "IPv6"
}

// distance returns how far a lies behind first, two addresses of one family; not ok if it lies before it or
// farther than 64 bits can say.
func distance(first, a netip.Addr) (n uint64, ok bool) {
	f, t := first.As16(), a.As16()
	lo, borrow := bits.Sub64(binary.BigEndian.Uint64(t[8:]), binary.BigEndian.Uint64(f[8:]), 0)
	hi, borrow := bits.Sub64(binary.BigEndian.Uint64(t[:8]), binary.BigEndian.Uint64(f[:8]), borrow)
	return lo, hi == 0 && borrow == 0
}
