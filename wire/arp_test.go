package wire

import (
	"testing"
)

// Frames made by scapy 2.5.0.
const (
	arpRequest = "01005e0101050200000000010806 " +
		"0001080006040001020000000001c0000201000000000000c000020200000000 " +
		"0000000000000000000000000000 "
	arpReply = "01005e0101050200000000010806 " +
		"0001080006040002020000000001c0000201020000000002c0000202 "
	rarpRequest = "ffffffffffff0200000000018035 " +
		"0001080006040003020000000001c000020202000000000100000000 "
)

func TestARP(t *testing.T) {
	testDecoded(t, []decoded{
		{name: "request", frame: arpRequest,
			layers: "Ethernet ARP Padding",
			line:   "arp who-has 192.0.2.2 tell 192.0.2.1",
			of:     ARP, fields: "hardware_type=1(Ethernet) protocol_type=0x800(IPv4) hardware_size=6 protocol_size=4 operation=1(request) sender_mac=020000000001 sender=192.0.2.1 target_mac=000000000000 target=192.0.2.2"},
		{name: "reply", frame: arpReply,
			layers: "Ethernet ARP",
			line:   "arp 192.0.2.1 is-at 02:00:00:00:00:01"},
		{name: "reverse request", frame: rarpRequest,
			layers: "Ethernet ARP",
			line:   "rarp who-is 02:00:00:00:00:01 tell 02:00:00:00:00:01"},
		{name: "not of Ethernet and IPv4", frame: patched(arpReply, 18, "04040009"),
			layers: "Ethernet ARP Padding",
			line:   "arp inverse reply",
			of:     ARP, fields: "hardware_type=1(Ethernet) protocol_type=0x800(IPv4) hardware_size=4 protocol_size=4 operation=9(inverse reply) addresses=020000000001c0000201020000000002"},
		{name: "truncated", frame: arpReply[:61],
			layers: "Ethernet ARP",
			line:   "arp reply [ARP truncated: 16 bytes, at least 28 needed]"},
		{name: "sizes too large", frame: patched(arpReply, 18, "ffff"),
			layers: "Ethernet ARP",
			line:   "arp reply [ARP truncated: 28 bytes, at least 1028 needed]"},
	})
}
