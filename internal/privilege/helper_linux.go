package privilege

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"mcast/internal/sys"
)

// roleEnv is the environment variable that tells a program which runs anew whether it
// asks or serves, on which descriptor, and what process the helper is: "ask:7:4711",
// "serve:8:0". It is taken out of the environment at once.
const (
	roleEnv   = "MCAST_PRIVILEGE"
	roleAsk   = "ask"
	roleServe = "serve"
)

func marker(role string, fd, helper int) string {
	return fmt.Sprintf("%s=%s:%d:%d", roleEnv, role, fd, helper)
}

// startHelper starts the helper, with some capabilities, and returns the descriptor at
// which it is asked, and the number of its process.
func startHelper(keep sys.Capabilities) (fd, helper int, err error) {
	here, there, err := sys.ChannelEnds()
	if err != nil {
		return 0, 0, notConfined(err)
	}
	cmd := &exec.Cmd{
		Path: self, Args: os.Args, Env: append(os.Environ(), marker(roleServe, there, 0)),
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
		return 0, 0, notConfined(err)
	}
	return here, cmd.Process.Pid, nil
}

// connect takes the role that the environment gives. As the helper it serves, and
// returns when nobody is left to ask.
func connect(serve func(what, name string) (*os.File, error)) (client *Client, served bool, err error) {
	value, set := os.LookupEnv(roleEnv)
	if !set {
		return nil, false, nil
	}
	_ = os.Unsetenv(roleEnv)
	role, numbers, _ := strings.Cut(value, ":")
	var fd, helper int
	if _, err := fmt.Sscanf(numbers, "%d:%d", &fd, &helper); err != nil || role != roleAsk && role != roleServe {
		return nil, false, fmt.Errorf("%s=%s in the environment: unset it", roleEnv, value)
	}
	channel, err := sys.OpenChannel(fd)
	if err != nil {
		return nil, false, fmt.Errorf("%s=%s in the environment: unset it: %w", roleEnv, value, err)
	}
	if role == roleAsk {
		process, err := os.FindProcess(helper)
		return &Client{channel: channel, helper: process}, false, err
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
