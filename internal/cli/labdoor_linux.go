package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"mcast/internal/sys"
	"mcast/internal/view"
	"mcast/lab"
)

// A lab that is up has a door, by which its owner comes in from other terminals: a Unix
// socket in the abstract namespace of the machine outside. It is gone with the process that
// listens, however that ends. Anybody may knock there, and anybody may take such a name,
// so both ends ask who the other one is.

// doorName is the address of a lab's door.
func doorName(name string) string { return fmt.Sprintf("%s%d/%s", doorNames, os.Getuid(), name) }

const doorNames = "@mcast-lab/"

// doorEnv is by which the process in the lab finds the socket that the one outside has opened.
const doorEnv = "MCAST_LAB_DOOR"

// doorRequest is what somebody who comes in wants, the first line of a conversation. To run a program he
// sends the three files that it is to have before.
type doorRequest struct {
	Do       string   `json:"do"` // doExec, doProcesses, doPlaces, doDown
	Host     string   `json:"host,omitempty"`
	Command  []string `json:"command,omitempty"`
	Env      []string `json:"env,omitempty"`
	Dir      string   `json:"dir,omitempty"`
	Terminal bool     `json:"terminal,omitempty"` // the files are a terminal, and the program's own
}

const (
	doExec      = "exec"
	doProcesses = "processes"
	doPlaces    = "places"
	doDown      = "down"
)

// doorSignal is a signal for the program that runs.
type doorSignal struct {
	Signal syscall.Signal `json:"signal"`
}

// doorReply is the answer, the one and last line.
type doorReply struct {
	Error string `json:"error,omitempty"`
	Hint  string `json:"hint,omitempty"`
	Usage bool   `json:"usage,omitempty"` // the error is one of who asked

	Exit      int               `json:"exit"` // of the program; with an error, the one for that, 0: the usual one
	Processes []view.LabProcess `json:"processes,omitempty"`
	Hosts     []string          `json:"hosts,omitempty"`
	Links     []string          `json:"links,omitempty"`
}

// openDoor opens the door of a lab that is to be up, for the process that is to be in it.
// It is called before lab.Isolate.
func openDoor(name string) error {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: doorName(name)})
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return &hinted{fmt.Errorf("a lab %s is up already", name), "give this one another name: --lab NAME; or end the other: mcast lab down --lab " + name}
	case err != nil:
		return fmt.Errorf("listen for other terminals: %w", err)
	}
	f, err := l.File()
	if err != nil {
		return err
	}
	// It is left open: this process has nothing else to do than to wait for the other.
	fd := int(f.Fd())
	if err := sys.InheritDescriptor(fd, true); err != nil {
		return err
	}
	return os.Setenv(doorEnv, strconv.Itoa(fd))
}

// doorHere returns the door that openDoor opened, in the process inside.
func doorHere() (*net.UnixListener, error) {
	fd, err := strconv.Atoi(os.Getenv(doorEnv))
	if err != nil {
		return nil, fmt.Errorf("the environment variable %s is not a descriptor: %w", doorEnv, err)
	}
	if err := os.Unsetenv(doorEnv); err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "door")
	defer f.Close()
	l, err := net.FileListener(f)
	if err != nil {
		return nil, err
	}
	u, ok := l.(*net.UnixListener)
	if !ok {
		return nil, fmt.Errorf("%s is another socket", doorEnv)
	}
	return u, nil
}

// doorkeeper lets people into a lab.
type doorkeeper struct {
	lab  *lab.Lab
	down func() // ends the lab
}

// serve lets in until l is closed, and returns when all have gone: ctx tells them to.
func (k *doorkeeper) serve(ctx context.Context, l *net.UnixListener) {
	var visitors sync.WaitGroup
	defer visitors.Wait()
	for {
		conn, err := l.AcceptUnix()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			// Too many files are open, say. Some will be closed, and until then he waits.
			time.Sleep(10 * time.Millisecond)
		default:
			visitors.Go(func() { k.receive(ctx, conn) })
		}
	}
}

