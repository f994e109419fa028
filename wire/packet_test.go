package wire

import (
	"encoding/hex"
	"strings"
	"testing"
)

// frame returns the bytes of hexadecimal digits; blanks and newlines in between
// are for the reader.
func frame(t testing.TB, digits ...string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(strings.Join(digits, "")), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Parts of frames.
const (
	toGroup   = "01005e010105 080027000103 0800 " // Ethernet, to 224.1.1.5
	ipHello   = "45000029 12344000 0111 8d7a c0a83867 e0010105 "
	helloUDP  = "cd66c351 0015 53c9 "
	helloData = "48656c6c 6f2c2057 6f726c64 21"
)

// decode decodes an Ethernet frame of which everything was captured.
func decode(t testing.TB, digits ...string) *Packet {
	t.Helper()
	var p Packet
	b := frame(t, digits...)
	p.Decode(LinkEthernet, b, len(b), Options{})
	return &p
}

// layersOf returns the names of the layers.
func layersOf(p *Packet) string {
	var names []string
	for _, l := range p.Layers() {
		names = append(names, l.Protocol.String())
	}
	return strings.Join(names, " ")
}

func TestDecode(t *testing.T) {
	tests := []struct{ name, frame, layers, line string }{
		{"UDP", toGroup + ipHello + helloUDP + helloData, "Ethernet IPv4 UDP Payload", "192.168.56.103:52582 > 224.1.1.5:50001 ttl 1 udp 13 B"},
		{"padding", toGroup + ipHello + helloUDP + helloData + "0000", "Ethernet IPv4 UDP Payload Padding", "192.168.56.103:52582 > 224.1.1.5:50001 ttl 1 udp 13 B"},
		{"tag", toGroup[:26] + "8100 000a 0800" + ipHello + helloUDP + helloData, "Ethernet 802.1Q IPv4 UDP Payload", "vlan 10 192.168.56.103:52582 > 224.1.1.5:50001 ttl 1 udp 13 B"},
		{"unknown type", toGroup[:26] + "1234 00", "Ethernet Payload", "08:00:27:00:01:03 > 01:00:5e:01:01:05 type 0x1234 1 B"},
		{"a length", toGroup[:26] + "0003 424203 0000", "Ethernet LLC Padding", "08:00:27:00:01:03 > 01:00:5e:01:01:05 llc STP 0 B"},
		{"nothing", "", "Ethernet", "[Ethernet truncated: 0 bytes, at least 14 needed]"},
		{"half an IPv4 header", toGroup + ipHello[:20], "Ethernet IPv4", "[IPv4 truncated: 9 bytes, at least 20 needed]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := decode(t, tt.frame)
			if got := layersOf(p); got != tt.layers {
				t.Errorf("layers: %s, want %s", got, tt.layers)
			}
			if got := string(p.AppendLine(nil)); got != tt.line {
				t.Errorf("line:\n%s, want\n%s", got, tt.line)
			}
		})
	}
}
