package codegen

import "mcast/filter/internal/flow"

// Link is what a frame begins with.
type Link uint8

// The link types.
const (
	Ethernet Link = iota
	LinuxSLL
	LinuxSLL2
	Raw
	IPv4
	IPv6
	Null // an address family, least significant byte first
	Loop // an address family in network byte order
	ppp  // what is in a PPPoE session
)

var linkNames = [...]string{
	Ethernet:  "Ethernet",
	LinuxSLL:  "Linux cooked",
	LinuxSLL2: "Linux cooked v2",
	Raw:       "raw IP",
	IPv4:      "raw IPv4",
	IPv6:      "raw IPv6",
	Null:      "BSD loopback",
	Loop:      "OpenBSD loopback",
	ppp:       "PPP",
}

// place is where a header is: at an offset that is known when the program is
// compiled, plus, if it is not None, one that is found out in each frame.
type place struct {
	offset   uint32
	variable flow.Value
}

func at(offset uint32) place { return place{offset, flow.None} }

func (p place) plus(offset uint32) place {
	p.offset += offset
	return p
}

// layers is where the headers are that primitives look at. vlan, mpls, pppoes
// and geneve change it for what is to the right of them.
type layers struct {
	link    Link
	header  place // of the link layer
	typ     place // what the link layer carries; not with Raw, IPv4, IPv6
	payload place // what follows the link layer's header

	// The network layer's header begins network bytes into the payload, or,
	// behind an 802.2 header, afterLLC bytes.
	network, afterLLC uint32

	labels int  // MPLS labels so far
	tags   int  // VLAN tags so far
	bare   bool // there may be no link layer's header (in Geneve)
}

// outermost returns where headers are in a frame.
func outermost(l Link) layers {
	base := layers{link: l, header: at(0), typ: at(0), payload: at(0)}
	switch l {
	case Ethernet:
		base.typ, base.payload, base.afterLLC = at(12), at(14), 3
	case LinuxSLL:
		base.typ, base.payload = at(14), at(16)
	case LinuxSLL2:
		base.payload = at(20)
	case Null, Loop:
		base.payload = at(4)
	}
	return base
}

// enter moves on to a frame inside the one so far, of which the parts are at these
// places.
func (l *layers) enter(link Link, header, typ, payload place) {
	tags := l.tags
	*l = outermost(link)
	l.header, l.typ, l.payload, l.tags = header, typ, payload, tags
}

// networkHeader returns where the network layer begins.
func (l *layers) networkHeader() place { return l.payload.plus(l.network) }

// read returns size bytes at offset from a place.
func (g *generator) read(size int, p place, offset uint32) flow.Value {
	return g.Load(size, p.variable, p.offset+offset)
}

// is compares size bytes at offset from a place with k.
func (g *generator) is(size int, p place, offset, k uint32) flow.Cond {
	return flow.Compare(flow.Equal, g.read(size, p, offset), g.Const(k))
}

// masked compares those of size bytes at offset from a place that are in mask.
func (g *generator) masked(size int, p place, offset, mask, k uint32) flow.Cond {
	return flow.Compare(flow.Equal, g.Binary(flow.And, g.read(size, p, offset), g.Const(mask)), g.Const(k))
}

// above tells whether size bytes at offset from a place are more than k.
func (g *generator) above(size int, p place, offset, k uint32) flow.Cond {
	return flow.Compare(flow.Greater, g.read(size, p, offset), g.Const(k))
}

// behind returns the place that is so many bytes behind another one, if how many is
// found out in each frame.
func (g *generator) behind(p place, bytes flow.Value) place {
	if p.variable != flow.None {
		bytes = g.Binary(flow.Add, bytes, p.variable)
	}
	return place{p.offset, bytes}
}

// transport4 returns where the header after the IPv4 header is.
func (g *generator) transport4() place {
	p := g.networkHeader()
	return g.behind(p, g.HeaderLength(p.variable, p.offset))
}

// transport6 returns where the header after the IPv6 header is.
func (g *generator) transport6() place { return g.networkHeader().plus(40) }
