//go:build interop && linux

package interop

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	file "mcast/capture" // another function here has its name
	"mcast/internal/nettest"
)

// Others read the captures that we write: the same frames, at the same times.
func TestCaptureFiles(t *testing.T) {
	h := alone(t)
	frames := datagrams()
	for _, extension := range []string{"pcap", "pcapng"} {
		t.Run(extension, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "frames."+extension)
			write(t, name, frames)
			t.Run("tcpdump", func(t *testing.T) { tcpdumpReads(t, h, name, frames) })
			if extension == "pcapng" {
				t.Run("tshark", func(t *testing.T) { tsharkReads(t, h, name, frames) })
			}
		})
	}
}

// datagrams are datagrams to a group, on two interfaces of the same kind: tcpdump
// refuses files of several link types, or several limits of length.
func datagrams() (frames []file.Frame) {
	interfaces := []*file.Interface{
		{Name: "eth0", Description: "uplink", LinkType: 1, SnapLen: 262144, Filter: "udp"},
		{Name: "eth1", LinkType: 1, SnapLen: 262144},
	}
	datagram := "\x01\x00\x5e\x01\x01\x01\x02\x00\x00\x00\x00\x01\x08\x00" +
		"\x45\x00\x00\x24\x00\x01\x40\x00\x01\x11\xc8\xa5\xc0\x00\x02\x01\xef\x01\x01\x01" +
		"\x9c\x40\xc3\x51\x00\x10\x00\x00payload!"
	for n := range 5000 {
		f := file.Frame{
			Data: []byte(datagram), Length: len(datagram), Interface: interfaces[n/7%2], Direction: file.Direction(n % 4),
			Time: time.Unix(1_795_872_600+int64(n), int64(n)*199_999),
		}
		f.Data[42] = 'A' + byte(n%26)
		f.Data = f.Data[:len(f.Data)-n%9]
		if n%100 == 1 {
			f.Comment = fmt.Sprintf("remark %d", n)
		}
		frames = append(frames, f)
	}
	return frames
}

func write(t *testing.T, name string, frames []file.Frame) {
	t.Helper()
	f, err := file.NewFiles(file.FilesConfig{Name: name, Writer: file.WriterConfig{
		Application: "mcast", System: "Linux",
		Statistics: func(*file.Interface) (file.Statistics, bool) {
			return file.Statistics{Received: 5000, Dropped: 7}, true
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, frame := range frames {
		if err := f.Write(&frame); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// reads runs a program that reads a file, and returns what it prints.
func reads(t *testing.T, h *nettest.Host, program string, args ...string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	// tcpdump would become another user, who may not read the file.
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getgid(), Size: 1}},
	}
	h.Start(cmd)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, errs.String())
	}
	return out.Bytes()
}

func tcpdumpReads(t *testing.T, h *nettest.Host, name string, frames []file.Frame) {
	tcpdump := peer(t, "tcpdump")
	lines := strings.Split(strings.TrimSpace(string(reads(t, h, tcpdump, "-r", name, "-tt", "-n", "--nano"))), "\n")
	if len(lines) != len(frames) {
		t.Fatalf("tcpdump prints %d lines for %d frames", len(lines), len(frames))
	}
	for n, line := range lines {
		if want := fmt.Sprintf("%d.%09d IP", frames[n].Time.Unix(), frames[n].Time.Nanosecond()); !strings.HasPrefix(line, want) {
			t.Fatalf("frame %d: tcpdump prints %s, and its time is %s", n, line, want)
		}
	}
	r, err := file.NewReader(bytes.NewReader(reads(t, h, tcpdump, "-r", name, "--time-stamp-precision=nano", "-w", "-")))
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range frames {
		got, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Data, want.Data) || got.Length != want.Length || !got.Time.Equal(want.Time) || got.Interface.LinkType != 1 {
			t.Fatalf("frame %d: tcpdump reads %+v, and it is %+v", n, got, want)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
}

func tsharkReads(t *testing.T, h *nettest.Host, name string, frames []file.Frame) {
	tshark := peer(t, "tshark")
	fields := []string{"-r", name, "-n", "-T", "fields"}
	for _, f := range []string{"time_epoch", "len", "cap_len", "interface_name", "interface_description", "packet_flags_direction", "comment"} {
		fields = append(fields, "-e", "frame."+f)
	}
	direction := map[file.Direction]string{file.DirectionUnknown: "", file.DirectionIn: "0x00000001", file.DirectionOut: "0x00000002", file.DirectionOther: "0x00000001"}
	lines := strings.Split(strings.TrimRight(string(reads(t, h, tshark, fields...)), "\n"), "\n")
	if len(lines) != len(frames) {
		t.Fatalf("tshark prints %d lines for %d frames", len(lines), len(frames))
	}
	for n, line := range lines {
		f := frames[n]
		want := []string{
			fmt.Sprintf("%d.%09d", f.Time.Unix(), f.Time.Nanosecond()), fmt.Sprint(f.Length), fmt.Sprint(len(f.Data)),
			f.Interface.Name, f.Interface.Description, direction[f.Direction], f.Comment,
		}
		if got := strings.Split(line, "\t"); !slices.Equal(got, want) {
			t.Fatalf("frame %d: tshark reads %q, and it is %q", n, got, want)
		}
	}
	about := string(reads(t, h, peer(t, "capinfos"), name))
	for _, want := range []string{"Number of packets:   5", "Capture application: mcast", "Name = eth1", "Filter string = udp", "Number of stat entries = 1", "Number of packets = 2"} {
		if !strings.Contains(about, want) {
			t.Errorf("capinfos does not say %q:\n%s", want, about)
		}
	}
}
