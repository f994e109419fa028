// Package mroute makes a network namespace a multicast router: static routes, and an
// IGMP and MLD proxy (RFC 4605), both by the kernel's own multicast routing. There is
// no daemon: sockets that were opened in the namespace, and a goroutine.
//
// A packet is forwarded if its hop limit is greater than the threshold of the
// interface that it would leave by, which is 1 at least. So what is sent with the
// usual hop limit of 1 stays on its link, and so do groups that mean a link only
// (224.0.0.0/24, ff02::/16).
//
// # Entries
//
// A static route is an entry of the kernel, (S,G) or (*,G), and forwards from the
// first packet on. Entries for any source are made by MRT_ADD_MFC_PROXY, which every
// kernel since Linux 3.8 has.
//
// The proxy has an (S,G) entry for each source that is heard, made when the kernel
// asks for it (IGMPMSG_NOCACHE). Of a burst with which a source begins, the kernel
// keeps only the first packets until then: 4 (Linux 6.18), counting a run of
// segmentation offload as one. Packets that nobody wants have an entry too, by which
// they go nowhere. Entries of sources that have fallen silent are removed after a
// minute.
//
// The kernel's (*,G) and (*,*) entries are said to make a proxy without that, and do
// not: what comes in by a downstream interface and leaves by the upstream one is looped
// back there, since the router is a member of the group there, and that copy
// matches as if it came from upstream (Linux 6.18). It needs the source to tell.
package mroute
