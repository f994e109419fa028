package cli_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mcast/internal/nettest"
)

// inspection is CAP_DAC_READ_SEARCH, CAP_NET_RAW and CAP_SYS_PTRACE, as /proc shows them.
const inspection = "0000000000082004"

// TestFollowRights runs the program, however it was built, with rights from wherever,
// and looks at what it has, and at what the command has that it runs.
func TestFollowRights(t *testing.T) {
	for _, b := range builds {
		t.Run(b.name, func(t *testing.T) {
			program := buildMcast(t, b.cgo, b.args...)
			t.Run("root", func(t *testing.T) { testFollowAsRoot(t, program) })
			if b.cgo {
				return
			}
			t.Run("file", func(t *testing.T) { testFollowFileRights(t, program) })
			t.Run("ambient", func(t *testing.T) { testFollowAmbientRights(t, program) })
			t.Run("none", func(t *testing.T) { testFollowNoRights(t, program) })
			if othersExist(t) {
				t.Run("setuid", func(t *testing.T) { testFollowSetuid(t, program) })
			}
		})
	}
}

// testFollowAsRoot: what is kept is enough to look into other processes and to hear
// interfaces that come. The command has all that root has.
//
//	h ── eth0 ────── eth0 ── peer
func testFollowAsRoot(t *testing.T, program string) {
	h, peer := nettest.NewHost(t, "h"), nettest.NewHost(t, "peer")
	k := newHook(t)
	ready := filepath.Join(foreignDirectory(t), "ready")
	s := startFollow(t, h, exec.Command(program, "groups", "-f", "-4", "--ready-file", ready, "--exec", k.script))
	s.rights(t, s.cmd.Process.Pid, inspection, inspection, inspection)
	nettest.Eventually(t, "the ready file", patience, func() bool {
		_, err := os.Stat(ready)
		return err == nil
	})
	join := exec.Command(program, "recv", "239.1.1.1:5000", "-i", "lo", "--timeout", "10s", "--min", "0")
	if othersExist(t) {
		join.SysProcAttr = ordinaryUser(t) // whose processes it looks into
	}
	h.Start(join)
	s.wait(t, fmt.Sprintf("join 239.1.1.1 on lo: any source, IGMPv3, mcast[%d]", join.Process.Pid))
	got := k.ran(t, `"group":"239.1.1.1"`)
	own := statusLines(t, "/proc/self/status")
	for _, key := range []string{"CapPrm", "CapEff", "CapBnd", "NoNewPrivs", "Uid"} {
		if got[key] != own[key] {
			t.Errorf("%s of the command is %s, and that of who runs it %s", key, got[key], own[key])
		}
	}
	nettest.Pair(t, h.NIC("eth0", "192.0.2.1/24"), peer.NIC("eth0", "192.0.2.2/24"))
	peer.Do(func() {
		if out, err := exec.Command(program, "recv", "239.2.2.2:5000", "-i", "eth0", "--timeout", "100ms", "--min", "0").CombinedOutput(); err != nil {
			t.Fatalf("recv: %v\n%s", err, out)
		}
	})
	s.wait(t, "leave 239.2.2.2 on eth0")
	s.rights(t, s.cmd.Process.Pid, inspection, inspection, inspection)
	s.end(t, os.Interrupt, 130)
	if c := children(t, s.cmd.Process.Pid); len(c) > 0 {
		t.Errorf("it did not wait for %v", c)
	}
}

