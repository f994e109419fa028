package lab

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"mcast/internal/netns"
	"mcast/internal/sys"
)

const (
	// stepPatience is how long a step is waited for.
	stepPatience = 10 * time.Second
	// lookEvery is how often it is looked whether a host has joined a group.
	lookEvery = 2 * time.Millisecond
	// mostTail is how many lines of output are shown of a program that failed.
	mostTail = 10
)

// step is a step of a run.
type step struct {
	Step
	r    *run
	name string
	node *Node

	pid      int
	started  time.Time // zero: not yet
	deadline time.Time // by when it has to have come so far
	stopped  bool      // the run told it to end
	pipes    [2]*pipe
	ending   *Ending
	told     chan struct{} // closed when ending is there
	reached  bool          // Until is so
	stdout   transcript
	stderr   transcript
	tail     []string // the last lines of output
	watches  []*watch // lines that are waited for

	groups *awaiting // what the host joins, if that matters; nil: that it cannot be known, or not any more
}

// watch waits for a line of output that contains a text.
type watch struct {
	text  string
	found bool
}

func newStep(r *run, i int, s *Step) *step {
	own := &step{Step: *s, r: r, told: make(chan struct{}), name: r.l.topology.stepName(i), node: r.l.Host(s.On)}
	own.stdout.limit, own.stderr.limit = mostKept, mostKept
	if s.Until.Line != "" {
		own.watches = append(own.watches, &watch{text: s.Until.Line})
	}
	return own
}

// String names it in a sentence.
func (s *step) String() string {
	if s.Name == "" {
		return s.name
	}
	return "step " + s.name
}

func (s *step) running() bool { return !s.started.IsZero() && s.ending == nil }

// start runs the program.
func (s *step) start() *Failure {
	refused := func(err error, advice string) *Failure {
		return &Failure{
			Step: s.name, Err: err, Advice: advice,
			Problem: fmt.Sprintf("%s: run %s on %s: %v", s, s.Run[0], s.On, err),
		}
	}
	cmd := &exec.Cmd{Args: s.Run, Dir: s.Dir, WaitDelay: time.Second}
	env, err := s.environment()
	if err != nil {
		return refused(plainCause(err), "")
	}
	cmd.Env = env
	err = s.node.Do(func() (err error) {
		if err := beginIn(s.Dir); err != nil {
			return err
		}
		cmd.Path, err = find(s.Run[0], s.Dir, cmd.Env)
		if err == nil && (s.Until.Joined.IsValid() || s.Until == (Condition{})) {
			s.groups, _ = newAwaiting(s.node, s.Until.Joined) // where that cannot be known, late says so
		}
		return err
	})
	var missing interface {
		error
		Hint() string
	}
	if errors.As(err, &missing) {
		return refused(missing, missing.Hint())
	}
	if err != nil {
		return refused(plainCause(err), "name a program that is there and may be run")
	}
	if s.Stdin != "" {
		cmd.Stdin = strings.NewReader(s.Stdin)
	}
	for i, out := range []*transcript{&s.stdout, &s.stderr} {
		read, write, err := os.Pipe()
		if err != nil {
			closePipes(s.pipes)
			return refused(err, "")
		}
		defer write.Close()
		s.pipes[i] = &pipe{file: read, take: s.taker(out, []Stream{Stdout, Stderr}[i])}
		if i == 0 {
			cmd.Stdout = write
		} else {
			cmd.Stderr = write
		}
	}
	s.started = time.Now()
	s.deadline = s.started.Add(cmp.Or(s.Timeout, stepPatience))
	if err := s.node.Start(cmd); err != nil {
		s.started = time.Time{}
		closePipes(s.pipes)
		return refused(errors.Unwrap(err), "name a program that is there and may be run")
	}
	s.pid = cmd.Process.Pid
	s.r.event(&Event{Kind: Started, Time: s.started, Step: s.name, Host: s.On, Command: s.Run, PID: s.pid})
	s.reached = s.Until.Started
	for _, p := range s.pipes {
		go p.read()
	}
	go s.wait(cmd)
	return nil
}

// catchUp calls done once all that the program had printed and done before is known.
func (s *step) catchUp(done func()) {
	go func() {
		if sys.HasEnded(s.pid) {
			select {
			case <-s.told:
			case <-s.r.done:
			}
		}
		for _, p := range s.pipes {
			p.catchUp()
		}
		done()
	}()
}

// environment returns what the program finds in its environment.
func (s *step) environment() ([]string, error) {
	env := netns.Environ()
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		env = append(env, name+"="+s.Env[name])
	}
	return s.node.Environment(env, s.r.c.Programs)
}

// looks says that the host is looked at, whether it has joined a group.
func (s *step) looks() bool {
	return !s.reached && s.Until.Joined.IsValid() && s.groups != nil
}

// look looks at it. When the program has ended there must be somebody in the group.
func (s *step) look() {
	joined, known := s.groups.joined(s.ending != nil)
	s.reached = known
	if s.ending != nil && !joined {
		s.failEnded()
	}
	if s.ending != nil && (known || !joined) {
		s.forget()
	}
}

// forget ends looking at the host.
func (s *step) forget() {
	if s.groups != nil {
		s.groups.close()
		s.groups = nil
	}
}

