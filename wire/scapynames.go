package wire

// The names that scapy 2.5.0 has for numbers, as far as its summaries show them.

var scapyTypes = []name{
	{2048, "IPv4"}, {2053, "X25"}, {2054, "ARP"}, {2056, "FR_ARP"}, {2303, "BPQ"}, {8947, "TRILL"}, {8948, "L2_IS_IS"},
	{25944, "TEB"}, {25945, "RAW_FR"}, {32821, "RARP"}, {32923, "ATALK"}, {33011, "AARP"}, {33024, "n_802_1Q"}, {33079, "IPX"},
	{33169, "NetBEUI"}, {34525, "IPv6"}, {34827, "PPP"}, {34887, "MPLS"}, {34888, "MPLS_MULTI"}, {34892, "ATMMPOA"},
	{34915, "PPP_DISC"}, {34916, "PPP_SES"}, {34948, "ATMFATE"}, {34958, "EAPOL"}, {34984, "802_AD"}, {35015, "EAP_PREAUTH"},
	{35020, "LLDP"}, {35045, "802_1AE"}, {35047, "PBB"}, {35061, "MVRP"}, {35063, "PTP"}, {35078, "FCOE"}, {35092, "FIP"},
	{35093, "ROCE"}, {41197, "6LoWPAN"},
}

// scapyProtocols are those of Debian's /etc/protocols, which scapy reads.
var scapyProtocols = []name{
	{0, "hopopt"}, {1, "icmp"}, {2, "igmp"}, {3, "ggp"}, {4, "ipencap"}, {5, "st"}, {6, "tcp"}, {8, "egp"}, {9, "igp"}, {12, "pup"},
	{17, "udp"}, {20, "hmp"}, {22, "xns_idp"}, {27, "rdp"}, {29, "iso_tp4"}, {33, "dccp"}, {36, "xtp"}, {37, "ddp"},
	{38, "idpr_cmtp"}, {41, "ipv6"}, {43, "ipv6_route"}, {44, "ipv6_frag"}, {45, "idrp"}, {46, "rsvp"}, {47, "gre"}, {50, "esp"},
	{51, "ah"}, {57, "skip"}, {58, "ipv6_icmp"}, {59, "ipv6_nonxt"}, {60, "ipv6_opts"}, {73, "rspf"}, {81, "vmtp"}, {88, "eigrp"},
	{89, "ospf"}, {93, "ax_25"}, {94, "ipip"}, {97, "etherip"}, {98, "encap"}, {103, "pim"}, {108, "ipcomp"}, {112, "vrrp"},
	{115, "l2tp"}, {124, "isis"}, {132, "sctp"}, {133, "fc"}, {135, "mobility_header"}, {136, "udplite"}, {137, "mpls_in_ip"},
	{138, "manet"}, {139, "hip"}, {140, "shim6"}, {141, "wesp"}, {142, "rohc"}, {143, "ethernet"},
}

var scapyARPOperations = []name{
	{3, "RARP-req"}, {4, "RARP-rep"}, {5, "Dyn-RARP-req"}, {6, "Dyn-RAR-rep"}, {7, "Dyn-RARP-err"}, {8, "InARP-req"}, {9, "InARP-rep"},
}

var scapyICMPTypes = []name{
	{0, "echo-reply"}, {3, "dest-unreach"}, {4, "source-quench"}, {5, "redirect"}, {8, "echo-request"}, {9, "router-advertisement"},
	{10, "router-solicitation"}, {11, "time-exceeded"}, {12, "parameter-problem"}, {13, "timestamp-request"}, {14, "timestamp-reply"},
	{15, "information-request"}, {16, "information-response"}, {17, "address-mask-request"}, {18, "address-mask-reply"}, {30, "traceroute"},
	{31, "datagram-conversion-error"}, {32, "mobile-host-redirect"}, {33, "ipv6-where-are-you"}, {34, "ipv6-i-am-here"},
	{35, "mobile-registration-request"}, {36, "mobile-registration-reply"}, {37, "domain-name-request"}, {38, "domain-name-reply"},
	{39, "skip"}, {40, "photuris"},
}

var scapyICMPCodes = []struct {
	of    uint8
	codes []name
}{
	{3, []name{
		{0, "network-unreachable"}, {1, "host-unreachable"}, {2, "protocol-unreachable"}, {3, "port-unreachable"}, {4, "fragmentation-needed"},
		{5, "source-route-failed"}, {6, "network-unknown"}, {7, "host-unknown"}, {9, "network-prohibited"}, {10, "host-prohibited"},
		{11, "TOS-network-unreachable"}, {12, "TOS-host-unreachable"}, {13, "communication-prohibited"}, {14, "host-precedence-violation"},
		{15, "precedence-cutoff"},
	}},
	{5, []name{{0, "network-redirect"}, {1, "host-redirect"}, {2, "TOS-network-redirect"}, {3, "TOS-host-redirect"}}},
	{11, []name{{0, "ttl-zero-during-transit"}, {1, "ttl-zero-during-reassembly"}}},
	{12, []name{{0, "ip-header-bad"}, {1, "required-option-missing"}}},
	{40, []name{
		{0, "bad-spi"}, {1, "authentication-failed"}, {2, "decompression-failed"}, {3, "decryption-failed"}, {4, "need-authentification"},
		{5, "need-authorization"},
	}},
}
