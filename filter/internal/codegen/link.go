package codegen

import (
	"math/bits"

	"mcast/filter/internal/assigned"
	"mcast/filter/internal/flow"
	"mcast/filter/internal/syntax"
)

// mostLength is the largest number in an Ethernet header that is no type: it is the
// length of what follows, which begins with an 802.2 header then.
const mostLength = 1500

// The frame types of a Linux cooked capture that are not EtherTypes
// (linux/if_ether.h).
const (
	cooked8023 = 0x0001 // Novell's 802.3 without an 802.2 header
	cooked8022 = 0x0004
)

// Address families in the header of BSD loopback. Each system has its own
// number for IPv6.
const (
	familyIP         = 2
	familyIP6BSD     = 24
	familyIP6FreeBSD = 28
	familyIP6Darwin  = 30
)

// linkProtocol tells whether the link layer carries a protocol: an EtherType,
// or a service access point of 802.2 (at most 1500).
func (g *generator) linkProtocol(protocol uint32) flow.Cond {
	if g.labels > 0 {
		return g.labelProtocol(protocol)
	}
	switch g.link {
	case Ethernet:
		isLLC := g.above(2, g.typ, 0, mostLength).Not()
		return g.framed(protocol, isLLC, flow.False)
	case LinuxSLL:
		return g.framed(protocol, g.is(2, g.typ, 0, cooked8022), g.is(2, g.typ, 0, cooked8023))
	case Raw:
		switch protocol {
		case assigned.EtherIP:
			return g.masked(1, g.header, 0, 0xf0, 0x40)
		case assigned.EtherIP6:
			return g.masked(1, g.header, 0, 0xf0, 0x60)
		}
		return flow.False
	case IPv4, IPv6:
		if protocol == assigned.EtherIP && g.link == IPv4 || protocol == assigned.EtherIP6 && g.link == IPv6 {
			return flow.True
		}
		return flow.False
	case Null, Loop:
		switch protocol {
		case assigned.EtherIP:
			return g.family(familyIP)
		case assigned.EtherIP6:
			return flow.Any(g.family(familyIP6BSD), g.family(familyIP6FreeBSD), g.family(familyIP6Darwin))
		}
		return flow.False
	case ppp:
		for _, p := range pppProtocols {
			if p.protocol == protocol {
				return g.is(2, g.typ, 0, p.number)
			}
		}
	}
	return g.is(2, g.typ, 0, protocol)
}

// pppProtocols are PPP's numbers of protocols (IANA).
var pppProtocols = [...]struct{ protocol, number uint32 }{
	{assigned.EtherIP, 0x0021},
	{assigned.SAPISO, 0x0023},
	{assigned.EtherNS, 0x0025},
	{assigned.EtherDECnet, 0x0027},
	{assigned.EtherATalk, 0x0029},
	{assigned.SAPIPX, 0x002b},
	{assigned.SAPSTP, 0x0031},
	{assigned.EtherIP6, 0x0057},
}

const pppMPLS = 0x0281

// family compares the header of BSD loopback.
func (g *generator) family(f uint32) flow.Cond {
	if g.link == Null {
		f = bits.ReverseBytes32(f)
	}
	return g.is(4, g.header, 0, f)
}

// framed is linkProtocol where a frame has either a type or an 802.2 header,
// as isLLC tells, or holds Novell's 802.3.
func (g *generator) framed(protocol uint32, isLLC, isNovell flow.Cond) flow.Cond {
	switch protocol {
	case assigned.SAPISO, assigned.SAPIP, assigned.SAPNetBEUI:
		// These have the same access point at both ends.
		return flow.All(isLLC, g.is(2, g.payload, 0, protocol<<8|protocol))
	case assigned.SAPIPX:
		inLLC := flow.Any(g.snap(0, assigned.EtherIPX), g.is(1, g.payload, 0, assigned.SAPIPX))
		if g.link == Ethernet {
			inLLC = flow.Any(g.snap(0, assigned.EtherIPX), g.is(1, g.payload, 0, assigned.SAPIPX), g.is(2, g.payload, 0, 0xffff))
		}
		return flow.Any(g.is(2, g.typ, 0, assigned.EtherIPX), isNovell, flow.All(isLLC, inLLC))
	case assigned.EtherATalk:
		return flow.Any(g.is(2, g.typ, 0, protocol), flow.All(isLLC, g.snap(0x080007, protocol)))
	case assigned.EtherAARP:
		return flow.Any(g.is(2, g.typ, 0, protocol), flow.All(isLLC, g.snap(0, protocol)))
	}
	if protocol <= mostLength {
		return flow.All(isLLC, g.is(1, g.typ, 2, protocol))
	}
	return g.is(2, g.typ, 0, protocol)
}

