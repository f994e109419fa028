package lab_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mcast/internal/nettest"
	"mcast/lab"
)

// isolated is a program that isolates itself, and then starts a lab with a program that has
// detached itself in every way there is. It prints "up", and waits.
func isolated(mark string) error {
	status, done, err := lab.Isolate()
	if err != nil {
		return err
	}
	if done {
		os.Exit(status)
	}
	l, err := lab.Start(context.Background(), twoHosts())
	if err != nil {
		return err
	}
	// The one in between ends at once, so number 1 inherits the other.
	detached := exec.Command("sh", "-c", `setsid sh -c 'trap "" HUP INT TERM; echo up; sleep 1000; : "$0"' "$0" & `, mark)
	detached.Stdout = os.Stdout
	if err := l.Host("a").Start(detached); err != nil {
		return err
	}
	if err := detached.Wait(); err != nil {
		return err
	}
	nettest.Forever()
	return nil
}

// startIsolated starts the program "isolated", waits until its lab is up, and returns it with the
// argument that all its processes have.
func startIsolated(t *testing.T) (cmd *exec.Cmd, mark string) {
	t.Helper()
	start(t, twoHosts()) // skips where it cannot be
	mark = t.TempDir()   // nobody else has that
	cmd = exec.Command("/proc/self/exe", mark)
	cmd.Args[0] = "/bin/lively"
	cmd.Env = append(os.Environ(), programEnv+"=isolated", "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	nettest.HeedSignals(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "up\n" {
		t.Fatalf("the program printed %q: %v", line, err)
	}
	return cmd, mark
}

// processes returns the numbers of the processes that have an argument.
func processes(t *testing.T, argument string) (pids []string) {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range lines {
		text, err := os.ReadFile(name)
		if err == nil && slices.Contains(strings.Split(string(text), "\x00"), argument) {
			pids = append(pids, filepath.Base(filepath.Dir(name)))
		}
	}
	return pids
}

// children returns those of the processes with an argument that a process is the parent of.
func children(t *testing.T, argument string, parent int) (pids []int) {
	t.Helper()
	for _, pid := range processes(t, argument) {
		status, err := os.ReadFile("/proc/" + pid + "/status")
		if err == nil && strings.Contains(string(status), fmt.Sprintf("\nPPid:\t%d\n", parent)) {
			n, err := strconv.Atoi(pid)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, n)
		}
	}
	return pids
}

// However a program ends, nothing that its labs ran is left.
func TestNothingOutlivesTheProgram(t *testing.T) {
	const outside, first, inside = 0, 1, 2
	for name, end := range map[string]struct {
		process int
		signal  syscall.Signal
		status  int // of the process outside; 0: a signal killed it
	}{
		"the process outside is killed": {outside, syscall.SIGKILL, -1},
		"it is interrupted":             {outside, syscall.SIGINT, 130},
		"it is terminated":              {outside, syscall.SIGTERM, 143},
		"number 1 is killed":            {first, syscall.SIGKILL, 137},
		"number 1 is terminated":        {first, syscall.SIGTERM, 143},
		"the program is killed":         {inside, syscall.SIGKILL, 137},
	} {
		t.Run(name, func(t *testing.T) {
			cmd, mark := startIsolated(t)
			chain := []int{cmd.Process.Pid}
			for range inside {
				next := children(t, mark, chain[len(chain)-1])
				if len(next) == 0 {
					t.Fatalf("process %d has no child", chain[len(chain)-1])
				}
				chain = append(chain, slices.Min(next)) // number 1 has adopted others
			}
			if err := syscall.Kill(chain[end.process], end.signal); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != end.status {
				t.Errorf("the exit status is %d, want %d", got, end.status)
			}
			// What number 1 leaves behind dies before its parent hears of its
			// death; but when that one is dead itself, nobody waits.
			nettest.Eventually(t, "all processes to die", 10*time.Second, func() bool { return len(processes(t, mark)) == 0 })
		})
	}
}

// The processes of an isolated program have its name, and programs that hosts are offered the
// name by which they are offered.
func TestNames(t *testing.T) {
	cmd, mark := startIsolated(t)
	first := children(t, mark, cmd.Process.Pid)
	inside := children(t, mark, first[0])
	for pid, want := range map[int]string{first[0]: "lively-init", slices.Min(inside): "lively"} {
		name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		if err != nil || string(name) != want+"\n" {
			t.Errorf("process %d is called %q, want %s: %v", pid, name, want, err)
		}
	}
	offered := map[string]string{"offered": fmt.Sprintf("/proc/%d/exe", os.Getpid())}
	step := script("s", "a", "exec offered comm", toEnd)
	step.Env = map[string]string{programEnv: "name"}
	r, _ := runLab(t, lab.RunConfig{Programs: offered}, []lab.Step{step}, lab.Expectation{Step: "s", Stdout: ptr("offered\n")})
	if !r.OK() {
		t.Errorf("the run failed: %+v, %+v", r.Verdicts, r.Failure)
	}
}
