package membership

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"
)

// entry is a group on an interface as the kernel lists it.
type entry struct {
	index   int
	name    string
	group   netip.Addr
	users   int
	version int // IGMP; 0 for IPv6
}

// The files below are read line by line, and a line that is not as expected is
// passed over: a kernel to come may add some. Columns are parted by ASCII space
// alone, for the names of interfaces may have any other, and no colon.

// parseIGMP reads /proc/net/igmp: a line for each interface, and below it one,
// indented, for each group, the address as the kernel's processor reads it:
//
//	2	eth0      :     2      V3
//					010001EF     1 0:00000000		0
func parseIGMP(text []byte) []entry {
	var list []entry
	var on entry // the interface
	for line := range bytes.Lines(text) {
		f := columns(line)
		if len(line) == 0 || len(f) < 2 {
			continue
		}
		if line[0] != '\t' && line[0] != ' ' {
			on = parseIGMPInterface(line)
			continue
		}
		a, err := hex.DecodeString(string(f[0]))
		users, ok := number(f[1])
		if on.index == 0 || err != nil || len(a) != 4 || !ok {
			continue
		}
		e := on
		var raw [4]byte
		binary.NativeEndian.PutUint32(raw[:], binary.BigEndian.Uint32(a))
		e.group, e.users = netip.AddrFrom4(raw), users
		list = append(list, e)
	}
	return list
}

func parseIGMPInterface(line []byte) (e entry) {
	// The name is all that is before the colon: that is padded by spaces.
	index, rest, _ := bytes.Cut(line, []byte{'\t'})
	name, counts, ok := bytes.Cut(rest, []byte{':'})
	f := columns(counts)
	n, isNumber := number(bytes.TrimSpace(index))
	if !ok || !isNumber || len(f) < 2 {
		return entry{} // the headline
	}
	e.index, e.name = n, string(bytes.TrimRight(name, " "))
	if v := f[len(f)-1]; len(v) == 2 && v[0] == 'V' && v[1] >= '1' && v[1] <= '3' {
		e.version = int(v[1] - '0')
	}
	return e
}

// parseIGMP6 reads /proc/net/igmp6:
//
//	2    eth0            ff020000000000000000000000000001     1 0000000C 0
func parseIGMP6(text []byte) []entry {
	var list []entry
	for line := range bytes.Lines(text) {
		f := columns(line)
		if len(f) < 4 {
			continue
		}
		index, ok1 := number(f[0])
		group, ok2 := address6(f[2])
		users, ok3 := number(f[3])
		if ok1 && ok2 && ok3 && index > 0 {
			list = append(list, entry{index: index, name: string(f[1]), group: group, users: users})
		}
	}
	return list
}

// place is a group on an interface.
type place struct {
	index int
	group netip.Addr
}

// parseMcfilter reads /proc/net/mcfilter and adds to a map; the names are cut:
//
//	Idx Device        MCA        SRC    INC    EXC
//	  2   eth0 0xe8010101 0xc0000207      1      0
func parseMcfilter(text []byte, to map[place][]ListedSource) {
	address := func(b []byte) (netip.Addr, bool) {
		b, ok := bytes.CutPrefix(b, []byte("0x"))
		raw, err := hex.DecodeString(string(b))
		if !ok || err != nil || len(raw) != 4 {
			return netip.Addr{}, false
		}
		return netip.AddrFrom4([4]byte(raw)), true
	}
	parseFilters(text, to, address)
}

// parseMcfilter6 reads /proc/net/mcfilter6:
//
//	Idx Device                Multicast Address                   Source Address    INC    EXC
//	  2   eth0 ff3e0000000000000000000000008001 20010db8000000000000000000000007      1      0
func parseMcfilter6(text []byte, to map[place][]ListedSource) { parseFilters(text, to, address6) }

func parseFilters(text []byte, to map[place][]ListedSource, address func([]byte) (netip.Addr, bool)) {
	for line := range bytes.Lines(text) {
		f := columns(line)
		if len(f) < 6 {
			continue
		}
		index, ok1 := number(f[0])
		group, ok2 := address(f[2])
		source, ok3 := address(f[3])
		include, ok4 := number(f[4])
		exclude, ok5 := number(f[5])
		if ok1 && ok2 && ok3 && ok4 && ok5 {
			p := place{index, group}
			to[p] = append(to[p], ListedSource{source, include, exclude})
		}
	}
}

// address6 reads an IPv6 address of 32 hexadecimal digits.
func address6(b []byte) (netip.Addr, bool) {
	raw, err := hex.DecodeString(string(b))
	if err != nil || len(raw) != 16 {
		return netip.Addr{}, false
	}
	return netip.AddrFrom16([16]byte(raw)), true
}

// reports are how many MLD reports an interface has sent, by version.
type reports struct{ v1, v2 uint64 }

// parseSNMP6 reads /proc/net/dev_snmp6/INTERFACE: names and numbers.
func parseSNMP6(text []byte) (r reports) {
	for line := range bytes.Lines(text) {
		f := columns(line)
		if len(f) != 2 {
			continue
		}
		n, err := strconv.ParseUint(string(f[1]), 10, 64)
		if err != nil {
			continue
		}
		switch string(f[0]) {
		case "Icmp6OutGroupMembResponses":
			r.v1 = n
		case "Icmp6OutMLDv2Reports":
			r.v2 = n
		}
	}
	return r
}

// parseIfInet6 reads /proc/net/if_inet6 and calls each with the addresses of the
// interfaces:
//
//	fe800000000000000000000000000001 02 40 20 80     eth0
func parseIfInet6(text []byte, each func(index int, a netip.Addr)) {
	for line := range bytes.Lines(text) {
		f := columns(line)
		if len(f) < 6 {
			continue
		}
		a, ok := address6(f[0])
		index, err := strconv.ParseUint(string(f[1]), 16, 31)
		if ok && err == nil {
			each(int(index), a)
		}
	}
}

// columns parts a line at ASCII white space.
func columns(line []byte) [][]byte {
	return bytes.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' })
}

// number reads a number that fits an int32, from 0 up.
func number(b []byte) (int, bool) {
	n, err := strconv.ParseUint(string(b), 10, 31)
	return int(n), err == nil
}
