package lab_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

const nobody = 65534

// A program that becomes another user, as daemons do, runs as root and rootless alike.
func TestDropRights(t *testing.T) {
	l := start(t, twoHosts())
	// Package exec makes the calls: setgroups, setgid and setuid.
	cmd := exec.Command("sh", "-c", "echo done")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody, Groups: []uint32{nobody}}}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := l.Host("a").Start(cmd); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || out.String() != "done\n" {
		t.Errorf("%v: it prints %q", err, out.String())
	}
}

// ordinaryEnv says that the test binary runs as an ordinary user already.
const ordinaryEnv = "LAB_TEST_ORDINARY"

// asOrdinaryUser runs the test once more, in a process of an ordinary user, if this is one of
// root: that is then rootless. It reports whether it did.
func asOrdinaryUser(t *testing.T) bool {
	t.Helper()
	users, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		t.Fatal(err)
	}
	const everybody = "4294967295"
	if os.Getenv(ordinaryEnv) != "" || !strings.HasSuffix(strings.TrimSpace(string(users)), everybody) {
		return false
	}
	cmd := exec.Command("/proc/self/exe", "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), ordinaryEnv+"=1", "TMPDIR=/tmp", "HOME=/")
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("as an ordinary user: %v\n%s", err, out)
	}
	return true
}

// The same, of root, where it is rootless.
func TestDropRightsRootless(t *testing.T) {
	if !asOrdinaryUser(t) {
		TestDropRights(t)
	}
}
