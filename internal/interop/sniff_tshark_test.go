//go:build interop && linux

package interop

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	file "mcast/capture" // another function here has its name
)

// compared are fields that tshark and mcast have both: what tshark calls them (by
// one of these names), and
// where they are in mcast's JSON: in these layers, by these names.
var compared = []struct{ tshark, layers, paths string }{
	{"vlan.id", "802.1Q 802.1ad", "vlan"},
	{"arp.src.proto_ipv4", "ARP", "sender"},
	{"arp.dst.proto_ipv4", "ARP", "target"},
	{"ip.src", "IPv4", "source"},
	{"ip.dst", "IPv4", "destination"},
	{"ip.ttl", "IPv4", "ttl"},
	{"ip.proto", "IPv4", "protocol"},
	{"ip.id", "IPv4", "identification"},
	{"ip.checksum.status", "IPv4", "checksum_state"},
	{"ipv6.src", "IPv6", "source"},
	{"ipv6.dst", "IPv6", "destination"},
	{"ipv6.hlim", "IPv6", "hop_limit"},
	{"udp.srcport", "UDP", "source_port"},
	{"udp.dstport", "UDP", "destination_port"},
	{"udp.length", "UDP", "length"},
	{"udp.checksum.status", "UDP", "checksum_state"},
	{"tcp.srcport", "TCP", "source_port"},
	{"tcp.dstport", "TCP", "destination_port"},
	{"tcp.checksum.status", "TCP", "checksum_state"},
	{"icmp.type", "ICMP", "type"},
	{"icmp.checksum.status", "ICMP", "checksum_state"},
	{"igmp.type", "IGMP", "type"},
	{"igmp.record_type", "IGMP", "records.type"},
	{"igmp.checksum.status", "IGMP", "checksum_state"},
	{"igmp.qrv", "IGMP", "robustness"},
	{"icmpv6.mldr.mar.record_type", "MLD", "records.type"},
	{"icmpv6.mldr.mar.multicast_address", "MLD", "records.group"},
	{"icmpv6.mldr.mar.source_address", "MLD", "records.sources"},
	{"icmpv6.mld.multicast_address", "MLD", "group"},
	{"icmpv6.mld.source_address", "MLD", "sources"},
	{"icmpv6.checksum.status", "MLD", "checksum_state"},
	{"pim.type", "PIM", "type"},
	{"pim.cksum.status", "PIM", "checksum_state"},
	{"pim.upstream_neighbor pim.upstream_neighbor_ip6", "PIM", "upstream_neighbor"},
	{"pim.join_ip pim.join_ip6", "PIM", "groups.joined.address"},
	{"pim.prune_ip pim.prune_ip6", "PIM", "groups.pruned.address"},
	{"rtp.seq", "RTP", "sequence"},
	{"rtp.ssrc", "RTP", "ssrc"},
	{"rtp.p_type", "RTP", "payload_type"},
	{"dns.qry.name", "DNS MDNS LLMNR", "questions.name"},
	{"dns.resp.name", "DNS MDNS LLMNR", "answers.name authorities.name additionals.name"},
	{"vxlan.vni", "VXLAN", "vni"},
}

// Frames that scapy has made and those that package wire decodes in its tests are,
// field by field, what tshark says.
func TestSniffTshark(t *testing.T) {
	tshark := peer(t, "tshark")
	name := filepath.Join(t.TempDir(), "frames.pcap")
	frames := append(scapyFrames(t, 20), wireFrames(t)...)
	writeFrames(t, name, frames)
	h := alone(t)

	args := []string{"-r", name, "-n", "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator= ",
		"-d", "udp.port==5004,rtp", "-d", "udp.port==6001,rtp", "-d", "udp.port==8472,vxlan",
		"-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE"}
	for _, protocol := range []string{"ip", "udp", "tcp"} {
		args = append(args, "-o", protocol+".check_checksum:TRUE")
	}
	for _, c := range compared {
		for field := range strings.FieldsSeq(c.tshark) {
			args = append(args, "-e", field)
		}
	}
	theirs := strings.Split(strings.TrimSuffix(string(reads(t, h, tshark, args...)), "\n"), "\n")
	ours := sniffed(t, name)
	if len(theirs) != len(frames) || len(ours) != len(frames) {
		t.Fatalf("%d frames: tshark has %d, and we %d", len(frames), len(theirs), len(ours))
	}
	both := map[string]int{}
	for n, f := range ours {
		columns := strings.Split(theirs[n], "\t")
		for _, c := range compared {
			var their []string
			for range strings.Fields(c.tshark) {
				their, columns = append(their, strings.Fields(columns[0])...), columns[1:]
			}
			our := f.values(strings.Fields(c.layers), strings.Fields(c.paths))
			if f.quotes() && len(our) < len(their) {
				their = their[:len(our)]
			}
			if !f.known(c.tshark) {
				continue
			}
			if differs(c.tshark, their, our) {
				t.Errorf("frame %d, %s: tshark has %q, and we %q\n%x\n%s", n, c.tshark, their, our, frames[n], f.Summary)
			}
			if len(their) > 0 && len(our) > 0 {
				both[c.tshark]++
			}
		}
	}
	for _, c := range compared {
		if both[c.tshark] == 0 {
			t.Errorf("no frame had %s", c.tshark)
		}
	}
}

