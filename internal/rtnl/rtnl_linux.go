// Package rtnl reads what the kernel's routing tables say of links, addresses
// and routes (rtnetlink(7)), and tells when links or addresses change.
//
// A Conn or Monitor speaks of the network namespace of the thread that opened
// it, whichever thread uses it later; net.Interfaces, which opens a socket a
// call, cannot promise that.
package rtnl

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"

	"mcast/internal/sys"
)

// Link is a network interface.
type Link struct {
	Index int
	Name  string
	Type  uint16 // what its frames begin with: ARPHRD_ in linux/if_arp.h
	MTU   int
	Flags net.Flags // FlagUp, FlagRunning, FlagMulticast, FlagLoopback …
	Addrs []Addr
}

// Addr is an address of an interface.
type Addr struct {
	Prefix    netip.Prefix // the interface's own address and its prefix length
	Tentative bool         // IPv6: duplicate address detection has not ended, so it cannot be used yet
}

// Route is what the routing table says of a destination.
type Route struct {
	Interface int        // index
	Source    netip.Addr // what the kernel would send from; invalid where it says none
}

// Conn asks the kernel. Not for concurrent use.
type Conn struct{ nl *sys.Netlink }

// Open opens a connection to the calling thread's network namespace.
func Open() (*Conn, error) {
	nl, err := sys.OpenNetlink()
	if err != nil {
		return nil, fmt.Errorf("open rtnetlink: %w", err)
	}
	return &Conn{nl}, nil
}

// Close closes the connection.
func (c *Conn) Close() error { return c.nl.Close() }

// NetnsCookie returns a number that tells the network namespace that the
// connection speaks of from every other (Linux 5.14); 0 where the kernel has
// none.
func (c *Conn) NetnsCookie() uint64 { return c.nl.NetnsCookie() }

// OpenNetns opens the network namespace that the connection speaks of. It needs
// CAP_NET_ADMIN there.
func (c *Conn) OpenNetns() (*os.File, error) { return c.nl.OpenNetns() }

// Links lists the interfaces, in the order of their indexes, with their addresses.
func (c *Conn) Links() ([]Link, error) {
	// A dump during which something changed is repeated; a namespace in
	// which that happens every time is too busy to be told the truth about.
	for range 10 {
		links, err := c.links()
		if !errors.Is(err, sys.ErrDumpInterrupted) {
			return links, err
		}
	}
	return nil, fmt.Errorf("list interfaces: %w", sys.ErrDumpInterrupted)
}

