package privilege

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"mcast/internal/sys"
)

// roleEnv is the environment variable that tells a program which runs anew whether it
// asks or serves, and on which descriptor: "ask:7", "serve:3". It is taken out of the
// environment at once.
const (
	roleEnv   = "MCAST_PRIVILEGE"
	roleAsk   = "ask"
	roleServe = "serve"
)

// none is the descriptor of no helper.
const none = -1

func marker(role string, fd int) string { return fmt.Sprintf("%s=%s:%d", roleEnv, role, fd) }

// startHelper starts the helper, with some capabilities, and returns the descriptor at
// which it is asked.
func startHelper(keep sys.Capabilities) (int, error) {
	here, there, err := sys.ChannelEnds()
	if err != nil {
		return none, notConfined(err)
	}
	cmd := &exec.Cmd{
		Path: self, Args: os.Args, Env: append(os.Environ(), marker(roleServe, there)),
		// What /dev/stdout means here it means there. So does /dev/fd/3: the helper
		// inherits its end under the number that was free here, and not as one of
		// ExtraFiles.
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	}
	if err = sys.KeepOnExec(there); err == nil {
		err = confined(keep, cmd.Start)
	}
	_ = syscall.Close(there) // so that the helper notices when this process is gone
	if err != nil {
		_ = syscall.Close(here)
		return none, notConfined(err)
	}
	return here, nil
}

// connect takes the role that the environment gives. As the helper it serves, and
// returns when nobody is left to ask.
func connect(serve func(what, name string) (*os.File, error)) (client *Client, served bool, err error) {
	value, set := os.LookupEnv(roleEnv)
	if !set {
		return nil, false, nil
	}
	_ = os.Unsetenv(roleEnv)
	role, number, _ := strings.Cut(value, ":")
	fd, err := strconv.Atoi(number)
	if err != nil || role != roleAsk && role != roleServe {
		return nil, false, fmt.Errorf("%s=%s in the environment: unset it", roleEnv, value)
	}
	channel, err := sys.OpenChannel(fd)
	if err != nil {
		return nil, false, fmt.Errorf("%s=%s in the environment: unset it: %w", roleEnv, value, err)
	}
	if role == roleAsk {
		return &Client{channel: channel}, false, nil
	}
	nameProcess("-files")
	// A terminal sends these to both. Files may be needed until the other process has
	// ended in order, and then there is nobody left to ask.
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM)
	if serve != nil {
		answerAll(channel, serve)
	}
	return nil, true, channel.Close()
}
