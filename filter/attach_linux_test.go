package filter_test

import (
	"errors"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"mcast/filter"
	"mcast/internal/nettest"
)

// attached are expressions that use every part of the compiler.
var attached = []string{
	"",
	"udp", "tcp", "sctp", "icmp", "icmp6", "igmp", "pim", "ip", "ip6", "arp", "rarp", "vrrp", "ah", "esp",
	"host 192.0.2.1", "src host 192.0.2.1", "dst host 2001:db8::1", "host 192.0.2.1 or host 2001:db8::1", "arp host 192.0.2.1",
	"net 192.0.2.0/24", "net 2001:db8::/32", "dst net 224.0.0.0/4", "net 10.0.5.0 mask 255.0.255.0",
	"ether host 02:00:00:00:00:01", "ether dst 01:00:5e:01:01:01", "ether proto 0x88f7", "ether multicast", "ether broadcast",
	"port 53", "udp dst port 50001", "tcp src port 80", "portrange 6000-6010", "udp portrange 1-65535", "not port 53",
	"ip proto 2", "ip6 proto 58", "proto 17", "ip protochain 17", "ip6 protochain 17",
	"ip multicast", "ip6 multicast", "ip broadcast", "less 64", "greater 1000", "len > 100 and len < 200",
	"vlan", "vlan 100", "vlan 100 and udp port 5000", "vlan and vlan 7 and ip6", "mpls", "mpls 100 and udp", "pppoed", "pppoes 7 and ip", "geneve 5 and udp",
	"llc", "stp", "ipx", "netbeui", "iso", "isis", "clnp", "aarp", "atalk", "decnet host 1.2",
	"inbound", "outbound", "ifindex 2", "not inbound and udp",
	"ip[0] & 0xf != 5", "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "udp[8:4] = 0x80000000", "ip[2:2] - ip[0] * 4 > 100", "ip6[40] >> 4 = 3",
	"ether[0] & 1 = 1", "len / 3 % 5 = 2", "udp[ip[0]:2] = 7", "-ip[1] = 255", "ip[6:2] & 0x1fff = 0 and ip[8] < 2", "1 << ip[0] != 0",
	"(udp or tcp) and not (port 53 or port 123) and (src net 10.0.0.0/8 or dst net 224.0.0.0/4)",
	"group 239.1.1.1", "group 239.0.0.0/8", "group ff15::/16", "mld", "rtp", "igmp or mld or (udp and group 239.1.1.1)",
}

// TestAttach shows each program to the kernel, which checks what is attached to a
// socket of whatever kind, by the same rules, and without a privilege.
func TestAttach(t *testing.T) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	if err := attach(fd, []unix.SockFilter{{Code: 0x06}}); err != nil {
		nettest.Skip(t, "this kernel attaches no filters: "+err.Error())
	}
	tried := 0
	for _, expression := range attached {
		compiled := 0
		for _, l := range filter.LinkTypes() {
			for _, live := range []bool{false, true} {
				if live && (l == filter.LinuxSLL || l == filter.LinuxSLL2) {
					continue // the kernel's filter does not see these
				}
				p, err := filter.Compile(expression, filter.Options{LinkType: l, Live: live, Netmask: netip.MustParseAddr("255.255.255.0")})
				var wrong *filter.Error
				if errors.As(err, &wrong) {
					continue // not for every link type
				}
				if err != nil {
					t.Errorf("%q for %v, live %v: %v", expression, l, live, err)
					continue
				}
				compiled++
				var program []unix.SockFilter
				for _, in := range p.Instructions() {
					program = append(program, unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K})
				}
				if err := attach(fd, program); err != nil {
					t.Errorf("%q for %v, live %v: the kernel refuses it: %v", expression, l, live, err)
				}
			}
		}
		if compiled == 0 {
			t.Errorf("%q compiles for no link type", expression)
		}
		tried += compiled
	}
	t.Logf("%d programs attached", tried)
}

// attach attaches a program in the place of the one before.
func attach(fd int, program []unix.SockFilter) error {
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]})
}