// taker returns what takes a stream's output: nil is its end.
func (s *step) taker(t *transcript, stream Stream) func(b []byte) {
	return func(b []byte) {
		now := time.Now()
		s.r.tell(func() {
			line := func(text string, open bool) {
				s.r.event(&Event{Kind: Printed, Time: now, Step: s.name, Host: s.On, Output: &Output{stream, text, open}})
				if len(s.tail) == mostTail {
					s.tail = slices.Delete(s.tail, 0, 1)
				}
				s.tail = append(s.tail, string(stream)+": "+text)
				s.watch(text)
			}
			if b == nil {
				t.end(line)
				return
			}
			t.add(b, line, func(text []byte) { s.watch(string(text)) })
		})
	}
}

// watch looks for what is waited for in a line.
func (s *step) watch(line string) {
	for _, w := range s.watches {
		if !w.found && strings.Contains(line, w.text) {
			w.found = true
			if s.Until.Line == w.text {
				s.reached = true
			}
		}
	}
}

// wait waits for the program's end, and tells it after all that it has printed.
func (s *step) wait(cmd *exec.Cmd) {
	_ = cmd.Wait() // what came of it is in ProcessState
	now := time.Now()
	for _, p := range s.pipes {
		p.catchUp()
	}
	s.r.tell(func() {
		e := &Ending{Status: cmd.ProcessState.ExitCode(), Stopped: s.stopped, After: now.Sub(s.started)}
		if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			e.Status, e.Signal = 128+int(ws.Signal()), ws.Signal().String()
		}
		s.ending = e
		close(s.told)
		s.r.event(&Event{Kind: Exited, Time: now, Step: s.name, Host: s.On, Command: s.Run, Ending: e})
		s.ended()
	})
}

// ended draws the conclusions from the end of the program.
func (s *step) ended() {
	switch {
	case s.reached || s.r.over:
	case s.Until == Condition{}:
		s.reached = true
	case s.looks():
		s.look() // perhaps somebody else has joined it: then that is what was meant
		return
	default:
		s.failEnded()
	}
	s.forget()
}

// failEnded says that the program has ended too early.
func (s *step) failEnded() {
	s.r.fail(&Failure{
		Step:     s.name,
		Problem:  fmt.Sprintf("%s: %s %v, and not before %s", s, s.Run[0], s.ending, s.condition()),
		Advice:   "what it has printed may say why",
		Evidence: slices.Clone(s.tail),
	})
}

// condition says what is waited for, so that "before" can stand before it.
func (s *step) condition() string {
	switch u := s.Until; {
	case u.Line != "":
		return fmt.Sprintf("it has printed a line with %q", u.Line)
	case u.Joined.IsValid():
		return fmt.Sprintf("%s has joined %v", s.On, u.Joined)
	case u.Started:
		return "it has begun"
	}
	return s.Run[0] + " has ended"
}

// late says that a step has not come so far in time, and what may be meant.
func (s *step) late() *Failure {
	f := &Failure{Step: s.name, Evidence: slices.Clone(s.tail)}
	waited := inWords(s.deadline.Sub(s.started))
	var groups []netip.Addr
	if s.groups != nil {
		groups = s.groups.groups()
	}
	switch u := s.Until; {
	case u.Line != "":
		f.Problem = fmt.Sprintf("%s: %s has printed no line with %q within %s, and still runs", s, s.Run[0], u.Line, waited)
		f.Advice = "give it more time (timeout), or wait for what it prints"
		if len(s.tail) == 0 {
			f.Advice = "it has printed nothing at all: a program may hold its output back while nobody watches (python3 -u, stdbuf -oL)"
		}
	case u.Joined.IsValid():
		f.Problem = fmt.Sprintf("%s: %s has not joined %v within %s", s, s.On, u.Joined, waited)
		var switches, interfaces string
		if s.groups != nil {
			switches, interfaces = s.groups.missing()
		}
		switch {
		case switches != "":
			f.Problem = fmt.Sprintf("%s: %s has joined %v, and %s not know it yet after %s", s, s.On, u.Joined, switches, waited)
			f.Advice = fmt.Sprintf("no report of %s has arrived there: is the link up, and does it lose frames? To wait for less: until: {line: TEXT}, or until: started", interfaces)
		case s.groups == nil:
			f.Advice = "who has joined what cannot be read here: is /proc/net/igmp there?"
		case groups != nil:
			f.Advice = fmt.Sprintf("it has joined %s: is that the group that is meant?", listed(groups))
		default:
			f.Advice = "no group was joined since " + s.Run[0] + " began: what it has printed may say why"
		}
	default:
		f.Problem = fmt.Sprintf("%s: %s has not ended within %s", s, s.Run[0], waited)
		f.Advice = "the next step begins when this program has ended; to have it begin while this one runs: until: started"
		switch {
		case groups != nil:
			f.Advice = fmt.Sprintf("it has joined %s; to have the next step begin then: until: {joined: %v}", listed(groups), groups[0])
		case len(s.tail) > 0:
			_, line, _ := strings.Cut(s.tail[0], ": ")
			f.Advice = fmt.Sprintf("to have the next step begin while it runs: until: {line: %q}, or until: started", line)
		}
		if s.r.begun == len(s.r.steps) {
			f.Advice += "; it is the last step, so started is enough if it is meant to run on"
		}
	}
	return f
}

func listed(groups []netip.Addr) string {
	var names []string
	for _, g := range groups {
		names = append(names, g.String())
	}
	return strings.Join(names, ", ")
}

func (s *step) result() StepResult {
	return StepResult{
		Name: s.name, Host: s.On, Command: s.Run, Started: s.started, Ending: s.ending,
		Stdout: s.stdout.kept, Stderr: s.stderr.kept,
		Cut: s.stdout.length > len(s.stdout.kept) || s.stderr.length > len(s.stderr.kept),
	}
}
