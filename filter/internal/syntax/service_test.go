package syntax

import "testing"

// libpcap takes a name for a port of TCP, UDP and SCTP if TCP and UDP both have
// it, and else for one of the protocol that has it.
func TestServices(t *testing.T) {
	for _, test := range [...]struct {
		name      string
		port      uint16
		protocols Transports
	}{
		{"http", 80, OnTCP},
		{"www", 80, OnTCP}, // an alias
		{"domain", 53, AnyTransport},
		{"mdns", 5353, OnUDP},
		{"ptp-event", 319, OnUDP},
		{"ptp-general", 320, OnUDP},
		{"sap", 9875, OnUDP},
		{"ssdp", 1900, AnyTransport},
		{"llmnr", 5355, AnyTransport},
		{"vxlan", 4789, OnUDP},
		{"geneve", 6081, OnUDP},
		{"stun", 3478, AnyTransport},
		{"syslog", 514, AnyTransport}, // of TCP it is an alias of shell
		{"zephyr-clt", 2103, OnUDP},
	} {
		p := &parser{}
		if got := p.findService(token{}, test.name); got != (service{test.name, test.port, test.protocols}) {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
}

func TestProtocolNumbers(t *testing.T) {
	for _, test := range [...]struct {
		of     Protocol
		name   string
		number uint32
		ok     bool
	}{
		{IP, "igmp", 2, true},
		{NoProtocol, "IGMP", 2, true},
		{IP6, "ipv6-icmp", 58, true},
		{IP, "icmp6", 0, false},
		{IP, "arp", 0, false},
		{Link, "arp", 0x0806, true},
		{Link, "ip6", 0x86dd, true},
		{Link, "stp", 0x42, true},
		{Link, "udp", 0, false},
		{ISO, "esis", 0x82, true},
		{ISIS, "esis", 0, false},
	} {
		if got, ok := findProtocolNumber(test.of, test.name); got != test.number || ok != test.ok {
			t.Errorf("%v %s: %d, %t", test.of, test.name, got, ok)
		}
	}
}
