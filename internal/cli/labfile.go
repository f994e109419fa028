package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"mcast/lab"
)

// loadTopology reads a topology and checks it: a file, - for standard input, or the
// name of one that is built in, which has no slash and no dot. What is wrong in the
// file is a *lab.TopologyError, which report prints with its lines.
func loadTopology(ctx context.Context, arg string, stdio IO) (*lab.Topology, error) {
	if isBuiltinName(arg) {
		text, ok := lab.ReadBuiltin(arg)
		if !ok {
			return nil, noBuiltin(arg)
		}
		return lab.Parse(arg+".yaml", text)
	}
	in, name, err := openInterruptible(ctx, os.Open, arg, stdio.In, noFileHint(arg))
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, lab.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, cause(err))
	}
	return lab.Parse(name, text)
}

// loadAhead is loadTopology for a process that will start again: a file that is wrong is
// told before anything is made of it. It returns nil for one that can be read only once,
// which is for the process that runs it.
func loadAhead(ctx context.Context, arg string, stdio IO) (*lab.Topology, error) {
	info, err := os.Stat(arg)
	if arg == "-" || !isBuiltinName(arg) && err == nil && !info.Mode().IsRegular() {
		return nil, nil
	}
	return loadTopology(ctx, arg, stdio)
}

// isBuiltinName says whether an argument can only be the name of a topology that is
// built in.
func isBuiltinName(arg string) bool { return arg != "-" && !strings.ContainsAny(arg, `./\`) }

// noBuiltin says that no topology of a name is built in.
func noBuiltin(name string) error {
	isFile := func(name string) bool {
		info, err := os.Stat(name)
		return err == nil && !info.IsDir()
	}
	hint := "those that are built in are " + listed(lab.Builtin())
	bare, _, _ := strings.Cut(name, ".")
	_, meant := lab.ReadBuiltin(bare)
	switch {
	case meant:
		hint = bare + " is built in"
	case isFile(name):
		hint = "for the file of this name write ./" + name
	case isFile(name + ".yaml"):
		hint = "for the file of this name write " + name + ".yaml"
	}
	return usagef(hint, "no topology %q is built in", name)
}

// noFileHint is a hint for a file that cannot be opened.
func noFileHint(name string) string {
	bare := strings.TrimSuffix(name, ".yaml")
	if _, ok := lab.ReadBuiltin(bare); ok {
		return bare + " is built in: write it without .yaml"
	}
	return "mcast lab list lists the topologies that are built in"
}
