package cli

import (
	"cmp"
	"strings"

	"github.com/spf13/cobra"

	"mcast/internal/view"
	"mcast/lab"
)

// nameOfLab is the flag by which one of several labs is meant.
func nameOfLab(cmd *cobra.Command, name *string, usage string) {
	cmd.Flags().StringVar(name, "lab", "", usage)
	_ = cmd.RegisterFlagCompletionFunc("lab", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		names, _ := labsUp()
		return names, cobra.ShellCompDirectiveNoFileComp
	})
}

// completeHost completes a host of the lab that is meant, or one of its links too; then
// comes what others complete.
func completeHost(name *string, links bool) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveDefault
		}
		hosts, plugs := placesInLab(*name)
		if links {
			hosts = append(hosts, plugs...)
		}
		return hosts, cobra.ShellCompDirectiveNoFileComp
	}
}

func labUpCommand(stdio IO) *cobra.Command {
	var name, readyFile string
	cmd := &cobra.Command{
		Use:   "up FILE|NAME",
		Short: "Start a lab, and leave it standing until Ctrl-C",
		Long: `Start the network that a file describes and leave it standing, without running its
steps, until Ctrl-C or mcast lab down. From other terminals the same user runs
programs on its hosts: mcast lab exec, shell, sniff and ps.

When this process ends, in whatever way, so does everything in the lab.`,
		Example: `  mcast lab up hello
  mcast lab up network.yaml --lab second`,
		Args:              topologyArguments(1, 1),
		ValidArgsFunction: completeTopology,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := noEmptyFlags(cmd); err != nil {
				return err
			}
			return upLab(cmd.Context(), args[0], name, readyFile, stdio)
		},
	}
	nameOfLab(cmd, &name, "call it by this `name`, in place of the one in the file")
	cmd.Flags().StringVar(&readyFile, "ready-file", "", "make this `file` once it is up")
	return cmd
}

// labName is what a lab is called from outside; t is nil where it is not known yet.
func labName(name string, t *lab.Topology) string {
	if t != nil {
		name = cmp.Or(name, t.Name)
	}
	return cmp.Or(name, "lab")
}

func labExecCommand(stdio IO) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "exec [--lab NAME] HOST -- COMMAND [ARGUMENT]...",
		Short: "Run a program on a host of a lab that is up",
		Long: `Run a program on a host of a lab that mcast lab up has started. It has the files,
the environment and the working directory of this command, is root on the host,
and its exit status is that of this command: 128 and the number of a signal if one
has ended it, 127 if there is no such program, 126 if it cannot be run. SIGINT,
SIGTERM, SIGQUIT and SIGHUP are passed on to it. On a terminal it has a terminal of
its own.`,
		Example: `  mcast lab exec flatbush -- mcast recv 224.1.1.5:50001
  mcast lab exec midwood -- ip maddr show`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return usagef("mcast lab exec HOST -- COMMAND", "on which host?")
			case len(commandBehind(args)) == 0:
				return usagef("mcast lab exec HOST -- COMMAND; mcast lab shell HOST is a shell", "which program?")
			case strings.HasPrefix(commandBehind(args)[0], "-"):
				return usagef("flags of mcast lab exec come before the host", "%q is no program", commandBehind(args)[0])
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			return execInLab(name, args[0], commandBehind(args), stdio)
		},
		ValidArgsFunction:     completeHost(&name, false),
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().SetInterspersed(false) // what comes behind the host is the program's
	nameOfLab(cmd, &name, "the `name` of the lab, if several are up")
	return cmd
}

// commandBehind is what comes behind a host, and behind -- if that is there.
func commandBehind(args []string) []string {
	command := args[1:]
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	return command
}

func labShellCommand(stdio IO) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "shell HOST",
		Short: "Open a shell on a host of a lab that is up",
		Long: `Open a shell on a host of a lab that mcast lab up has started: $SHELL, or /bin/sh. It has
a terminal of its own, with job control.`,
		Example: `  mcast lab shell flatbush`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return usagef("mcast lab shell HOST", "on which host?")
			case len(args) > 1:
				return usagef("mcast lab exec HOST -- COMMAND runs a program", "%q is one word too many", args[1])
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			return execInLab(name, args[0], []string{userShell()}, stdio)
		},
		ValidArgsFunction: completeHost(&name, false),
	}
	nameOfLab(cmd, &name, "the `name` of the lab, if several are up")
	return cmd
}

func labSniffCommand(stdio IO) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "sniff [--lab NAME] LINK|HOST [FLAG|FILTER]...",
		Short: "Capture on a link or on all interfaces of a host of a lab that is up",
		Long: `Run mcast sniff on a host of a lab that mcast lab up has started: on one interface, if
a link is named (HOST.INTERFACE), else on all. The flags and the filter that follow are
those of mcast sniff.`,
		Example: `  mcast lab sniff flatbush.enp0s8 udp port 50001
  mcast lab sniff flatbush -x ''`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("a link is HOST.INTERFACE", "on which link, or host?")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			host, on, link := strings.Cut(args[0], ".")
			if !link {
				on = "all"
			}
			return execInLab(name, host, append([]string{"mcast", "sniff", "-i", on}, commandBehind(args)...), stdio)
		},
		ValidArgsFunction:     completeHost(&name, true),
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().SetInterspersed(false)
	nameOfLab(cmd, &name, "the `name` of the lab, if several are up")
	return cmd
}

func labPsCommand(stdio IO) *cobra.Command {
	var (
		name   string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "ps",
		Short: "List what runs on the hosts of a lab that is up",
		Long: `List the processes on the hosts of a lab that mcast lab up has started. Their numbers are
those that programs in the lab see.`,
		Args: noHost,
		RunE: func(*cobra.Command, []string) error { return psOfLab(name, asJSON, stdio) },
	}
	nameOfLab(cmd, &name, "the `name` of the lab, if several are up")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, an object a process")
	return cmd
}

func labDownCommand() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "down",
		Short: "End a lab that is up, and all that runs in it",
		Long: `End a lab that mcast lab up has started, with everything that runs in it. Programs of lab
exec, shell and sniff get SIGHUP, and two seconds to end in order.`,
		Args: noHost,
		RunE: func(*cobra.Command, []string) error { return downLab(name) },
	}
	nameOfLab(cmd, &name, "the `name` of the lab, if several are up")
	return cmd
}

// noHost refuses arguments of commands that are about a whole lab.
func noHost(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("a lab is named by --lab NAME", "%s takes no arguments, and here is %q", cmd.CommandPath(), args[0])
	}
	return nil
}

// labProcesses lists what runs in a lab, host by host.
func labProcesses(l *lab.Lab) ([]view.LabProcess, error) {
	var list []view.LabProcess
	for _, n := range l.Hosts() {
		processes, err := n.Processes()
		if err != nil {
			return nil, err
		}
		for _, p := range processes {
			list = append(list, view.LabProcess{Host: n.Name(), PID: p.PID, Command: p.Command})
		}
	}
	return list, nil
}
