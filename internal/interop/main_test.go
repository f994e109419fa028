//go:build interop && linux

package interop

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mcast/internal/nettest"
)

// programs is the environment variable with the directory of mcast, mcastsend and
// mcastrecv as these tests have built them.
const programs = "MCAST_INTEROP_PROGRAMS"

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run builds the programs, unless this is the process inside a namespace, for
// which the one outside has built them.
func run(m *testing.M) int {
	if os.Getenv(programs) == "" {
		dir, err := os.MkdirTemp("", "interop")
		if err == nil {
			defer func() { _ = os.RemoveAll(dir) }()
			err = build(dir)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		if err := os.Setenv(programs, dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return nettest.Isolated{M: m}.Run()
}

func build(dir string) error {
	cmd := exec.Command("go", "build", "-o", dir, "mcast/cmd/...")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd, err, out)
	}
	return nil
}

// patience is how long a test waits for what is bound to happen.
const patience = 20 * time.Second

// network is two hosts on two Ethernets. b's routing table sends multicast to
// eth1, and so that is where b joins when it is not told an interface:
//
//	a ── eth0 ────── eth0 ── b     192.0.2.1, 192.0.2.66 │ 192.0.2.2
//	a ── eth1 ────── eth1 ── b     198.51.100.1          │ 198.51.100.2
func network(t *testing.T) (a, b *nettest.Host) {
	t.Helper()
	a, b = nettest.NewHost(t, "a"), nettest.NewHost(t, "b")
	nettest.Pair(t, a.NIC("eth0", "192.0.2.1/24", "192.0.2.66/24", "2001:db8::1/64"), b.NIC("eth0", "192.0.2.2/24", "2001:db8::2/64"))
	nettest.Pair(t, a.NIC("eth1", "198.51.100.1/24", "2001:db8:1::1/64"), b.NIC("eth1", "198.51.100.2/24", "2001:db8:1::2/64"))
	a.AddRoute("224.0.0.0/4", "eth1")
	b.AddRoute("224.0.0.0/4", "eth1")
	return a, b
}

// process is a program that runs on a host.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  output
	errs output
}

// output gathers what a program prints, for a test to look at meanwhile.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// start starts a program on a host. A name that ends in .py is a script of ours.
// Where another's program is missing the test skips.
func start(t *testing.T, h *nettest.Host, stdin, name string, args ...string) *process {
	t.Helper()
	own := filepath.Join(os.Getenv(programs), name)
	switch {
	case strings.HasSuffix(name, ".py"):
		name, args = peer(t, "/usr/bin/python3"), append([]string{"testdata/" + name}, args...)
	case strings.HasPrefix(name, "mcast"):
		name = own
	default:
		name = peer(t, name)
	}
	p := &process{t: t, cmd: exec.Command(name, args...)}
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = strings.NewReader(stdin), &p.out, &p.errs
	h.Start(p.cmd)
	return p
}

func peer(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		nettest.Skip(t, err.Error())
	}
	return path
}

// prints waits until a program has printed a text.
func (p *process) prints(text string) {
	p.t.Helper()
	p.waitFor(&p.out, text)
}

// says waits until a program has printed a text on standard error.
func (p *process) says(text string) {
	p.t.Helper()
	p.waitFor(&p.errs, text)
}

func (p *process) waitFor(o *output, text string) {
	p.t.Helper()
	nettest.Eventually(p.t, fmt.Sprintf("%v to print %q", p.cmd, text), patience, func() bool {
		return strings.Contains(o.String(), text)
	})
}

// ends waits for a program to end and returns what it printed. Any exit status
// but 0 fails the test.
func (p *process) ends() string {
	p.t.Helper()
	late := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	if err := p.cmd.Wait(); err != nil {
		p.t.Fatalf("%v: %v\n%s\n%s", p.cmd, err, p.out.String(), p.errs.String())
	}
	return p.out.String()
}

// send runs a program that sends, to its end.
func send(t *testing.T, h *nettest.Host, stdin, name string, args ...string) string {
	t.Helper()
	return start(t, h, stdin, name, args...).ends()
}

// waitJoined waits until an IPv4 group is joined on an interface of a host. It is
// for programs that do not say so.
func waitJoined(t *testing.T, h *nettest.Host, name, group string, sockets int) {
	t.Helper()
	nettest.Eventually(t, fmt.Sprintf("%d members of %s on %s", sockets, group, name), patience, func() bool {
		return joined(t, h, group)[name] >= sockets
	})
}
