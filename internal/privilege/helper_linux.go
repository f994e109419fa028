package privilege

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"mcast/internal/sys"
)

// roleEnv is the environment variable that tells a program which runs anew what it is to
// others: "ask:7:4711" asks on descriptor 7, where process 4711 answers, which
// has "serve:8:0"; "feed:9:4712" feeds the one that has "beside:10:0". There may be
// several, with a space between. It is taken out of the environment at once.
const roleEnv = "MCAST_PRIVILEGE"

const (
	roleAsk    = "ask"
	roleServe  = "serve"
	roleFeed   = "feed"
	roleBeside = "beside"
)

// role is one of them.
type role struct {
	name    string
	fd      int
	process int // at the other end; 0: it is not for this one to know
}

func marker(roles ...role) string {
	var list []string
	for _, r := range roles {
		list = append(list, fmt.Sprintf("%s:%d:%d", r.name, r.fd, r.process))
	}
	return roleEnv + "=" + strings.Join(list, " ")
}

func parseRole(text string) (r role, ok bool) {
	name, numbers, _ := strings.Cut(text, ":")
	r.name = name
	_, err := fmt.Sscanf(numbers, "%d:%d", &r.fd, &r.process)
	return r, err == nil && fmt.Sprintf("%s:%d:%d", r.name, r.fd, r.process) == text
}

// helper returns the command that runs the program in a role.
func helper(r role) *exec.Cmd {
	return &exec.Cmd{
		Path: self, Args: os.Args, Env: append(os.Environ(), marker(r)),
		// What /dev/stdout means here it means there. So does /dev/fd/3: the helper
		// inherits its end under the number that was free here, and not as one of
		// ExtraFiles.
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	}
}

// launch starts a helper that has one end, and returns the other one's role.
func launch(here, there int, cmd *exec.Cmd, start func(func() error) error, as string) (role, error) {
	err := sys.InheritDescriptor(there, true)
	if err == nil {
		err = start(cmd.Start)
	}
	_ = syscall.Close(there) // so that the helper notices when this process is gone
	if err != nil {
		_ = syscall.Close(here)
		return role{}, notConfined(err)
	}
	return role{as, here, cmd.Process.Pid}, nil
}

// startFileHelper starts the helper for files, with some capabilities.
func startFileHelper(keep sys.Capabilities) (role, error) {
	here, there, err := sys.ChannelEnds()
	if err != nil {
		return role{}, notConfined(err)
	}
	return launch(here, there, helper(role{roleServe, there, 0}), func(run func() error) error { return confined(keep, nil, run) }, roleAsk)
}

// startBeside starts the process that runs Config.Beside, which gives up nothing.
func startBeside() (role, error) {
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC); err != nil {
		return role{}, notConfined(os.NewSyscallError("pipe2", err))
	}
	return launch(ends[1], ends[0], helper(role{roleBeside, ends[0], 0}), func(run func() error) error { return run() }, roleFeed)
}

// connect takes the roles that the environment gives. As a helper it does its duty, and
// returns when there is nothing left to do.
func connect(c Config) (h Helpers, served bool, err error) {
	value, set := os.LookupEnv(roleEnv)
	if !set {
		return h, false, nil
	}
	_ = os.Unsetenv(roleEnv)
	for text := range strings.SplitSeq(value, " ") {
		r, ok := parseRole(text)
		err := errNonsense
		if ok {
			served, err = h.take(r, c)
		}
		if err != nil {
			return h, false, fmt.Errorf("%s=%s in the environment: unset it: %w", roleEnv, value, err)
		}
		if served {
			return h, true, nil
		}
	}
	return h, false, nil
}

// take takes one role.
func (h *Helpers) take(r role, c Config) (served bool, err error) {
	switch r.name {
	case roleAsk, roleServe:
		channel, err := sys.OpenChannel(r.fd)
		if err != nil {
			return false, err
		}
		if r.name == roleServe {
			return true, serveFiles(channel, c)
		}
		process, err := os.FindProcess(r.process)
		h.Files = &Client{channel: channel, helper: process}
		return false, err
	case roleFeed, roleBeside:
		pipe, err := sys.OpenPipe(r.fd)
		if err != nil {
			return false, err
		}
		if r.name == roleBeside {
			return true, serveBeside(pipe, c)
		}
		process, err := os.FindProcess(r.process)
		h.Beside = &Beside{in: pipe, process: process}
		return false, err
	}
	return false, errors.ErrUnsupported
}

func serveFiles(channel *sys.Channel, c Config) error {
	sys.NameProcess("-files")
	// A terminal sends these to both. Files may be needed until the other process has
	// ended in order, and then there is nobody left to ask.
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM)
	if c.Serve != nil {
		answerAll(channel, c.Serve)
	}
	return channel.Close()
}

func serveBeside(pipe *os.File, c Config) error {
	sys.NameProcess("-beside")
	if c.Beside != nil {
		c.Beside(pipe)
	}
	return pipe.Close()
}
