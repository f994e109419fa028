package codegen

import (
	"math/bits"

	"mcast/filter/internal/assigned"
	"mcast/filter/internal/flow"
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
