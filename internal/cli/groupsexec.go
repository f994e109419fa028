package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"

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

// eventCommand runs a command for each event, one at a time.
type eventCommand struct {
	words  []string
	output io.Writer
	events chan []byte
	done   chan struct{} // closed when the last one has ended
}

// startCommand looks for the program of a command line, and waits for events.
// When the context is done, the command that runs is told to end, and none is
// started any more.
func startCommand(ctx context.Context, line string, w io.Writer) (*eventCommand, error) {
	words := strings.Fields(line)
	if _, err := exec.LookPath(words[0]); err != nil {
		return nil, &hinted{fmt.Errorf("--exec: %w", err), "name a program that is there and may be run; no shell is involved"}
	}
	c := &eventCommand{words: words, output: w, events: make(chan []byte, mostWaiting), done: make(chan struct{})}
	go c.work(ctx)
	return c, nil
}

// give hands an event over. It waits only if very many wait already.
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

// end waits until the command has had all events, or was told to end.
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
	if left > 0 {
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
	if err := cmd.Run(); err != nil && ctx.Err() == nil {
		warn(c.output, "--exec %s: %v", c.words[0], err)
	}
}
