//go:build interop && linux

package interop

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"mcast/filter"
)

// tcpdump itself, as people run it on a file, keeps the frames that we keep.
func TestFilterTcpdump(t *testing.T) {
	tcpdump := peer(t, "tcpdump")
	accepted, refused := listed(t)
	// A file knows no netmask, and tcpdump then says 0.0.0.0.
	accepted = append(accepted, "ip broadcast", "vlan and vlan", "mpls and ip", "pppoes and ip6", "stp or isis", "geneve", "", "ether proto \\stp")
	h := alone(t)
	r := newRandom(seed(t), t.Name())
	frames := mixed(r, 800)
	file := filepath.Join(t.TempDir(), "frames.pcap")
	if err := os.WriteFile(file, capture(filter.Ethernet, frames), 0o666); err != nil {
		t.Fatal(err)
	}
	run := func(expression string) ([]byte, error) {
		var out, errs bytes.Buffer
		cmd := exec.Command(tcpdump, "-r", file, "-w", "-", "--", expression)
		cmd.Stdout, cmd.Stderr = &out, &errs
		// If it were root it would become another user, who may not read the
		// file, or fail to, in the namespace of an ordinary user.
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getgid(), Size: 1}},
		}
		h.Start(cmd)
		err := cmd.Wait()
		if err != nil {
			err = fmt.Errorf("%w: %s", err, errs.String())
		}
		return out.Bytes(), err
	}
	for _, e := range accepted {
		out, err := run(e)
		if err != nil {
			t.Fatalf("tcpdump %q: %v", e, err)
			continue
		}
		p, err := filter.Compile(e, filter.Options{})
		if err != nil {
			t.Errorf("%q: %v", e, err)
			continue
		}
		var kept []int
		for i, f := range frames {
			if p.Match(f.bytes, f.wire) {
				kept = append(kept, i)
			}
		}
		if got := records(t, out); !slices.Equal(got, kept) {
			t.Errorf("%q: tcpdump keeps %d frames and we %d", e, len(got), len(kept))
		}
	}
	for _, e := range refused {
		if _, err := run(e); err == nil || !strings.Contains(err.Error(), "tcpdump: ") {
			t.Errorf("tcpdump says of %q: %v", e, err)
		}
	}
}

// capture is a pcap file of frames. The time of each is its number.
func capture(link filter.LinkType, frames []frame) []byte {
	var b []byte
	for _, n := range []uint32{0xa1b2c3d4, 2 | 4<<16, 0, 0, 262144, uint32(link.Number())} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	for i, f := range frames {
		for _, n := range []uint32{uint32(i), 0, uint32(len(f.bytes)), uint32(f.wire)} {
			b = binary.LittleEndian.AppendUint32(b, n)
		}
		b = append(b, f.bytes...)
	}
	return b
}

// records returns the numbers of the frames of a pcap file.
func records(t *testing.T, b []byte) (numbers []int) {
	t.Helper()
	if len(b) < 24 {
		t.Fatalf("tcpdump wrote %d bytes", len(b))
	}
	for b = b[24:]; len(b) > 0; {
		numbers = append(numbers, int(binary.LittleEndian.Uint32(b)))
		b = b[16+binary.LittleEndian.Uint32(b[8:]):]
	}
	return numbers
}
