package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"mcast/internal/nettest"
)

// The sets of capabilities as /proc shows them.
const (
	noRights   = "0000000000000000"
	netRaw     = "0000000000002000" // CAP_NET_RAW is 13
	fileRights = "000000000000000e" // CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER
)

// builds are how the program can be built. What they have of the C library decides
// which of Go's ways to change all threads at once there are.
var builds = []struct {
	name string
	cgo  bool
	args []string
}{
	{"static", false, nil},
	{"cgo", true, nil},
	{"race", true, []string{"-race"}},
}

// TestSniffRights runs the program, however it was built, with rights from
// wherever, and looks at what its threads have.
func TestSniffRights(t *testing.T) {
	for _, b := range builds {
		t.Run(b.name, func(t *testing.T) {
			program := buildMcast(t, b.cgo, b.args...)
			t.Run("root", func(t *testing.T) { testRootRights(t, program) })
			t.Run("namespace", func(t *testing.T) { testNamespaceRights(t, program) })
			t.Run("file", func(t *testing.T) { testFileRights(t, program) })
			t.Run("both", func(t *testing.T) { testRootAndFileRights(t, program) })
			t.Run("none", func(t *testing.T) { testNoRights(t, program) })
			if othersExist(t) {
				t.Run("setuid", func(t *testing.T) { testSetuidRights(t, program) })
			}
		})
	}
}

// testRootRights: everything but CAP_NET_RAW is gone, and an interface that comes
// later is captured on all the same.
//
//	h ── eth0 ────── eth0 ── peer
func testRootRights(t *testing.T, program string) {
	h, peer := nettest.NewHost(t, "h"), nettest.NewHost(t, "peer")
	s := startSniff(t, h, exec.Command(program, "sniff", "--ready-file", filepath.Join(t.TempDir(), "ready"), "--json", "--join", "239.1.1.1:319", "udp port 5000"))
	s.rights(t, s.cmd.Process.Pid, netRaw, netRaw, netRaw)
	nettest.Pair(t, h.NIC("eth0", "192.0.2.1/24"), peer.NIC("eth0", "192.0.2.2/24"))
	s.wait(t, "capturing on eth0 too")
	peer.AddRoute("224.0.0.0/4", "eth0")
	peer.Do(func() {
		if out, err := exec.Command(program, "send", "239.1.1.1:5000", "hello").CombinedOutput(); err != nil {
			t.Fatalf("send: %v\n%s", err, out)
		}
	})
	s.wait(t, `"interface":"eth0"`)
	s.rights(t, s.cmd.Process.Pid, netRaw, netRaw, netRaw)
	s.end(t, syscall.SIGTERM, 143)
}

// testNamespaceRights: an ordinary user is user 0 in a user namespace.
func testNamespaceRights(t *testing.T, program string) {
	cmd := exec.Command(program, "sniff", "-i", "lo")
	cmd.SysProcAttr = inUserNamespace(0)
	s := startSniff(t, nettest.NewHost(t, "h"), cmd)
	s.rights(t, s.cmd.Process.Pid, netRaw, netRaw, netRaw)
	s.end(t, os.Interrupt, 130)
}

// testFileRights: the file has the capability, and the user has none. The bounding set
// is not his to change.
func testFileRights(t *testing.T, program string) {
	program = grantNetRaw(t, program)
	cmd := exec.Command(program, "sniff", "-i", "lo", "-w", filepath.Join(publicDirectory(t), "trace.pcapng"))
	cmd.SysProcAttr = ordinaryUser(t)
	s := startSniff(t, nettest.NewHost(t, "h"), cmd)
	s.rights(t, s.cmd.Process.Pid, netRaw, noRights, "")
	if c := children(t, s.cmd.Process.Pid); len(c) > 0 {
		t.Errorf("it has a helper %v, whose rights are not the user's", c)
	}
	s.end(t, os.Interrupt, 130)
}

