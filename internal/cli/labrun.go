package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"mcast/internal/view/json"
	"mcast/internal/view/junit"
	"mcast/internal/view/text"
	"mcast/lab"
)

// labRunOptions are what the command line of lab run says.
type labRunOptions struct {
	topology string // a file, or the name of a built-in one
	json     bool
	junit    string
	pcap     string
	keep     bool
	timeout  time.Duration
	schema   bool
}

func labRunCommand(stdio IO) *cobra.Command {
	var o labRunOptions
	cmd := &cobra.Command{
		Use:   "run FILE|NAME",
		Short: "Run the programs of a lab, and check what is expected",
		Long: `Start the network that a file describes, run its steps, check what is expected,
and end everything. What happens is shown as the people at the hosts would see
it: the host's name, "$" and the command, and what the program prints. Then comes
what was expected, and what was seen in its place.

A NAME, which has neither a slash nor a dot, is one of the labs that come with
mcast; - reads the file from standard input.

Each expectation is judged as soon as it is certain; what still runs then is told
to end. The commands mcast, mcastsend and mcastrecv are this program, whatever
else is on the PATH.

With --keep, a run that failed stands, and programs may be run on its hosts, as on
those of mcast lab up.

With --pcap every interface of a host is captured, into a file
HOST.INTERFACE.pcapng of the directory.

The built-in lab exercise is four, run one after the other: a receiver that gets
nothing, with what was seen on its interfaces, what its kernel says and what follows
from that, and three ways out.

Exit status is 3 when an expectation is not met or a step did not come as far as
it should, 2 when the file is invalid, and 1 when the network could not be built
or a program not be run.`,
		Example: `  mcast lab run hello
  mcast lab run network.yaml --pcap captures
  mcast lab run network.yaml --json --junit report.xml`,
		Args: func(cmd *cobra.Command, args []string) error {
			if o.schema {
				return nil
			}
			return topologyArguments(1, 1)(cmd, args)
		},
		ValidArgsFunction: completeTopology,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.schema {
				_, err := stdio.Out.Write(json.LabSchema())
				return written(err)
			}
			if err := noEmptyFlags(cmd); err != nil {
				return err
			}
			if o.timeout < 0 || cmd.Flags().Changed("timeout") && o.timeout == 0 {
				return usagef("for example --timeout 30s", "--timeout: a run takes longer than %v", o.timeout)
			}
			o.topology = args[0]
			return runLab(cmd.Context(), &o, stdio)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.json, "json", false, "print JSON, an object an event")
	f.StringVar(&o.junit, "junit", "", "write a report for continuous integration (JUnit's XML) to this `file`")
	f.StringVar(&o.pcap, "pcap", "", "capture each link into a file of this `directory`")
	f.BoolVar(&o.keep, "keep", false, "leave a run that failed standing until Ctrl-C")
	f.DurationVar(&o.timeout, "timeout", 0, "give up after this `time`: exit status 3")
	f.BoolVar(&o.schema, "schema", false, "print the JSON Schema of what --json prints, and end")
	return cmd
}

// runLab reads the topology, isolates the process, and runs the lab.
func runLab(ctx context.Context, o *labRunOptions, stdio IO) error {
	if o.topology == exerciseName {
		return runExercise(ctx, o, stdio)
	}
	topology, err := loadAhead(ctx, o.topology, stdio)
	if err != nil {
		return err
	}
	ctx, down := context.WithCancel(ctx)
	defer down()
	var visitors watch
	if o.keep {
		visitors, err = inviteVisitors(ctx, labName("", topology), down, stdio)
	} else {
		err = isolate(ctx, stdio)
	}
	if err != nil {
		return err
	}
	if topology == nil {
		if topology, err = loadTopology(ctx, o.topology, stdio); err != nil {
			return err
		}
	}
	heedBrokenPipes()
	return withJUnit(o, stdio, func() ([]*lab.Result, error) {
		result, err := runTopology(ctx, o, topology, visitors, stdio)
		return []*lab.Result{result}, err
	})
}

// withJUnit writes the report that is asked for on what is run: of results that are not nil.
func withJUnit(o *labRunOptions, stdio IO, run func() ([]*lab.Result, error)) error {
	if o.junit == "" {
		_, err := run()
		return err
	}
	report, err := openOutput(o.junit, stdio.Out)
	if err != nil {
		return err
	}
	results, err := run()
	results = slices.DeleteFunc(results, func(r *lab.Result) bool { return r == nil })
	if len(results) == 0 {
		return err
	}
	if e := errors.Join(junit.Lab(report, results...), report.close()); e != nil && err == nil {
		err = e
	}
	return err
}

