package codegen

import (
	"mcast/filter/internal/flow"
	"mcast/filter/internal/syntax"
)

// Numbers of protocols in IP headers (IANA).
const (
	protoHopByHop = 0
	protoICMP     = 1
	protoIGMP     = 2
	protoTCP      = 6
	protoIGRP     = 9
	protoUDP      = 17
	protoRouting  = 43
	protoFragment = 44
	protoESP      = 50
	protoAH       = 51
	protoICMP6    = 58
	protoNoNext   = 59
	protoDest     = 60
	protoPIM      = 103
	protoVRRP     = 112 // CARP too
	protoSCTP     = 132
)

// The first byte of an OSI network layer, and IS-IS's types of PDU (ISO 10589).
const (
	osiCLNP = 0x81
	osiESIS = 0x82
	osiISIS = 0x83

	isisL1Hello = 15
	isisL2Hello = 16
	isisP2P     = 17
	isisL1LSP   = 18
	isisL2LSP   = 20
	isisL1CSNP  = 24
	isisL2CSNP  = 25
	isisL1PSNP  = 26
	isisL2PSNP  = 27
)

// meaning is what a protocol's name says: that the link layer carries it, or
// that an IP or OSI header does.
type meaning struct {
	carrier syntax.Protocol // Link, IP, IP6, NoProtocol for either IP, ISO or ISIS
	numbers []uint32        // one of them
}

// protocols are the names that are conditions by themselves.
var protocols = map[syntax.Protocol]meaning{
	syntax.IP:      {syntax.Link, []uint32{etherIP}},
	syntax.IP6:     {syntax.Link, []uint32{etherIP6}},
	syntax.ARP:     {syntax.Link, []uint32{etherARP}},
	syntax.RARP:    {syntax.Link, []uint32{etherRARP}},
	syntax.ATalk:   {syntax.Link, []uint32{etherATalk}},
	syntax.AARP:    {syntax.Link, []uint32{etherAARP}},
	syntax.DECnet:  {syntax.Link, []uint32{etherDECnet}},
	syntax.LAT:     {syntax.Link, []uint32{etherLAT}},
	syntax.SCA:     {syntax.Link, []uint32{etherSCA}},
	syntax.MOPDL:   {syntax.Link, []uint32{etherMOPDL}},
	syntax.MOPRC:   {syntax.Link, []uint32{etherMOPRC}},
	syntax.ISO:     {syntax.Link, []uint32{sapISO}},
	syntax.STP:     {syntax.Link, []uint32{sapSTP}},
	syntax.IPX:     {syntax.Link, []uint32{sapIPX}},
	syntax.NetBEUI: {syntax.Link, []uint32{sapNetBEUI}},

	syntax.TCP:   {syntax.NoProtocol, []uint32{protoTCP}},
	syntax.UDP:   {syntax.NoProtocol, []uint32{protoUDP}},
	syntax.SCTP:  {syntax.NoProtocol, []uint32{protoSCTP}},
	syntax.PIM:   {syntax.NoProtocol, []uint32{protoPIM}},
	syntax.AH:    {syntax.NoProtocol, []uint32{protoAH}},
	syntax.ESP:   {syntax.NoProtocol, []uint32{protoESP}},
	syntax.ICMP:  {syntax.IP, []uint32{protoICMP}},
	syntax.IGMP:  {syntax.IP, []uint32{protoIGMP}},
	syntax.IGRP:  {syntax.IP, []uint32{protoIGRP}},
	syntax.VRRP:  {syntax.IP, []uint32{protoVRRP}},
	syntax.CARP:  {syntax.IP, []uint32{protoVRRP}},
	syntax.ICMP6: {syntax.IP6, []uint32{protoICMP6}},

	syntax.CLNP: {syntax.ISO, []uint32{osiCLNP}},
	syntax.ESIS: {syntax.ISO, []uint32{osiESIS}},
	syntax.ISIS: {syntax.ISO, []uint32{osiISIS}},

	syntax.ISISL1:   {syntax.ISIS, []uint32{isisL1PSNP, isisL1CSNP, isisL1LSP, isisL1Hello, isisP2P}},
	syntax.ISISL2:   {syntax.ISIS, []uint32{isisL2PSNP, isisL2CSNP, isisL2LSP, isisL2Hello, isisP2P}},
	syntax.ISISIIH:  {syntax.ISIS, []uint32{isisP2P, isisL1Hello, isisL2Hello}},
	syntax.ISISLSP:  {syntax.ISIS, []uint32{isisL1LSP, isisL2LSP}},
	syntax.ISISSNP:  {syntax.ISIS, []uint32{isisL2PSNP, isisL1PSNP, isisL1CSNP, isisL2CSNP}},
	syntax.ISISCSNP: {syntax.ISIS, []uint32{isisL1CSNP, isisL2CSNP}},
	syntax.ISISPSNP: {syntax.ISIS, []uint32{isisL1PSNP, isisL2PSNP}},
}

// protocol is a protocol's name alone.
func (g *generator) protocol(p syntax.Protocol) flow.Cond {
	m, ok := protocols[p]
	if !ok {
		return g.refuse("this protocol is not a condition by itself", "")
	}
	conds := make([]flow.Cond, len(m.numbers))
	for i, number := range m.numbers {
		conds[i] = g.protocolNumber(m.carrier, number)
	}
	return flow.Any(conds...)
}

// protocolNumber is "proto": a protocol's header carries a protocol.
func (g *generator) protocolNumber(carrier syntax.Protocol, number uint32) flow.Cond {
	switch carrier {
	case syntax.Link:
		return g.linkProtocol(number)
	case syntax.IP:
		return flow.All(g.linkProtocol(etherIP), g.carries4(number))
	case syntax.IP6:
		p := g.networkHeader()
		return flow.All(g.linkProtocol(etherIP6), flow.Any(
			g.is(1, p, 6, number),
			// or a fragment header does
			flow.All(g.is(1, p, 6, protoFragment), g.is(1, p, 40, number)),
		))
	case syntax.NoProtocol:
		return flow.Any(g.protocolNumber(syntax.IP, number), g.protocolNumber(syntax.IP6, number))
	case syntax.ISO:
		return flow.All(g.linkProtocol(sapISO), g.is(1, g.payload, g.afterLLC, number))
	case syntax.ISIS:
		return flow.All(g.protocolNumber(syntax.ISO, osiISIS), g.is(1, g.payload, g.afterLLC+4, number))
	}
	return g.refuse("this protocol has no field that says what it carries", "")
}

// carries4 compares what an IPv4 header says it carries.
func (g *generator) carries4(number uint32) flow.Cond {
	return g.is(1, g.networkHeader(), 9, number)
}

// firstFragment4 tells whether an IPv4 datagram is whole, or the first part of
// one: only that has the header of what it carries.
func (g *generator) firstFragment4() flow.Cond {
	return flow.Compare(flow.Intersects, g.read(2, g.networkHeader(), 6), g.Const(0x1fff)).Not()
}
