package syntax

import (
	"slices"

	"mcast/filter/internal/assigned"
)

// Protocol is a protocol's name as a qualifier or as a primitive.
type Protocol uint8

// The protocols of the language.
const (
	NoProtocol Protocol = iota // nothing is said
	Link                       // ether
	IP
	IP6
	ARP
	RARP
	TCP
	UDP
	SCTP
	ICMP
	ICMP6
	IGMP
	IGRP
	PIM
	VRRP
	CARP
	AH
	ESP
	ATalk
	AARP
	DECnet
	LAT
	SCA
	MOPRC
	MOPDL
	ISO
	ESIS
	ISIS
	CLNP
	ISISL1 // l1
	ISISL2 // l2
	ISISIIH
	ISISLSP
	ISISSNP
	ISISCSNP
	ISISPSNP
	STP
	IPX
	NetBEUI

	protocolCount = iota
)

// protocolInfo is what the language has of a protocol.
type protocolInfo struct {
	words words  // the first is how expressions are written back
	means string // as a condition of its own; "" if it is none
	bytes access

	// What the condition tests: that one of the numbers is what the carrier
	// says it carries. The carrier is Link, IP, IP6, ISO, ISIS, or NoProtocol
	// for either of IP and IP6.
	carrier Protocol
	numbers numbers
}

type (
	words   []string
	numbers []uint32
)

// access tells whether there is PROTOCOL[…].
type access uint8

const (
	noBytes   access = iota
	hasBytes         // in every frame of the protocol
	ipv4Bytes        // where it is carried by IPv4, in the first fragment
)

