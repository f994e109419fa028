//go:build !mcast_portable

package mcast

import (
	"fmt"
	"net/netip"

	"mcast/internal/netns"
	"mcast/internal/rtnl"
	"mcast/internal/sys"
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

// openUDP opens a socket in the host's network namespace, which is not that of
// the calling thread.
func (h *host) openUDP(family sys.Family) (s *sys.Socket, err error) {
	file, err := h.conn.OpenNetns()
	if err == nil {
		ns := netns.Of(file)
		defer ns.Close()
		err = ns.Do(func() (err error) {
			s, err = sys.OpenUDP(family)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("from another network namespace than the receiver's: %w", err)
	}
	return s, nil
}

// route returns the index of the interface by which the kernel would send to a
// group, and the address it would send from, which may be invalid.
func (h *host) route(group netip.Addr) (int, netip.Addr, error) {
	r, err := h.conn.Route(group, netip.Addr{})
	return r.Interface, r.Source, err
}

// leastMTU is the least that an interface must have for IPv6 (RFC 8200, section
// 5). Below it Linux switches IPv6 off on the interface.
const leastMTU = 1280

// carries says whether the interface takes memberships of the group's family:
// Linux joins by index, whether or not there is an address.
func (i *Interface) carries(group netip.Addr) bool { return group.Is4() || i.MTU >= leastMTU }

// bringUp is a hint for an interface that is down.
func bringUp(name string) string { return "bring it up: ip link set " + name + " up" }
