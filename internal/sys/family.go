package sys

import (
	"net/netip"
	"syscall"
)

// Family is an address family: IPv4 or IPv6.
type Family int

// The two families.
const (
	IPv4 Family = syscall.AF_INET
	IPv6 Family = syscall.AF_INET6
)

// FamilyOf returns the family of an address; IPv4-mapped ones count as IPv6.
func FamilyOf(a netip.Addr) Family {
	if a.Is4() {
		return IPv4
	}
	return IPv6
}