// watch looks at a lab while it runs.
type watch interface {
	begin(l *lab.Lab) error // before the run
	event(e *lab.Event)     // at each event, after it is printed
	// end is called after the run, before the lab is closed, and may print. What came of
	// the run is nil where that failed.
	end(result *lab.Result, out io.Writer) error
}

// runTopology runs a lab, which w watches if it is not nil.
func runTopology(ctx context.Context, o *labRunOptions, topology *lab.Topology, w watch, stdio IO) (*lab.Result, error) {
	l, err := lab.Start(ctx, topology)
	if err != nil {
		return nil, err
	}
	if w != nil {
		if err := w.begin(l); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var out *promptOutput
	out = newPromptOutput(stdio.Out, func() { cancel(out.failed()) })
	print := labPrinter(o, topology, out)
	stood := false // it failed and was left standing, until it was ended
	result, err := l.Run(ctx, lab.RunConfig{
		Events: func(e *lab.Event) {
			print(e)
			if err := out.failed(); err != nil {
				cancel(err)
			}
			if w != nil {
				w.event(e)
			}
			if e.Kind == lab.Summed && o.keep && !e.Result.OK() && ctx.Err() == nil {
				stood = true
				warn(stdio.Err, "the run failed, and stands until Ctrl-C: mcast lab shell HOST, exec, sniff and ps look into it")
			}
		},
		Timeout: o.timeout, Captures: o.pcap, Application: "mcast " + version(), Programs: ownPrograms(), Keep: o.keep,
	})
	if w != nil {
		if e := w.end(result, out); e != nil && err == nil {
			err = e
		}
	}
	if e := l.Close(); e != nil && err == nil {
		err = e
	}
	if err := out.close(); err != nil {
		return result, err
	}
	switch {
	case result != nil && !result.OK() && (stood || err == nil):
		err = labFailed(result)
	case ctx.Err() != nil && errors.Is(err, context.Cause(ctx)):
		err = ctx.Err()
	}
	return result, err
}

// labPrinter returns what prints events. That it cannot is w's to know.
func labPrinter(o *labRunOptions, t *lab.Topology, w io.Writer) func(*lab.Event) {
	if o.json {
		return json.NewLab(w).Event
	}
	return text.NewLab(w, t).Event
}

// labFailed is the error of a run that failed. The report, on standard output, has the
// details.
func labFailed(r *lab.Result) error {
	name := "the lab"
	if r.Lab != "" {
		name = "lab " + r.Lab
	}
	met, _, _ := r.Count()
	switch f := r.Failure; {
	case f != nil && f.Err != nil:
		return fmt.Errorf("%s: %s could not be run", name, f.Step)
	case f != nil:
		return &missingError{problem: name + ": the run ended early"}
	case met == len(r.Verdicts)-1:
		return &missingError{problem: name + ": an expectation is not met"}
	}
	return &missingError{problem: fmt.Sprintf("%s: %d expectations are not met", name, len(r.Verdicts)-met)}
}

// ownPrograms are mcast's own commands, as this very file, also if it has no name any
// more.
func ownPrograms() map[string]string {
	self := fmt.Sprintf("/proc/%d/exe", os.Getpid())
	return map[string]string{"mcast": self, "mcastsend": self, "mcastrecv": self}
}

// heedBrokenPipes has programs that are started from now on end when nobody reads what
// they print, as everywhere. This one ignores the signal (withSignals), and what is
// ignored is inherited; what is caught is not.
func heedBrokenPipes() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

// isolate has the rest of the command happen in a process that is alone with its
// networks. In the one outside it returns an *endedError.
func isolate(ctx context.Context, stdio IO) error {
	if !stdio.own {
		return nil // lab.Start says that it is missing
	}
	// In the process outside nobody waits for the context any more. A signal that comes
	// before lab.Isolate passes signals on must not be lost for that.
	if !lab.Isolated() {
		stdio.deaf()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	status, done, err := lab.Isolate()
	if done {
		return &endedError{status}
	}
	return err
}

// endedError says that another process has done all, and told all, and ended with a
// status.
type endedError struct{ status int }

func (e *endedError) Error() string { return fmt.Sprintf("ended with status %d", e.status) }