// protocols are all of them. To add one, write its name above and its line here.
var protocols = [protocolCount]protocolInfo{
	Link:     {words{"ether", "fddi", "link", "ppp", "slip", "tr", "wlan"}, "", hasBytes, NoProtocol, nil},
	IP:       {words{"ip"}, "IPv4 packets", hasBytes, Link, numbers{assigned.EtherIP}},
	IP6:      {words{"ip6"}, "IPv6 packets", hasBytes, Link, numbers{assigned.EtherIP6}},
	ARP:      {words{"arp"}, "ARP frames", hasBytes, Link, numbers{assigned.EtherARP}},
	RARP:     {words{"rarp"}, "RARP frames", hasBytes, Link, numbers{assigned.EtherRARP}},
	TCP:      {words{"tcp"}, "TCP segments (over IPv4 or IPv6)", ipv4Bytes, NoProtocol, numbers{assigned.ProtoTCP}},
	UDP:      {words{"udp"}, "UDP datagrams (over IPv4 or IPv6)", ipv4Bytes, NoProtocol, numbers{assigned.ProtoUDP}},
	SCTP:     {words{"sctp"}, "SCTP packets (over IPv4 or IPv6)", ipv4Bytes, NoProtocol, numbers{assigned.ProtoSCTP}},
	ICMP:     {words{"icmp"}, "ICMP messages (of IPv4)", ipv4Bytes, IP, numbers{assigned.ProtoICMP}},
	ICMP6:    {words{"icmp6"}, "ICMPv6 messages that come directly behind the IPv6 header or a fragment header (MLD does not)", hasBytes, IP6, numbers{assigned.ProtoICMP6}},
	IGMP:     {words{"igmp"}, "IGMP messages (multicast membership, in IPv4)", ipv4Bytes, IP, numbers{assigned.ProtoIGMP}},
	IGRP:     {words{"igrp"}, "IGRP packets (over IPv4)", ipv4Bytes, IP, numbers{assigned.ProtoIGRP}},
	PIM:      {words{"pim"}, "PIM messages (multicast routing, over IPv4 or IPv6)", ipv4Bytes, NoProtocol, numbers{assigned.ProtoPIM}},
	VRRP:     {words{"vrrp"}, "VRRP messages (over IPv4)", ipv4Bytes, IP, numbers{assigned.ProtoVRRP}},
	CARP:     {words{"carp"}, "CARP messages (over IPv4, with the protocol number of VRRP)", ipv4Bytes, IP, numbers{assigned.ProtoVRRP}},
	AH:       {words{"ah"}, "packets with an IPsec authentication header (over IPv4 or IPv6)", noBytes, NoProtocol, numbers{assigned.ProtoAH}},
	ESP:      {words{"esp"}, "encrypted IPsec packets (ESP, over IPv4 or IPv6)", noBytes, NoProtocol, numbers{assigned.ProtoESP}},
	ATalk:    {words{"atalk"}, "AppleTalk packets", hasBytes, Link, numbers{assigned.EtherATalk}},
	AARP:     {words{"aarp"}, "AppleTalk address resolution frames", noBytes, Link, numbers{assigned.EtherAARP}},
	DECnet:   {words{"decnet"}, "DECnet packets", hasBytes, Link, numbers{assigned.EtherDECnet}},
	LAT:      {words{"lat"}, "DEC LAT frames", hasBytes, Link, numbers{assigned.EtherLAT}},
	SCA:      {words{"sca"}, "DEC SCA frames", hasBytes, Link, numbers{assigned.EtherSCA}},
	MOPRC:    {words{"moprc"}, "DEC MOP remote console frames", hasBytes, Link, numbers{assigned.EtherMOPRC}},
	MOPDL:    {words{"mopdl"}, "DEC MOP dump and load frames", hasBytes, Link, numbers{assigned.EtherMOPDL}},
	ISO:      {words{"iso"}, "ISO (OSI) packets", noBytes, Link, numbers{assigned.SAPISO}},
	ESIS:     {words{"esis", "es-is"}, "ES-IS packets", noBytes, ISO, numbers{assigned.OSIESIS}},
	ISIS:     {words{"isis", "is-is"}, "IS-IS packets", noBytes, ISO, numbers{assigned.OSIISIS}},
	CLNP:     {words{"clnp"}, "CLNP packets", noBytes, ISO, numbers{assigned.OSICLNP}},
	ISISL1:   {words{"l1"}, "IS-IS packets of level 1", noBytes, ISIS, numbers{assigned.ISISL1PSNP, assigned.ISISL1CSNP, assigned.ISISL1LSP, assigned.ISISL1Hello, assigned.ISISP2P}},
	ISISL2:   {words{"l2"}, "IS-IS packets of level 2", noBytes, ISIS, numbers{assigned.ISISL2PSNP, assigned.ISISL2CSNP, assigned.ISISL2LSP, assigned.ISISL2Hello, assigned.ISISP2P}},
	ISISIIH:  {words{"iih"}, "IS-IS packets of the kind IIH", noBytes, ISIS, numbers{assigned.ISISP2P, assigned.ISISL1Hello, assigned.ISISL2Hello}},
	ISISLSP:  {words{"lsp"}, "IS-IS packets of the kind LSP", noBytes, ISIS, numbers{assigned.ISISL1LSP, assigned.ISISL2LSP}},
	ISISSNP:  {words{"snp"}, "IS-IS packets of the kind SNP", noBytes, ISIS, numbers{assigned.ISISL2PSNP, assigned.ISISL1PSNP, assigned.ISISL1CSNP, assigned.ISISL2CSNP}},
	ISISCSNP: {words{"csnp"}, "IS-IS packets of the kind CSNP", noBytes, ISIS, numbers{assigned.ISISL1CSNP, assigned.ISISL2CSNP}},
	ISISPSNP: {words{"psnp"}, "IS-IS packets of the kind PSNP", noBytes, ISIS, numbers{assigned.ISISL1PSNP, assigned.ISISL2PSNP}},
	STP:      {words{"stp"}, "spanning tree frames", noBytes, Link, numbers{assigned.SAPSTP}},
	IPX:      {words{"ipx"}, "IPX packets", noBytes, Link, numbers{assigned.SAPIPX}},
	NetBEUI:  {words{"netbeui"}, "NetBEUI frames", noBytes, Link, numbers{assigned.SAPNetBEUI}},
}

// String returns the word of a protocol, as it is in expressions.
func (p Protocol) String() string {
	if p == NoProtocol || p >= protocolCount {
		return ""
	}
	return protocols[p].words[0]
}

// qualifier returns the words for a protocol before others.
func (p Protocol) qualifier() string {
	if p == NoProtocol {
		return ""
	}
	return p.String() + " "
}

// Carried returns what tells that a protocol is there: one of the numbers is what the
// carrier (Link, IP, IP6, ISO, ISIS, or NoProtocol for either of IP and IP6) says it
// carries. There are none for Link.
func (p Protocol) Carried() (by Protocol, numbers []uint32) {
	return protocols[p].carrier, slices.Clone(protocols[p].numbers)
}

// findProtocol returns a protocol's word as a keyword, and false if it is none.
func findProtocol(word string) (keyword, bool) {
	for p, info := range &protocols {
		if slices.Contains(info.words, word) {
			return keyword{word, protocol, uint32(p)}, true
		}
	}
	return keyword{}, false
}

// protocolKeywords returns the words of all protocols.
func protocolKeywords() (list []keyword) {
	for p, info := range &protocols {
		for _, word := range info.words {
			list = append(list, keyword{word, protocol, uint32(p)})
		}
	}
	return list
}

// Protocols returns every protocol that has a word.
func Protocols() []Protocol {
	var all []Protocol
	for p := NoProtocol + 1; p < protocolCount; p++ {
		all = append(all, p)
	}
	return all
}
