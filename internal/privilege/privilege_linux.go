package privilege

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"

	"mcast/internal/sys"
)

// self is the program that runs, also when its file has been replaced.
const self = "/proc/self/exe"

// fileRights are the capabilities that let a process do more with files than others
// of its user.
const fileRights = sys.Capabilities(1<<sys.CapDACOverride | 1<<sys.CapDACReadSearch | 1<<sys.CapFowner)

// capabilities returns what is kept at most.
func (k Keep) capabilities() sys.Capabilities {
	switch k {
	case NetRaw:
		return sys.CapabilitiesOf(sys.CapNetRaw)
	case Inspection:
		return sys.CapabilitiesOf(sys.CapNetRaw, sys.CapSysPtrace, sys.CapDACReadSearch)
	}
	return 0
}

// needs reports whether a program that has not all of that cannot do anything.
func (k Keep) needs() bool { return k == NetRaw }

func reduce(ctx context.Context, c Config) (h Helpers, served bool, err error) {
	secure := sys.RunsSecurely()
	if secure { // whoever set the environment has fewer rights than this process
		_ = os.Unsetenv(roleEnv)
	} else {
		if h, served, err = connect(c); served || err != nil {
			return Helpers{}, served, err
		}
	}
	sets, err := sys.ThreadCapabilities()
	if err != nil {
		return h, false, fmt.Errorf("read the capabilities of this process: %w", err)
	}
	fixed, err := sys.NoNewPrivs()
	if err != nil {
		return h, false, fmt.Errorf("read the capabilities of this process: %w", err)
	}
	keep := c.Keep.capabilities()
	superfluous := sets.Permitted &^ keep
	if superfluous == 0 && (fixed || sets.Permitted == 0) {
		sys.NameProcess("")
		return h, false, nil
	}
	if c.Keep.needs() && sets.Permitted&keep != keep {
		return h, false, nil
	}
	if c.Check != nil {
		if err := c.Check(); err != nil {
			return h, false, err
		}
	}
	var roles []role
	if h.Files == nil && c.Serve != nil && sets.Effective&fileRights != 0 && !secure {
		r, err := startFileHelper(sets.Permitted & fileRights)
		if err != nil {
			return h, false, err
		}
		roles = append(roles, r)
	}
	if h.Beside == nil && c.Beside != nil && !secure {
		r, err := startBeside()
		if err != nil {
			return h, false, err
		}
		roles = append(roles, r)
	}
	enter := c.Enter
	if c.Beside != nil && secure {
		enter = nil
	}
	environment := os.Environ()
	if len(roles) > 0 {
		environment = append(environment, marker(roles...))
		for _, r := range roles {
			if err := sys.InheritDescriptor(r.fd, true); err != nil {
				return h, false, notConfined(err)
			}
		}
	}
	return h, false, replace(ctx, sets.Permitted&keep, enter, environment)
}

// replace runs the program anew in this process. It returns only if it cannot.
func replace(ctx context.Context, keep sys.Capabilities, enter func() error, environment []string) error {
	// A signal that comes from now on ends the process, and is not noted by a
	// program that is about to go.
	signal.Reset(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	if err := ctx.Err(); err != nil {
		return err
	}
	return notConfined(confined(keep, enter, func() error { return syscall.Exec(self, os.Args, environment) }))
}

// confined calls a function on a thread that has given up everything but keep, and
// ends with it. The function runs a program. enter is called before, unless it is nil.
func confined(keep sys.Capabilities, enter, run func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked
		if enter != nil {
			_ = enter() // the program tells what it cannot see from where it is
		}
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

func start(cmd *exec.Cmd) error {
	sets, err := sys.ThreadCapabilities()
	if err != nil || sets.Permitted == 0 {
		return cmd.Start()
	}
	return confined(0, nil, cmd.Start)
}
