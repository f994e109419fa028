package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"mcast/internal/view"
	"mcast/internal/view/json"
	"mcast/internal/view/svg"
	"mcast/internal/view/text"
	"mcast/lab"
)

func labCommand(stdio IO) *cobra.Command {
	commands := []*cobra.Command{
		labRunCommand(stdio),
		labUpCommand(stdio),
		labExecCommand(stdio),
		labShellCommand(stdio),
		labSniffCommand(stdio),
		labPsCommand(stdio),
		labDownCommand(),
		labValidateCommand(stdio),
		labGraphCommand(stdio),
		labListCommand(stdio),
		labShowCommand(stdio),
		labSchemaCommand(stdio),
	}
	cmd := &cobra.Command{
		Use:   "lab",
		Short: "Virtual multicast networks of hosts, switches and routers, from files",
		Long: `A virtual multicast network is a file in YAML: segments (hubs and switches), hosts
with interfaces on them, the programs that run there one after the other, and what
is expected of them. mcast lab schema prints what such a file may have, as a JSON
Schema for editors; mcast lab show hello prints a small one.

Where a command takes FILE|NAME, a NAME is one of mcast lab list, and has no slash
and no dot: a file in this directory is ./FILE, or FILE.yaml.`,
		Example: `  mcast lab show hello > my.yaml
  mcast lab run my.yaml
  mcast lab up my.yaml`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				if _, ok := lab.ReadBuiltin(args[0]); ok || !isBuiltinName(args[0]) {
					return usagef("mcast lab run "+args[0]+" runs it; mcast lab --help lists the commands", "unknown command %q", args[0])
				}
				return unknownCommand(cmd, commands, args[0])
			}
			return usagef("the commands are "+commandNames(commands)+": mcast lab --help", "which command?")
		},
		RunE: func(*cobra.Command, []string) error { return nil },
	}
	cmd.AddCommand(commands...)
	return cmd
}

func labValidateCommand(stdio IO) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "validate FILE|NAME...",
		Short: "Say what is wrong with topologies, without making them",
		Long: `Read topologies and say what is wrong with them, each mistake with its line and, where
something is near, with what was probably meant. Nothing is made or run. The exit
status is 2 if one is wrong. A file - is standard input.`,
		Example: `  mcast lab validate my.yaml
  mcast lab validate --json *.yaml`,
		Args: topologyArguments(1, -1),
		RunE: func(cmd *cobra.Command, args []string) error { return labValidate(cmd.Context(), args, asJSON, stdio) },
	}
	cmd.ValidArgsFunction = completeTopology
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, an object a file, with what is wrong")
	return cmd
}

func labGraphCommand(stdio IO) *cobra.Command {
	var asSVG bool
	cmd := &cobra.Command{
		Use:   "graph FILE|NAME",
		Short: "Draw a topology, as text or as SVG",
		Long: `Draw a topology: its segments, what is plugged into them, what is done to frames on
the links, and what is particular about hosts. As text, or with --svg as a picture for
browsers. A file - is standard input.`,
		Example: `  mcast lab graph hello
  mcast lab graph --svg my.yaml > my.svg`,
		Args: topologyArguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := loadTopology(cmd.Context(), args[0], stdio)
			if err != nil {
				return err
			}
			if asSVG {
				return written(svg.Graph(stdio.Out, view.NewGraph(t)))
			}
			return written(text.Graph(stdio.Out, view.NewGraph(t)))
		},
	}
	cmd.ValidArgsFunction = completeTopology
	cmd.Flags().BoolVar(&asSVG, "svg", false, "print SVG")
	return cmd
}

func labListCommand(stdio IO) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the topologies that are built in",
		Long:  "List the topologies that come with mcast, by the names that other commands take.",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list []view.Topology
			for _, name := range lab.Builtin() {
				t, err := loadTopology(cmd.Context(), name, stdio)
				if err != nil {
					return err
				}
				list = append(list, view.Topology{Name: name, Description: t.Description})
			}
			if !asJSON {
				return written(text.Topologies(stdio.Out, list))
			}
			p := json.New(stdio.Out)
			for i := range list {
				if err := p.Topology(&list[i]); err != nil {
					return written(err)
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, an object a topology")
	return cmd
}

func labShowCommand(stdio IO) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show NAME",
		Short:   "Print the file of a topology that is built in",
		Long:    "Print the file of a topology that comes with mcast, to learn from and to begin with.",
		Example: `  mcast lab show hello > my.yaml`,
		Args:    topologyArguments(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			file, ok := lab.ReadBuiltin(args[0])
			if !ok {
				return noBuiltin(args[0])
			}
			_, err := stdio.Out.Write(file)
			return written(err)
		},
	}
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return lab.Builtin(), cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

func labSchemaCommand(stdio IO) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of topologies",
		Long: `Print the JSON Schema (draft 2020-12) of topologies. Editors that know YAML complete
and check by it. What it cannot say, mcast lab validate does.`,
		Example: `  mcast lab schema > lab.schema.json`,
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := stdio.Out.Write(lab.Schema())
			return written(err)
		},
	}
}

// labValidate says what is in each topology, or what is wrong with it.
func labValidate(ctx context.Context, args []string, asJSON bool, stdio IO) error {
	all := &lab.TopologyError{}
	for _, arg := range args {
		v := view.Validation{File: arg}
		t, err := loadTopology(ctx, arg, stdio)
		var wrong *lab.TopologyError
		switch {
		case errors.As(err, &wrong):
			v.Problems, v.More = wrong.Problems, wrong.More
			all.Problems = append(all.Problems, wrong.Problems...)
			all.More += wrong.More
		case err != nil:
			if len(all.Problems) > 0 {
				report(stdio.Err, "mcast", all)
			}
			return err
		default:
			v.Segments, v.Hosts, v.Steps, v.Expectations = len(t.Segments), len(t.Hosts), len(t.Steps), len(t.Expect)
		}
		switch {
		case asJSON:
			err = json.New(stdio.Out).Validation(&v)
		case wrong == nil:
			err = text.Validation(stdio.Out, &v)
		default:
			err = nil
		}
		if err != nil {
			return written(err)
		}
	}
	if len(all.Problems) > 0 {
		return all
	}
	return nil
}

// topologyArguments demands so many arguments that name topologies; -1 is no limit.
func topologyArguments(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		example := "for example: " + cmd.CommandPath() + " hello; mcast lab list lists those that are built in"
		switch {
		case len(args) < least:
			return usagef(example, "which topology?")
		case most >= 0 && len(args) > most:
			return usagef(example, "%s takes one topology, and here are %d: %s", cmd.CommandPath(), len(args), listed(args))
		}
		return nil
	}
}

// completeTopology completes files, and names of topologies that are built in.
func completeTopology(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, n := range lab.Builtin() {
		if strings.HasPrefix(n, begun) {
			names = append(names, n)
		}
	}
	return names, cobra.ShellCompDirectiveDefault
}
