// Package interop has tests of mcast against other programs: Python's sockets,
// socat, iperf 2, tcpdump and its libpcap, tshark and scapy. They are behind a
// build tag, because they need these:
//
//	go test -tags interop ./internal/interop
package interop