// snap tells whether an 802.2 header is followed by a SNAP header of that
// organisation and type (IEEE 802).
func (g *generator) snap(organisation, protocol uint32) flow.Cond {
	return flow.All(
		g.is(4, g.payload, 4, organisation<<16|protocol),
		g.is(4, g.payload, 0, assigned.SAPSNAP<<24|assigned.SAPSNAP<<16|0x03<<8|organisation>>16),
	)
}

// llc is "llc": a frame with an 802.2 header.
func (g *generator) llc(n *syntax.LLC) flow.Cond {
	if g.link != Ethernet {
		return g.refuse("llc is not supported in "+linkNames[g.link]+" frames", "")
	}
	isLLC := flow.All(
		g.above(2, g.typ, 0, mostLength).Not(),
		g.is(2, g.payload, 0, 0xffff).Not(), // Novell's 802.3
	)
	if n.Mask == 0 {
		return isLLC
	}
	return flow.All(isLLC, g.masked(1, g.payload, 2, uint32(n.Mask), uint32(n.Value)))
}

// etherOnly tells whether the frames have Ethernet addresses; if not, it
// refuses.
func (g *generator) etherOnly(what string) bool {
	if g.link == Ethernet {
		return true
	}
	g.refuse(what+" needs Ethernet frames; these are "+linkNames[g.link], "")
	return false
}

// etherHost compares Ethernet addresses.
func (g *generator) etherHost(d syntax.Direction, mac syntax.MAC) flow.Cond {
	if !g.etherOnly("an Ethernet address") {
		return flow.False
	}
	return g.withHeader(directed(d,
		func() flow.Cond { return g.etherAddress(6, mac) },
		func() flow.Cond { return g.etherAddress(0, mac) },
	))
}

// withHeader adds to a condition on the Ethernet header that there is one.
func (g *generator) withHeader(c flow.Cond) flow.Cond {
	if !g.bare {
		return c
	}
	return flow.All(flow.Compare(flow.Equal, g.header.variable, g.payload.variable).Not(), c)
}

func (g *generator) etherAddress(offset uint32, mac syntax.MAC) flow.Cond {
	return flow.All(
		g.is(4, g.header, offset+2, uint32(mac[2])<<24|uint32(mac[3])<<16|uint32(mac[4])<<8|uint32(mac[5])),
		g.is(2, g.header, offset, uint32(mac[0])<<8|uint32(mac[1])),
	)
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

var everyStation = syntax.MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// broadcast is "broadcast", of the link layer or of IPv4.
func (g *generator) broadcast(p syntax.Protocol) flow.Cond {
	if p == syntax.IP {
		hosts := ^g.target.Netmask
		to := g.networkHeader()
		return flow.All(g.linkProtocol(assigned.EtherIP), flow.Any(
			g.masked(4, to, 16, hosts, 0),
			g.masked(4, to, 16, hosts, hosts),
		))
	}
	if !g.etherOnly("broadcast") {
		return flow.False
	}
	return g.withHeader(g.etherAddress(0, everyStation))
}

// multicast is "multicast", of the link layer, of IPv4 or of IPv6.
func (g *generator) multicast(p syntax.Protocol) flow.Cond {
	switch p {
	case syntax.IP:
		// As libpcap does, with 240.0.0.0/4 and so 255.255.255.255.
		return flow.All(g.linkProtocol(assigned.EtherIP),
			flow.Compare(flow.GreaterOrEqual, g.read(1, g.networkHeader(), 16), g.Const(224)))
	case syntax.IP6:
		return flow.All(g.linkProtocol(assigned.EtherIP6), g.is(1, g.networkHeader(), 24, 0xff))
	}
	if !g.etherOnly("multicast") {
		return flow.False
	}
	return g.withHeader(flow.Compare(flow.Intersects, g.read(1, g.header, 0), g.Const(1)))
}