// testRootAndFileRights: root runs the same file.
func testRootAndFileRights(t *testing.T, program string) {
	s := startSniff(t, nettest.NewHost(t, "h"), exec.Command(grantNetRaw(t, program), "sniff", "-i", "lo"))
	s.rights(t, s.cmd.Process.Pid, netRaw, noRights, netRaw)
	s.end(t, os.Interrupt, 130)
}

// testSetuidRights: a setuid file's rights are not those of who runs it. He has the
// capability from it, and neither root's files nor a helper, whatever the environment
// says.
func testSetuidRights(t *testing.T, program string) {
	file := filepath.Join(tmpfs(t), "mcast")
	content, err := os.ReadFile(program)
	if err == nil {
		err = os.WriteFile(file, content, 0o755)
	}
	if err == nil {
		err = os.Chmod(file, 0o755|os.ModeSetuid)
	}
	if err != nil {
		t.Fatal(err)
	}
	trace := filepath.Join(publicDirectory(t), "trace.pcap")
	cmd := exec.Command(file, "sniff", "-i", "lo", "-w", trace)
	cmd.Env = append(os.Environ(), "MCAST_PRIVILEGE=serve:0:0")
	cmd.SysProcAttr = ordinaryUser(t)
	s := startSniff(t, nettest.NewHost(t, "h"), cmd)
	s.rights(t, s.cmd.Process.Pid, netRaw, netRaw, netRaw)
	if uids := statusLines(t, fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))["Uid"]; uids != "1000\t1000\t1000\t1000" {
		t.Errorf("its users are %q", uids)
	}
	if c := children(t, s.cmd.Process.Pid); len(c) > 0 {
		t.Errorf("it has a helper %v", c)
	}
	s.end(t, os.Interrupt, 130)
	if info, err := os.Stat(trace); err != nil || info.Sys().(*syscall.Stat_t).Uid != 1000 {
		t.Errorf("%+v, %v", info, err)
	}
}

