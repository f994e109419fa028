package nettest_test

import (
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"mcast/internal/netns"
	"mcast/internal/nettest"
)

// checkIsolated fails the test unless it runs in a namespace made for it.
func checkIsolated(t *testing.T) {
	t.Helper()
	here, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	if outside := os.Getenv(netns.ReexecEnv); outside == "" || outside == here {
		t.Errorf("the test runs in %s, and outside is %q", here, outside)
	}
}

func TestMainIsolates(t *testing.T) {
	nettest.NewHost(t, "probe") // skips where namespaces cannot be made
	checkIsolated(t)
	ifis, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, ifi := range ifis {
		// A kernel may have brought some interfaces of its own (sit0,
		// tunl0), which are down.
		if up := ifi.Flags&net.FlagUp != 0; up != (ifi.Name == "lo") {
			t.Errorf("%s is up: %v", ifi.Name, up)
		}
	}
}

// FuzzMainIsolates is for TestMainIsolatesFuzzing.
func FuzzMainIsolates(f *testing.F) {
	nettest.NewHost(f, "probe")
	f.Add("x")
	f.Fuzz(func(t *testing.T, _ string) { checkIsolated(t) })
}

// Fuzzing has processes and pipes of its own.
func TestMainIsolatesFuzzing(t *testing.T) {
	nettest.NewHost(t, "probe")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command(exe, "-test.run=^$", "-test.fuzz=^FuzzMainIsolates$",
		"-test.fuzztime=50x", "-test.parallel=2", "-test.fuzzcachedir="+dir)
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, netns.ReexecEnv+"=")
	})
	// The race detector delays every exit by a second unless told not to.
	cmd.Env = append(cmd.Env, "GORACE=atexit_sleep_ms=0")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "execs: 50") || !strings.Contains(string(out), "\nPASS\n") {
		t.Errorf("fuzzing ended with %v:\n%s", err, out)
	}
}
