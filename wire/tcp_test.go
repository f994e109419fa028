package wire

import (
	"testing"
)

// Frames made by scapy 2.5.0.
const (
	tcpSYN = "01005e0101050200000000010800 " +
		"4500003c000100004006f6b7c0000201c000020201bbc3500000000100000002 " +
		"a012faf003cc0000020405b40402080a0000000b0000001601030307 "
	tcpSelective = "01005e0101050200000000010800 " +
		"45000041000100004006f6b2c0000201c000020201bbc3500000000100000002 " +
		"a0182000a8d300000101051200000064000000c80000012c0000019068656c6c " +
		"6f "
)

func TestTCP(t *testing.T) {
	testDecoded(t, []decoded{
		{name: "SYN", frame: tcpSYN,
			layers: "Ethernet IPv4 TCP",
			line:   "192.0.2.1:443 > 192.0.2.2:50000 ttl 64 tcp SA seq 1 ack 2 win 64240 0 B",
			of:     TCP, fields: `source_port=443 destination_port=50000 sequence=1 acknowledgment=2 header_length=40 ae=0 cwr=0 ece=0 urg=0 ack=1 psh=0 rst=0 syn=1 fin=0 window=64240 checksum=0x3cc urgent_pointer=0 options=[kind=2(maximum segment size) mss=1460; kind=4(SACK permitted); kind=8(timestamps) timestamp=11 echo=22; kind=1(no operation); kind=3(window scale) scale=7] checksum_state="good"`},
		{name: "SACK", frame: tcpSelective,
			layers: "Ethernet IPv4 TCP Payload",
			line:   "192.0.2.1:443 > 192.0.2.2:50000 ttl 64 tcp PA seq 1 ack 2 win 8192 5 B",
			of:     TCP, fields: `source_port=443 destination_port=50000 sequence=1 acknowledgment=2 header_length=40 ae=0 cwr=0 ece=0 urg=0 ack=1 psh=1 rst=0 syn=0 fin=0 window=8192 checksum=0xa8d3 urgent_pointer=0 options=[kind=1(no operation); kind=1(no operation); kind=5(SACK) blocks=[left=100 right=200; left=300 right=400]] checksum_state="good"`},
		{name: "header too small", frame: patched(tcpSYN, 46, "4012"),
			layers: "Ethernet IPv4 TCP",
			line:   "192.0.2.1:443 > 192.0.2.2:50000 ttl 64 tcp SA seq 1 ack 2 win 64240 20 B [bad TCP checksum 0x03cc, right is 0x63cc; bad TCP length 16: at least 20 possible]"},
		{name: "header too large", frame: patched(tcpSelective, 46, "f018"),
			layers: "Ethernet IPv4 TCP",
			line:   "192.0.2.1:443 > 192.0.2.2:50000 ttl 64 tcp PA seq 1 ack 2 win 8192 0 B [bad TCP checksum 0xa8d3, right is 0x58d3; TCP truncated: 45 bytes, at least 60 needed]"},
		{name: "an option too long", frame: patched(tcpSYN, 55, "40"),
			layers: "Ethernet IPv4 TCP",
			line:   "192.0.2.1:443 > 192.0.2.2:50000 ttl 64 tcp SA seq 1 ack 2 win 64240 0 B [bad TCP checksum 0x03cc, right is 0x0390; bad TCP length 64: at most 20 possible]"},
		{name: "an option without length", frame: patched(tcpSYN, 55, "00"),
			layers: "Ethernet IPv4 TCP",
			line:   "192.0.2.1:443 > 192.0.2.2:50000 ttl 64 tcp SA seq 1 ack 2 win 64240 0 B [bad TCP checksum 0x03cc, right is 0x03d0; bad TCP length 0: at least 2 possible]"},
		{name: "truncated", frame: patched(tcpSYN, 16, "001e"),
			layers: "Ethernet IPv4 TCP Padding",
			line:   "192.0.2.1:443 > 192.0.2.2:50000 ttl 64 tcp [bad IPv4 checksum 0xf6b7, right is 0xf6d5; TCP truncated: 10 bytes, at least 20 needed]"},
	})
}