// testFollowFileRights: the file has capabilities, and the user has none, so neither has
// the command.
func testFollowFileRights(t *testing.T, program string) {
	h := nettest.NewHost(t, "h")
	k := newHook(t)
	cmd := exec.Command(grant(t, program, "\x06\x20\x08\x00"), "groups", "-f", "-4", "--exec", k.script)
	cmd.SysProcAttr = ordinaryUserHere(t)
	s := startFollow(t, h, cmd)
	s.rights(t, s.cmd.Process.Pid, inspection, noRights, "")
	if c := children(t, s.cmd.Process.Pid); len(c) > 0 {
		t.Errorf("it has helpers %v, whose rights are not the user's", c)
	}
	join(t, h, program)
	k.has(t, noRights, noRights, "1", "1000")
	if othersExist(t) {
		// A process of root's. One that lives that short may be gone before a busy machine is
		// looked at again.
		nettest.Eventually(t, "an event of a process of root's", patience, func() bool {
			join(t, h, program)
			return strings.Contains(s.text(), "mcast[")
		})
	}
	s.end(t, os.Interrupt, 130)
}

// testFollowAmbientRights: a service is started with a capability. It is the command's, too.
func testFollowAmbientRights(t *testing.T, program string) {
	const capNetRaw = 13
	h := nettest.NewHost(t, "h")
	k := newHook(t)
	cmd := exec.Command(program, "groups", "-f", "-4", "--exec", k.script)
	if !othersExist(t) {
		t.Skip("in a user namespace of one user there is no other one to be; as root there is") // no lack of the machine
	}
	cmd.SysProcAttr = ordinaryUser(t)
	cmd.SysProcAttr.AmbientCaps = []uintptr{capNetRaw}
	s := startFollow(t, h, cmd)
	s.rights(t, s.cmd.Process.Pid, netRaw, netRaw, "")
	join(t, h, program)
	k.has(t, netRaw, netRaw, "0", "1000")
	s.end(t, os.Interrupt, 130)
}

// testFollowNoRights: who has nothing to give up may run what he may run elsewhere.
func testFollowNoRights(t *testing.T, program string) {
	h := nettest.NewHost(t, "h")
	k := newHook(t)
	cmd := exec.Command(program, "groups", "-f", "-4", "--exec", k.script)
	cmd.SysProcAttr = ordinaryUserHere(t)
	s := startFollow(t, h, cmd)
	s.wait(t, "events on the wire are not shown: that takes CAP_NET_RAW")
	join(t, h, program)
	k.has(t, noRights, noRights, "0", "1000")
	s.end(t, os.Interrupt, 130)
}

// testFollowSetuid: neither are a setuid file's rights the user's.
func testFollowSetuid(t *testing.T, program string) {
	file := filepath.Join(tmpfs(t), "mcast")
	content, err := os.ReadFile(program)
	if err := errors.Join(err, os.WriteFile(file, content, 0o755), os.Chmod(file, 0o755|fs.ModeSetuid)); err != nil {
		t.Fatal(err)
	}
	h := nettest.NewHost(t, "h")
	k := newHook(t)
	cmd := exec.Command(file, "groups", "-f", "-4", "--exec", k.script)
	cmd.Env = append(os.Environ(), "MCAST_PRIVILEGE=beside:0:0")
	cmd.SysProcAttr = ordinaryUser(t)
	s := startFollow(t, h, cmd)
	s.rights(t, s.cmd.Process.Pid, inspection, inspection, inspection)
	if c := children(t, s.cmd.Process.Pid); len(c) > 0 {
		t.Errorf("it has helpers %v", c)
	}
	join(t, h, program)
	k.has(t, noRights, noRights, "1", "1000")
	s.end(t, os.Interrupt, 130)
}