// quotes says that a frame carries the beginning of another packet, of which mcast
// says that it is there and tshark what is in it; or more layers than mcast looks
// for.
func (f *sniffedFrame) quotes() bool {
	return strings.HasSuffix(f.Summary, "[more than 24 layers]") || len(f.values([]string{"ICMP", "ICMPv6"}, []string{"type"})) > 0 ||
		slices.Contains(f.values([]string{"PIM"}, []string{"null_register"}), "true")
}

// known says whether tshark and mcast mean the same by a field of a frame.
func (f *sniffedFrame) known(field string) bool {
	switch {
	case strings.HasPrefix(field, "igmp."):
		// DVMRP, PIM version 1 and router discovery are other protocols to tshark.
		types := f.values([]string{"IGMP"}, []string{"type"})
		return !slices.ContainsFunc(types, func(t string) bool { return t == "19" || t == "20" || t > "34" })
	case field == "pim.cksum.status":
		// A checksum of a whole register is to be accepted (RFC 7761, section 4.9),
		// which tshark 4.0 does not.
		return !slices.Contains(f.values([]string{"PIM"}, []string{"type"}), "1")
	}
	return true
}

// differs compares the values of a field.
func differs(field string, theirs, ours []string) bool {
	if strings.HasSuffix(field, ".status") {
		// tshark verifies more (what ICMP quotes) and less (fragments): what both have
		// judged has to be the same.
		judged := map[string]string{"good": "1", "bad": "0"}
		for i := range min(len(theirs), len(ours)) {
			if verdict := judged[ours[i]]; verdict != "" && (theirs[i] == "0" || theirs[i] == "1") && theirs[i] != verdict {
				return true
			}
		}
		return false
	}
	if field == "dns.resp.name" {
		// tshark has no such field for SRV records.
		return slices.ContainsFunc(theirs, func(name string) bool {
			return !slices.ContainsFunc(ours, func(our string) bool { return equal(name, our) })
		})
	}
	return !slices.EqualFunc(theirs, ours, equal)
}

// equal compares values that may be written in different ways.
func equal(a, b string) bool {
	if a == b || a == "<Root>" && b == "." || a == strings.ReplaceAll(b, `\.`, ".") {
		return true
	}
	x, errX := strconv.ParseUint(a, 0, 64)
	y, errY := strconv.ParseUint(b, 0, 64)
	if errX == nil && errY == nil {
		return x == y
	}
	p, errP := netip.ParseAddr(a)
	q, errQ := netip.ParseAddr(b)
	return errP == nil && errQ == nil && p == q
}

// sniffedFrame is a frame as mcast sniff --json prints it.
type sniffedFrame struct {
	Type    string
	Time    time.Time
	Length  int
	Summary string
	Layers  []map[string]any
}

// values returns the values at some paths in all layers of some names, one after
// the other.
func (f *sniffedFrame) values(layers, paths []string) (list []string) {
	for _, l := range f.Layers {
		if !slices.Contains(layers, l["layer"].(string)) {
			continue
		}
		for _, path := range paths {
			list = append(list, valuesAt(l, strings.Split(path, "."))...)
		}
	}
	return list
}

func valuesAt(v any, path []string) (list []string) {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		for _, e := range v {
			list = append(list, valuesAt(e, path)...)
		}
		return list
	case map[string]any:
		if len(path) > 0 {
			return valuesAt(v[path[0]], path[1:])
		}
	}
	return []string{fmt.Sprint(v)}
}

// sniffed returns the frames of a file as mcast prints them.
func sniffed(t *testing.T, name string, filter ...string) (frames []sniffedFrame) {
	t.Helper()
	if len(filter) == 0 {
		filter = []string{""}
	}
	cmd := exec.Command(filepath.Join(os.Getenv(programs), "mcast"), append([]string{"sniff", "-r", name, "--json"}, filter...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, errs.String())
	}
	d := json.NewDecoder(bytes.NewReader(out))
	d.UseNumber()
	for d.More() {
		var f sniffedFrame
		if err := d.Decode(&f); err != nil {
			t.Fatal(err)
		}
		if f.Type == "frame" {
			frames = append(frames, f)
		}
	}
	return frames
}

// scapyFrames returns frames that scapy has made, so many of each kind.
func scapyFrames(t *testing.T, each int) [][]byte {
	t.Helper()
	return hexLines(t, scapy(t, "", "scapy_frames.py", fmt.Sprint(seed(t)%1_000_000), fmt.Sprint(each)))
}

// wireFrames returns the frames that the tests of package wire decode.
func wireFrames(t *testing.T) [][]byte {
	t.Helper()
	text, err := os.ReadFile("../../wire/testdata/frames.txt")
	if err != nil {
		t.Fatal(err)
	}
	return hexLines(t, text)
}

func hexLines(t *testing.T, text []byte) (list [][]byte) {
	t.Helper()
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		b, err := hex.DecodeString(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, b)
	}
	return list
}

// writeFrames writes frames to a file, a millisecond apart.
func writeFrames(t *testing.T, name string, frames [][]byte) {
	t.Helper()
	ethernet := &file.Interface{LinkType: 1}
	var list []file.Frame
	for i, b := range frames {
		list = append(list, file.Frame{Data: b, Length: len(b), Interface: ethernet, Time: time.UnixMilli(1_795_872_600_000 + int64(i))})
	}
	write(t, name, list)
}
