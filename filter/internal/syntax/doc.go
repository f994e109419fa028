// Package syntax reads tcpdump's filter language, pcap-filter(7), into a tree,
// and writes the tree as an expression or in words.
//
// What it accepts, and what that means, is as in libpcap 1.10.3, except that
// names come from tables in this package or from functions of the caller, never
// from files, and that there are a few more words (the extensions in
// primitives.go). Refused is what only captures of 802.11, ATM, SS7, PF or ARCnet
// have, names of networks, and text that libpcap ignores silently, such as what
// comes after the numbers in "portrange 80-90x" and in "decnet host 1.2.3".
// Accepted, unlike there, is division by what is no constant, such as
// "len / ip[0]", and "gateway" also with IPv6 addresses.
//
// The way of an expression is: lexer.go cuts it into tokens, parser.go,
// term.go, qualifiers.go and arithmetic.go decide what they are, id.go looks which
// primitive numbers, addresses and names belong to. The words that primitives begin
// with are in primitives.go; each primitive, with its node, what reads it, its text
// and its meaning, is in the file that is called like it. canonical.go and
// describe.go put these together.
//
// What is wrong where is in unexpected.go, unexpectedvalue.go and unknown.go. What
// may have been meant is found by hints.go, which tries what the other files
// propose: suggest.go near words, unglued.go missing blanks, phrases.go and
// wireshark.go conditions as other programs have them, reading.go those as people
// write them.
package syntax
