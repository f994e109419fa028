//go:build interop && linux

package lab_test

import (
	"bytes"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mcast"
	"mcast/internal/nettest"
	"mcast/lab"
)

func peer(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		nettest.Skip(t, err.Error())
	}
	return path
}

// tcpdump gives up root's rights after it has opened the interface, and gives its file away.
func TestTcpdumpRootless(t *testing.T) {
	tcpdump := peer(t, "tcpdump")
	if asOrdinaryUser(t) {
		return
	}
	for name, args := range map[string][]string{
		"prints":            {},
		"as another user":   {"-Z", "nobody"},
		"writes":            {"-w", "file.pcap"},
		"writes in files":   {"-w", "file.pcap", "-C", "1", "-Z", "nobody"},
		"writes and prints": {"-w", "file.pcap", "--print"},
	} {
		t.Run(name, func(t *testing.T) {
			l := start(t, twoHosts())
			cmd := exec.Command(tcpdump, append([]string{"-n", "-i", "eth0", "-c", "1", "--immediate-mode", "udp port 5000"}, args...)...)
			cmd.Dir = t.TempDir()
			errs := &lines{}
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, errs
			if err := l.Host("b").Start(cmd); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			nettest.Eventually(t, "tcpdump to listen, or to end", 10*time.Second, func() bool {
				return strings.Contains(errs.String(), "listening on") || len(ended) > 0
			})
			s := openSender(t, l.Host("a"), mcast.OffloadAuto)
			if err := s.Send(t.Context(), []byte("hello")); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; err != nil {
				t.Fatalf("%v: %s", err, errs.String())
			}
			if !strings.Contains(errs.String(), "1 packet captured") {
				t.Errorf("it says %s", errs.String())
			}
			if strings.HasPrefix(name, "writes") {
				files, err := filepath.Glob(filepath.Join(cmd.Dir, "file.pcap*"))
				if err != nil || len(files) != 1 {
					t.Fatalf("it wrote %v, %v", files, err)
				}
				if info, err := os.Stat(files[0]); err != nil || info.Size() < 24+16+42+5 {
					t.Errorf("it wrote %v, %v", info, err)
				}
			}
			if wantPrinted := !strings.HasPrefix(name, "writes") || name == "writes and prints"; wantPrinted != strings.Contains(out.String(), "192.0.2.1.4000 > 239.1.1.1.5000") {
				t.Errorf("it printed %q", out.String())
			}
		})
	}
}

// A server in Python gives up root's rights in the order in which it is done by the book.
func TestPythonRootless(t *testing.T) {
	python := peer(t, "/usr/bin/python3")
	if asOrdinaryUser(t) {
		return
	}
	const script = `
import os, pwd
nobody = pwd.getpwnam("nobody")
open("file", "w").close()
os.chown("file", nobody.pw_uid, nobody.pw_gid)
os.initgroups("nobody", nobody.pw_gid)
os.setgroups([nobody.pw_gid])
os.setresgid(nobody.pw_gid, nobody.pw_gid, nobody.pw_gid)
os.setresuid(nobody.pw_uid, nobody.pw_uid, nobody.pw_uid)
print("done")
`
	l := start(t, twoHosts())
	cmd := exec.Command(python, "-c", script)
	cmd.Dir = t.TempDir()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := l.Host("a").Start(cmd); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || out.String() != "done\n" {
		t.Errorf("%v: it prints %s", err, out.String())
	}
}

// smcrouted has its socket in /run, which is the host's own, and becomes another user.
//
//	a ── eth0 ── left ── eth0 ── r ── eth1 ── right ── eth0 ── b
func TestSmcrouteRootless(t *testing.T) {
	// It is where ordinary users do not look.
	smcrouted := peer(t, "/usr/sbin/smcrouted")
	if asOrdinaryUser(t) {
		return
	}
	l := start(t, &lab.Topology{
		Name:     "routed",
		Segments: []lab.Segment{{Name: "left", Kind: lab.Hub}, {Name: "right", Kind: lab.Hub}},
		Hosts: []lab.Host{
			{Name: "a", Interfaces: []lab.Interface{{Name: "eth0", Segment: "left", Addresses: prefixes("192.0.2.1/24")}}},
			{
				Name: "r", Router: &lab.Router{},
				Interfaces: []lab.Interface{
					{Name: "eth0", Segment: "left", Addresses: prefixes("192.0.2.254/24")},
					{Name: "eth1", Segment: "right", Addresses: prefixes("198.51.100.254/24")},
				},
			},
			{
				Name: "b", Gateway: netip.MustParseAddr("198.51.100.254"),
				Interfaces: []lab.Interface{{Name: "eth0", Segment: "right", Addresses: prefixes("198.51.100.2/24")}},
			},
		},
	})
	config := filepath.Join(t.TempDir(), "smcroute.conf")
	if err := os.WriteFile(config, []byte("mroute from eth0 group 239.1.1.1 to eth1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	said := &lines{}
	cmd := exec.Command(smcrouted, "-n", "-l", "info", "-p", "nobody", "-f", config)
	cmd.Stdout, cmd.Stderr = said, said
	if err := l.Host("r").Start(cmd); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	nettest.Eventually(t, "smcrouted to answer", 10*time.Second, func() bool {
		if len(ended) > 0 {
			t.Fatalf("smcrouted ended: %v\n%s", <-ended, said)
		}
		ask := exec.Command("/usr/sbin/smcroutectl", "show", "routes")
		return l.Host("r").Start(ask) == nil && ask.Wait() == nil
	})
	r := openReceiver(t, l.Host("b"))
	var s *mcast.Sender
	err := l.Host("a").Do(func() (err error) {
		s, err = mcast.NewSender(testGroup(t), mcast.SenderConfig{HopLimit: 2})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Send(t.Context(), []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if err := receiveAll(t.Context(), r, 1); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}

// lines gathers what a program prints, for a test to look at meanwhile.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