// testNoRights: without, it says what to do.
func testNoRights(t *testing.T, program string) {
	cmd := exec.Command(program, "sniff", "-i", "lo")
	cmd.SysProcAttr = ordinaryUser(t)
	out, err := cmd.CombinedOutput()
	if exitStatus(err) != "1" || !strings.Contains(string(out), "CAP_NET_RAW") || !strings.Contains(string(out), "setcap cap_net_raw+ep") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestSniffFiles: what root may write is written, by a process that may not, in another
// user's directory, and read too.
func TestSniffFiles(t *testing.T) {
	program := buildMcast(t, false)
	dir := foreignDirectory(t)
	trace := filepath.Join(dir, "trace.pcapng")
	expression := filepath.Join(dir, "filter")
	if err := os.WriteFile(expression, []byte("udp port 5000"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := nettest.NewHost(t, "h")
	ready := filepath.Join(dir, "ready")
	s := startSniff(t, h, exec.Command(program, "sniff", "-i", "lo", "-F", expression, "-w", trace,
		"--rotate-size", "300", "--files", "2", "--ready-file", ready, "--print"))
	pid := s.cmd.Process.Pid
	s.rights(t, pid, netRaw, netRaw, netRaw)
	if _, err := os.Stat(ready); err != nil {
		t.Error(err)
	}
	helpers := children(t, pid)
	if len(helpers) != 1 {
		t.Fatalf("the helpers are %v", helpers)
	}
	s.rights(t, helpers[0], fileRights, fileRights, fileRights)
	for range 6 {
		h.Do(func() {
			if out, err := exec.Command(program, "send", "239.1.1.1:5000", "-i", "lo", "hello").CombinedOutput(); err != nil {
				t.Fatalf("send: %v\n%s", err, out)
			}
		})
	}
	nettest.Eventually(t, "six datagrams", patience, func() bool { return strings.Count(s.text(), " > 239.1.1.1:5000") >= 6 })
	s.end(t, os.Interrupt, 130)
	files, err := filepath.Glob(filepath.Join(dir, "trace_*.pcapng"))
	if err != nil || len(files) != 2 {
		t.Fatalf("the files are %v (%v), want two", files, err)
	}
	if strings.Contains(files[0], "_00001_") {
		t.Errorf("the first file is still there: %v", files)
	}
	for _, f := range files {
		out, err := exec.Command(program, "sniff", "-r", f, "-q").CombinedOutput() // reading needs the helper too
		if err != nil || !strings.Contains(string(out), "captured") {
			t.Errorf("%s: %v: %s", f, err, out)
		}
	}
	if statusLines(t, fmt.Sprintf("/proc/%d/status", helpers[0])) != nil {
		t.Error("it did not wait for its helper")
	}
}

// TestSniffInheritedFile: a file that was open before is what it was.
func TestSniffInheritedFile(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd := exec.Command(buildMcast(t, false), "sniff", "-i", "lo", "-w", "/dev/fd/3")
	cmd.ExtraFiles = []*os.File{file}
	startSniff(t, nettest.NewHost(t, "h"), cmd).end(t, os.Interrupt, 130)
	if info, err := file.Stat(); err != nil || info.Size() == 0 {
		t.Errorf("it has %d bytes, %v", info.Size(), err)
	}
}

// TestSniffReadRights: who reads a file needs nothing.
func TestSniffReadRights(t *testing.T) {
	program := buildMcast(t, false)
	fifo := filepath.Join(foreignDirectory(t), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	s := startProcess(t, nettest.NewHost(t, "h"), exec.Command(program, "sniff", "-r", fifo))
	w, err := os.OpenFile(fifo, os.O_WRONLY, 0) // waits for the reader
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Write([]byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x01\x00\x00\x00")); err != nil {
		t.Fatal(err)
	}
	s.rights(t, s.cmd.Process.Pid, noRights, noRights, noRights)
	s.end(t, os.Interrupt, 130)
}

// TestSniffHelperEnds: the helper is gone when the program is, however that ended.
func TestSniffHelperEnds(t *testing.T) {
	program := buildMcast(t, false)
	trace := filepath.Join(t.TempDir(), "trace.pcap")
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		s := startSniff(t, nettest.NewHost(t, "h"), exec.Command(program, "sniff", "-i", "lo", "-w", trace))
		helpers := children(t, s.cmd.Process.Pid)
		if len(helpers) != 1 {
			t.Fatalf("the helpers are %v", helpers)
		}
		if err := syscall.Kill(helpers[0], syscall.SIGTERM); err != nil { // as to all of a service
			t.Fatal(err)
		}
		if signal == syscall.SIGTERM {
			s.end(t, signal, 143)
		} else {
			s.end(t, signal, -1)
		}
		gone(t, helpers[0])
	}
}

// TestSniffHelperIsCareful: it opens what its command line names, and nothing else.
func TestSniffHelperIsCareful(t *testing.T) {
	program := buildMcast(t, false)
	dir := t.TempDir()
	precious := filepath.Join(dir, "precious")
	if err := os.WriteFile(precious, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	trace := filepath.Join(dir, "trace.pcap")
	for _, ask := range []string{
		"open\x00" + precious, "open\x00" + trace, "create\x00" + precious, "create\x00" + trace, "create new\x00" + precious,
		"create new\x00" + dir + "/trace_00001_../x_20261128153000.pcap", "create new\x00" + dir + "/trace_00001_2026112815300.pcap",
		"remove\x00" + precious, "remove\x00" + dir + "/trace_00001_20261128153000.pcap",
		"remove ready file\x00" + precious, "make ready file\x00" + dir + "/other", "chmod\x00" + precious, "", "open",
	} {
		fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		here, there := fds[0], os.NewFile(uintptr(fds[1]), "there")
		cmd := exec.Command(program, "sniff", "-w", trace, "--rotate-size", "1k", "--files", "1", "--ready-file", filepath.Join(dir, "ready"))
		cmd.Env = append(os.Environ(), "MCAST_PRIVILEGE=serve:3:0")
		cmd.ExtraFiles = []*os.File{there}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		_ = there.Close()
		if err := syscall.Sendmsg(here, []byte("a"+ask), nil, nil, syscall.MSG_NOSIGNAL); err != nil {
			t.Fatal(err)
		}
		answer, control := make([]byte, 4096), make([]byte, 64)
		n, files, _, _, err := syscall.Recvmsg(here, answer, control, 0)
		sense := strings.Contains(ask, "\x00")
		if sense && (err != nil || n == 0 || answer[0] != 'f' || files != 0) {
			t.Errorf("%q: %q, %v, control messages of %d bytes", ask, answer[:n], err, files)
		}
		if !sense && n > 0 {
			t.Errorf("%q was answered: %q", ask, answer[:n])
		}
		_ = syscall.Close(here)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the helper: %v", err)
		}
	}
	left, err := os.ReadDir(dir)
	if content, _ := os.ReadFile(precious); err != nil || len(left) != 1 || string(content) != "precious" {
		t.Errorf("left are %v (%v), with %q", left, err, content)
	}
}

// builtPrograms are the programs that tests have built, by how, in a directory that anybody may
// read: to link one takes about as long as a test.
var builtPrograms = struct {
	dir string // is TestMain's
	how map[string]string
}{how: map[string]string{}}

// buildMcast builds the program, once. One that needs a C compiler needs that to be there.
func buildMcast(t *testing.T, cgo bool, args ...string) string {
	t.Helper()
	if cgo {
		if _, err := exec.LookPath("gcc"); err != nil {
			nettest.Skip(t, "there is no C compiler")
		}
	}
	how := fmt.Sprint(cgo, args)
	if file := builtPrograms.how[how]; file != "" {
		return file
	}
	file := filepath.Join(builtPrograms.dir, fmt.Sprint(len(builtPrograms.how)), "mcast")
	build := exec.Command("go", slices.Concat([]string{"build", "-o", file}, args, []string{"mcast/cmd/mcast"})...)
	build.Env = append(os.Environ(), "GOARCH=", "CGO_ENABLED="+map[bool]string{true: "1", false: "0"}[cgo])
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build, err, out)
	}
	builtPrograms.how[how] = file
	return file
}

// inUserNamespace has a program run as a user in namespaces of its own.
func inUserNamespace(user int) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Getegid(), Size: 1}},
	}
}

