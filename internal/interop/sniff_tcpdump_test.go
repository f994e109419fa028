//go:build interop && linux

package interop

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// tcpdump prints a line for each of these frames, and in it the tags, addresses and
// ports that mcast finds outermost.
func TestSniffTcpdump(t *testing.T) {
	tcpdump := peer(t, "tcpdump")
	name := filepath.Join(t.TempDir(), "frames.pcap")
	frames := append(scapyFrames(t, 20), wireFrames(t)...)
	writeFrames(t, name, frames)
	theirs := strings.Split(strings.TrimSuffix(string(reads(t, alone(t), tcpdump, "-r", name, "-n", "-e", "-q", "-t")), "\n"), "\n")
	ours := sniffed(t, name)
	if len(theirs) != len(frames) || len(ours) != len(frames) {
		t.Fatalf("%d frames: tcpdump has %d, and we %d", len(frames), len(theirs), len(ours))
	}
	compared := 0
	for n, f := range ours {
		for _, want := range f.inTcpdump() {
			if compared++; !strings.Contains(theirs[n], want) {
				t.Errorf("frame %d: we see %q, and tcpdump %s\n%x\n%s", n, want, theirs[n], frames[n], f.Summary)
			}
		}
	}
	if compared < 3*len(frames)/2 {
		t.Errorf("only %d parts of %d frames were compared", compared, len(frames))
	}
}

// inTcpdump returns what has to be in tcpdump's line for a frame.
func (f *sniffedFrame) inTcpdump() (parts []string) {
	var source, destination string
	ip, extended := 0, false
	for _, l := range f.Layers {
		switch l["layer"] {
		case "802.1Q", "802.1ad":
			if ip == 0 {
				parts = append(parts, fmt.Sprintf("vlan %v, p %v", l["vlan"], l["priority"]))
			}
		case "IPv4", "IPv6":
			if ip++; ip == 1 {
				source, destination = fmt.Sprint(l["source"]), fmt.Sprint(l["destination"])
			}
		case "IPv6Fragment", "IPv6Destination", "IPv6Routing":
			extended = true // which comes between addresses and ports
		case "UDP", "TCP":
			if ip == 1 && !extended && l["destination_port"] != nil {
				return append(parts, fmt.Sprintf("%s.%v > %s.%v: ", source, l["source_port"], destination, l["destination_port"]))
			}
		}
	}
	if ip > 0 {
		parts = append(parts, source+" > "+destination+": ")
	}
	return parts
}
