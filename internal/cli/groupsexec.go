package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"mcast/internal/privilege"
	"mcast/internal/view"
	"mcast/internal/view/json"
)

const (
	// mostWaiting is how many events wait for the command; then whoever
	// brings more is made to wait.
	mostWaiting = 1024
	// commandGrace is how long a command that was told to end may take.
	commandGrace = 2 * time.Second
)

// eventTaker is handed events.
type eventTaker interface {
	// give hands an event over. It waits only if very many wait already.
	give(ctx context.Context, e *view.MembershipEvent) error
	// end waits until all events were dealt with, or somebody said not to.
	end()
}

// eventCommand runs a command for each event, one at a time.
type eventCommand struct {
	words  []string
	start  func(*exec.Cmd) error
	output io.Writer
	events chan []byte
	done   chan struct{} // closed when the last one has ended
}

// findCommand looks for the program of a command line.
func findCommand(line string) error {
	if _, err := exec.LookPath(strings.Fields(line)[0]); err != nil {
		return &hinted{fmt.Errorf("--exec: %w", err), "name a program that is there and may be run; no shell is involved"}
	}
	return nil
}

// startCommand waits for events, of which each is a run of the command line. When the
// context is done, the command that runs is told to end, and none is started any
// more. start starts a program.
func startCommand(ctx context.Context, line string, w io.Writer, start func(*exec.Cmd) error) *eventCommand {
	c := &eventCommand{
		words: strings.Fields(line), start: start, output: w,
		events: make(chan []byte, mostWaiting), done: make(chan struct{}),
	}
	go c.work(ctx)
	return c
}

func (c *eventCommand) give(ctx context.Context, e *view.MembershipEvent) error {
	var b bytes.Buffer
	if err := json.New(&b).Event(e); err != nil {
		return err
	}
	select {
	case c.events <- b.Bytes():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *eventCommand) end() {
	close(c.events)
	<-c.done
}

func (c *eventCommand) work(ctx context.Context) {
	defer close(c.done)
	left := 0
	for event := range c.events {
		if ctx.Err() != nil {
			left++
			continue
		}
		c.run(ctx, event)
	}
	switch left {
	case 0:
	case 1:
		warn(c.output, "--exec %s: ended before 1 event was handed over", c.words[0])
	default:
		warn(c.output, "--exec %s: ended before %d events were handed over", c.words[0], left)
	}
}

// run runs the command once. That it fails is told, and ends nothing.
func (c *eventCommand) run(ctx context.Context, event []byte) {
	cmd := exec.CommandContext(ctx, c.words[0], c.words[1:]...) //nolint:gosec // it is the user's
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(event), c.output, c.output
	cmd.WaitDelay = commandGrace
	cmd.Cancel = func() error {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			return cmd.Process.Kill() // a system without signals
		}
		return nil
	}
	err := c.start(cmd)
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil && ctx.Err() == nil {
		warn(c.output, "--exec %s: %v", c.words[0], err)
	}
}

// runBeside is the process that runs the command, with all rights of whoever runs
// mcast, where the one that follows has given up some. It reads events, a line each.
func runBeside(in io.Reader, line string, w io.Writer) {
	// Ctrl-C at a terminal comes here too, and that it is closed. It is the other process that has to say what
	// becomes of it, as with any other signal that was meant for mcast as a whole.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for s := range signals {
			if s == syscall.SIGTERM {
				cancel()
			}
		}
	}()
	c := startCommand(ctx, line, w, (*exec.Cmd).Start)
	for events := bufio.NewReader(in); ; {
		event, err := events.ReadBytes('\n')
		if err != nil {
			break // the last one was whole
		}
		c.events <- event
	}
	c.end()
}

// commandBeside hands events over to the process in which runBeside runs.
type commandBeside struct {
	process *privilege.Beside
	printer *json.Printer
	stop    func() bool
}

// feedCommand has the process told when the context is done.
func feedCommand(ctx context.Context, p *privilege.Beside) *commandBeside {
	return &commandBeside{p, json.New(p), context.AfterFunc(ctx, func() { _ = p.Signal(syscall.SIGTERM) })}
}

func (c *commandBeside) give(_ context.Context, e *view.MembershipEvent) error {
	err := c.printer.Event(e)
	if errors.Is(err, syscall.EPIPE) {
		return errors.New("--exec: the process that runs the command has ended")
	}
	return err
}

func (c *commandBeside) end() {
	_ = c.process.Close()
	c.stop()
}
