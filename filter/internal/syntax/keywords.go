package syntax

import (
	"slices"
	"strings"
)

// keyword is a word with a meaning of its own.
type keyword struct {
	word  string
	kind  kind
	value uint32
}

// Families of keywords that belong to captures of another kind.
const (
	wifi = iota
	atm
	ss7
	pf
	arcnetFamily
)

var families = [...]string{
	wifi:         "802.11",
	atm:          "ATM",
	ss7:          "SS7",
	pf:           "PF (pflog)",
	arcnetFamily: "ARCnet",
}

// keywords are the words of libpcap's language, sorted, but for protocols and for
// those that primitives begin with.
var keywords = [...]keyword{
	{"action", foreign, pf},
	{"addr1", foreign, wifi},
	{"addr2", foreign, wifi},
	{"addr3", foreign, wifi},
	{"addr4", foreign, wifi},
	{"address1", foreign, wifi},
	{"address2", foreign, wifi},
	{"address3", foreign, wifi},
	{"address4", foreign, wifi},
	{"and", and, 0},
	{"bcc", foreign, atm},
	{"connectmsg", foreign, atm},
	{"dir", foreign, wifi},
	{"direction", foreign, wifi},
	{"dpc", foreign, ss7},
	{"dst", destination, 0},
	{"fisu", foreign, ss7},
	{"gateway", gateway, 0},
	{"hdpc", foreign, ss7},
	{"hfisu", foreign, ss7},
	{"hlssu", foreign, ss7},
	{"hmsu", foreign, ss7},
	{"hopc", foreign, ss7},
	{"host", host, 0},
	{"hsio", foreign, ss7},
	{"hsls", foreign, ss7},
	{"ilmic", foreign, atm},
	{"lane", foreign, atm},
	{"len", frameLength, 0},
	{"length", frameLength, 0},
	{"lssu", foreign, ss7},
	{"lsu", foreign, ss7},
	{"mask", mask, 0},
	{"metac", foreign, atm},
	{"metaconnect", foreign, atm},
	{"msu", foreign, ss7},
	{"net", net, 0},
	{"not", not, 0},
	{"oam", foreign, atm},
	{"oamf4", foreign, atm},
	{"oamf4ec", foreign, atm},
	{"oamf4sc", foreign, atm},
	{"on", foreign, pf},
	{"opc", foreign, ss7},
	{"or", or, 0},
	{"port", port, 0},
	{"portrange", portRange, 0},
	{"proto", proto, 0},
	{"protochain", protoChain, 0},
	{"ra", foreign, wifi},
	{"radio", foreign, wifi},
	{"reason", foreign, pf},
	{"rnr", ruleNumber, 0},
	{"rset", foreign, pf},
	{"rulenum", ruleNumber, 0},
	{"ruleset", foreign, pf},
	{"sc", foreign, atm},
	{"sio", foreign, ss7},
	{"sls", foreign, ss7},
	{"src", source, 0},
	{"srnr", foreign, pf},
	{"subrulenum", foreign, pf},
	{"subtype", foreign, wifi},
	{"ta", foreign, wifi},
	{"type", foreign, wifi},
	{"vci", foreign, atm},
	{"vpi", foreign, atm},
}

// constants are the words that stand for a number: positions in a header, types
// of ICMP and ICMPv6 messages, flags of TCP. Sorted.
var constants = [...]keyword{
	{"icmp-echo", number, 8},
	{"icmp-echoreply", number, 0},
	{"icmp-ireq", number, 15},
	{"icmp-ireqreply", number, 16},
	{"icmp-maskreply", number, 18},
	{"icmp-maskreq", number, 17},
	{"icmp-paramprob", number, 12},
	{"icmp-redirect", number, 5},
	{"icmp-routeradvert", number, 9},
	{"icmp-routersolicit", number, 10},
	{"icmp-sourcequench", number, 4},
	{"icmp-timxceed", number, 11},
	{"icmp-tstamp", number, 13},
	{"icmp-tstampreply", number, 14},
	{"icmp-unreach", number, 3},
	{"icmp6-certpathadvert", number, 149},
	{"icmp6-certpathsolicit", number, 148},
	{"icmp6-destinationunreach", number, 1},
	{"icmp6-echo", number, 128},
	{"icmp6-echoreply", number, 129},
	{"icmp6-homeagentdiscoveryreply", number, 145},
	{"icmp6-homeagentdiscoveryrequest", number, 144},
	{"icmp6-ineighbordiscoveryadvert", number, 142},
	{"icmp6-ineighbordiscoverysolicit", number, 141},
	{"icmp6-mobileprefixadvert", number, 147},
	{"icmp6-mobileprefixsolicit", number, 146},
	{"icmp6-multicastlistenerdone", number, 132},
	{"icmp6-multicastlistenerquery", number, 130},
	{"icmp6-multicastlistenerreportv1", number, 131},
	{"icmp6-multicastlistenerreportv2", number, 143},
	{"icmp6-multicastrouteradvert", number, 151},
	{"icmp6-multicastroutersolicit", number, 152},
	{"icmp6-multicastrouterterm", number, 153},
	{"icmp6-neighboradvert", number, 136},
	{"icmp6-neighborsolicit", number, 135},
	{"icmp6-nodeinformationquery", number, 139},
	{"icmp6-nodeinformationresponse", number, 140},
	{"icmp6-packettoobig", number, 2},
	{"icmp6-parameterproblem", number, 4},
	{"icmp6-redirect", number, 137},
	{"icmp6-routeradvert", number, 134},
	{"icmp6-routerrenum", number, 138},
	{"icmp6-routersolicit", number, 133},
	{"icmp6-timeexceeded", number, 3},
	{"icmp6code", number, 1},
	{"icmp6type", number, 0},
	{"icmpcode", number, 1},
	{"icmptype", number, 0},
	{"tcp-ack", number, 0x10},
	{"tcp-cwr", number, 0x80},
	{"tcp-ece", number, 0x40},
	{"tcp-fin", number, 0x01},
	{"tcp-push", number, 0x08},
	{"tcp-rst", number, 0x04},
	{"tcp-syn", number, 0x02},
	{"tcp-urg", number, 0x20},
	{"tcpflags", number, 13},
}

// findKeyword returns what a word means, and false if it is a name.
func findKeyword(text string) (keyword, bool) {
	byWord := func(k keyword, word string) int { return strings.Compare(k.word, word) }
	if i, ok := slices.BinarySearchFunc(keywords[:], text, byWord); ok {
		return keywords[i], true
	}
	if i, ok := slices.BinarySearchFunc(constants[:], text, byWord); ok {
		return constants[i], true
	}
	if w := findPrimitive(text); w != nil && !w.isName() {
		return keyword{text, word, 0}, true
	}
	return findProtocol(text)
}

// allKeywords returns the keywords, those of protocols and primitives too.
func allKeywords() []keyword {
	list := append(protocolKeywords(), keywords[:]...)
	for i := range primitives {
		if w := &primitives[i]; !w.isName() {
			list = append(list, keyword{w.word, word, 0})
		}
	}
	return list
}