// ordinaryUser has a program run as a user who may do nothing; in a namespace, where
// there is no other user.
func ordinaryUser(t *testing.T) *syscall.SysProcAttr {
	t.Helper()
	if !othersExist(t) {
		return inUserNamespace(1000)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 1000, Gid: 1000}}
}

// othersExist says that files can be given to another user.
func othersExist(t *testing.T) bool {
	t.Helper()
	return os.Chown(t.TempDir(), 1000, 1000) == nil
}

// grantNetRaw copies a program to where its file may have capabilities, and gives it
// CAP_NET_RAW, as "setcap cap_net_raw+ep" does.
func grantNetRaw(t *testing.T, program string) string {
	t.Helper()
	return grant(t, program, "\x00\x20\x00\x00")
}

// grant does that with the first 32 capabilities as bytes, the lowest ones first.
func grant(t *testing.T, program, capabilities string) string {
	t.Helper()
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(tmpfs(t), "mcast")
	if err := os.WriteFile(file, content, 0o755); err != nil {
		t.Fatal(err)
	}
	// struct vfs_cap_data, the second version, effective
	capability := "\x01\x00\x00\x02" + capabilities + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"
	if err := syscall.Setxattr(file, "security.capability", []byte(capability), 0); err != nil {
		nettest.Skip(t, fmt.Sprintf("files may not have capabilities here: %v", err))
	}
	return file
}

// tmpfs mounts a file system in the tests' own mount namespace.
func tmpfs(t *testing.T) string {
	t.Helper()
	dir := publicDirectory(t)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=755"); err != nil {
		nettest.Skip(t, fmt.Sprintf("a file system cannot be mounted: %v", err))
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// publicDirectory returns a directory in which everybody may write.
func publicDirectory(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir, 0o777)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// foreignDirectory returns a directory that belongs to another user, who lets nobody in.
// Where there is no other user, it is one in which its owner may not write.
func foreignDirectory(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "foreign")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	var err error
	if othersExist(t) {
		err = os.Chown(dir, 1000, 1000)
	} else {
		err = os.Chmod(dir, 0)
		t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// sniffProcess is a running program.
type sniffProcess struct {
	cmd *exec.Cmd
	mu  sync.Mutex
	out bytes.Buffer
}

func (s *sniffProcess) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(b)
}

// text returns what it has printed.
func (s *sniffProcess) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.String()
}