func (c *Conn) links() ([]Link, error) {
	var links []Link
	at := map[int]int{} // index of an interface → its place in links
	err := c.nl.Request(syscall.RTM_GETLINK, syscall.NLM_F_DUMP, make([]byte, syscall.SizeofIfInfomsg), func(kind uint16, b []byte) error {
		if kind != syscall.RTM_NEWLINK || len(b) < syscall.SizeofIfInfomsg {
			return nil
		}
		l := parseLink(b)
		at[l.Index] = len(links)
		links = append(links, l)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	err = c.nl.Request(syscall.RTM_GETADDR, syscall.NLM_F_DUMP, make([]byte, syscall.SizeofIfAddrmsg), func(kind uint16, b []byte) error {
		if kind != syscall.RTM_NEWADDR || len(b) < syscall.SizeofIfAddrmsg {
			return nil
		}
		i, ok := at[int(binary.NativeEndian.Uint32(b[4:]))]
		if !ok {
			return nil // appeared between the two lists: a change that the next listing shows
		}
		var own, peer netip.Addr
		flags := uint32(b[2])
		sys.Attributes(b[syscall.SizeofIfAddrmsg:], func(kind uint16, v []byte) {
			switch kind {
			case syscall.IFA_LOCAL:
				own, _ = netip.AddrFromSlice(v)
			case syscall.IFA_ADDRESS: // the other end on point-to-point links, else the own one
				peer, _ = netip.AddrFromSlice(v)
			}
		})
		if !own.IsValid() {
			own = peer
		}
		if p := netip.PrefixFrom(own, int(b[1])); p.IsValid() {
			links[i].Addrs = append(links[i].Addrs, Addr{Prefix: p, Tentative: flags&syscall.IFA_F_TENTATIVE != 0})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	return links, nil
}

// parseLink reads an announcement of a link, at least as long as its header.
func parseLink(b []byte) Link {
	l := Link{Index: int(int32(binary.NativeEndian.Uint32(b[4:]))), Type: binary.NativeEndian.Uint16(b[2:]), Flags: linkFlags(binary.NativeEndian.Uint32(b[8:]))}
	sys.Attributes(b[syscall.SizeofIfInfomsg:], func(kind uint16, v []byte) {
		switch {
		case kind == syscall.IFLA_IFNAME && len(v) > 0:
			l.Name = string(v[:len(v)-1])
		case kind == syscall.IFLA_MTU && len(v) >= 4:
			l.MTU = int(binary.NativeEndian.Uint32(v))
		}
	})
	return l
}

func linkFlags(f uint32) net.Flags {
	var flags net.Flags
	for _, m := range []struct {
		kernel uint32
		flag   net.Flags
	}{
		{syscall.IFF_UP, net.FlagUp},
		{syscall.IFF_RUNNING, net.FlagRunning},
		{syscall.IFF_BROADCAST, net.FlagBroadcast},
		{syscall.IFF_LOOPBACK, net.FlagLoopback},
		{syscall.IFF_POINTOPOINT, net.FlagPointToPoint},
		{syscall.IFF_MULTICAST, net.FlagMulticast},
	} {
		if f&m.kernel != 0 {
			flags |= m.flag
		}
	}
	return flags
}

// Route asks which way the kernel would send to a destination, with the source
// address given if it is valid. Where there is none, or one that says no
// ("unreachable", "prohibit", "blackhole"), the error is ENETUNREACH.
func (c *Conn) Route(to, source netip.Addr) (Route, error) {
	body := make([]byte, syscall.SizeofRtMsg)
	family := syscall.AF_INET
	if !to.Is4() {
		family = syscall.AF_INET6
	}
	body[0], body[1] = byte(family), byte(to.BitLen())
	body = sys.AppendAttribute(body, syscall.RTA_DST, to.AsSlice())
	if source.IsValid() {
		body[2] = byte(source.BitLen())
		body = sys.AppendAttribute(body, syscall.RTA_SRC, source.AsSlice())
	}
	var r Route
	err := c.nl.Request(syscall.RTM_GETROUTE, 0, body, func(kind uint16, b []byte) error {
		if kind != syscall.RTM_NEWROUTE || len(b) < syscall.SizeofRtMsg {
			return nil
		}
		// Some kernels answer with such a route, not with an error.
		if t := b[7]; t == syscall.RTN_UNREACHABLE || t == syscall.RTN_PROHIBIT || t == syscall.RTN_BLACKHOLE {
			return os.NewSyscallError("netlink", syscall.ENETUNREACH)
		}
		sys.Attributes(b[syscall.SizeofRtMsg:], func(kind uint16, v []byte) {
			switch {
			case kind == syscall.RTA_OIF && len(v) >= 4:
				r.Interface = int(binary.NativeEndian.Uint32(v))
			case kind == syscall.RTA_PREFSRC:
				r.Source, _ = netip.AddrFromSlice(v)
			}
		})
		return nil
	})
	switch {
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EINVAL):
		// The answers for an unreachable, a prohibit and a blackhole route.
		err = os.NewSyscallError("netlink", syscall.ENETUNREACH)
	}
	if err != nil {
		return Route{}, fmt.Errorf("route to %v: %w", to, err)
	}
	return r, nil
}

// Monitor tells when links or addresses change.
type Monitor struct{ nl *sys.Netlink }

// OpenMonitor starts to listen in the calling thread's network namespace:
// every change from now on makes a Wait return.
func OpenMonitor() (*Monitor, error) {
	nl, err := sys.SubscribeNetlink()
	if err != nil {
		return nil, fmt.Errorf("follow interfaces: %w", err)
	}
	return &Monitor{nl}, nil
}

// Changes is what a listing of the links cannot tell: what has been in between.
type Changes struct {
	Deleted []int  // indexes of links that were deleted; there may be others by now that have them
	Links   []Link // as they were announced, without addresses; one may be there several times
}

// Wait blocks until something has changed since the last Wait, or fails with
// os.ErrClosed after Close. Changes are missing where they came too fast.
func (m *Monitor) Wait() (Changes, error) {
	var c Changes
	err := m.nl.Wait(func(kind uint16, b []byte) {
		// Bridges announce their ports in a family of their own.
		if len(b) < syscall.SizeofIfInfomsg || b[0] != syscall.AF_UNSPEC {
			return
		}
		switch kind {
		case syscall.RTM_NEWLINK:
			c.Links = append(c.Links, parseLink(b))
		case syscall.RTM_DELLINK:
			c.Deleted = append(c.Deleted, parseLink(b).Index)
		}
	})
	return c, err
}

// Close ends the present Wait and all later ones.
func (m *Monitor) Close() error { return m.nl.Close() }
