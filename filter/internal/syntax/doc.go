// Package syntax reads tcpdump's filter language, pcap-filter(7), into a tree,
// and writes the tree as an expression or in words.
//
// What it accepts, and what that means, is as in libpcap 1.10.3, except that
// names come from tables in this package or from functions of the caller, never
// from files, and that there are a few more words (see words.go). Refused is
// what only captures of 802.11, ATM, SS7, PF or ARCnet have, names of networks,
// and text that libpcap ignores silently, such as what comes after the numbers
// in "portrange 80-90x" and in "decnet host 1.2.3". Accepted, unlike there, is
// division by what is no constant, such as "len / ip[0]", and "gateway" also
// with IPv6 addresses.
//
// The way of an expression is: lexer.go cuts it into tokens, parser.go,
// term.go, qualifiers.go and arithmetic.go decide what they are, id.go and
// name.go make nodes of numbers, addresses and names. Everything that can be
// said about what is wrong is in unexpected.go, suggest.go and wireshark.go.
package syntax