// startSniff starts a program in a host and waits until it captures.
func startSniff(t *testing.T, h *nettest.Host, cmd *exec.Cmd) *sniffProcess {
	t.Helper()
	s := startProcess(t, h, cmd)
	s.wait(t, "capturing on")
	if i := slices.Index(cmd.Args, "--ready-file"); i >= 0 {
		nettest.Eventually(t, "the ready file", patience, func() bool {
			_, err := os.Stat(cmd.Args[i+1])
			return err == nil
		})
	}
	return s
}

func startProcess(t *testing.T, h *nettest.Host, cmd *exec.Cmd) *sniffProcess {
	t.Helper()
	s := &sniffProcess{cmd: cmd}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	// The race detector delays every exit by a second unless told not to.
	cmd.Env = append(cmd.Environ(), "GORACE=atexit_sleep_ms=0")
	cmd.Stdout, cmd.Stderr = w, w
	h.Start(cmd)
	_ = w.Close()
	go func() {
		defer r.Close()
		_, _ = io.Copy(s, r)
	}()
	return s
}

// wait waits until it has printed something.
func (s *sniffProcess) wait(t *testing.T, what string) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("it printed:\n%s", s.text())
		}
	}()
	nettest.Eventually(t, strconv.Quote(what), patience, func() bool { return strings.Contains(s.text(), what) })
}

// end ends it by a signal, and checks the exit status.
func (s *sniffProcess) end(t *testing.T, signal os.Signal, status int) {
	t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Wait()
	if got := s.cmd.ProcessState.ExitCode(); got != status {
		t.Errorf("after %v the exit status is %d, want %d\n%s", signal, got, status, s.text())
	}
}

// rights compares what all threads of a process have: permitted and effective set,
// inheritable and ambient set, and the bounding set unless that is "".
func (s *sniffProcess) rights(t *testing.T, pid int, has, ambient, bounding string) {
	t.Helper()
	want := map[string]string{"CapPrm": has, "CapEff": has, "CapInh": has, "CapAmb": ambient, "NoNewPrivs": "1"}
	if bounding != "" {
		want["CapBnd"] = bounding
	}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(tasks) < 2 {
		t.Fatalf("threads are %v, %v", tasks, err)
	}
	for _, task := range tasks {
		lines := statusLines(t, task)
		if lines == nil {
			continue // the thread has ended
		}
		for key, value := range want {
			if lines[key] != value {
				t.Errorf("%s: %s is %q, want %q", task, key, lines[key], value)
			}
		}
	}
	if name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); err != nil || !strings.HasPrefix(string(name), "mcast") {
		t.Errorf("its name is %q, %v", name, err)
	}
}

// statusLines reads a status file of /proc; nil if it is gone.
func statusLines(t *testing.T, file string) map[string]string {
	t.Helper()
	content, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]string{}
	for line := range strings.Lines(string(content)) {
		key, value, _ := strings.Cut(line, ":")
		lines[key] = strings.TrimSpace(value)
	}
	return lines
}

// children returns the processes that a process has started.
func children(t *testing.T, pid int) (list []int) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if lines := statusLines(t, f); lines["PPid"] == strconv.Itoa(pid) {
			child, err := strconv.Atoi(lines["Pid"])
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, child)
		}
	}
	return list
}

// gone waits until a process has ended.
func gone(t *testing.T, pid int) {
	t.Helper()
	nettest.Eventually(t, fmt.Sprintf("the end of process %d", pid), patience, func() bool {
		lines := statusLines(t, fmt.Sprintf("/proc/%d/status", pid))
		return lines == nil || strings.HasPrefix(lines["State"], "Z") // whoever inherited it may be slow
	})
}
