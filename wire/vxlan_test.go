package wire

import (
	"testing"
)

const vxlan42 = "08000000 00002a00 "

var (
	vxlanFrame = over(50000, 4789, digits(vxlan42+toGroup+ipHello+helloUDP+helloData))
	vxlanARP   = over(50000, 8472, digits(vxlan42+"ffffffffffff 020000000001 0806 0001 0800 0604 0001 020000000001 0a000001 000000000000 0a000002"))

	vxlanForEver = func() string {
		payload := "x"
		for range mostLayers {
			payload = digits(vxlan42 + over(50000, 4789, payload))
		}
		return over(50000, 4789, payload)
	}()
)

func TestVXLAN(t *testing.T) {
	testDecoded(t, []decoded{
		{name: "a datagram inside", frame: vxlanFrame,
			layers: "Ethernet IPv4 UDP VXLAN Ethernet IPv4 UDP Payload",
			line:   "192.168.56.103:50000 > 224.1.1.5:4789 ttl 1 udp 63 B vxlan vni 42 192.168.56.103:52582 > 224.1.1.5:50001 ttl 1 udp 13 B",
			of:     VXLAN, fields: "flags=0x8 vni=42"},
		{name: "ARP inside", frame: vxlanARP,
			layers: "Ethernet IPv4 UDP VXLAN Ethernet ARP",
			line:   "192.168.56.103:50000 > 224.1.1.5:8472 ttl 1 udp 50 B vxlan vni 42 arp who-has 10.0.0.2 tell 10.0.0.1"},
		{name: "what nobody knows inside", frame: over(50000, 4789, digits("08000000 00002a00 ffffffffffff 020000000001 1234 00")),
			layers: "Ethernet IPv4 UDP VXLAN Ethernet Payload",
			line:   "192.168.56.103:50000 > 224.1.1.5:4789 ttl 1 udp 23 B vxlan vni 42 02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff type 0x1234 1 B"},
		{name: "without a network identifier", frame: over(50000, 4789, digits("00000000 00002a00 0000")),
			layers: "Ethernet IPv4 UDP VXLAN Payload",
			line:   "192.168.56.103:50000 > 224.1.1.5:4789 ttl 1 udp 10 B vxlan [VXLAN marked 0x00, not 0x08]"},
		{name: "truncated", frame: over(50000, 4789, digits("08000000")),
			layers: "Ethernet IPv4 UDP VXLAN",
			line:   "192.168.56.103:50000 > 224.1.1.5:4789 ttl 1 udp 4 B vxlan [VXLAN truncated: 4 bytes, at least 8 needed]"},
		{name: "in itself, for ever", frame: vxlanForEver,
			layers: "Ethernet IPv4 UDP VXLAN Ethernet IPv4 UDP VXLAN Ethernet IPv4 UDP VXLAN Ethernet IPv4 UDP VXLAN Ethernet IPv4 UDP VXLAN Ethernet IPv4 UDP VXLAN",
			line:   "192.168.56.103:50000 > 224.1.1.5:4789 ttl 1 udp 1201 B vxlan vni 42 192.168.56.103:50000 > 224.1.1.5:4789 ttl 1 udp 1151 B vxlan vni 42 192.168.56.103:50000 > 224.1.1.5:4789 ttl 1 udp 1101 B vxlan vni 42 192.168.56.103:50000 > 224.1.1.5:4789 ttl 1 udp 1051 B vxlan vni 42 192.168.56.103:50000 > 224.1.1.5:4789 ttl 1 udp 1001 B vxlan vni 42 192.168.56.103:50000 > 224.1.1.5:4789 ttl 1 udp 951 B vxlan vni 42 [more than 24 layers]"},
	})
}