// TestFollowElsewhere: another process's network namespace is looked at, and heard, by
// who has no right any more to enter it. The command stays here.
//
//	here        there ── eth0 ────── eth0 ── peer
func TestFollowElsewhere(t *testing.T) {
	program := buildMcast(t, false)
	here, there, peer := nettest.NewHost(t, "here"), nettest.NewHost(t, "there"), nettest.NewHost(t, "peer")
	nettest.Pair(t, there.NIC("eth0", "192.0.2.1/24"), peer.NIC("eth0", "192.0.2.2/24"))
	living := exec.Command("sleep", "60")
	there.Start(living)
	pid := fmt.Sprint(living.Process.Pid)
	heard := func(t *testing.T, s *sniffProcess, name string) {
		t.Helper()
		nettest.Eventually(t, name+" to be listened to", patience, func() bool {
			_, all := there.Watchers(name)
			return all == 1
		})
		peer.Do(func() {
			out, err := exec.Command(program, "recv", "239.2.2.2:5000", "-i", name, "--timeout", "100ms", "--min", "0").CombinedOutput()
			if err != nil {
				t.Fatalf("recv: %v\n%s", err, out)
			}
		})
		s.wait(t, "leave 239.2.2.2 on "+name+": any source, IGMPv3, ")
	}
	t.Run("root", func(t *testing.T) {
		k := newHook(t)
		s := startFollow(t, here, exec.Command(program, "groups", "-f", "-4", "--pid", pid, "--exec", k.script))
		s.rights(t, s.cmd.Process.Pid, inspection, inspection, inspection)
		heard(t, s, "eth0")
		nettest.Pair(t, there.NIC("eth1", "198.51.100.1/24"), peer.NIC("eth1", "198.51.100.2/24"))
		heard(t, s, "eth1")
		join(t, there, program)
		s.wait(t, "join 239.1.1.1 on lo")
		var home string
		here.Do(func() { home, _ = os.Readlink("/proc/thread-self/ns/net") })
		if got := k.ran(t, `"type":"event"`)["namespace"]; got != home || got == "" {
			t.Errorf("the command is in %s, and not in %s", got, home)
		}
		s.end(t, os.Interrupt, 130)
	})
	// Who may not enter it sees memberships from outside, and is told what is missing.
	t.Run("CAP_NET_RAW", func(t *testing.T) {
		cmd := exec.Command(grantNetRaw(t, program), "groups", "-f", "-4", "--pid", pid, "--timeout", "1s")
		cmd.SysProcAttr = ordinaryUserHere(t)
		s := startFollow(t, here, cmd)
		s.wait(t, "events on the wire are not shown: enter the network namespace of process "+pid+": permission denied (it takes root, or CAP_SYS_ADMIN)")
		_ = s.cmd.Wait()
		if got := s.cmd.ProcessState.ExitCode(); got != 0 || !strings.Contains(s.text(), "eth0") {
			t.Errorf("the exit status is %d\n%s", got, s.text())
		}
	})
}

// TestFollowCommandEnds: however mcast ends, the process that runs the command ends, with
// the command, and says what was left to do.
func TestFollowCommandEnds(t *testing.T) {
	program := buildMcast(t, false)
	for name, tt := range map[string]struct {
		signal syscall.Signal
		all    bool // as from a terminal, or by a service that is stopped
		status int
		takes  string // a run of the command, in seconds, unless it is told to end
		says   string
	}{
		"TERM":        {syscall.SIGTERM, false, 143, "60", "ended before 1 event was handed over"},
		"INT":         {syscall.SIGINT, false, 130, "60", "ended before 1 event was handed over"},
		"INT to all":  {syscall.SIGINT, true, 130, "60", "ended before 1 event was handed over"},
		"TERM to all": {syscall.SIGTERM, true, 143, "60", "ended before 1 event was handed over"},
		"KILL":        {syscall.SIGKILL, false, -1, "1", ""}, // nobody tells it
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := nettest.NewHost(t, "h")
			dir := publicDirectory(t)
			slow := filepath.Join(dir, "slow")
			if err := os.WriteFile(slow, []byte("#!/bin/sh\necho $$ >>"+dir+"/ran\nexec sleep "+tt.takes+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			s := startFollow(t, h, exec.Command(program, "groups", "-f", "-4", "--exec", slow))
			join(t, h, program)
			s.wait(t, "leave 239.1.1.1")
			nettest.Eventually(t, "the command to run", patience, func() bool {
				_, err := os.Stat(dir + "/ran")
				return err == nil
			})
			beside := children(t, s.cmd.Process.Pid)
			if len(beside) != 1 {
				t.Fatalf("the processes beside are %v", beside)
			}
			commands := children(t, beside[0])
			if tt.all {
				if err := syscall.Kill(beside[0], tt.signal); err != nil {
					t.Fatal(err)
				}
			}
			s.end(t, tt.signal, tt.status)
			for _, pid := range append(commands, beside...) {
				gone(t, pid)
			}
			s.wait(t, tt.says)
		})
	}
}

