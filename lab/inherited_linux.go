package lab

import (
	"cmp"
	"strings"
)

// A new network namespace has some settings from the machine that it is on: those of IPv4, and with
// net.core.devconf_inherit_init_net those of IPv6, for "all" and "default". Distributions and container
// engines change them (rp_filter, forwarding), and the same topology would be another network there.

// kernelSettings are the kernel's own values (Linux 6.18): for all, and for default where that is another.
// Writing a setting may change those that follow it.
var kernelSettings = []struct{ family, name, all, normal string }{
	{"ipv4", "forwarding", "0", ""},
	{"ipv4", "accept_local", "0", ""},
	{"ipv4", "accept_redirects", "1", ""},
	{"ipv4", "accept_source_route", "0", "1"},
	{"ipv4", "arp_accept", "0", ""},
	{"ipv4", "arp_announce", "0", ""},
	{"ipv4", "arp_evict_nocarrier", "1", ""},
	{"ipv4", "arp_filter", "0", ""},
	{"ipv4", "arp_ignore", "0", ""},
	{"ipv4", "arp_notify", "0", ""},
	{"ipv4", "bc_forwarding", "0", ""},
	{"ipv4", "drop_gratuitous_arp", "0", ""},
	{"ipv4", "drop_unicast_in_l2_multicast", "0", ""},
	{"ipv4", "force_igmp_version", "0", ""},
	{"ipv4", "igmpv2_unsolicited_report_interval", "10000", ""},
	{"ipv4", "igmpv3_unsolicited_report_interval", "1000", ""},
	{"ipv4", "ignore_routes_with_linkdown", "0", ""},
	{"ipv4", "log_martians", "0", ""},
	{"ipv4", "promote_secondaries", "0", ""},
	{"ipv4", "proxy_arp", "0", ""},
	{"ipv4", "proxy_arp_pvlan", "0", ""},
	{"ipv4", "route_localnet", "0", ""},
	{"ipv4", "rp_filter", "0", ""},
	{"ipv4", "secure_redirects", "1", ""},
	{"ipv4", "send_redirects", "1", ""},
	{"ipv4", "shared_media", "1", ""},
	{"ipv4", "src_valid_mark", "0", ""},
	{"ipv6", "disable_ipv6", "0", ""},
	{"ipv6", "forwarding", "0", ""},
	{"ipv6", "accept_ra", "1", ""},
	{"ipv6", "accept_redirects", "1", ""},
	{"ipv6", "accept_source_route", "0", ""},
	{"ipv6", "addr_gen_mode", "0", ""},
	{"ipv6", "autoconf", "1", ""},
	{"ipv6", "dad_transmits", "1", ""},
	{"ipv6", "drop_unicast_in_l2_multicast", "0", ""},
	{"ipv6", "drop_unsolicited_na", "0", ""},
	{"ipv6", "force_mld_version", "0", ""},
	{"ipv6", "hop_limit", "64", ""},
	{"ipv6", "ignore_routes_with_linkdown", "0", ""},
	{"ipv6", "keep_addr_on_down", "0", ""},
	{"ipv6", "mldv1_unsolicited_report_interval", "10000", ""},
	{"ipv6", "mldv2_unsolicited_report_interval", "1000", ""},
	{"ipv6", "ndisc_notify", "0", ""},
	{"ipv6", "proxy_ndp", "0", ""},
	{"ipv6", "suppress_frag_ndisc", "1", ""},
	{"ipv6", "use_tempaddr", "0", ""},
}

// inherited returns what has to be set in a namespace that was made like that of the calling
// thread, for it to have the kernel's own values. It is asked once for all hosts, since on most machines
// there is little to set.
func inherited() (settings []sysctl) {
	for _, k := range kernelSettings {
		for _, of := range []sysctl{{"all", k.all}, {"default", cmp.Or(k.normal, k.all)}} {
			path := strings.Join([]string{"net", k.family, "conf", of.path, k.name}, "/")
			if now := readSysctl(path); now != "" && now != of.value { // "": this kernel has no such setting
				settings = append(settings, sysctl{path, of.value})
			}
		}
	}
	return settings
}
