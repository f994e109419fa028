package mcast

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Words that stand for interfaces wherever one can be named.
const (
	// AllInterfaces means every interface that is up and can multicast, those
	// that come later included. For a receiver it includes loopback for IPv4;
	// for a sender it leaves loopback out.
	AllInterfaces = "all"
	// RouteInterface means the one interface that the kernel's routing table
	// picks for the group: what a join on INADDR_ANY means.
	RouteInterface = "route"
)

// Interface is a network interface of the host.
type Interface struct {
	Index int
	Name  string
	MTU   int // bytes
	Flags net.Flags
	Addrs []netip.Prefix // its own addresses, without zone, each with the length of its network's prefix
}

// Interfaces lists the host's interfaces in the order of their indexes.
func Interfaces() ([]Interface, error) {
	h, err := openHost()
	if err != nil {
		return nil, err
	}
	defer h.close()
	return h.interfaces()
}

// address returns the interface's first address of the family of the group,
// a link-local one only where there is no other.
func (i *Interface) address(group netip.Addr) (netip.Addr, bool) {
	var linkLocal netip.Addr
	for _, p := range i.Addrs {
		a := p.Addr()
		switch {
		case a.Is4() != group.Is4():
		case a.IsLinkLocalUnicast():
			if !linkLocal.IsValid() {
				linkLocal = a
			}
		default:
			return a, true
		}
	}
	return linkLocal, linkLocal.IsValid()
}

// first returns the interface's first IPv4 address, from which the kernel sends
// when it is told no more than the interface.
func (i *Interface) first() netip.Addr {
	for _, p := range i.Addrs {
		if p.Addr().Is4() {
			return p.Addr()
		}
	}
	return netip.Addr{}
}

func (i *Interface) owns(a netip.Addr) bool {
	return slices.ContainsFunc(i.Addrs, func(p netip.Prefix) bool { return p.Addr() == a })
}

func (i *Interface) up() bool       { return i.Flags&net.FlagUp != 0 }
func (i *Interface) loopback() bool { return i.Flags&net.FlagLoopback != 0 }

// receives says whether "all" means this interface when a group of that family
// is joined. Linux does not set IFF_MULTICAST on loopback, yet carries IPv4
// multicast there; it has no IPv6 multicast on loopback.
func (i *Interface) receives(group netip.Addr) bool {
	if !i.up() || !i.carries(group) {
		return false
	}
	if i.loopback() {
		return group.Is4()
	}
	return i.Flags&net.FlagMulticast != 0
}

// FindInterface looks an interface up in a list by its name, its index, or an
// address that it owns, in this order. nil means that it is not there.
func FindInterface(interfaces []Interface, selector string) *Interface {
	for i := range interfaces {
		if interfaces[i].Name == selector {
			return &interfaces[i]
		}
	}
	if index, err := strconv.Atoi(selector); err == nil {
		for i := range interfaces {
			if interfaces[i].Index == index {
				return &interfaces[i]
			}
		}
		return nil
	}
	if a, err := netip.ParseAddr(selector); err == nil {
		zone := a.Zone()
		for i := range interfaces {
			if interfaces[i].owns(a.Unmap().WithZone("")) && (zone == "" || zone == interfaces[i].Name) {
				return &interfaces[i]
			}
		}
	}
	return nil
}

// interfaceNames is a hint that names the interfaces there are.
func interfaceNames(interfaces []Interface) string {
	const most = 12
	var names []string
	for _, i := range interfaces {
		name := i.Name
		if !i.up() {
			name += " (down)"
		}
		names = append(names, name)
	}
	if len(names) > most {
		names = append(names[:most], "…")
	}
	if len(names) == 0 {
		return "there are no interfaces here"
	}
	return "interfaces here: " + strings.Join(names, ", ")
}
