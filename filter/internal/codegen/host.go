package codegen

import (
	"encoding/binary"

	"mcast/filter/internal/assigned"
	"mcast/filter/internal/flow"
	"mcast/filter/internal/syntax"
)

// host is "host" and "net".
func (g *generator) host(n *syntax.Host) flow.Cond {
	conds := make([]flow.Cond, len(n.Nets))
	for i, net := range n.Nets {
		conds[i] = g.hostNet(n.Protocol, n.Direction, net)
	}
	return flow.Any(conds...)
}

// hostNet is host for one address or network.
func (g *generator) hostNet(p syntax.Protocol, d syntax.Direction, net syntax.Net) flow.Cond {
	if net.Addr.Is6() {
		at := g.networkHeader()
		return directed(d,
			func() flow.Cond { return g.address6(at.plus(8), net) },
			func() flow.Cond { return g.address6(at.plus(24), net) },
		)
	}
	switch p {
	case syntax.ARP:
		return g.host4(assigned.EtherARP, d, net, 14, 24)
	case syntax.RARP:
		return g.host4(assigned.EtherRARP, d, net, 14, 24)
	case syntax.NoProtocol:
		if g.labels > 0 {
			break // there is neither ARP nor RARP behind a label
		}
		return flow.Any(
			g.host4(assigned.EtherIP, d, net, 12, 16),
			g.host4(assigned.EtherARP, d, net, 14, 24),
			g.host4(assigned.EtherRARP, d, net, 14, 24),
		)
	}
	return g.host4(assigned.EtherIP, d, net, 12, 16)
}

// host4 compares the IPv4 addresses of a protocol's header, which are at these
// offsets.
func (g *generator) host4(protocol uint32, d syntax.Direction, net syntax.Net, source, destination uint32) flow.Cond {
	compare := func(offset uint32) func() flow.Cond {
		return func() flow.Cond {
			return flow.All(g.linkProtocol(protocol), g.address4(g.networkHeader().plus(offset), net))
		}
	}
	return directed(d, compare(source), compare(destination))
}

// directed combines what is asked of source and destination.
func directed(d syntax.Direction, source, destination func() flow.Cond) flow.Cond {
	switch d {
	case syntax.Source:
		return source()
	case syntax.Destination:
		return destination()
	case syntax.BothDirections:
		return flow.All(source(), destination())
	}
	return flow.Any(source(), destination())
}

// address4 compares the IPv4 address at a place.
func (g *generator) address4(p place, net syntax.Net) flow.Cond {
	a, m := net.Addr.As4(), net.Mask.As4()
	return g.masked(4, p, 0, binary.BigEndian.Uint32(m[:]), binary.BigEndian.Uint32(a[:]))
}

// address6 compares the address at a place in an IPv6 header.
func (g *generator) address6(p place, net syntax.Net) flow.Cond {
	return flow.All(g.linkProtocol(assigned.EtherIP6), g.words6(p, net))
}

// words6 compares the IPv6 address at a place.
func (g *generator) words6(p place, net syntax.Net) flow.Cond {
	a, m := net.Addr.As16(), net.Mask.As16()
	var words []flow.Cond
	for i := 0; i < 16; i += 4 {
		words = append(words, g.masked(4, p, uint32(i), binary.BigEndian.Uint32(m[i:]), binary.BigEndian.Uint32(a[i:])))
	}
	return flow.All(words...)
}

// gateway is "gateway": frames from or to a host's Ethernet address that are
// not from or to its IP addresses, and so only pass it.
func (g *generator) gateway(n *syntax.Gateway) flow.Cond {
	ether := g.etherHost(syntax.AnyDirection, n.MAC)
	var hosts []flow.Cond
	for _, a := range n.Addrs {
		hosts = append(hosts, g.hostNet(n.Protocol, syntax.AnyDirection, syntax.WholeAddress(a)))
	}
	return flow.All(ether, flow.Any(hosts...).Not())
}

// decnetHost is "decnet host". A DECnet header may have a byte of padding in
// front, and comes in a long and a short form; its numbers have the least
// significant byte first.
func (g *generator) decnetHost(d syntax.Direction, address uint16) flow.Cond {
	swapped := uint32(address<<8 | address>>8)
	side := func(long, short uint32) func() flow.Cond {
		return func() flow.Cond {
			p := g.networkHeader().plus(2) // after the length
			form := func(padding, flags, offset uint32) flow.Cond {
				isForm := g.masked(1, p, 0, 0x07, flags)
				if padding > 0 {
					isForm = g.masked(2, p, 0, 0xff07, 0x8100|flags)
				}
				return flow.All(isForm, g.is(2, p, padding+offset, swapped))
			}
			return flow.All(g.linkProtocol(assigned.EtherDECnet), flow.Any(
				form(0, 0x02, short), form(1, 0x02, short),
				form(0, 0x06, long), form(1, 0x06, long),
			))
		}
	}
	return directed(d, side(15, 3), side(7, 1))
}