// receive serves one who came in.
func (k *doorkeeper) receive(ctx context.Context, conn *net.UnixConn) {
	defer conn.Close()
	// At the end nobody is waited for who says nothing.
	defer context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })()
	var reply doorReply
	if err := k.answer(ctx, conn, &reply); err != nil {
		if ctx.Err() != nil {
			return // he sees that the lab has ended
		}
		var (
			h     interface{ Hint() string }
			usage *usageError
		)
		reply = doorReply{Error: err.Error(), Usage: errors.As(err, &usage), Exit: reply.Exit}
		if errors.As(err, &h) {
			reply.Hint = h.Hint()
		}
	}
	_ = conn.SetWriteDeadline(time.Now().Add(commandGrace))
	_ = json.NewEncoder(conn).Encode(&reply) // he may have gone
}

func (k *doorkeeper) answer(ctx context.Context, conn *net.UnixConn, reply *doorReply) error {
	uid, err := sys.PeerUser(conn)
	if err != nil {
		return err
	}
	if uid != os.Getuid() {
		return errors.New("the lab is another user's")
	}
	files, err := sys.ReceiveFiles(conn, 3)
	if err != nil {
		return err
	}
	defer func() {
		for _, f := range files {
			_ = f.Close()
		}
	}()
	lines := json.NewDecoder(bufio.NewReader(conn))
	var r doorRequest
	if err := lines.Decode(&r); err != nil {
		return err
	}
	switch r.Do {
	case doExec:
		reply.Exit, err = k.exec(ctx, &r, lines, files)
	case doProcesses:
		reply.Processes, err = labProcesses(k.lab)
	case doPlaces:
		for _, n := range k.lab.Hosts() {
			reply.Hosts = append(reply.Hosts, n.Name())
			for _, i := range n.Host().Interfaces {
				reply.Links = append(reply.Links, n.Name()+"."+i.Name)
			}
		}
	case doDown:
		k.down() // who asked sees the lab's door go
	default:
		err = fmt.Errorf("the lab was begun by another version of mcast, which does not know %q", r.Do)
	}
	return err
}

// exec runs a program on a host, and returns its exit status as a shell would, also if it
// cannot be run.
func (k *doorkeeper) exec(ctx context.Context, r *doorRequest, lines *json.Decoder, files []*os.File) (int, error) {
	n := k.lab.Host(r.Host)
	if n == nil {
		var names []string
		for _, h := range k.lab.Hosts() {
			names = append(names, h.Name())
		}
		return 0, usagef("its hosts: "+strings.Join(names, ", "), "lab %s has no host %s", k.lab.Topology().Name, r.Host)
	}
	if len(r.Command) == 0 {
		return 0, usagef("", "which program?")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, r.Command[0], r.Command[1:]...) //nolint:gosec // it is his own
	cmd.Dir = r.Dir
	// Below /run, say, the host has other directories; and it may have been removed.
	if n.Do(func() error { _, err := os.Stat(r.Dir); return err }) != nil {
		cmd.Dir = "/"
	}
	var err error
	if cmd.Env, err = n.Environment(r.Env, ownPrograms()); err != nil {
		return 0, err
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = files[0], files[1], files[2]
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: r.Terminal}
	cmd.Cancel = func() error { return sys.SignalGroup(cmd.Process.Pid, syscall.SIGHUP) } // as when a terminal is gone
	cmd.WaitDelay = commandGrace
	if err := n.Start(cmd); err != nil {
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
			return exitNotFound, err
		}
		return exitNotRun, err
	}
	for _, f := range files {
		_ = f.Close() // the program has them; a terminal's end is seen when nobody has it
	}
	go func() {
		defer cancel() // who has gone wants nothing any more
		for {
			var s doorSignal
			if err := lines.Decode(&s); err != nil {
				return
			}
			_ = sys.SignalGroup(cmd.Process.Pid, s.Signal)
		}
	}()
	err = cmd.Wait()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		return 0, err
	}
	return shellStatus(cmd.ProcessState), nil
}

