package privilege

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"

	"mcast/internal/sys"
)

// self is the program that runs, also when its file has been replaced.
const self = "/proc/self/exe"

// fileRights are the capabilities that let a process do more with files than others
// of its user.
const fileRights = sys.Capabilities(1<<sys.CapDACOverride | 1<<sys.CapDACReadSearch | 1<<sys.CapFowner)

func (k Keep) capabilities() sys.Capabilities {
	if k == NetRaw {
		return sys.CapabilitiesOf(sys.CapNetRaw)
	}
	return 0
}

func reduce(ctx context.Context, c Config) (client *Client, served bool, err error) {
	secure := sys.RunsSecurely()
	if secure { // whoever set the environment has fewer rights than this process
		_ = os.Unsetenv(roleEnv)
	} else {
		if client, served, err = connect(c.Serve); served || err != nil {
			return nil, served, err
		}
	}
	sets, err := sys.ThreadCapabilities()
	if err != nil {
		return nil, false, fmt.Errorf("read the capabilities of this process: %w", err)
	}
	fixed, err := sys.NoNewPrivs()
	if err != nil {
		return nil, false, fmt.Errorf("read the capabilities of this process: %w", err)
	}
	keep := c.Keep.capabilities()
	superfluous := sets.Permitted &^ keep
	if superfluous == 0 && (fixed || sets.Permitted == 0) {
		nameProcess("")
		return client, false, nil
	}
	if sets.Permitted&keep != keep {
		return client, false, nil
	}
	helper := none
	if client == nil && c.Serve != nil && sets.Effective&fileRights != 0 && !secure {
		if helper, err = startHelper(sets.Permitted & fileRights); err != nil {
			return nil, false, err
		}
	}
	return nil, false, replace(ctx, keep, helper)
}

// replace runs the program anew in this process, and lets it know at which descriptor
// it can ask the helper. It returns only if it cannot.
func replace(ctx context.Context, keep sys.Capabilities, helper int) error {
	environment := os.Environ()
	if helper != none {
		environment = append(environment, marker(roleAsk, helper))
		if err := sys.KeepOnExec(helper); err != nil {
			return notConfined(err)
		}
	}
	// A signal that comes from now on ends the process, and is not noted by a
	// program that is about to go.
	signal.Reset(syscall.SIGINT, syscall.SIGTERM)
	if err := ctx.Err(); err != nil {
		return err
	}
	return notConfined(confined(keep, func() error { return syscall.Exec(self, os.Args, environment) }))
}

// confined calls a function on a thread that has given up everything but keep, and
// ends with it. The function runs the program again.
func confined(keep sys.Capabilities, run func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked
		// What the bounding set has beyond keep adds nothing: no_new_privs is set.
		err := sys.ConfineThread(keep, keep|sys.FileCapabilities(self))
		if err == nil {
			err = run()
		}
		done <- err
	}()
	return <-done
}

// notConfined says what a program that could not give up its rights was about.
func notConfined(err error) error {
	if err == nil {
		return nil
	}
	e := asked(err)
	e.Problem = "give up the rights that are not needed: " + err.Error()
	if errors.Is(err, os.ErrNotExist) {
		e.Advice = "it needs /proc: mount -t proc proc /proc"
	}
	return e
}

// nameProcess names the process as ps(1) and pgrep(1) show it, which is after the name
// by which its file was run, "exe": by the program's name and a suffix.
func nameProcess(suffix string) {
	const comm = "/proc/self/comm"
	if name, err := os.ReadFile(comm); err == nil && string(name) == "exe\n" {
		// It is a matter of looks: no error.
		_ = os.WriteFile(comm, []byte(filepath.Base(os.Args[0])+suffix), 0)
	}
}
