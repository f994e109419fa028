package filter

import (
	"fmt"
	"strings"

	"mcast/filter/internal/codegen"
)

// LinkType is what a frame begins with.
type LinkType uint8

// The link types that are compiled for.
const (
	Ethernet  LinkType = iota
	LinuxSLL           // cooked capture of Linux, version 1: "tcpdump -i any" of old
	LinuxSLL2          // cooked capture of Linux, version 2
	Raw                // IPv4 or IPv6, as the first four bits say
	IPv4               // IPv4, whatever its first four bits say
	IPv6               // IPv6, whatever its first four bits say
	Null               // BSD loopback as a little-endian machine writes it
	Loop               // BSD loopback in network byte order, which is also what a big-endian machine writes as Null
)

// linkTypes are the link types by name, and by the number that capture files
// have for them (https://www.tcpdump.org/linktypes.html).
var linkTypes = [...]struct {
	name   string
	number int
	link   codegen.Link
}{
	Ethernet:  {"EN10MB", 1, codegen.Ethernet},
	LinuxSLL:  {"LINUX_SLL", 113, codegen.LinuxSLL},
	LinuxSLL2: {"LINUX_SLL2", 276, codegen.LinuxSLL2},
	Raw:       {"RAW", 101, codegen.Raw},
	IPv4:      {"IPV4", 228, codegen.IPv4},
	IPv6:      {"IPV6", 229, codegen.IPv6},
	Null:      {"NULL", 0, codegen.Null},
	Loop:      {"LOOP", 108, codegen.Loop},
}

// LinkTypes returns all link types that are compiled for.
func LinkTypes() []LinkType {
	all := make([]LinkType, len(linkTypes))
	for i := range all {
		all[i] = LinkType(i)
	}
	return all
}

// String returns tcpdump's name of the link type: EN10MB for Ethernet.
func (l LinkType) String() string {
	if int(l) < len(linkTypes) {
		return linkTypes[l].name
	}
	return fmt.Sprintf("LinkType(%d)", uint8(l))
}

// Number returns the number of the link type in capture files (LINKTYPE_), or
// -1 if there is no such link type.
func (l LinkType) Number() int {
	if int(l) < len(linkTypes) {
		return linkTypes[l].number
	}
	return -1
}

// LinkTypeOf returns the link type that has the number in capture files, and
// false if this package knows no such one. Frames of number 0 (NULL) begin with a
// number in the byte order of the machine that wrote the file: bigEndian tells
// which that was.
func LinkTypeOf(number int, bigEndian bool) (LinkType, bool) {
	switch {
	case number == Null.Number() && bigEndian:
		return Loop, true
	case number == 12 || number == 14:
		// What DLT_RAW is on Linux, and what old files have.
		return Raw, true
	}
	for l, t := range linkTypes {
		if t.number == number {
			return LinkType(l), true
		}
	}
	return 0, false
}

// LinkTypeNamed returns the link type that tcpdump -y calls so: EN10MB,
// LINUX_SLL2, RAW, in upper or lower case. False means that there is none.
func LinkTypeNamed(name string) (LinkType, bool) {
	for l, t := range linkTypes {
		if strings.EqualFold(t.name, name) || strings.EqualFold("DLT_"+t.name, name) {
			return LinkType(l), true
		}
	}
	return 0, false
}

// link returns the compiler's own name of a link type.
func (l LinkType) link() (codegen.Link, bool) {
	if int(l) >= len(linkTypes) {
		return 0, false
	}
	return linkTypes[l].link, true
}
