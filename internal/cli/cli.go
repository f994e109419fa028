// Package cli is the mcast command: a file a command, each of them flags, a
// call of the library, and a view of what came of it.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// IO is what a command reads and writes.
type IO struct {
	In       io.Reader
	Out, Err io.Writer

	// own says that the process runs this command line and nothing else, so that it
	// may begin anew: see limitRights.
	own bool

	// deaf has signals no longer cancel the context: see withSignals.
	deaf func()
}

// Main runs the command line args, of which the first is the name that the
// program was called by, and returns the exit status.
func Main(ctx context.Context, args []string, stdio IO) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ctx, stop := withSignals(ctx)
	defer stop()
	stdio.deaf = stop
	stdio.own = slices.Equal(args, os.Args)
	name := strings.TrimSuffix(filepath.Base(args[0]), ".exe")
	if classic := classicCommand(name, stdio); classic != nil {
		return runClassic(ctx, classic, args[1:], stdio)
	}
	root := Root(stdio)
	out := &checkedWriter{w: stdio.Out}
	root.SetOut(out)
	root.SetArgs(args[1:])
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = written(out.err)
	}
	if err != nil {
		report(stdio.Err, "mcast", advise(err, cmd.CommandPath()))
	}
	return status(ctx, err)
}

// checkedWriter remembers the first error: nobody looks at those of writing help.
type checkedWriter struct {
	w   io.Writer
	err error
}

func (c *checkedWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	if c.err == nil {
		c.err = err
	}
	return n, err
}

// Root returns the mcast command with all that belong to it.
func Root(stdio IO) *cobra.Command {
	commands := []*cobra.Command{
		sendCommand(stdio),
		recvCommand(stdio),
		sniffCommand(stdio),
		groupsCommand(stdio),
		filterCommand(stdio),
		labCommand(stdio),
		demoCommand(stdio),
		versionCommand(stdio),
		completionCommand(stdio),
	}
	root := &cobra.Command{
		Use:   "mcast",
		Short: "Send, receive and see IP multicast",
		Long: `mcast sends and receives IP multicast, correctly on a host with several
interfaces, and shows what arrives.

A group is written [SOURCE[,SOURCE]@]GROUP[+COUNT|/PREFIX][%INTERFACE][:PORT]:

  224.1.1.5:50001               a group and a port
  [ff15::1]:5000                brackets hold an IPv6 address alone
  ff02::1%eth0                  on one interface
  192.0.2.7@232.1.1.1:5000      from one source only (source-specific)
  239.1.1.1+100:5000            a hundred groups from there
  239.1.1.0/28:5000             all groups of a block

` + exitTable(),
		Example: `  mcast demo
  mcast recv 239.1.1.1:5000
  mcast send 239.1.1.1:5000 hello`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, commands, args[0])
			}
			return usagef("mcast --help lists the commands; mcast demo shows what it does", "which command?")
		},
		RunE:          func(*cobra.Command, []string) error { return nil },
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version(),
	}
	root.SetIn(stdio.In)
	root.SetOut(stdio.Out)
	root.SetErr(stdio.Err)
	root.SetFlagErrorFunc(flagError)
	root.SetVersionTemplate("mcast {{.Version}}\n")
	// A command that has others does nothing by itself but to say so.
	root.SetUsageTemplate(strings.Replace(root.UsageTemplate(), "{{if .Runnable}}", "{{if not .HasAvailableSubCommands}}", 1))
	root.AddCommand(commands...)
	root.InitDefaultHelpCmd()
	if help, _, err := root.Find([]string{"help"}); err == nil {
		help.Args = helpArguments
	}
	return root
}

