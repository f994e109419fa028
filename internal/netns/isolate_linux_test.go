package netns_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"mcast/internal/netns"
)

// isolation is what a process finds out about how alone it is.
type isolation struct {
	Namespaces []string // the names of all kinds
	Processes  int
	Name       string // that ps has for it
	Parent     int
	Isolated   bool
}

var isolatedKinds = []string{"net", "mnt", "pid", "uts", "ipc", "user"}

func look() (i isolation) {
	for _, kind := range isolatedKinds {
		i.Namespaces = append(i.Namespaces, must(os.Readlink("/proc/self/ns/"+kind)))
	}
	i.Processes = len(must(filepath.Glob("/proc/[0-9]*")))
	i.Name = strings.TrimSpace(string(must(os.ReadFile("/proc/self/comm"))))
	i.Parent, i.Isolated = os.Getppid(), netns.Isolated()
	return i
}

// describeIsolation prints what the process finds out.
func describeIsolation() { _ = json.NewEncoder(os.Stdout).Encode(look()) }

// isolateAgain runs a program that isolates itself, in one that has.
func isolateAgain() {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), programEnv+"=isolate")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		fatal(err)
	}
}

// What is locked in init stays on the first thread, main as well.
func init() { //nolint:gochecknoinits // there is no other way to be sure of that thread
	if os.Getenv(programEnv) == "stray" {
		runtime.LockOSThread()
	}
}

// loseFirstThread leaves the process's first thread in another network namespace, as a function
// on a machine may, and prints whether the process is still isolated.
func loseFirstThread() {
	if syscall.Gettid() != os.Getpid() {
		fatal(errors.New("this is not the first thread"))
	}
	if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
		fatal(err)
	}
	fmt.Println(netns.Isolated())
}

// reapOrphan prints whether a process whose parent has ended is a zombie for ever.
func reapOrphan() {
	out := string(must(exec.Command("sh", "-c", "sleep 0 & echo $!").Output()))
	for range 1000 {
		if _, err := os.Stat("/proc/" + strings.TrimSpace(out)); err != nil {
			fmt.Println("reaped")
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Println("left")
}

func TestIsolate(t *testing.T) {
	for _, name := range []string{"isolate", "twice"} {
		for user, start := range starts(t) {
			t.Run(name+" "+user, func(t *testing.T) {
				cmd := program(t, name)
				cmd.Args[0] = "a-name"
				var out strings.Builder
				cmd.Stdout = &out
				if err := start(cmd); err != nil {
					t.Fatal(err)
				}
				if err := cmd.Wait(); err != nil {
					t.Fatalf("%v: %s", err, out.String())
				}
				var inside isolation
				if err := json.Unmarshal([]byte(out.String()), &inside); err != nil {
					t.Fatalf("%v: %s", err, out.String())
				}
				outside := look()
				for i, kind := range isolatedKinds {
					fresh := inside.Namespaces[i] != outside.Namespaces[i]
					if want := kind != "user" || user != "with privileges"; fresh != want {
						t.Errorf("%s: a namespace of its own: %v, want %v", kind, fresh, want)
					}
				}
				if inside.Processes != 2 || inside.Parent != 1 || !inside.Isolated || outside.Isolated {
					t.Errorf("inside %+v, outside isolated: %v", inside, outside.Isolated)
				}
				if name == "isolate" && inside.Name != "a-name" {
					t.Errorf("its name is %q", inside.Name)
				}
			})
		}
	}
}

func TestIsolateReaps(t *testing.T) {
	newNS(t)
	cmd := program(t, "reap")
	out, err := cmd.Output()
	if err != nil || string(out) != "reaped\n" {
		t.Errorf("an orphan is %q, %v", out, err)
	}
}

// TestIsolatedStays: a function on a machine may have taken the first thread with it.
func TestIsolatedStays(t *testing.T) {
	newNS(t)
	out, err := program(t, "stray").Output()
	if err != nil || string(out) != "true\n" {
		t.Errorf("the process is isolated: %q, %v", out, err)
	}
}