// TestFollowNoCommand: what cannot be run is told before anything is given up.
func TestFollowNoCommand(t *testing.T) {
	program := buildMcast(t, false)
	out, err := exec.Command(program, "groups", "-f", "--exec", "/no/such/program").CombinedOutput()
	if exitStatus(err) != "1" || !strings.Contains(string(out), "mcast: --exec: ") || !strings.Contains(string(out), "hint: name a program") {
		t.Errorf("%v: %s", err, out)
	}
	cmd := exec.Command(program, "groups", "-f")
	cmd.Env = append(os.Environ(), "MCAST_PRIVILEGE=feed:0:0")
	if out, err := cmd.CombinedOutput(); exitStatus(err) != "1" || !strings.Contains(string(out), "MCAST_PRIVILEGE=feed:0:0 in the environment: unset it") {
		t.Errorf("%v: %s", err, out)
	}
}

// ordinaryUserHere is ordinaryUser, in the network namespace of the host.
func ordinaryUserHere(t *testing.T) *syscall.SysProcAttr {
	t.Helper()
	attr := ordinaryUser(t)
	attr.Cloneflags &^= syscall.CLONE_NEWNET
	return attr
}

// join joins 239.1.1.1 on loopback for a moment.
func join(t *testing.T, h *nettest.Host, program string) {
	t.Helper()
	h.Do(func() {
		if out, err := exec.Command(program, "recv", "239.1.1.1:5000", "-i", "lo", "--timeout", "300ms", "--min", "0").CombinedOutput(); err != nil {
			t.Fatalf("recv: %v\n%s", err, out)
		}
	})
}

// hook is a script that notes what it is run with.
type hook struct{ script, notes string }

func newHook(t *testing.T) hook {
	t.Helper()
	dir := publicDirectory(t)
	k := hook{filepath.Join(dir, "hook"), filepath.Join(dir, "notes")}
	text := "#!/bin/sh\n{ cat /proc/self/status; echo namespace: $(readlink /proc/self/ns/net); printf 'event: '; cat; } >>" + k.notes + "\n"
	if err := errors.Join(os.WriteFile(k.script, []byte(text), 0o755), os.WriteFile(k.notes, nil, 0o666), os.Chmod(k.notes, 0o666)); err != nil {
		t.Fatal(err)
	}
	return k
}

// ran waits for a run with an event, and returns what was noted, by the word in front. A
// broken pipe ends what the command runs, as it does elsewhere.
func (k hook) ran(t *testing.T, event string) (noted map[string]string) {
	t.Helper()
	nettest.Eventually(t, "the command to run with "+event, patience, func() bool {
		noted = statusLines(t, k.notes)
		return strings.Contains(noted["event"], event)
	})
	const pipe = 1 << (syscall.SIGPIPE - 1)
	var ignored uint64
	if _, err := fmt.Sscanf(noted["SigIgn"], "%x", &ignored); err != nil || ignored&pipe != 0 {
		t.Errorf("ignored signals are %s, %v", noted["SigIgn"], err)
	}
	return noted
}

// has checks what the command has.
func (k hook) has(t *testing.T, permitted, ambient, fixed, user string) {
	t.Helper()
	noted := k.ran(t, `"group":"239.1.1.1"`)
	for key, want := range map[string]string{"CapPrm": permitted, "CapEff": permitted, "CapAmb": ambient, "NoNewPrivs": fixed} {
		if noted[key] != want {
			t.Errorf("%s of the command is %s, want %s", key, noted[key], want)
		}
	}
	if uid, _, _ := strings.Cut(noted["Uid"], "\t"); uid != user {
		t.Errorf("the command's user is %s, want %s", uid, user)
	}
}
