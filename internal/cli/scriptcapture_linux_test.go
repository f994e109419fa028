package cli_test

import (
	"encoding/binary"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// makeCapture writes a capture file:
//
//	capture FILE pcap|pcap-big|pcapng [link=NUMBER] [udp=PORT|tcp=PORT|arp[*COUNT]]... [cut=BYTES]
//
// The link type is that of what follows; in pcapng each makes another interface.
func makeCapture(ts *testscript.TestScript, args []string) {
	f := captureFile{order: binary.LittleEndian, ng: args[1] == "pcapng"}
	if args[1] == "pcap-big" {
		f.order = binary.BigEndian
	}
	words := args[2:]
	if len(words) == 0 || !strings.HasPrefix(words[0], "link=") {
		words = append([]string{"link=1"}, words...)
	}
	for _, w := range words {
		w, times, _ := strings.Cut(w, "*")
		kind, value, _ := strings.Cut(w, "=")
		n := 0
		if value != "" {
			n = number(ts, value)
		}
		count := 1
		if times != "" {
			count = number(ts, times)
		}
		switch kind {
		case "link":
			f.link(n)
		case "cut":
			f.b = f.b[:len(f.b)-n]
		default:
			for range count {
				f.frame(kind, uint16(n))
			}
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), f.b, 0o666))
}

// captureFile is a capture in the making.
type captureFile struct {
	order    binary.AppendByteOrder
	ng       bool
	linkType int
	links    int
	b        []byte
}

func (f *captureFile) u32(b []byte, values ...uint32) []byte {
	for _, v := range values {
		b = f.order.AppendUint32(b, v)
	}
	return b
}

// link begins the file, or describes another interface.
func (f *captureFile) link(linkType int) {
	f.linkType = linkType
	f.links++
	switch {
	case !f.ng:
		f.b = f.u32(nil, 0xa1b2c3d4)
		f.b = f.order.AppendUint16(f.b, 2)
		f.b = f.order.AppendUint16(f.b, 4)
		f.b = f.u32(f.b, 0, 0, 262144, uint32(linkType))
		return
	case f.links == 1:
		f.b = f.u32(nil, 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 1<<32-1, 1<<32-1, 28)
	}
	f.b = f.u32(f.b, 1, 20, uint32(linkType), 0, 20)
}

// frame adds a frame to a port.
func (f *captureFile) frame(kind string, port uint16) {
	protocol := map[string]byte{"udp": 17, "tcp": 6}[kind]
	ip := []byte{0x45, 0, 0, 40, 0, 0, 0, 0, 1, protocol, 0, 0, 192, 0, 2, 1, 239, 1, 1, 1}
	ip = binary.BigEndian.AppendUint16(ip, 40000)
	ip = binary.BigEndian.AppendUint16(ip, port)
	ip = append(ip, make([]byte, 16)...)
	var data []byte
	switch f.linkType {
	case 0:
		data = f.u32(nil, 2)
	case 1:
		data = []byte{1, 0, 0x5e, 1, 1, 1, 2, 0, 0, 0, 0, 1, 8, 0}
		if kind == "arp" {
			data[13] = 6
		}
	}
	data = append(data, ip...)
	n := uint32(len(data))
	if !f.ng {
		f.b = append(f.u32(f.b, 1, 2, n, n), data...)
		return
	}
	for len(data)%4 != 0 {
		data = append(data, 0)
	}
	total := uint32(32 + len(data))
	f.b = append(f.u32(f.b, 6, total, uint32(f.links-1), 0, 0, n, n), data...)
	f.b = f.u32(f.b, total)
}