// shellStatus is how a program ended, as a shell tells it.
func shellStatus(state *os.ProcessState) int {
	if w, ok := state.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal())
	}
	return state.ExitCode()
}

// labsUp returns the names of this user's labs that are up.
func labsUp() ([]string, error) {
	content, err := os.ReadFile("/proc/net/unix")
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(string(content)) {
		// The sockets of conversations have the name as well: only one listens
		// (__SO_ACCEPTCON, linux/net.h).
		const listens = "00010000"
		f := strings.Fields(line)
		if len(f) != 8 || f[3] != listens {
			continue
		}
		// Anybody may take any name: what no lab can be called is not shown to a terminal,
		// and what another user listens to is no lab of this one.
		if name, ok := strings.CutPrefix(f[7], doorName("")); ok && isLabName(name) {
			if conn, err := dialDoor(name); err == nil {
				_ = conn.Close()
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names, nil
}

// isLabName says whether a lab that is up may be called so.
func isLabName(name string) bool {
	t := &lab.Topology{Name: name, Hosts: []lab.Host{{Name: "h"}}}
	return name != "" && t.Validate() == nil
}

// theLab returns the name of the lab that is meant: the only one, if none is given.
func theLab(name string) (string, error) {
	if name != "" {
		return name, nil
	}
	names, err := labsUp()
	switch {
	case err != nil:
		return "", err
	case len(names) == 0:
		return "", &hinted{errors.New("no lab is up"), "mcast lab up FILE begins one"}
	case len(names) > 1:
		return "", usagef("say which one: --lab NAME", "%d labs are up: %s", len(names), strings.Join(names, ", "))
	}
	return names[0], nil
}

// knock comes in by the door of a lab.
func knock(name string) (*net.UnixConn, error) {
	name, err := theLab(name)
	if err != nil {
		return nil, err
	}
	conn, err := dialDoor(name)
	if errors.Is(err, errNoDoor) {
		names, _ := labsUp()
		hint := "mcast lab up FILE begins one"
		if len(names) > 0 {
			hint = "these are up: " + strings.Join(names, ", ")
		}
		return nil, &hinted{fmt.Errorf("no lab %s is up", name), hint}
	}
	return conn, err
}

var errNoDoor = errors.New("nobody listens")

// dialDoor reaches the door of a lab of this user.
func dialDoor(name string) (*net.UnixConn, error) {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Net: "unix", Name: doorName(name)})
	if err != nil {
		return nil, errNoDoor
	}
	uid, err := sys.PeerUser(conn)
	if err == nil && uid != os.Getuid() {
		err = fmt.Errorf("user %d has taken the name of lab %s", uid, name)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

var errLabEnded = errors.New("the lab has ended")

// conversation is one with the doorkeeper of a lab.
type conversation struct {
	conn *net.UnixConn
	*json.Encoder
}

// ask comes in and says what is wanted, with the files of a program that is to run.
func ask(name string, r *doorRequest, files [3]*os.File) (*conversation, error) {
	conn, err := knock(name)
	if err != nil {
		return nil, err
	}
	c := &conversation{conn, json.NewEncoder(conn)}
	if err := sys.SendFiles(conn, files[:]...); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("ask lab %s: %w", name, err)
	}
	if err := c.Encode(r); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("ask lab %s: %w", name, err)
	}
	return c, nil
}

// reply waits for the answer.
func (c *conversation) reply() (*doorReply, error) {
	defer c.conn.Close()
	var r doorReply
	if err := json.NewDecoder(c.conn).Decode(&r); err != nil {
		return nil, errLabEnded
	}
	switch {
	case r.Error == "":
		return &r, nil
	case r.Usage:
		return nil, usagef(r.Hint, "%s", r.Error)
	}
	err := error(&hinted{errors.New(r.Error), r.Hint})
	if r.Exit != 0 {
		err = &statusError{err, r.Exit}
	}
	return nil, err
}
