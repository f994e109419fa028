package cli_test

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mcast/internal/nettest"
)

// patience is how long a script waits for what is bound to happen.
const patience = 20 * time.Second

// story is a script that runs.
type story struct {
	t    *testing.T
	host *nettest.Host
	peer *nettest.Host // the other end of the host's cables; nil: it has none
}

// commands are what scripts can do besides testscript's own commands and the
// programs of TestMain.
func (s *story) commands() map[string]func(*testscript.TestScript, bool, []string) {
	commands := map[string]struct {
		usage string
		least int // arguments
		run   func(*testscript.TestScript, []string)
	}{
		"link":     {"link add NAME [[peer=]ADDRESS/BITS...] | up NAME | down NAME | delete NAME | mtu NAME BYTES", 2, s.link},
		"route":    {"route PREFIX NAME", 2, s.route},
		"sysctl":   {"sysctl PATH VALUE", 2, s.sysctl},
		"onpeer":   {"onpeer PROGRAM [ARGUMENT...]", 1, s.onPeer},
		"tmpfs":    {"tmpfs DIRECTORY SIZE", 2, mountTmpfs},
		"waitfile": {"waitfile FILE [TEXT]", 1, waitFile},
		"waitjoin": {"waitjoin GROUP [SOCKETS]", 1, waitJoin},
		"signal":   {"signal INT|TERM|HUP", 1, sendSignal},
		"mask":     {"mask stdout|stderr|FILE", 1, mask},
		"capture":  {"capture FILE pcap|pcap-big|pcapng [link=NUMBER|udp=PORT|tcp=PORT|arp[*COUNT]|cut=BYTES]...", 2, makeCapture},
		"record":   {"record FILE [interface=NAME|comment=TEXT|udp=GROUP:PORT,TEXT|hex=DIGITS|dropped=N]...", 2, record},
		"says":     {"says [LINE...]", 0, says},
	}
	table := map[string]func(*testscript.TestScript, bool, []string){}
	for name, c := range commands {
		table[name] = func(ts *testscript.TestScript, not bool, args []string) {
			if not || len(args) < c.least {
				ts.Fatalf("usage: %s", c.usage)
			}
			c.run(ts, args)
		}
	}
	return table
}

// link makes and changes the host's interfaces. Each is the end of a cable to a
// peer, whose end has the same name, in which \u202e stands for that character.
func (s *story) link(ts *testscript.TestScript, args []string) {
	name := unquoted(ts, args[1])
	switch args[0] {
	case "add":
		if s.peer == nil {
			s.peer = nettest.NewHost(s.t, "peer")
		}
		var here, there []string
		for _, arg := range args[2:] {
			if address, ok := strings.CutPrefix(arg, "peer="); ok {
				there = append(there, address)
			} else {
				here = append(here, arg)
			}
		}
		nettest.Pair(s.t, s.host.NIC(name, here...), s.peer.NIC(name, there...))
	case "up":
		s.host.Up(name)
		s.host.WaitUp(name)
	case "down":
		s.host.Down(name)
	case "delete":
		s.host.DelLink(name)
	case "mtu":
		s.host.SetMTU(name, number(ts, args[2]))
	default:
		ts.Fatalf("link %s is unknown", args[0])
	}
}

func (s *story) route(_ *testscript.TestScript, args []string) { s.host.AddRoute(args[0], args[1]) }

func (s *story) sysctl(_ *testscript.TestScript, args []string) { s.host.Sysctl(args[0], args[1]) }

// onPeer runs a program on the peer.
func (s *story) onPeer(ts *testscript.TestScript, args []string) {
	var err error
	s.peer.Do(func() { err = ts.Exec(args[0], args[1:]...) })
	ts.Check(err)
}

// mountTmpfs mounts a file system in memory, of a size such as 16k. The tests
// have a mount namespace of their own.
func mountTmpfs(ts *testscript.TestScript, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o777))
	ts.Check(syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+args[1]))
	ts.Defer(func() { ts.Check(syscall.Unmount(dir, syscall.MNT_DETACH)) })
}

// waitFile waits for a file, and for a text in it.
func waitFile(ts *testscript.TestScript, args []string) {
	file := ts.MkAbs(args[0])
	eventually(ts, "the file "+args[0], func() bool {
		content, err := os.ReadFile(file)
		return err == nil && (len(args) < 2 || strings.Contains(string(content), args[1]))
	})
}

