//go:build interop && linux

package interop

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	file "mcast/capture" // another function here has its name
	"mcast/internal/nettest"
)

// tcpdump and mcast capture the same traffic side by side: the same frames, byte for
// byte and with the kernel's times, tags included; and each reads what the other has
// written.
//
//	a ── eth0 ────── eth0 ── b     both capture on b
func TestSniffBesideTcpdump(t *testing.T) {
	tcpdump := peer(t, "tcpdump")
	a, b := network(t)
	dir := t.TempDir()
	theirs, ours := filepath.Join(dir, "theirs.pcap"), filepath.Join(dir, "ours.pcapng")
	const expression = "udp or igmp or vlan or arp"

	their := tcpdumps(t, b, tcpdump, "-i", "eth0", "-n", "-U", "-s", "0", "--time-stamp-precision=nano", "-w", theirs, expression)
	their.says("listening on")
	our := start(t, b, "", "mcast", "sniff", "-i", "eth0", "-w", ours, expression)
	our.says("capturing on eth0")

	send(t, a, "", "mcast", "send", "239.1.1.1:5000", "--size", "700", "--count", "300", "-i", "eth0", "--offload", "off")
	send(t, a, "", "mcast", "send", "[ff15::1]:5000", "--size", "64", "--count", "300", "-i", "eth0", "--offload", "off")
	r := start(t, b, "", "mcast", "recv", "192.0.2.7@232.1.1.1:5000", "-i", "eth0", "--timeout", "10ms", "--min", "0")
	r.ends()
	sendRaw(t, a, "eth0", tagged(t))
	send(t, a, "", "mcast", "send", "239.1.1.1:6000", "last", "-i", "eth0")

	for _, p := range []*process{their, our} {
		name := map[*process]string{their: theirs, our: ours}[p]
		nettest.Eventually(t, "the last datagram in "+filepath.Base(name), patience, func() bool {
			content, err := os.ReadFile(name)
			return err == nil && bytes.Contains(content, []byte("last"))
		})
		if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		_ = p.cmd.Wait() // mcast's exit status is 130
	}
	if !strings.Contains(our.errs.String(), ", 0 dropped by the kernel") {
		t.Errorf("mcast sniff says %s", our.errs.String())
	}
	want, got := readAll(t, theirs), readAll(t, ours)
	allTheirs, allOurs := len(want), len(got)
	want, got = upTo(want, "last"), upTo(got, "last")
	if len(want) != len(got) || len(want) < 602 {
		t.Fatalf("tcpdump has captured %d frames, and we %d", len(want), len(got))
	}
	tags := 0
	for n := range want {
		if !bytes.Equal(want[n].Data, got[n].Data) || want[n].Length != got[n].Length || !want[n].Time.Equal(got[n].Time) {
			t.Fatalf("frame %d: tcpdump has %v %x, and we %v %x", n, want[n].Time, want[n].Data, got[n].Time, got[n].Data)
		}
		if bytes.Equal(want[n].Data[12:14], []byte{0x81, 0}) {
			tags++
		}
	}
	if tags == 0 {
		t.Error("no frame has a tag")
	}
	if lines := strings.Count(string(reads(t, b, tcpdump, "-n", "-r", ours)), "\n"); lines != allOurs {
		t.Errorf("tcpdump reads %d frames of ours, of %d", lines, allOurs)
	}
	if n := len(sniffed(t, theirs)); n != allTheirs {
		t.Errorf("mcast reads %d frames of tcpdump's, of %d", n, allTheirs)
	}
}

// upTo returns the frames up to the one with a text. One of two that capture ends
// before the other, and a report may come in between.
func upTo(frames []file.Frame, text string) []file.Frame {
	n := slices.IndexFunc(frames, func(f file.Frame) bool { return bytes.Contains(f.Data, []byte(text)) })
	return frames[:n+1]
}

// tcpdumps starts tcpdump on a host. As root it insists on calling setgroups, which
// the user namespace of an ordinary user does not let it. That is no fault of the
// machine, so the test is then left out even where none may be.
func tcpdumps(t *testing.T, h *nettest.Host, tcpdump string, args ...string) *process {
	t.Helper()
	if may, err := os.ReadFile("/proc/self/setgroups"); err == nil && strings.TrimSpace(string(may)) == "deny" {
		t.Skip("tcpdump does not capture in the user namespace of an ordinary user")
	}
	p := &process{t: t, cmd: exec.Command(tcpdump, append([]string{"-Z", "root"}, args...)...)}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	h.Start(p.cmd)
	return p
}

// tagged is a datagram with a VLAN tag.
func tagged(t *testing.T) []byte {
	t.Helper()
	for _, b := range wireFrames(t) {
		if bytes.Equal(b[12:14], []byte{0x81, 0}) {
			return b
		}
	}
	t.Fatal("no frame of package wire has a tag")
	return nil
}

// sendRaw sends a frame as it is.
func sendRaw(t *testing.T, h *nettest.Host, name string, frame []byte) {
	t.Helper()
	index := h.Interface(name).Index
	var err error
	h.Do(func() {
		var fd int
		if fd, err = syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, 0); err != nil {
			return
		}
		defer syscall.Close(fd) //nolint:errcheck // nothing is to be done about it
		err = syscall.Sendto(fd, frame, 0, &syscall.SockaddrLinklayer{Ifindex: index})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// readAll returns the frames of a file.
func readAll(t *testing.T, name string) (frames []file.Frame) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := file.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for {
		frame, err := r.Next()
		if errors.Is(err, io.EOF) {
			return frames
		}
		if err != nil {
			t.Fatal(err)
		}
		frame.Data = bytes.Clone(frame.Data)
		frames = append(frames, frame)
	}
}
