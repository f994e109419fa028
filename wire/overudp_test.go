package wire

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// over returns a frame, in hexadecimal, of a datagram from 192.168.56.103 to
// 224.1.1.5 with this payload. Its checksums are right.
func over(source, destination uint16, payload string) string {
	b, err := hex.DecodeString(strings.ReplaceAll(toGroup+ipHello, " ", ""))
	if err != nil {
		panic(err)
	}
	ip := b[14:]
	binary.BigEndian.PutUint16(ip[2:], uint16(28+len(payload)))
	binary.BigEndian.PutUint16(ip[10:], 0)
	binary.BigEndian.PutUint16(ip[10:], ^addWords(0, string(ip)))
	udp := binary.BigEndian.AppendUint16(nil, source)
	udp = binary.BigEndian.AppendUint16(udp, destination)
	udp = binary.BigEndian.AppendUint16(udp, uint16(8+len(payload)))
	total := addWords(17+8+len(payload), string(ip[12:20])+string(udp)+payload)
	if total == 0xffff {
		total = 0 // a checksum of 0 would say that there is none
	}
	return hex.EncodeToString(binary.BigEndian.AppendUint16(append(b, udp...), ^total)) + hex.EncodeToString([]byte(payload))
}

// addWords adds up a text's 16-bit words in one's complement, in the plainest way.
func addWords(begun int, text string) uint16 {
	for i := range len(text) {
		begun += int(text[i]) << (8 * (1 - i%2))
	}
	for begun > 0xffff {
		begun = begun>>16 + begun&0xffff
	}
	return uint16(begun)
}

// digits returns the bytes of hexadecimal digits as a string.
func digits(s string) string {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return string(b)
}

// patched returns a frame with other bytes from an offset on.
func patched(frame string, at int, with string) string {
	frame = strings.ReplaceAll(frame, " ", "")
	return frame[:2*at] + with + frame[2*at+len(with):]
}

// fieldsOf returns the fields of the first layer of a protocol, in one line.
func fieldsOf(t *testing.T, p *Packet, of Protocol) string {
	t.Helper()
	for i, l := range p.Layers() {
		if l.Protocol == of {
			return fieldsText(p.Fields(i))
		}
	}
	t.Fatalf("no %v in %s", of, layersOf(p))
	return ""
}

func fieldsText(fields []Field) string {
	var words []string
	for _, f := range fields {
		v := f.Value
		text := ""
		switch v.Kind {
		case Number, Flag:
			text = fmt.Sprint(v.Number)
		case Signed:
			text = fmt.Sprint(int64(v.Number))
		case Hex:
			text = fmt.Sprintf("%#x", v.Number)
		case Address:
			text = v.Addr.String()
		case Text:
			text = fmt.Sprintf("%q", v.Bytes)
		case MAC, Bytes:
			text = fmt.Sprintf("%x", v.Bytes)
		case Addresses, Records:
			var parts []string
			for _, e := range v.List {
				if e.Kind == Record {
					parts = append(parts, fieldsText(e.Fields))
				} else {
					parts = append(parts, e.Addr.String())
				}
			}
			text = "[" + strings.Join(parts, "; ") + "]"
		}
		if f.Meaning != "" {
			text += "(" + f.Meaning + ")"
		}
		words = append(words, f.Name+"="+text)
	}
	return strings.Join(words, " ")
}

// decoded is what a frame should be decoded to.
type decoded struct {
	name, frame  string
	layers, line string

	// fields are those of a layer; none: they are not looked at.
	of     Protocol
	fields string
}

func testDecoded(t *testing.T, tests []decoded) {
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := decode(t, tt.frame)
			if got := layersOf(p); got != tt.layers {
				t.Errorf("layers: %s, want %s", got, tt.layers)
			}
			if got := string(p.AppendLine(nil)); got != tt.line {
				t.Errorf("line:\n%s, want\n%s", got, tt.line)
			}
			if tt.of != none {
				if got := fieldsOf(t, p, tt.of); got != tt.fields {
					t.Errorf("fields:\n%s, want\n%s", got, tt.fields)
				}
			}
		})
	}
}

// What is none of the protocols is seldom taken for one, by its looks alone.
func TestRandomPayloadIsPayload(t *testing.T) {
	const datagrams = 20000
	r := rand.New(rand.NewPCG(1, 2))
	counts := map[Protocol]int{}
	udp := make([]byte, 8+1400)
	for range datagrams {
		for i := range udp {
			udp[i] = byte(r.Uint32())
		}
		p := Packet{Data: udp, layers: []Layer{{Protocol: UDP, Payload: 8, End: 9 + r.IntN(1400)}}}
		binary.BigEndian.PutUint16(udp, uint16(32768+r.IntN(28000)))
		binary.BigEndian.PutUint16(udp[2:], uint16(32768+r.IntN(28000)))
		counts[p.overUDP()]++
	}
	for is, n := range counts {
		if is != Payload && n > datagrams/50 {
			t.Errorf("%d of %d are taken for %v", n, datagrams, is)
		}
	}
	t.Log(counts)
}

func TestPortsAndLooks(t *testing.T) {
	tests := []struct {
		name                string
		source, destination uint16
		payload             string
		want                Protocol
	}{
		{"text to the port of mDNS", 5353, 5353, "hello, world", Payload},
		{"text to the port of SAP", 9875, 9875, "hello, world", Payload},
		{"text to the port of SSDP", 1900, 1900, "hello, world", Payload},
		{"text to the port of RTP", 5004, 5004, "hello, world", Payload},
		{"text to the port of PTP", 319, 319, "hello, world", Payload},
		{"text that begins like a packet of MPEG-TS", 40000, 40000, "G" + strings.Repeat("o", 187), Payload},
		{"SSDP to another port", 50000, 50000, "HTTP/1.1 200 OK\r\nST: a\r\n\r\n", SSDP},
		{"RTP from a low port", 123, 40000, digits("80 60 0001 00000002 00000003") + "video", Payload},
		{"RTP of a type that nobody assigned", 40000, 40000, digits("80 30 0001 00000002 00000003") + "video", Payload},
		{"VXLAN answers to nobody", 4789, 40000, digits("08000000 00002a00") + strings.Repeat("x", 20), Payload},
		{"another protocol on the older port of VXLAN", 40000, 8472, digits("08000001 00002a00") + strings.Repeat("x", 20), Payload},
		{"nothing", 5353, 5353, "", Payload},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := decode(t, over(tt.source, tt.destination, tt.payload))
			got := Payload
			if layers := p.Layers(); len(layers) > 3 {
				got = layers[3].Protocol
			}
			if got != tt.want || len(p.Faults()) > 0 {
				t.Errorf("%v %v, want %v", got, p.Faults(), tt.want)
			}
		})
	}
}

// A frame that is right is not called wrong when only its beginning was captured.
func TestCutAnywhere(t *testing.T) {
	var p Packet
	for _, s := range seeds {
		b := frame(t, s)
		p.Decode(LinkEthernet, b, len(b), Options{})
		wrong := len(p.Faults())
		for n := range b {
			p.Decode(LinkEthernet, b[:n:n], len(b), Options{})
			p.AppendLine(nil)
			for i := range p.Layers() {
				p.Fields(i)
			}
			for _, f := range p.Faults() {
				if f.Kind != Cut && wrong == 0 {
					t.Errorf("%d of %d bytes: %s", n, len(b), p.AppendLine(nil))
				}
			}
		}
	}
}
