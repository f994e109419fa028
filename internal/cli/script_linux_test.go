package cli_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"mcast/internal/cli"
	"mcast/internal/nettest"
)

// The tests of the command line are the stories in testdata/script. Each runs
// on a host of its own, which has loopback and nothing else until the story
// gives it more; the commands for that are in scriptcommands_linux_test.go.

func TestMain(m *testing.M) {
	testscript.Main(suite{m}, map[string]func(){
		"mcast":        mcast,
		"mcastsend":    mcast, // which goes by the name that it is called by
		"mcastrecv":    mcast,
		"status":       status,
		"unprivileged": unprivileged,
	})
}

// suite is the tests, in a network namespace, and with a directory for programs that they build.
type suite struct{ m *testing.M }

// Run runs them and returns the exit status.
func (s suite) Run() int {
	dir, err := os.MkdirTemp("", "mcast-")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	builtPrograms.dir = dir
	// Most of their time the stories wait.
	if err := flag.Set("test.parallel", strconv.Itoa(4*runtime.GOMAXPROCS(0))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return nettest.Isolated{M: s.m}.Run()
}

func mcast() {
	os.Exit(cli.Main(context.Background(), os.Args, cli.IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}

func TestScripts(t *testing.T) {
	runScripts(t, "testdata/script/*.txtar", "")
}

// The classic programs are there twice: as mcast called by their names, and as
// small programs on the library.
func TestClassicScripts(t *testing.T) {
	t.Run("mcast", func(t *testing.T) { runScripts(t, "testdata/classic/*.txtar", "") })
	t.Run("small", func(t *testing.T) { runScripts(t, "testdata/classic/*.txtar", buildClassic(t)) })
}

// buildClassic builds the classic programs and returns their directory.
func buildClassic(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", dir, "mcast/cmd/mcastsend", "mcast/cmd/mcastrecv")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build, err, out)
	}
	return dir
}

// runScripts runs scripts side by side. Programs of a directory, if one is given,
// come before those of the same name elsewhere.
func runScripts(t *testing.T, pattern, programs string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no scripts %s: %v", pattern, err)
	}
	// The subtests of a group of their own end before what they use is removed.
	t.Run("group", func(t *testing.T) {
		for _, file := range files {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
				t.Parallel()
				s := &story{t: t, host: nettest.NewHost(t, "host")}
				s.host.Do(func() { testscript.RunT(script{t}, s.params(file, programs)) })
			})
		}
	})
}

// script is the one test in which a script runs, on the thread that is in the
// script's host. What the script starts is then in the host too.
type script struct{ *testing.T }

func (s script) Run(_ string, f func(testscript.T)) { f(s) }
func (s script) Parallel()                          {}
func (s script) Verbose() bool                      { return testing.Verbose() }

func (s *story) params(file, programs string) testscript.Params {
	deadline, _ := s.t.Deadline()
	return testscript.Params{
		Files:    []string{file},
		Deadline: deadline,
		Cmds:     s.commands(),
		Condition: func(condition string) (bool, error) {
			if condition != "offload" {
				return false, fmt.Errorf("%q is no condition", condition)
			}
			return os.Getenv("MCAST_OFFLOAD") != "off", nil
		},
		Setup: func(env *testscript.Env) error {
			if programs != "" {
				env.Setenv("PATH", programs+string(os.PathListSeparator)+env.Getenv("PATH"))
			}
			env.Setenv("MCAST_OFFLOAD", os.Getenv("MCAST_OFFLOAD"))
			// The race detector delays every exit by a second unless told not to.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			return nil
		},
	}
}

// status is a program that runs another one and fails unless that ends with
// the exit status that comes first. It passes signals on.
//
//	status 3 mcast recv 239.1.1.1:5000 --timeout 10ms
func status() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	cmd := program(os.Args[2:])
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "status:", err)
		os.Exit(1)
	}
	go func() {
		for s := range signals {
			_ = cmd.Process.Signal(s) // if it has ended there is nobody to tell
		}
	}()
	if got := exitStatus(cmd.Wait()); got != os.Args[1] {
		fmt.Fprintf(os.Stderr, "status: %s, and %s was expected\n", got, os.Args[1])
		os.Exit(1)
	}
}

// unprivileged is a program that runs another one as an ordinary user: in a user
// namespace of its own, where nothing may be done to the host.
func unprivileged() {
	cmd := program(os.Args[1:])
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getegid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	var exit *exec.ExitError
	switch err := cmd.Run(); {
	case errors.As(err, &exit):
		os.Exit(exit.ExitCode())
	case err != nil:
		fmt.Fprintln(os.Stderr, "unprivileged:", err)
		os.Exit(125)
	}
}

// program returns a command that has the standard files of this process.
func program(args []string) *exec.Cmd {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd
}

// exitStatus returns the status with which a program ended, or the signal.
func exitStatus(err error) string {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "0"
	case !errors.As(err, &exit):
		return err.Error()
	case exit.ExitCode() < 0:
		return exit.String()
	}
	return fmt.Sprint(exit.ExitCode())
}
