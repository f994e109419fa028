package filter

import (
	"encoding/binary"
	"net/netip"
)

// The frames of the tests are put together from the inside out: a function a
// header, which takes what follows it.

func ether(protocol uint16, payload []byte) []byte {
	frame := []byte{0x01, 0x00, 0x5e, 0x01, 0x01, 0x05, 0x02, 0, 0, 0, 0, 0x01}
	frame = binary.BigEndian.AppendUint16(frame, protocol)
	return append(frame, payload...)
}

func tag(id uint16, protocol uint16, payload []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, id)
	return append(binary.BigEndian.AppendUint16(b, protocol), payload...)
}

// ip4 takes options and the fragment offset, in units of 8 bytes.
func ip4(protocol byte, source, destination string, options []byte, fragment uint16, payload []byte) []byte {
	header := make([]byte, 20, 20+len(options)+len(payload))
	header[0] = 0x40 | byte(5+len(options)/4)
	header[8], header[9] = 1, protocol
	binary.BigEndian.PutUint16(header[2:], uint16(20+len(options)+len(payload)))
	binary.BigEndian.PutUint16(header[6:], fragment)
	s, d := netip.MustParseAddr(source).As4(), netip.MustParseAddr(destination).As4()
	copy(header[12:], s[:])
	copy(header[16:], d[:])
	return append(append(header, options...), payload...)
}

func ip6(next byte, source, destination string, payload []byte) []byte {
	header := make([]byte, 40, 40+len(payload))
	header[0], header[6], header[7] = 0x60, next, 1
	binary.BigEndian.PutUint16(header[4:], uint16(len(payload)))
	s, d := netip.MustParseAddr(source).As16(), netip.MustParseAddr(destination).As16()
	copy(header[8:], s[:])
	copy(header[24:], d[:])
	return append(header, payload...)
}

// extension is an IPv6 extension header of 8*(1+units) bytes.
func extension(next, units byte, payload []byte) []byte {
	header := make([]byte, 8*(1+int(units)))
	header[0], header[1] = next, units
	return append(header, payload...)
}

// authentication is an AH header of 4*(2+units) bytes.
func authentication(next, units byte, payload []byte) []byte {
	header := make([]byte, 4*(2+int(units)))
	header[0], header[1] = next, units
	return append(header, payload...)
}

func udp(source, destination uint16, payload []byte) []byte {
	header := make([]byte, 8, 8+len(payload))
	binary.BigEndian.PutUint16(header, source)
	binary.BigEndian.PutUint16(header[2:], destination)
	binary.BigEndian.PutUint16(header[4:], uint16(8+len(payload)))
	return append(header, payload...)
}

func tcp(source, destination uint16, payload []byte) []byte {
	header := make([]byte, 20, 20+len(payload))
	binary.BigEndian.PutUint16(header, source)
	binary.BigEndian.PutUint16(header[2:], destination)
	header[12], header[13] = 0x50, 0x02
	return append(header, payload...)
}

// routerAlert is what IGMP messages carry in their IPv4 header (RFC 2113).
var routerAlert = []byte{0x94, 4, 0, 0}

// igmp is an IGMP message with one address; IGMPv3's reports are igmpReport.
func igmp(kind byte, group string) []byte {
	a := netip.MustParseAddr(group).As4()
	return append([]byte{kind, 0, 0, 0}, a[:]...)
}

// record is a group record of a report: with sources and units of four bytes
// of auxiliary data.
type record struct {
	group   string
	sources []string
	units   byte
}

// report is an IGMPv3 report, or the ICMPv6 message that is an MLDv2 report.
func report(kind byte, records ...record) []byte {
	b := []byte{kind, 0, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint16(b[6:], uint16(len(records)))
	for _, r := range records {
		b = append(b, 4, r.units)
		b = binary.BigEndian.AppendUint16(b, uint16(len(r.sources)))
		b = append(b, netip.MustParseAddr(r.group).AsSlice()...)
		for _, s := range r.sources {
			b = append(b, netip.MustParseAddr(s).AsSlice()...)
		}
		b = append(b, make([]byte, 4*int(r.units))...)
	}
	return b
}

// mld is an MLD message with one address.
func mld(kind byte, group string) []byte {
	return append([]byte{kind, 0, 0, 0, 0, 0, 0, 0}, netip.MustParseAddr(group).AsSlice()...)
}

func igmpFrame(destination string, message []byte) []byte {
	return ether(0x0800, ip4(2, "192.168.56.101", destination, routerAlert, 0, message))
}

// mldFrame has the hop-by-hop header that MLD comes with.
func mldFrame(destination string, message []byte) []byte {
	return ether(0x86dd, ip6(0, "fe80::1", destination, extension(58, 0, message)))
}

func udpFrame(destination string, port uint16, payload []byte) []byte {
	message := udp(40000, port, payload)
	if netip.MustParseAddr(destination).Is4() {
		return ether(0x0800, ip4(17, "192.168.56.103", destination, nil, 0, message))
	}
	return ether(0x86dd, ip6(17, "fd00::1", destination, message))
}

func geneve(options byte, vni uint32, protocol uint16, payload []byte) []byte {
	b := []byte{options, 0, byte(protocol >> 8), byte(protocol)}
	b = binary.BigEndian.AppendUint32(b, vni<<8)
	return append(append(b, make([]byte, 4*int(options))...), payload...)
}
