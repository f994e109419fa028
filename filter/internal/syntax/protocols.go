package syntax

import "slices"

// Protocol is a protocol's name as a qualifier or as a primitive.
type Protocol uint8

// The protocols of the language, by the words that they are written with.
const (
	NoProtocol Protocol = iota // nothing is said
	Link                       // ether, link, ppp, slip, fddi, tr, wlan: all the same
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
	protocols // how many there are
)

// protocolInfo is what the language has of a protocol.
type protocolInfo struct {
	words []string // the first is how expressions are written back
	means string   // as a condition of its own; "" if it is none
	bytes access
}

// access tells whether there is PROTOCOL[…].
type access uint8

const (
	noBytes   access = iota
	hasBytes         // in every frame of the protocol
	ipv4Bytes        // where it is carried by IPv4, in the first fragment
)

// protocolInfos are the protocols, by Protocol. What they mean for each link type is
// package codegen's.
var protocolInfos = [protocols]protocolInfo{
	Link:     {[]string{"ether", "fddi", "link", "ppp", "slip", "tr", "wlan"}, "", hasBytes},
	IP:       {[]string{"ip"}, "IPv4 packets", hasBytes},
	IP6:      {[]string{"ip6"}, "IPv6 packets", hasBytes},
	ARP:      {[]string{"arp"}, "ARP frames", hasBytes},
	RARP:     {[]string{"rarp"}, "RARP frames", hasBytes},
	TCP:      {[]string{"tcp"}, "TCP segments (over IPv4 or IPv6)", ipv4Bytes},
	UDP:      {[]string{"udp"}, "UDP datagrams (over IPv4 or IPv6)", ipv4Bytes},
	SCTP:     {[]string{"sctp"}, "SCTP packets (over IPv4 or IPv6)", ipv4Bytes},
	ICMP:     {[]string{"icmp"}, "ICMP messages (of IPv4)", ipv4Bytes},
	ICMP6:    {[]string{"icmp6"}, "ICMPv6 messages that come directly behind the IPv6 header or a fragment header (MLD does not)", hasBytes},
	IGMP:     {[]string{"igmp"}, "IGMP messages (multicast membership, in IPv4)", ipv4Bytes},
	IGRP:     {[]string{"igrp"}, "IGRP packets (over IPv4)", ipv4Bytes},
	PIM:      {[]string{"pim"}, "PIM messages (multicast routing, over IPv4 or IPv6)", ipv4Bytes},
	VRRP:     {[]string{"vrrp"}, "VRRP messages (over IPv4)", ipv4Bytes},
	CARP:     {[]string{"carp"}, "CARP messages (over IPv4, with the protocol number of VRRP)", ipv4Bytes},
	AH:       {[]string{"ah"}, "packets with an IPsec authentication header (over IPv4 or IPv6)", noBytes},
	ESP:      {[]string{"esp"}, "encrypted IPsec packets (ESP, over IPv4 or IPv6)", noBytes},
	ATalk:    {[]string{"atalk"}, "AppleTalk packets", hasBytes},
	AARP:     {[]string{"aarp"}, "AppleTalk address resolution frames", noBytes},
	DECnet:   {[]string{"decnet"}, "DECnet packets", hasBytes},
	LAT:      {[]string{"lat"}, "DEC LAT frames", hasBytes},
	SCA:      {[]string{"sca"}, "DEC SCA frames", hasBytes},
	MOPRC:    {[]string{"moprc"}, "DEC MOP remote console frames", hasBytes},
	MOPDL:    {[]string{"mopdl"}, "DEC MOP dump and load frames", hasBytes},
	ISO:      {[]string{"iso"}, "ISO (OSI) packets", noBytes},
	ESIS:     {[]string{"esis", "es-is"}, "ES-IS packets", noBytes},
	ISIS:     {[]string{"isis", "is-is"}, "IS-IS packets", noBytes},
	CLNP:     {[]string{"clnp"}, "CLNP packets", noBytes},
	ISISL1:   {[]string{"l1"}, "IS-IS packets of level 1", noBytes},
	ISISL2:   {[]string{"l2"}, "IS-IS packets of level 2", noBytes},
	ISISIIH:  {[]string{"iih"}, "IS-IS packets of the kind IIH", noBytes},
	ISISLSP:  {[]string{"lsp"}, "IS-IS packets of the kind LSP", noBytes},
	ISISSNP:  {[]string{"snp"}, "IS-IS packets of the kind SNP", noBytes},
	ISISCSNP: {[]string{"csnp"}, "IS-IS packets of the kind CSNP", noBytes},
	ISISPSNP: {[]string{"psnp"}, "IS-IS packets of the kind PSNP", noBytes},
	STP:      {[]string{"stp"}, "spanning tree frames", noBytes},
	IPX:      {[]string{"ipx"}, "IPX packets", noBytes},
	NetBEUI:  {[]string{"netbeui"}, "NetBEUI frames", noBytes},
}

// String returns the word of a protocol, as it is in expressions.
func (p Protocol) String() string {
	if p == NoProtocol || p >= protocols {
		return ""
	}
	return protocolInfos[p].words[0]
}

// qualifier returns the words for a protocol before others.
func (p Protocol) qualifier() string {
	if p == NoProtocol {
		return ""
	}
	return p.String() + " "
}

// findProtocol returns a protocol's word as a keyword, and false if it is none.
func findProtocol(word string) (keyword, bool) {
	for p, info := range &protocolInfos {
		if slices.Contains(info.words, word) {
			return keyword{word, protocol, uint32(p)}, true
		}
	}
	return keyword{}, false
}

// protocolKeywords returns the words of all protocols.
func protocolKeywords() (list []keyword) {
	for p, info := range &protocolInfos {
		for _, word := range info.words {
			list = append(list, keyword{word, protocol, uint32(p)})
		}
	}
	return list
}

// Protocols returns every protocol that has a word.
func Protocols() []Protocol {
	var all []Protocol
	for p := NoProtocol + 1; p < protocols; p++ {
		all = append(all, p)
	}
	return all
}