// commandNames lists commands in a sentence.
func commandNames(commands []*cobra.Command) string {
	var b strings.Builder
	for i, c := range commands {
		switch i {
		case 0:
		case len(commands) - 1:
			b.WriteString(" and ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(c.Name())
	}
	return b.String()
}

// unknownCommand says that a command has none of a name below it, and which one was
// probably meant: one that is written nearly so, or one of mcast lab.
func unknownCommand(cmd *cobra.Command, commands []*cobra.Command, name string) error {
	path := cmd.CommandPath()
	hint := "the commands are " + commandNames(commands) + ": " + path + " --help"
	cmd.SuggestionsMinimumDistance = 2 // letters that differ
	near := cmd.SuggestionsFor(name)
	below, _, err := cmd.Find([]string{"lab", name})
	switch {
	case name == "help":
		hint = "mcast help " + cmd.Name()
	case len(near) > 0 && len(name) > 2:
		hint = "did you mean " + path + " " + near[0] + "? " + path + " --help lists the commands"
	case err == nil && below.Name() == name:
		hint = "did you mean " + below.CommandPath() + "?"
	}
	return usagef(hint, "unknown command %q", name)
}

// exitTable is the exit statuses as help shows them.
func exitTable() string {
	var b strings.Builder
	b.WriteString("Exit status:\n\n")
	for _, s := range ExitStatuses() {
		fmt.Fprintf(&b, "  %-3d  %s\n", s.Status, s.Meaning)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// flagError says what is wrong with a flag in other words than package strconv.
func flagError(_ *cobra.Command, err error) error {
	var (
		invalid *pflag.InvalidValueError
		usage   *usageError
	)
	switch {
	case !errors.As(err, &invalid):
		return usagef("", "%v", err)
	case errors.As(err, &usage):
		return usagef(usage.hint, "--%s: %s", invalid.GetFlag().Name, usage.problem)
	case invalid.GetFlag().Value.Type() == "duration":
		return usagef("a time has a unit: 500ms, 10s, 1h30m", "--%s: %q is not a time", invalid.GetFlag().Name, invalid.GetValue())
	case errors.Is(err, strconv.ErrRange):
		return usagef("", "--%s: %s is out of range", invalid.GetFlag().Name, invalid.GetValue())
	}
	return usagef("", "--%s is a whole number from 0 up, not %q", invalid.GetFlag().Name, invalid.GetValue())
}

// withSignals cancels the context on SIGINT, SIGTERM and SIGHUP, so that a command can
// end in order. A second signal ends the process at once, unless it is SIGHUP. After the first
// call of the function that it returns signals end the process, and the context tells of all
// that came before.
func withSignals(ctx context.Context) (context.Context, func()) {
	// A closed pipe is then an error of the write, not the end of the process. Nobody
	// receives: to ignore it instead would have programs that are run ignore it too.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	// When a terminal is closed, the kernel says so, and often the shell as well.
	hangups := make(chan os.Signal, 1)
	if !signal.Ignored(syscall.SIGHUP) { // nohup
		signal.Notify(hangups, syscall.SIGHUP)
	}
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		var s os.Signal
		select {
		case s = <-signals:
		case s = <-hangups:
		}
		if s, ok := s.(syscall.Signal); ok {
			signal.Stop(signals)
			cancel(&interruption{s})
		}
	}()
	return ctx, sync.OnceFunc(func() {
		signal.Stop(signals)
		signal.Stop(hangups)
		close(signals) // nothing is sent there any more
		<-heard
	})
}

// groupArgument demands an argument that names a group.
func groupArgument(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("for example: "+cmd.CommandPath()+" 239.1.1.1:5000", "which group?")
	}
	return nil
}

// noEmptyFlags refuses a flag with nothing in it: an unset variable of a script.
func noEmptyFlags(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if v := f.Value.String(); err == nil && (v == "" || v == "[]") {
			err = usagef("leave it out, or see whether a variable is empty", "--%s is empty", f.Name)
		}
	})
	return err
}

// warn prints a line on standard error that is not an error.
func warn(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, "mcast: %s\n", oneLine(fmt.Sprintf(format, args...)))
}
