//go:build !mcast_portable

package mcast

import (
	"net/netip"

	"mcast/internal/rtnl"
)

// host asks the kernel about the interfaces and routes of one network
// namespace: that of the thread that opened it.
type host struct{ conn *rtnl.Conn }

func openHost() (*host, error) {
	conn, err := rtnl.Open()
	if err != nil {
		return nil, err
	}
	return &host{conn}, nil
}

func (h *host) close() { _ = h.conn.Close() }

func (h *host) interfaces() ([]Interface, error) {
	links, err := h.conn.Links()
	if err != nil {
		return nil, err
	}
	interfaces := make([]Interface, len(links))
	for n, l := range links {
		i := &interfaces[n]
		*i = Interface{Index: l.Index, Name: l.Name, MTU: l.MTU, Flags: l.Flags}
		for _, a := range l.Addrs {
			// A tentative address cannot be sent from yet (RFC 4862, section 5.4).
			if !a.Tentative {
				i.Addrs = append(i.Addrs, a.Prefix)
			}
		}
	}
	return interfaces, nil
}

// route returns the index of the interface by which the kernel would send to a
// group, and the address it would send from, which may be invalid.
func (h *host) route(group netip.Addr) (int, netip.Addr, error) {
	r, err := h.conn.Route(group, netip.Addr{})
	return r.Interface, r.Source, err
}

// carries says whether the interface takes memberships of the group's family:
// Linux joins by index, whether or not there is an address.
func (i *Interface) carries(netip.Addr) bool { return true }

// bringUp is a hint for an interface that is down.
func bringUp(name string) string { return "bring it up: ip link set " + name + " up" }
