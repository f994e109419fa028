// Package filter compiles tcpdump's filter expressions to classic BPF, in pure
// Go, and runs the programs on frames in memory.
//
//	p, err := filter.Compile("udp dst port 50001 and dst net 239.0.0.0/8", filter.Options{})
//	if err != nil {
//		return err
//	}
//	if p.Match(frame, len(frame)) {
//		...
//	}
//
// The language is that of pcap-filter(7), and a program keeps the same frames as
// the one that libpcap 1.10.3 compiles; that is tested by comparing the two on
// millions of pairs of generated expressions and frames. On average its programs
// have 0.83 of the instructions of libpcap's optimised ones; now and then one is a
// few instructions longer. The package needs neither libpcap nor
// any file of the host: ports, protocols and types have names in tables
// of its own, and hosts only by [Options.Resolve].
//
// # Files and live captures
//
// A file holds frames as they were on the wire. A packet socket of Linux hands
// out frames without their outermost VLAN tag, and tells the tag, the frame's
// direction and its interface beside. [Options.Live] says for which of the two a
// program is: "vlan", "inbound", "outbound", "ifindex" and "ifname" differ.
//
// # Extensions
//
// Beyond tcpdump, and refused with [Options.Strict]:
//
//	group 239.1.1.1     addressed to that group, or IGMP that speaks of it: queries, reports and
//	group ff15::/16     leaves. Of an IGMPv3 or MLDv2 report, the first 8 records are searched;
//	                    a report with more is kept. The groups of a network, with /LENGTH.
//	mld                 MLD: queries, reports and dones, also behind a hop-by-hop header
//	rtp                 what looks like RTP: UDP, both ports at least 1024, at least 12 bytes,
//	                    version 2, payload type not 72 to 76 (which are RTCP)
//	ifname eth0         the frame came or went by that interface; live captures only
//
// After "host", "net", "port" and the like these words keep tcpdump's meaning,
// as names.
//
// # What surprises
//
// All of this is as in tcpdump:
//
//   - "and" and "or" bind equally, from left to right: "a or b and c" means
//     "(a or b) and c".
//   - A value without a qualifier has that of the value before: "udp port 5000 or
//     5001". ("group" is no such qualifier: "group 239.1.1.1 or group 239.1.1.2".)
//   - "host" and "net" keep ARP and RARP about the address too.
//   - "vlan", "mpls", "pppoes" and "geneve" change where everything to the right of
//     them looks, also in another branch of an "or".
//   - A port is looked for in first fragments of IPv4 only, and in IPv6 only
//     directly behind the IPv6 header. "tcp[…]", "udp[…]" and their like read IPv4
//     only.
//   - "ip multicast" keeps 240.0.0.0/4, and so 255.255.255.255, too.
//   - "less" and "greater" include the number.
//   - Numbers have 32 bits and no sign.
//   - A comparison holds only for frames that have the headers that it reads:
//     "udp[0] != 1" keeps no TCP. But of "+" and the other operations only the
//     left side counts for this: "0 + udp[0] != 1" reads that byte of any frame.
//
// # Rules of this package's own
//
// A read outside the captured bytes ends the program: the frame is not kept, even
// under "not". That is how BPF works; which reads a program does is not always
// what libpcap's would, so frames that were cut short inside headers that the
// expression looks at may be treated otherwise. Conditions are tried from left to
// right, until the outcome is clear; a read whose outcome cannot matter may be left
// out.
//
// A division by zero in a frame ends the program alike. A shift by more than 31 is
// refused if the count is a number and what is shifted is not; if the count comes
// from a frame, it gives 0 in [Program.Match] and libpcap, and the kernel of Linux
// uses the count's lowest five bits. A load whose index is negative, as
// "ip[len - 70]" in a frame of 60 bytes, is outside the frame here and in libpcap;
// the kernel adds header and index with 32 bits, and may find itself inside.
//
// An expression that keeps nothing whatever the frame, such as "ip and arp",
// compiles; tcpdump refuses it. [Program.Constant] tells.
//
// "protochain" looks behind up to 8 headers, and keeps a frame that has more. (libpcap
// loops, which the kernel does not take.)
//
// After "geneve", a frame that has no tunnel is not kept as soon as a test looks
// into it; but a test of Ethernet addresses is false of it, as of a tunnel without
// Ethernet.
//
// Where libpcap's program does not do what its manual says, this package's does:
// "byte 0 & 1" reads the byte, "protochain" finds what is behind AH headers, "mpls
// and geneve and ip" looks for IP inside the tunnel, "geneve and clnp" for CLNP behind
// the 802.2 header there also where the tunnel is not in Ethernet, and a division by
// a byte of the frame is no division by zero. In live programs, "vlan" is not misled
// by a comparison before it, nor "inbound" and "ifindex" by "pppoes".
//
// An expression may have 45000 tests, "geneve" three times, and parentheses 5000
// deep. The kernel takes 4096 instructions, and some words are long: "group" has
// about 150 for IPv4 and 400 for IPv6, and then a few for each further group of an
// "or" or "not … and not …", "protochain" 300, "rtp" 50.
//
// # What is left out
//
// Two things are refused that libpcap accepts or ignores: text after a complete
// value ("portrange 80-90-100"), and names of networks ("net loopback"), which are
// written as numbers. Primitives of link types that this package does not have are
// refused with an error that says so: 802.11 (type, subtype, dir, addr1 to addr4,
// ra, ta, radio), ATM (vpi, vci, lane, oam, …), SS7 (fisu, sio, opc, …), OpenBSD's
// PF (on, rset, rnr, srnr, reason, action) and ARCnet addresses.
package filter
