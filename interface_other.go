//go:build !linux || mcast_portable

package mcast

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
)

// host asks the system about its interfaces and routes.
type host struct{}

func openHost() (*host, error) { return &host{}, nil }

func (h *host) close() {}

func (h *host) interfaces() ([]Interface, error) {
	links, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	slices.SortFunc(links, func(a, b net.Interface) int { return cmp.Compare(a.Index, b.Index) })
	interfaces := make([]Interface, 0, len(links))
	for _, l := range links {
		i := Interface{Index: l.Index, Name: l.Name, MTU: l.MTU, Flags: l.Flags}
		addrs, err := l.Addrs()
		if err != nil {
			continue // gone since it was listed
		}
		for _, a := range addrs {
			n, ok := a.(*net.IPNet)
			if !ok {
				continue
			}
			if own, ok := netip.AddrFromSlice(n.IP); ok {
				bits, _ := n.Mask.Size()
				i.Addrs = append(i.Addrs, netip.PrefixFrom(own.Unmap(), bits))
			}
		}
		interfaces = append(interfaces, i)
	}
	return interfaces, nil
}

// route returns the index of the interface by which the system would send to a
// group, and the address it would send from. No interface of package net asks
// the routing table, but connecting a UDP socket does, and sends nothing.
func (h *host) route(group netip.Addr) (int, netip.Addr, error) {
	const discard = 9 // any port will do
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(group, discard)))
	if err != nil {
		return 0, netip.Addr{}, err
	}
	defer func() { _ = conn.Close() }()
	local := conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
	interfaces, err := h.interfaces()
	if err != nil {
		return 0, netip.Addr{}, err
	}
	// A link-local address has a zone, which tells whose it is.
	i := FindInterface(interfaces, local.String())
	if i == nil {
		return 0, netip.Addr{}, ErrNoInterface
	}
	return i.Index, local.WithZone(""), nil
}

// carries says whether the interface takes memberships of the group's family:
// Windows joins by address, and all systems need one for their reports.
func (i *Interface) carries(group netip.Addr) bool {
	_, ok := i.address(group)
	return ok
}

// bringUp is a hint for an interface that is down.
func bringUp(name string) string { return "bring " + printable(name) + " up" }