// waitJoin waits until sockets, one unless a number is given, have joined a
// group. It is for programs that do not say so themselves.
func waitJoin(ts *testscript.TestScript, args []string) {
	group, err := netip.ParseAddr(args[0])
	ts.Check(err)
	want := 1
	if len(args) > 1 {
		want = number(ts, args[1])
	}
	eventually(ts, "a member of "+args[0], func() bool { return members(ts, group) >= want })
}

// members returns how many sockets have joined a group, all interfaces taken
// together.
func members(ts *testscript.TestScript, group netip.Addr) int {
	// IPv4: "\t\t\t\t050101E0     1 0:00000000\t\t0", the address in the host's byte
	// order; IPv6: "2    eth0  ff150000000000000000000000000001     1 00000004 0".
	file, key := "/proc/thread-self/net/igmp6", ""
	if group.Is4() {
		a := group.As4()
		file, key = "/proc/thread-self/net/igmp", strings.ToUpper(strconv.FormatUint(uint64(binary.NativeEndian.Uint32(a[:])), 16))
		key = strings.Repeat("0", 8-len(key)) + key
	} else {
		a := group.As16()
		key = hex.EncodeToString(a[:])
	}
	text, err := os.ReadFile(file)
	ts.Check(err)
	n := 0
	fields := strings.Fields(string(text))
	for i, f := range fields[:len(fields)-1] {
		if f == key {
			n += number(ts, fields[i+1])
		}
	}
	return n
}

// sendSignal sends a signal to the programs that run in the background.
func sendSignal(ts *testscript.TestScript, args []string) {
	signals := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}
	s, ok := signals[args[0]]
	running := ts.BackgroundCmds()
	if !ok || len(running) == 0 {
		ts.Fatalf("signal %s: there is no such signal, or no program in the background", args[0])
	}
	for _, cmd := range running {
		ts.Check(cmd.Process.Signal(s))
	}
}

// masks are what differs from one run to the next, and what stands for it. The
// ports that the kernel chooses have five digits, those in scripts four.
var masks = []struct {
	is   *regexp.Regexp
	mask string
}{
	{regexp.MustCompile(`"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z"`), `"time":"TIME"`},
	{regexp.MustCompile(`"source_port":\d{5}`), `"source_port":PORT`},
	{regexp.MustCompile(`"pid":\d+`), `"pid":PID`},
	{regexp.MustCompile(`"inode":\d+`), `"inode":INODE`},
	{regexp.MustCompile(`"who":"mcast\[\d+\]"`), `"who":"mcast[PID]"`},
	{regexp.MustCompile(`"seen":"(announced|rescan)"`), `"seen":SEEN`},
	{regexp.MustCompile(`"seconds":\d[\d.e-]*`), `"seconds":SECONDS`},
	{regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d\.\d{6} `), `TIME `},
	{regexp.MustCompile(`(?m)^(TIME (?:\S+ (?:in|out|other) )?\S+):\d{5} > `), `$1:PORT > `},
	{regexp.MustCompile(` in \d\S*s \([^)]*/s, [^)]*bit/s\)`), ` in SECONDS (RATES)`},
	{regexp.MustCompile(`, receive buffer [\d.]+ [MK]iB`), `, receive buffer SIZE`},
}

// mask writes text to a file "masked", with words in place of times, ports, rates
// and sizes that differ from run to run.
func mask(ts *testscript.TestScript, args []string) {
	text := ts.ReadFile(args[0])
	for _, m := range masks {
		text = m.is.ReplaceAllString(text, m.mask)
	}
	ts.Check(os.WriteFile(filepath.Join(ts.MkAbs("."), "masked"), []byte(text), 0o666))
}

// says compares what the last program said on standard error with lines.
func says(ts *testscript.TestScript, lines []string) {
	want := ""
	for _, l := range lines {
		want += l + "\n"
	}
	if got := ts.ReadFile("stderr"); got != want {
		ts.Fatalf("standard error has\n%s\nand not\n%s", got, want)
	}
}

func number(ts *testscript.TestScript, text string) int {
	n, err := strconv.Atoi(text)
	ts.Check(err)
	return n
}

// eventually waits until something is so.
func eventually(ts *testscript.TestScript, what string, so func() bool) {
	for deadline := time.Now().Add(patience); !so(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("waited %v for %s", patience, what)
		}
	}
}
